"""A clock that a test moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR: Final = 3600 * 1_000_000_000


class Clock:
    """Stands still until it is moved."""

    def __init__(self, start: int = 1_800_000_000 * 1_000_000_000) -> None:
        self._now = start

    def now(self) -> int:
        """Return nanoseconds since 1970."""
        return self._now

    def passing(self, happens: Callable[[], None]) -> Callable[[], None]:
        """Return what lets ten minutes pass, and ``happens`` happen."""

        def pass_by() -> None:
            self._now += HOUR // 6
            happens()

        return pass_by

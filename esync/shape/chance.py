"""Time and chance, as templates see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Chance:
    """Time and chance as templates see them.

    Attributes:
        clock: nanoseconds since 1970, UTC.
        random: that many random bytes.
    """

    clock: Callable[[], int]
    random: Callable[[int], bytes]

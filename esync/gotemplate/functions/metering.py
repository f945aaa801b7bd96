"""Telling the budget of a text that grows piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from esync.gotemplate.function import Context

BYTES_PER_STEP: Final = 8
_STEPS_PER_MARK: Final = 5
_JSON_BYTES_PER_STEP: Final = 2


def reading_json(text: bytes) -> int:
    """Return the steps it costs to read JSON: its values are counted by the marks around them."""
    marks = sum(map(text.count, (b",", b":", b"[", b"{")))
    return len(text) // _JSON_BYTES_PER_STEP + _STEPS_PER_MARK * marks + text.count(b"\\")


_STEPS_PER_PIECE: Final = 4
_BATCH: Final = 256


class Meter:
    """Tells the budget, now and then, what a text costs while it is made."""

    def __init__(self, context: Context, *, bytes_per_step: int = BYTES_PER_STEP) -> None:
        """Count one step for that many bytes, and some for each piece."""
        self._budget = context.budget
        self._bytes_per_step = bytes_per_step
        self._size = 0
        self._steps = 0

    def __call__(self, size: int) -> None:
        """Add a piece of that size."""
        self._size += size
        self._steps += _STEPS_PER_PIECE + size // self._bytes_per_step
        if self._steps >= _BATCH:
            self._budget.spend(self._steps)
            self._budget.reserve(self._size)
            self._steps = 0

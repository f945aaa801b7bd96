"""Telling the budget of a text that grows piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from esync.gotemplate.function import Context

BYTES_PER_STEP: Final = 16


class Meter:
    """Tells the budget how large a text grows while it is made."""

    def __init__(self, context: Context) -> None:
        self._budget = context.budget
        self._size = 0
        self._told = 0

    def __call__(self, size: int) -> None:
        """Add a piece of that size."""
        self._size += size + 1
        if self._size - self._told >= BYTES_PER_STEP:
            self._budget.spend((self._size - self._told) // BYTES_PER_STEP)
            self._budget.reserve(self._size)
            self._told = self._size

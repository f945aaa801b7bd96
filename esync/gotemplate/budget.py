"""How much work one template may be."""

from __future__ import annotations

from esync.gotemplate.errors import Limit, LimitReachedError

STEPS = 10_000_000
OUTPUT = 4 * 1024 * 1024
DEPTH = 1_000


class StepBudget:
    """Counts the steps of one execution, and refuses what would be too large.

    A step is about 0.3 microseconds of work.
    """

    __slots__ = ("left", "limit")

    def __init__(self, steps: int = STEPS) -> None:
        """Allow ``steps`` steps."""
        self.limit = steps
        self.left = steps

    def spend(self, steps: int) -> None:
        """Count ``steps`` steps, before they are done.

        Raises:
            LimitReachedError: there are not as many left.
        """
        self.left -= steps
        if self.left < 0:
            raise LimitReachedError(
                Limit.STEPS, f"the template needs more than {self.limit:,} steps"
            )

    def reserve(self, size: int) -> None:
        """Refuse a string of more than 4 MiB, or a list that needs as many steps.

        Raises:
            LimitReachedError: ``size`` bytes or elements are too many.
        """
        if size > OUTPUT:
            raise LimitReachedError(
                Limit.OUTPUT, f"the template makes more than {OUTPUT:,} bytes of text"
            )

"""How much of one store may be under way: less when it throttles, nothing when it is down."""

from __future__ import annotations

from threading import Condition
from typing import Final

# So many calls in a row without an answer, and the store counts as down for the rest of the run.
PATIENCE: Final = 5
# How often one call is tried when the store asks to slow down.
TRIES: Final = 6
# How often if it says that it cannot answer now: that may last.
TRIES_IF_BUSY: Final = 3
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 20.0


class Gate:
    """Lets calls to one store through, a bounded number at a time.

    The bound is halved when the store throttles, and grows by one for each full round of calls
    that it answers.
    """

    def __init__(self, limit: int) -> None:
        self._most = limit
        self._limit = float(limit)
        self._inside = 0
        self._silent = 0
        self._condition = Condition()
        self.reason = ""

    @property
    def limit(self) -> int:
        """How many calls may be inside now."""
        return max(1, int(self._limit))

    def enter(self) -> None:
        """Wait for a place."""
        with self._condition:
            self._condition.wait_for(lambda: self._inside < self.limit)
            self._inside += 1

    def leave(self) -> None:
        """Give the place to the next one."""
        with self._condition:
            self._inside -= 1
            self._condition.notify_all()

    def answered(self) -> None:
        """Learn that the store answered, whatever it said."""
        with self._condition:
            self._silent = 0
            self._limit = min(self._most, self._limit + 1 / self._limit)
            self._condition.notify_all()

    def throttled(self) -> None:
        """Learn that the store asks to slow down."""
        with self._condition:
            self._silent = 0
            self._limit = max(1.0, self._limit / 2)

    def silent(self, reason: str) -> None:
        """Learn that the store did not answer, and why; after a few times it counts as down."""
        with self._condition:
            self._silent += 1
            if self._silent >= PATIENCE:
                self.reason = reason


def wait_before(attempt: int, asked: float | None, chance: float) -> float:
    """Return the seconds to wait before trying again.

    Args:
        attempt: how often it was tried already, from 1.
        asked: what the store asked for (Retry-After), if it did.
        chance: between 0 and 1; spreads the waits of many.
    """
    if asked is not None:
        return min(asked, LONGEST_WAIT)
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempt - 1)) * (0.5 + chance / 2)

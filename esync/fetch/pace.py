"""How fast one store is asked: no faster than its service permits by default."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from esync.flow.plan import Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.providers.tariff import Calling, Limit

READ_MANY = "read many"


class Pace:
    """Tells each call how long to wait.

    A service counts calls in a window: that many may come at once, and then as many as the window
    lets in again.

    Args:
        calling: how the store's provider asks its service.
        clock: monotonic seconds.
    """

    def __init__(self, calling: Calling, clock: Callable[[], float]) -> None:
        self._calling = calling
        self._clock = clock
        limits = calling.tariff.limits if calling.tariff else ()
        self._left = {limit: float(limit.allowed) for limit in limits}
        self._seen = clock()
        self._lock = Lock()

    def delay(self, operation: str) -> float:
        """Take what an operation needs, and return the seconds to wait before it is made."""
        return self.delay_of(self._requests(operation))

    def delay_of(self, requests: tuple[str, ...]) -> float:
        """Take calls by the service's names, and return the seconds to wait before them."""
        with self._lock:
            self._refill()
            return max((self._take(limit, requests) for limit in self._left), default=0.0)

    def _refill(self) -> None:
        now = self._clock()
        for limit, left in self._left.items():
            grown = left + (now - self._seen) * limit.allowed / limit.seconds
            self._left[limit] = min(float(limit.allowed), grown)
        self._seen = now

    def _take(self, limit: Limit, requests: tuple[str, ...]) -> float:
        taken = sum(1 for one in requests if one in limit.calls)
        if not taken:
            return 0.0
        self._left[limit] -= taken
        return max(0.0, -self._left[limit]) * limit.seconds / limit.allowed

    def _requests(self, operation: str) -> tuple[str, ...]:
        if operation == READ_MANY:
            return (self._calling.read_many,)
        if operation == Operation.METADATA:
            return self._calling.metadata
        # A search tells each call of its own.
        return self._calling.read if operation == Operation.READ else ()

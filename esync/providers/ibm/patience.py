"""Asks again where the store says so, and waits in between as IBM's client does.

Source:
    External Secrets Operator 2.9, ``retrySettings``; the retries of IBM's Go SDK core.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from esync.identity.failures import retry_after
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.identity.wire import Answer, Wire

_TOO_MANY, _FAILED, _NOT_IMPLEMENTED, _BUSY = 429, 500, 501, 503
_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 60.0  # of a server's own wish; a run is not meant to last longer


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is sent again.

    Attributes:
        limit: further tries after the first.
        interval: seconds; the most that is waited, unless the service asks for more.
    """

    limit: int
    interval: float = 5.0

    def wait(self, tries: int) -> float:
        """Return the seconds to wait after ``tries`` tries: each twice the last one."""
        return max(min(_FIRST_WAIT * 2.0 ** min(tries - 1, 30), self.interval), 0.0)


class Patience:
    """Sends requests over a wire; may be used from several threads at once."""

    def __init__(
        self, wire: Wire, retries: Retries, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._wire = wire
        self._retries = retries
        self._sleep = sleep

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Send a request until it is answered well, or often enough."""
        tries = 1
        while True:
            answer = self._wire.send(method, url, headers, body)
            if tries > self._retries.limit or not _passes(answer):
                return answer
            asked = retry_after(answer) if answer.status in {_TOO_MANY, _BUSY} else None
            wait = self._retries.wait(tries) if asked is None else asked
            if wait > max(_LONGEST_WAIT, self._retries.interval):
                return answer
            self._sleep(wait)
            tries += 1

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()


def _passes(answer: Answer) -> bool:
    """Tell whether the trouble may be over soon."""
    status = answer.status
    return not status or status == _TOO_MANY or (status >= _FAILED and status != _NOT_IMPLEMENTED)

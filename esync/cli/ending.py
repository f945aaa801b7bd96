"""When a run has to end: its time is up, or a signal came. What is under way is finished."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

# Seconds after which a signal is noticed at the latest, while nothing is done.
_STEP: Final = 0.25


class Ending:
    """Knows whether anything more may be started.

    Attributes:
        signal: the number of the signal that came, else 0.
    """

    def __init__(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds
        self.signal = 0

    def watch(self) -> None:
        """From now on, the first SIGINT or SIGTERM ends the run in order, the second at once."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._came)

    def over(self) -> str:
        """Say why nothing more shall be started, else nothing."""
        if self.signal:
            return f"{signal.Signals(self.signal).name} came"
        if time.monotonic() >= self.deadline:
            return "the time for this run is over (--timeout)"
        return ""

    def pause(self, seconds: float) -> None:
        """Wait, no longer than until the run has to end."""
        end = min(time.monotonic() + seconds, self.deadline)
        while not self.signal and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _STEP))

    def _came(self, number: int, _frame: FrameType | None) -> None:
        self.signal = number
        signal.signal(number, signal.SIG_DFL)

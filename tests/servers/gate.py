"""Every call to an emulated store passes here: written down, and refused if a test says so."""

from dataclasses import dataclass
from enum import StrEnum
from threading import Lock


class Refusal(StrEnum):
    """Why a call is turned away; each emulator says it in its own store's words."""

    DENIED = "denied"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the operation, what it was about, and who called ("" if nobody signed in)."""

    operation: str
    name: str
    caller: str


class Gate:
    """Notes calls and refuses some. Safe to use from several threads at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: list[Call] = []
        self._refusals: dict[str, tuple[Refusal, int | None]] = {}

    @property
    def calls(self) -> list[Call]:
        """Every call since the start or the last `reset`, in order, also the refused ones."""
        with self._lock:
            return list(self._calls)

    def refuse(self, name: str, refusal: Refusal, times: int | None = None) -> None:
        """Turn away the next ``times`` calls (or all) about what ``name`` is a path segment of."""
        with self._lock:
            self._refusals[name] = (refusal, times)

    def reset(self) -> None:
        """Forget all calls and let everything through."""
        with self._lock:
            self._calls.clear()
            self._refusals.clear()

    def admit(self, call: Call) -> Refusal | None:
        """Write ``call`` down, and return why it must not go on."""
        with self._lock:
            self._calls.append(call)
            for segment in call.name.split("/"):
                if segment in self._refusals:
                    return self._refuse(segment)
            return None

    def _refuse(self, segment: str) -> Refusal:
        refusal, left = self._refusals[segment]
        if left is not None and left <= 1:
            del self._refusals[segment]
        elif left is not None:
            self._refusals[segment] = (refusal, left - 1)
        return refusal

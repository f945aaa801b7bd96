"""What a template function is: a Go signature and the Python code behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from esync.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.gocompat.values import Value


PRINTED = 12
"""What printing an element costs: ``element_steps`` of functions that print."""


class FunctionError(Exception):
    """A function refuses its arguments, as a Go function that returns an error or panics.

    The text is Go's own wording and may quote a value: it never reaches the public message.

    Attributes:
        public: what may be said in public, if anything.
    """

    public: str = ""

    def __init__(self, text: str = "", public: str = "") -> None:
        super().__init__(text)
        self.public = public


class PlainError(FunctionError):
    """A refusal whose text names types and the template's own words only, never a value."""

    def __init__(self, text: str) -> None:
        super().__init__(text, text)


class Budget(Protocol):
    """Counts the work of one execution; what it raises passes through every function."""

    def spend(self, steps: int) -> None:
        """Count ``steps`` units of work (about 0.3 microseconds each), before they are done."""

    def reserve(self, size: int) -> None:
        """Refuse a string of ``size`` bytes or a list as long, before it is made, if too large."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a function may know of the world: the time, chance, and how much work is left.

    Attributes:
        clock: nanoseconds since 1970, UTC.
        random: that many random bytes.
        budget: to be told of work that grows with an argument, before it is done.
        memory: regular expressions that this execution has compiled.
    """

    clock: Callable[[], int]
    random: Callable[[int], bytes]
    budget: Budget
    memory: dict[bytes, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Function:
    """One function that templates can call.

    Attributes:
        signature: the Go type, e.g. ``func(string, ...interface {}) (string, error)``; the
            executor checks and converts arguments by it, as Go's reflection does, and gives a
            plain result the declared type (an ``int`` becomes ``Int64``, a list ``[]string``).
        call: gets the converted arguments, those of a variadic parameter one by one; with
            ``wants_context`` a :class:`Context` before them.
        wants_context: the function needs the time, chance or the budget.
        changes: its result differs from run to run (``now``, ``uuidv4``, ``gen*`` …).
        steps: what a call costs, beside what every call does.
        byte_steps: what each byte of a text among the arguments costs, beside what every byte does.
        element_steps: the same of each element of a list or map among them.
    """

    signature: str
    call: Callable[..., Value]
    wants_context: bool = False
    changes: bool = False
    steps: int = 0
    byte_steps: float = 0
    element_steps: int = 0

"""The machine that carries out a compiled template, one instruction after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from esync.gotemplate.arguments import NO_VALUE
from esync.gotemplate.budget import DEPTH, OUTPUT, too_long
from esync.gotemplate.errors import Limit, LimitReachedError
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync.gocompat.values import Value
    from esync.gotemplate.budget import StepBudget
    from esync.gotemplate.function import Context
    from esync.gotemplate.nodes import Node


@dataclass(frozen=True, slots=True)
class Entry:
    """Where the code of one template begins.

    Attributes:
        at: the position of its first instruction.
        variables: how many variables it has at most.
        length: how many instructions it has.
    """

    at: int
    variables: int
    length: int


@dataclass(frozen=True, slots=True)
class Program:
    """A template and those that it defines, as instructions.

    Attributes:
        code: all instructions, one template after the other.
        entries: where each template begins, by name.
    """

    code: Sequence[Instruction]
    entries: Mapping[bytes, Entry]


class Unset:
    """A variable that was not declared yet."""


UNSET = Unset()


@dataclass(frozen=True, slots=True)
class _Caller:
    """What to go back to when a template is done."""

    at: int
    dot: Value
    variables: list[Value]
    template: bytes


class Machine:
    """The state of one execution.

    Attributes:
        stack: values that wait for their use.
        dot: the current value.
        variables: those of the current template; the first is ``$``.
        template: the name of the current template.
        node: what Go would name in an error that happens now.
    """

    __slots__ = (
        "_callers",
        "_out",
        "_program",
        "_room",
        "budget",
        "context",
        "dot",
        "missing_key",
        "node",
        "stack",
        "template",
        "variables",
    )

    def __init__(
        self, program: Program, context: Context, budget: StepBudget, missing_key: str
    ) -> None:
        self.stack: list[Value] = []
        self.dot: Value = NO_VALUE
        self.variables: list[Value] = []
        self.template = b""
        self.node: Node | None = None
        self.context = context
        self.budget = budget
        self.missing_key = missing_key
        self._program = program
        self._callers: list[_Caller] = []
        self._out = bytearray()
        self._room = OUTPUT

    def run(self, name: bytes, data: Value) -> bytes:
        """Execute the template called ``name`` and return what it writes."""
        code = self._program.code
        at = self.enter(name, data, -1)
        while at >= 0:
            jump = code[at](self)
            at = at + 1 if jump is None else jump
        return bytes(self._out)

    def write(self, text: bytes) -> None:
        """Add to the output."""
        self._room -= len(text)
        if self._room < 0:
            raise too_long()
        self._out += text

    def enter(self, name: bytes, data: Value, back: int) -> int:
        """Begin another template, and return where its code is; ``back`` is where to return."""
        if len(self._callers) > DEPTH:
            raise LimitReachedError(
                Limit.DEPTH, f"templates call each other more than {DEPTH:,} deep"
            )
        entry = self._program.entries[name]
        self.budget.spend(entry.length)
        self._callers.append(_Caller(back, self.dot, self.variables, self.template))
        self.dot = data
        self.variables = [UNSET] * entry.variables
        self.variables[0] = data
        self.template = name
        return entry.at

    def leave(self) -> int:
        """End the current template, and return where to go on; negative: nowhere."""
        caller = self._callers.pop()
        self.dot = caller.dot
        self.variables = caller.variables
        self.template = caller.template
        return caller.at


# Changes the machine; returns where to go on, or None for the next instruction.
Instruction: TypeAlias = Callable[[Machine], int | None]

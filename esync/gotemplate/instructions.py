"""The instructions of the machine: each function here makes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from esync.gocompat.fmt import OutputTooLongError, sprint
from esync.gocompat.quoting import quote, text_of
from esync.gocompat.values import Struct
from esync.gotemplate.arguments import NO_VALUE
from esync.gotemplate.budget import OUTPUT, too_long, weight
from esync.gotemplate.calls import call_method
from esync.gotemplate.errors import Refusal
from esync.gotemplate.fields import is_method, lookup
from esync.gotemplate.machine import UNSET
from esync.gotemplate.truth import is_true

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from esync.gocompat.values import Value
    from esync.gotemplate.machine import Instruction, Machine
    from esync.gotemplate.nodes import Node


_STEPS_PER_PRINTED_ELEMENT = 4
_STEPS_TO_PRINT = 8


class Label:
    """A position in the code that is known later."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        self.at = -1


class Span:
    """The slots of some variables, which are known later."""

    __slots__ = ("begin", "end")

    def __init__(self) -> None:
        self.begin = self.end = 0


# The slot that a variable was declared in last, and those in which it was before.
Places: TypeAlias = "tuple[int, Places] | None"


# Output.


def text(value: bytes) -> Instruction:
    """Write ``value``."""

    def run(machine: Machine) -> None:
        machine.write(value)

    return run


def emit() -> Instruction:
    """Write the value on top."""

    def run(machine: Machine) -> None:
        value = machine.stack.pop()
        if value.__class__ is bytes:
            machine.write(value)
        elif value is NO_VALUE:
            machine.write(b"<no value>")
        else:
            elements = _STEPS_PER_PRINTED_ELEMENT * weight(value)
            machine.budget.spend(_STEPS_TO_PRINT + elements)
            machine.write(_printed(value))

    return run


def _printed(value: Value) -> bytes:
    try:
        printed = sprint([value], limit=OUTPUT)
    except OutputTooLongError:
        printed = None
    if printed is None:
        raise too_long()
    if isinstance(value, Struct) and value.text is None:
        return printed.removeprefix(b"&")
    return printed


def drop() -> Instruction:
    """Forget the value on top."""

    def run(machine: Machine) -> None:
        machine.stack.pop()

    return run


# Values.


def at(node: Node) -> Instruction:
    """Let errors name ``node``."""

    def run(machine: Machine) -> None:
        machine.node = node

    return run


def refuse(node: Node, message: str) -> Instruction:
    """Fail at ``node``."""

    def run(machine: Machine) -> None:
        machine.node = node
        raise Refusal(message)

    return run


def push(node: Node, value: Value) -> Instruction:
    """Push a constant."""

    def run(machine: Machine) -> None:
        machine.node = node
        machine.stack.append(value)

    return run


def dot(node: Node, convert: Callable[[Value], Value] | None) -> Instruction:
    """Push the current value."""

    def run(machine: Machine) -> None:
        machine.node = node
        value = machine.dot
        machine.stack.append(value if convert is None else convert(value))

    return run


def unwrap() -> Instruction:
    """Make no value of a nil on top: what an interface held is all that counts."""

    def run(machine: Machine) -> None:
        if machine.stack[-1] is None:
            machine.stack[-1] = NO_VALUE

    return run


def convert_top(convert: Callable[[Value], Value]) -> Instruction:
    """Check and convert the value on top."""

    def run(machine: Machine) -> None:
        machine.stack[-1] = convert(machine.stack[-1])

    return run


def field(
    node: Node, names: Sequence[bytes], convert: Callable[[Value], Value] | None
) -> Instruction:
    """Push a field of the current value."""

    def run(machine: Machine) -> None:
        machine.node = node
        value = walk(machine, node, machine.dot, names)
        machine.stack.append(value if convert is None else convert(value))

    return run


def walk(machine: Machine, node: Node, value: Value, names: Sequence[bytes]) -> Value:
    """Return the field of a field … of ``value``; methods on the way are called."""
    holder: Value = None
    for name in names:
        holder, value = value, lookup(machine, value, name, holder=holder)
        if is_method(value):
            value = call_method(machine, node, name, value)
    return value


def fields_of_top(node: Node, names: Sequence[bytes]) -> Instruction:
    """Replace the value on top by a field of it."""

    def run(machine: Machine) -> None:
        machine.stack[-1] = walk(machine, node, machine.stack[-1], names)

    return run


# Variables.


def variable(
    node: Node,
    name: bytes,
    places: Places,
    names: Sequence[bytes],
    convert: Callable[[Value], Value] | None,
) -> Instruction:
    """Push a variable, or a field of it.

    ``places`` are those that it may be in: the first that is set counts.
    """

    def run(machine: Machine) -> None:
        machine.node = node
        value = machine.variables[slot_of(machine, name, places)]
        if names:
            value = walk(machine, node, value, names)
        machine.stack.append(value if convert is None else convert(value))

    return run


def slot_of(machine: Machine, name: bytes, places: Places) -> int:
    """Return the first of ``places`` that is set; refuse if none is."""
    while places is not None:
        slot, places = places
        if machine.variables[slot] is not UNSET:
            return slot
        machine.budget.spend(1)
    raise Refusal(f"undefined variable: {text_of(name)}")


def declare(slot: int) -> Instruction:
    """Set a new variable to the value on top, which stays."""

    def run(machine: Machine) -> None:
        machine.variables[slot] = machine.stack[-1]

    return run


def assign(name: bytes, places: Places) -> Instruction:
    """Set a variable to the value on top, which stays."""

    def run(machine: Machine) -> None:
        machine.variables[slot_of(machine, name, places)] = machine.stack[-1]

    return run


def forget(slots: Span) -> Instruction:
    """Take variables for not yet declared."""

    def run(machine: Machine) -> None:
        machine.budget.spend(slots.end - slots.begin)
        for slot in range(slots.begin, slots.end):
            machine.variables[slot] = UNSET

    return run


# Control.


def jump(target: Label) -> Instruction:
    """Go on elsewhere."""

    def run(_: Machine) -> int:
        return target.at

    return run


def jump_if_false(target: Label) -> Instruction:
    """Go on elsewhere if the value on top is nothing."""

    def run(machine: Machine) -> int | None:
        return None if is_true(machine.stack.pop()) else target.at

    return run


def begin_with(target: Label, slot: int) -> Instruction:
    """Make the value on top the current one, or go on elsewhere if it is nothing."""

    def run(machine: Machine) -> int | None:
        value = machine.stack.pop()
        if not is_true(value):
            return target.at
        machine.variables[slot] = machine.dot
        machine.dot = value
        return None

    return run


def restore_dot(slot: int) -> Instruction:
    """Make the current value what it was before a ``with`` or ``range``."""

    def run(machine: Machine) -> None:
        machine.dot = machine.variables[slot]

    return run


def invoke(name: bytes, here: Label) -> Instruction:
    """Execute another template with the value on top."""

    def run(machine: Machine) -> int:
        return machine.enter(name, machine.stack.pop(), here.at)

    return run


def undefined_template(node: Node, name: bytes) -> Instruction:
    """Fail for want of a template."""
    return refuse(node, f"template {text_of(quote(name))} not defined")


def leave() -> Instruction:
    """End the current template."""

    def run(machine: Machine) -> int:
        return machine.leave()

    return run


def refuse_here(message: Callable[[], str]) -> Instruction:
    """Fail at what was evaluated last; ``message`` may take long to make."""

    def run(_: Machine) -> None:
        raise Refusal(message())

    return run

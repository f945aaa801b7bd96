"""``range``: over lists, maps and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from esync.gocompat.fmt import sprint
from esync.gocompat.fmt.order import sorted_items
from esync.gocompat.quoting import text_of
from esync.gocompat.values import Sized, type_of
from esync.gotemplate.arguments import NO_VALUE, element
from esync.gotemplate.budget import sorting
from esync.gotemplate.errors import Refusal
from esync.gotemplate.instructions import slot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from esync.gocompat.values import Value
    from esync.gotemplate.instructions import Label, Places
    from esync.gotemplate.machine import Instruction, Machine

_SHOWN = 1 << 16
_ITERATION_STEPS = 3


def begin_range(otherwise: Label, slot: int, variables: int) -> Instruction:
    """Begin to go through the value on top, or go on elsewhere if it is empty.

    ``slot`` keeps what is left, the one after it the value that was current.
    """

    def run(machine: Machine) -> int | None:
        value = machine.stack.pop()
        if isinstance(value, dict):
            machine.budget.spend(2 * len(value) + sorting(value, len(value)))
        items = _items(value, variables)
        if items is None:
            return otherwise.at
        machine.variables[slot] = items
        machine.variables[slot + 1] = machine.dot
        return None

    return run


def _items(value: Value, variables: int) -> Iterator[tuple[Value, Value]] | None:
    """Return the pairs of index and element; None: there are none."""
    match value:
        case list():
            return _list_items(value) if value else None
        case dict():
            return iter(sorted_items(value)) if value else None
        case bool():
            pass
        case int():
            if variables > 1:
                raise Refusal(
                    f"can't use {int(value)} to iterate over more than one variable",
                    "can't use a number to iterate over more than one variable",
                )
            return _numbers(value) if value > 0 else None
    if value is NO_VALUE or value is None:
        return None
    shown = (
        text_of(sprint([value], limit=_SHOWN)) if not isinstance(value, bytes) else text_of(value)
    )
    raise Refusal(
        f"range can't iterate over {shown}",
        f"range can't iterate over a value of type {type_of(value)}",
    )


def _list_items(items: list[Value]) -> Iterator[tuple[Value, Value]]:
    for position in range(len(items)):
        yield position, element(items, position)


def _numbers(end: int) -> Iterator[tuple[Value, Value]]:
    kind = type(end) if isinstance(end, Sized) else int
    for number in range(end):
        yield NO_VALUE, kind(number)


def next_item(begin: Label, end: Label, slot: int, takers: Sequence[Taker]) -> Instruction:
    """Go to the next element, or on to ``end`` after the last.

    ``takers`` take the index and the element, or only the element.
    """

    def run(machine: Machine) -> int | None:
        item = next(machine.variables[slot], None)
        if item is None:
            return end.at
        machine.budget.spend(_ITERATION_STEPS + end.at - begin.at)
        machine.dot = item[1]
        for taker, value in zip(takers, item[-len(takers) :], strict=False):
            taker(machine, value)
        return None

    return run


def into_slot(slot: int) -> Taker:
    """Let a new variable take the value."""

    def take(machine: Machine, value: Value) -> None:
        machine.variables[slot] = value

    return take


def into_variable(name: bytes, places: Places) -> Taker:
    """Let a variable that may exist take the value."""

    def take(machine: Machine, value: Value) -> None:
        machine.variables[slot_of(machine, name, places)] = value

    return take


Taker: TypeAlias = "Callable[[Machine, Value], None]"

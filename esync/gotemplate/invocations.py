"""Instructions that call functions and methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.quoting import text_of
from esync.gotemplate.arguments import NO_VALUE, constant, is_nilable, signature, zero
from esync.gotemplate.calls import check_count, converted, finish_method
from esync.gotemplate.errors import Refusal
from esync.gotemplate.fields import is_method, lookup
from esync.gotemplate.instructions import walk
from esync.gotemplate.truth import is_true

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from esync.gocompat.values import Value
    from esync.gotemplate.arguments import Constant
    from esync.gotemplate.calls import Callee
    from esync.gotemplate.instructions import Label
    from esync.gotemplate.machine import Instruction, Machine
    from esync.gotemplate.nodes import Node


def call(
    node: Node,
    callee: Callee,
    count: int,
    final: Callable[[Value], Value] | None,
    *,
    has_final: bool,
) -> Instruction:
    """Call a function with the ``count`` values on top, and the one below from the pipeline."""

    def run(machine: Machine) -> None:
        stack = machine.stack
        arguments = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        if has_final:
            last = stack.pop()
            arguments.append(last if final is None else final(last))
        stack.append(callee(machine, node, arguments))

    return run


def short_circuit(end: Label, *, stops_at: bool, has_final: bool, is_last: bool) -> Instruction:
    """Keep the value on top as the result of ``and`` or ``or``, or drop it and go on."""

    def run(machine: Machine) -> int | None:
        value = machine.stack.pop()
        if is_true(value) is stops_at:
            if has_final:
                machine.stack.pop()
            machine.stack.append(value)
            return end.at
        if is_last and not has_final:
            machine.stack.append(value)
        return None

    return run


def begin_method(
    node: Node, names: Sequence[bytes], end: Label, count: int, *, has_final: bool
) -> Instruction:
    """Replace the receiver on top by its method, which is about to get arguments."""

    def run(machine: Machine) -> int | None:
        stack = machine.stack
        receiver = walk(machine, node, stack.pop(), names[:-1])
        shown = text_of(names[-1])
        if isinstance(receiver, dict):
            raise Refusal(f"{shown} is not a method but has arguments")
        method = lookup(machine, receiver, names[-1])
        if method is NO_VALUE:
            if has_final:
                stack.pop()
            stack.append(NO_VALUE)
            return end.at
        if not is_method(method):
            raise Refusal(f"{shown} has arguments but cannot be invoked as function")
        check_count(shown, signature(method.signature), count, int(has_final))
        stack.append(method)
        return None

    return run


def method_argument(position: int) -> Instruction:
    """Check and convert the value on top for the method below it."""

    def run(machine: Machine) -> None:
        method = machine.stack[-2 - position]
        go_type = signature(method.signature).parameter(position)
        machine.stack[-1] = converted(machine.stack[-1], go_type)

    return run


def method_constant(node: Constant, position: int) -> Instruction:
    """Push a constant as an argument of the method below."""

    def run(machine: Machine) -> None:
        machine.node = node
        method = machine.stack[-1 - position]
        go_type = signature(method.signature).parameter(position)
        machine.stack.append(constant(node, go_type))

    return run


def method_nil(node: Node, position: int) -> Instruction:
    """Push nil as an argument of the method below."""

    def run(machine: Machine) -> None:
        machine.node = node
        method = machine.stack[-1 - position]
        machine.stack.append(nil(signature(method.signature).parameter(position)))

    return run


def nil(go_type: str) -> Value:
    """Return nil as an argument of that type.

    Raises:
        Refusal: the type has no nil.
    """
    if not is_nilable(go_type):
        raise Refusal(f"cannot assign nil to {go_type}")
    return zero(go_type)


def end_method(node: Node, name: bytes, count: int, *, has_final: bool) -> Instruction:
    """Call the method below its ``count`` arguments."""

    def run(machine: Machine) -> None:
        stack = machine.stack
        arguments = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        method = stack.pop()
        if has_final:
            go_type = signature(method.signature).parameter(count)
            arguments.append(converted(stack.pop(), go_type))
        stack.append(finish_method(machine, node, name, method, arguments))

    return run

"""Calling functions and methods: their cost, their errors, and the types of their results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.quoting import text_of
from esync.gotemplate.arguments import converter, result_of, signature
from esync.gotemplate.errors import Refusal
from esync.gotemplate.function import FunctionError, PlainError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from esync.gocompat.values import Method, Value
    from esync.gotemplate.arguments import Signature
    from esync.gotemplate.function import Function
    from esync.gotemplate.machine import Machine
    from esync.gotemplate.nodes import Node

# The steps of a call; of each so many bytes that go in or out; of each element.
_CALL_STEPS = 10
_BYTES_PER_STEP = 16
_STEPS_PER_ELEMENT = 4


def check_count(name: str, takes: Signature, count: int, final: int) -> None:
    """Refuse a wrong number of arguments; ``final`` of them come from the pipeline.

    Raises:
        Refusal: there are too few or too many.
    """
    least = len(takes.fixed)
    given = count + final
    if takes.variadic is not None:
        if given < least:
            raise Refusal(f"wrong number of args for {name}: want at least {least} got {count}")
    elif given != least:
        raise Refusal(f"wrong number of args for {name}: want {least} got {given}")


def weight(value: Value) -> int:
    """Return the steps that handling ``value`` costs."""
    if value.__class__ is bytes:
        return len(value) // _BYTES_PER_STEP
    if isinstance(value, list | dict):
        return len(value) * _STEPS_PER_ELEMENT
    return 0


class Callee:
    """A function under its name, ready to be called."""

    __slots__ = ("_call", "_finish", "_name", "_wants_context", "takes")

    def __init__(self, name: str, function: Function) -> None:
        self.takes = signature(function.signature)
        self._name = name
        self._call = function.call
        self._wants_context = function.wants_context
        self._finish = result_of(self.takes.result)

    def __call__(self, machine: Machine, node: Node, arguments: Sequence[Value]) -> Value:
        """Call it with converted arguments; ``node`` is named when it refuses."""
        steps = _CALL_STEPS
        for argument in arguments:
            steps += weight(argument)
        machine.budget.spend(steps)
        if self._wants_context:
            arguments = (machine.context, *arguments)
        result = guarded(machine, node, self._name, self._call, arguments)
        if self._finish is not None:
            result = self._finish(result)
        if result.__class__ is bytes:
            machine.budget.reserve(len(result))
        machine.budget.spend(weight(result))
        return result


def guarded(
    machine: Machine,
    node: Node,
    name: str,
    call: Callable[..., Value],
    arguments: Sequence[Value],
) -> Value:
    """Call, and turn what the function refuses into a refusal of the template."""
    try:
        return call(*arguments)
    except FunctionError as error:
        text = str(error)
        public = f": {text}" if isinstance(error, PlainError) else ""
    machine.node = node
    raise Refusal(f"error calling {name}: {text}", f"error calling {name}{public}")


def call_method(machine: Machine, node: Node, name: bytes, method: Method) -> Value:
    """Call a method without arguments."""
    takes = signature(method.signature)
    check_count(text_of(name), takes, 0, 0)
    return finish_method(machine, node, name, method, ())


def finish_method(
    machine: Machine, node: Node, name: bytes, method: Method, arguments: Sequence[Value]
) -> Value:
    """Call a method with converted arguments."""
    machine.budget.spend(_CALL_STEPS)
    result = guarded(machine, node, text_of(name), method.call, arguments)
    finish = result_of(signature(method.signature).result)
    return result if finish is None else finish(result)


def converted(value: Value, go_type: str) -> Value:
    """Return ``value`` as an argument of that type, or refuse it."""
    convert = converter(go_type)
    return value if convert is None else convert(value)

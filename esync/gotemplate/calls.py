"""Calling functions and methods: their cost, their errors, and the types of their results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.fmt import OutputTooLongError
from esync.gocompat.quoting import text_of
from esync.gotemplate.arguments import REFLECTED, converter, result_of, signature
from esync.gotemplate.budget import (
    BYTES_COMPARED_PER_STEP,
    BYTES_PER_STEP,
    BYTES_PER_STEP_MADE,
    OUTPUT,
    STEPS_PER_NEW_ELEMENT,
    too_long,
    weight,
)
from esync.gotemplate.errors import Refusal
from esync.gotemplate.function import FunctionError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from esync.gocompat.values import Method, Value
    from esync.gotemplate.arguments import Signature
    from esync.gotemplate.function import Function
    from esync.gotemplate.machine import Machine
    from esync.gotemplate.nodes import Node

_CALL_STEPS = 12
_METHOD_STEPS = 60

# What a Go function would panic with: a wrong value that it did not expect.
_PANICS = (ArithmeticError, LookupError, TypeError, ValueError)
_NIL_POINTER = "runtime error: invalid memory address or nil pointer dereference"


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


class Callee:
    """A function under its name, ready to be called."""

    __slots__ = (
        "_byte_steps",
        "_call",
        "_element_steps",
        "_finish",
        "_is_dear",
        "_is_shallow",
        "_name",
        "_steps",
        "_wants_context",
        "takes",
    )

    def __init__(self, name: str, function: Function) -> None:
        self.takes = signature(function.signature)
        self._name = name
        self._call = function.call
        self._wants_context = function.wants_context
        self._steps = _CALL_STEPS + function.steps
        self._byte_steps = function.byte_steps
        self._element_steps = function.element_steps
        self._is_dear = bool(self._byte_steps or self._element_steps)
        self._finish = result_of(self.takes.result)
        # What takes any value by reflection looks at its surface only.
        self._is_shallow = REFLECTED in (*self.takes.fixed, self.takes.variadic)

    def __call__(self, machine: Machine, node: Node, arguments: Sequence[Value]) -> Value:
        """Call it with converted arguments; ``node`` is named when it refuses."""
        budget = machine.budget
        budget.left -= self._price(arguments)
        if budget.left < 0:
            budget.spend(0)
        if self._wants_context:
            arguments = (machine.context, *arguments)
        result = guarded(machine, node, self._name, self._call, arguments)
        if self._finish is not None:
            result = self._finish(result)
        if result.__class__ is bytes:
            if len(result) > OUTPUT:
                raise too_long()
            budget.left -= len(result) // BYTES_PER_STEP_MADE
        elif isinstance(result, list) and not self._is_shallow:
            budget.spend(len(result) * STEPS_PER_NEW_ELEMENT)
        return result

    def _price(self, arguments: Sequence[Value]) -> int:
        """Return the steps of a call, beside what the function itself counts."""
        steps = self._steps
        if self._is_shallow:  # but texts are compared to their ends
            for argument in arguments:
                if argument.__class__ is bytes:
                    steps += len(argument) // BYTES_COMPARED_PER_STEP
            return steps
        for argument in arguments:
            if argument.__class__ is bytes:
                steps += len(argument) // BYTES_PER_STEP
            else:
                steps += weight(argument)
        return steps + self._extra(arguments) if self._is_dear else steps

    def _extra(self, arguments: Sequence[Value]) -> int:
        """Return what the arguments cost this function more than others."""
        steps = 0
        for argument in arguments:
            if argument.__class__ is bytes:
                steps += int(self._byte_steps * len(argument))
            elif isinstance(argument, list | dict):
                steps += self._element_steps * weight(argument)
        return steps


def _bytes_in(arguments: Sequence[Value]) -> int:
    return sum(len(argument) for argument in arguments if argument.__class__ is bytes)


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
        public = f": {error.public}" if error.public else ""
    except OutputTooLongError:
        raise too_long() from None
    except _PANICS:
        text, public = "runtime error", ""
    except AttributeError:  # of None: an argument was nil
        text, public = _NIL_POINTER, ""
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
    steps = _METHOD_STEPS + method.steps + sum(map(weight, arguments))
    if method.byte_steps:
        steps += method.byte_steps * _bytes_in(arguments)
    machine.budget.spend(steps)
    result = guarded(machine, node, text_of(name), method.call, arguments)
    if result.__class__ is bytes:
        machine.budget.spend(len(result) // BYTES_PER_STEP_MADE)
    finish = result_of(signature(method.signature).result)
    return result if finish is None else finish(result)


def converted(value: Value, go_type: str) -> Value:
    """Return ``value`` as an argument of that type, or refuse it."""
    convert = converter(go_type)
    return value if convert is None else convert(value)

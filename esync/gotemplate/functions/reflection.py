"""Sprig's functions on types, and Go's deep equality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.gocompat.values import Map, Slice, Struct, Value, kind_of, type_of
from esync.gotemplate.budget import BYTES_COMPARED_PER_STEP, looking_up
from esync.gotemplate.function import Budget, Context, Function

if TYPE_CHECKING:
    from collections.abc import Sequence


_STEPS: Final = 5  # of the budget, for each pair of values


def deep_equal(left: Value, right: Value, budget: Budget) -> bool:
    """Tell whether Go's ``reflect.DeepEqual`` holds: same types all the way, same contents.

    A list or map is always equal to itself, even if it holds a NaN.
    """
    budget.spend(_STEPS)
    if type_of(left) != type_of(right):
        return False
    match left:
        case list() | dict():
            return left is right or _same_contents(left, right, budget)
        case Struct():
            budget.spend(left.size // BYTES_COMPARED_PER_STEP)
            return bool(left == right)
        case bytes() if len(left) == len(right):
            budget.spend(len(left) // BYTES_COMPARED_PER_STEP)
    return bool(left == right)


def _same_contents(left: Value, right: Value, budget: Budget) -> bool:
    if _is_nil(left) != _is_nil(right) or len(left) != len(right):
        return False
    if isinstance(left, dict):
        budget.spend(looking_up(left))
        return all(key in right and deep_equal(left[key], right[key], budget) for key in left)
    return _same_elements(left, right, budget)


def _same_elements(left: Sequence[Value], right: Sequence[Value], budget: Budget) -> bool:
    return all(deep_equal(a, b, budget) for a, b in zip(left, right, strict=True))


def _is_nil(value: Value) -> bool:
    return isinstance(value, Slice | Map) and value.is_nil


def _type_of(value: Value) -> bytes:
    return type_of(value).encode()


def _type_is(wanted: bytes, value: Value) -> bool:
    return wanted == _type_of(value)


def _type_is_like(wanted: bytes, value: Value) -> bool:
    return _type_of(value) in (wanted, b"*" + wanted)


def _kind_of(value: Value) -> bytes:
    return kind_of(value).encode()


def _kind_is(wanted: bytes, value: Value) -> bool:
    return wanted == _kind_of(value)


def _deep_equal(context: Context, left: Value, right: Value) -> bool:
    return deep_equal(left, right, context.budget)


_CLAIM: Final = "func(string, interface {}) bool"

FUNCTIONS: Final = {
    "deepEqual": Function("func(interface {}, interface {}) bool", _deep_equal, wants_context=True),
    "kindIs": Function(_CLAIM, _kind_is),
    "kindOf": Function("func(interface {}) string", _kind_of),
    "typeIs": Function(_CLAIM, _type_is),
    "typeIsLike": Function(_CLAIM, _type_is_like),
    "typeOf": Function("func(interface {}) string", _type_of),
}

"""``eq`` and its kin: which values can be compared, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.fmt import sprint, sprintf
from esync.gocompat.quoting import text_of
from esync.gocompat.values import Map, Sized, Slice, Struct, kind_of, type_of
from esync.gotemplate.arguments import NO_VALUE
from esync.gotemplate.budget import OUTPUT
from esync.gotemplate.function import Function, FunctionError, PlainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.gocompat.values import Value

_BAD_TYPE = "invalid type for comparison"


def _plain(value: Value) -> Value:
    return None if value is NO_VALUE else value


_KINDS = ((bool, "bool"), (bytes, "string"), (int, "int"), (float, "float"), (complex, "complex"))


def _basic_kind(value: Value) -> str:
    """Return the kind by which values are compared; empty: they are not."""
    if isinstance(value, Sized):
        return "int" if value.signed else "uint"
    return next((kind for base, kind in _KINDS if isinstance(value, base)), "")


def _incompatible(left: Value, right: Value) -> PlainError:
    return PlainError(f"incompatible types for comparison: {type_of(left)} and {type_of(right)}")


_WHOLE = {"int", "uint"}


def _same(left: Value, right: Value) -> bool:
    kinds = {_basic_kind(left), _basic_kind(right)}
    if len(kinds) > 1:
        if kinds != _WHOLE and left is not None and right is not None:
            raise _incompatible(left, right)
        return kinds == _WHOLE and bool(left == right)
    return bool(left == right) if kinds != {""} else _same_reference(left, right)


def _is_nil(value: Value) -> bool:
    return value is None or (isinstance(value, Slice | Map) and value.is_nil)


def _same_reference(left: Value, right: Value) -> bool:
    kinds = {kind_of(left), kind_of(right)}
    if len(kinds) > 1 and "invalid" not in kinds:
        types = f"{type_of(left)}, {type_of(right)}"
        shown = text_of(sprint([right], limit=OUTPUT))
        raise FunctionError(
            f"non-comparable types {_shown(left)}: {types}: {shown}",
            f"non-comparable types {types}",
        )
    if _is_nil(left) or _is_nil(right):
        return _is_nil(left) and _is_nil(right)
    if not isinstance(right, Struct):
        go_type = type_of(right)
        raise FunctionError(
            f"non-comparable type {_shown(right)}: {go_type}", f"non-comparable type {go_type}"
        )
    if right.go_type.startswith("*"):
        return left is right
    if type_of(left) != type_of(right):
        return False
    return bool(left == right) or (bool(left.fields) and left.fields == right.fields)


def _shown(value: Value) -> str:
    return text_of(sprintf(b"%s", [value], limit=OUTPUT))


def equal(first: Value, *others: Value) -> bool:
    """Tell whether ``first`` equals any of the others."""
    if not others:
        raise PlainError("missing argument for comparison")
    return any(_same(_plain(first), _plain(other)) for other in others)


def _not_equal(left: Value, right: Value) -> bool:
    return not equal(left, right)


def _less(left: Value, right: Value) -> bool:
    left, right = _plain(left), _plain(right)
    kinds = [_basic_kind(left), _basic_kind(right)]
    if "" in kinds:
        raise PlainError(_BAD_TYPE)
    if kinds[0] != kinds[1] and set(kinds) != _WHOLE:
        raise _incompatible(left, right)
    if kinds[0] in ("bool", "complex"):
        raise PlainError(_BAD_TYPE)
    return bool(left < right)


def _less_or_equal(left: Value, right: Value) -> bool:
    return _less(left, right) or equal(left, right)


def _greater(left: Value, right: Value) -> bool:
    return not _less_or_equal(left, right)


def _greater_or_equal(left: Value, right: Value) -> bool:
    return not _less(left, right)


def _two(call: Callable[[Value, Value], bool]) -> Function:
    return Function("func(reflect.Value, reflect.Value) (bool, error)", call)


COMPARISONS = {
    "eq": Function("func(reflect.Value, ...reflect.Value) (bool, error)", equal),
    "ne": _two(_not_equal),
    "lt": _two(_less),
    "le": _two(_less_or_equal),
    "gt": _two(_greater),
    "ge": _two(_greater_or_equal),
}

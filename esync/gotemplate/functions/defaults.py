"""Sprig's functions on what is empty, and the flow of a template: ``default``, ``fail``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.gocompat.values import Struct
from esync.gotemplate.function import Function, FunctionError

if TYPE_CHECKING:
    from esync.gocompat.values import Value


def is_empty(value: Value) -> bool:
    """Tell whether ``value`` counts as empty: nil, zero, false, or of no length."""
    return not isinstance(value, Struct) and not value


def _default(fallback: Value, *given: Value) -> Value:
    return fallback if not given or is_empty(given[0]) else given[0]


def _coalesce(*values: Value) -> Value:
    return next((value for value in values if not is_empty(value)), None)


def _all(*values: Value) -> bool:
    return not any(map(is_empty, values))


def _any(*values: Value) -> bool:
    return not all(map(is_empty, values))


def _ternary(if_true: Value, if_false: Value, claim: bool) -> Value:  # noqa: FBT001
    return if_true if claim else if_false


def _fail(message: bytes) -> bytes:
    raise FunctionError(message.decode("utf-8", "replace"))


FUNCTIONS: Final = {
    "all": Function("func(...interface {}) bool", _all),
    "any": Function("func(...interface {}) bool", _any),
    "coalesce": Function("func(...interface {}) interface {}", _coalesce),
    "default": Function("func(interface {}, ...interface {}) interface {}", _default),
    "empty": Function("func(interface {}) bool", is_empty),
    "fail": Function("func(string) (string, error)", _fail),
    "ternary": Function("func(interface {}, interface {}, bool) interface {}", _ternary),
}

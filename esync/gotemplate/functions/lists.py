"""Sprig's functions on lists; each makes a new list and leaves the given one alone.

Source:
    sprig 3 as vendored by External Secrets Operator 2.9.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat.values import Int64, Slice, Uint8, Value, kind_of
from esync.gotemplate.budget import BYTES_COMPARED_PER_STEP
from esync.gotemplate.function import Context, Function, FunctionError
from esync.gotemplate.functions.casting import to_int
from esync.gotemplate.functions.defaults import is_empty
from esync.gotemplate.functions.panics import NIL_POINTER, elements
from esync.gotemplate.functions.reflection import deep_equal

if TYPE_CHECKING:
    from collections.abc import Callable

_ANY: Final = "interface {}"
# Types whose values are equal if Python says so.
_STEPS_PER_CHUNK: Final = 8
_SIMPLE: Final = (bytes, bool, int, Int64)


def _items(context: Context, value: Value, action: str) -> list[Value]:
    """Return the elements as a new list, each with its own type."""
    found = elements(value, action)
    context.budget.spend(len(found))
    octets = isinstance(found, Slice) and found.elem == "uint8"
    return [Uint8(item) for item in found] if octets else list(found)


def _nothing() -> Slice:
    return Slice([], _ANY, is_nil=True)


def _list(*values: Value) -> list[Value]:
    return list(values)


def _append(context: Context, value: Value, item: Value) -> list[Value]:
    return [*_items(context, value, "Cannot push on type"), item]


def _prepend(context: Context, value: Value, item: Value) -> list[Value]:
    return [item, *_items(context, value, "Cannot prepend on type")]


def _first(context: Context, value: Value) -> Value:
    found = _items(context, value, "Cannot find first on type")
    return found[0] if found else None


def _last(context: Context, value: Value) -> Value:
    found = _items(context, value, "Cannot find last on type")
    return found[-1] if found else None


def _rest(context: Context, value: Value) -> list[Value]:
    found = _items(context, value, "Cannot find rest on type")
    return found[1:] if found else _nothing()


def _initial(context: Context, value: Value) -> list[Value]:
    found = _items(context, value, "Cannot find initial on type")
    return found[:-1] if found else _nothing()


def _reverse(context: Context, value: Value) -> list[Value]:
    return _items(context, value, "Cannot find reverse on type")[::-1]


def _compact(context: Context, value: Value) -> list[Value]:
    found = _items(context, value, "Cannot compact on type")
    return [item for item in found if not is_empty(item)]


def _holds(context: Context, haystack: list[Value], needle: Value) -> bool:
    kind = type(needle)
    if kind in _SIMPLE:
        size = 1 + (len(needle) // BYTES_COMPARED_PER_STEP if kind is bytes else 0)
        context.budget.spend(size * len(haystack))
        return any(type(item) is kind and item == needle for item in haystack)
    return any(deep_equal(needle, item, context.budget) for item in haystack)


def _uniq(context: Context, value: Value) -> list[Value]:
    kept: list[Value] = []
    for item in _items(context, value, "Cannot find uniq on type"):
        if not _holds(context, kept, item):
            kept.append(item)
    return kept


def _without(context: Context, value: Value, *unwanted: Value) -> list[Value]:
    found = _items(context, value, "Cannot find without on type")
    return [item for item in found if not _holds(context, list(unwanted), item)]


def _has(context: Context, needle: Value, value: Value) -> bool:
    if value is None:
        return False
    return _holds(context, _items(context, value, "Cannot find has on type"), needle)


def _slice(context: Context, value: Value, *bounds: Value) -> Value:
    found = elements(value, "list should be type of slice or array but")
    if not found:
        return None
    start = to_int(bounds[0]) if bounds else 0
    end = to_int(bounds[1]) if len(bounds) > 1 else len(found)
    if start < 0 or end < start or end > len(found):
        raise FunctionError("reflect.Value.Slice: slice index out of bounds")
    context.budget.spend(end - start)
    part = found[start:end]
    return Slice(part, found.elem) if isinstance(found, Slice) else part


def _concat(context: Context, *values: Value) -> Value:
    joined: list[Value] = []
    for value in values:
        if value is None:
            raise FunctionError(NIL_POINTER)
        if not isinstance(value, list):
            raise FunctionError(f"Cannot concat type {kind_of(value)} as list")
        joined += _items(context, value, "")
    return joined or _nothing()


def _chunk(context: Context, size: int, value: Value) -> Slice:
    found = _items(context, value, "Cannot chunk type")
    count = _chunks(len(found), size)
    context.budget.spend(_STEPS_PER_CHUNK * max(count, 0))
    if count < 0:
        raise FunctionError("runtime error: makeslice: len out of range")
    parts = []
    for index in range(count):
        length = size
        if index == count - 1:
            length = int(math.fmod(len(found), size)) or size
        if length < 0:
            raise FunctionError("runtime error: makeslice: len out of range")
        parts.append(found[index * size : index * size + length])
    return Slice(parts, f"[]{_ANY}")


def _chunks(length: int, size: int) -> int:
    """Return how many chunks Go counts; below 0 where it divides by zero."""
    return math.floor((length - 1) / size) + 1 if size else -1


def _with_musts(table: dict[str, tuple[str, Callable[..., Any]]]) -> dict[str, Function]:
    """Return the functions, and each once more as ``mustX``: here, both refuse alike."""
    functions = {}
    for name, (signature, call) in table.items():
        functions[name] = Function(signature, call, wants_context=True)
        must = f"must{name[0].upper()}{name[1:]}"
        parameters, _, result = signature.rpartition(") ")
        fallible = f"{parameters}) ({result}, error)"
        functions[must] = Function(fallible, call, wants_context=True)
    return functions


_TO_LIST: Final = "func(interface {}) []interface {}"
_ADDING: Final = "func(interface {}, interface {}) []interface {}"

FUNCTIONS: Final = {
    "list": Function("func(...interface {}) []interface {}", _list),
    "tuple": Function("func(...interface {}) []interface {}", _list),
    "concat": Function("func(...interface {}) interface {}", _concat, wants_context=True),
    **_with_musts(
        {
            "append": (_ADDING, _append),
            "chunk": ("func(int, interface {}) [][]interface {}", _chunk),
            "compact": (_TO_LIST, _compact),
            "first": ("func(interface {}) interface {}", _first),
            "has": ("func(interface {}, interface {}) bool", _has),
            "initial": (_TO_LIST, _initial),
            "last": ("func(interface {}) interface {}", _last),
            "prepend": (_ADDING, _prepend),
            "push": (_ADDING, _append),
            "rest": (_TO_LIST, _rest),
            "reverse": (_TO_LIST, _reverse),
            "slice": ("func(interface {}, ...interface {}) interface {}", _slice),
            "uniq": (_TO_LIST, _uniq),
            "without": ("func(interface {}, ...interface {}) []interface {}", _without),
        }
    ),
}

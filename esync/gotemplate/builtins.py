"""The functions of Go's text/template itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat import escapes
from esync.gocompat.fmt import OutputTooLongError, sprint, sprintf, sprintln
from esync.gocompat.quoting import text_of
from esync.gocompat.values import Map, Slice, Uint8, type_of
from esync.gotemplate.arguments import NO_VALUE, SIZED, element, wrapped, zero
from esync.gotemplate.budget import OUTPUT, too_long, weight
from esync.gotemplate.comparison import COMPARISONS
from esync.gotemplate.function import PRINTED, Context, Function, FunctionError, PlainError
from esync.gotemplate.truth import is_true

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.gocompat.values import Value

_STEPS_PER_DIRECTIVE = 8
_MOST_INDEXES = 3
_SEVERAL = "func(...interface {}) string"
_BAD_SLICE = "invalid slice index"


def _limited(printed: Callable[[], bytes]) -> bytes:
    try:
        return printed()
    except OutputTooLongError:
        pass
    raise too_long()


def _print(*values: Value) -> bytes:
    return _limited(lambda: sprint(values, limit=OUTPUT))


def _println(*values: Value) -> bytes:
    return _limited(lambda: sprintln(values, limit=OUTPUT))


def _elements(value: Value) -> int:
    return weight(value) if isinstance(value, list | dict) else 0


def _printf(context: Context, form: bytes, *values: Value) -> bytes:
    steps = _STEPS_PER_DIRECTIVE * form.count(b"%")
    if b"[" in form:  # an operand may be printed any number of times
        again = form.count(b"[")
        steps += again * (_STEPS_PER_DIRECTIVE + PRINTED * sum(map(_elements, values)))
    context.budget.spend(steps)
    return _limited(lambda: sprintf(form, values, limit=OUTPUT))


def _escaper(escape: Callable[[bytes], bytes]) -> Function:
    def call(context: Context, *values: Value) -> bytes:
        shown = [b"<no value>" if value is None else value for value in values]
        text = _print(*shown)
        context.budget.spend(len(text))
        return escape(text)

    return Function(_SEVERAL, call, wants_context=True, element_steps=PRINTED)


def _position(index: Value, most: int) -> int:
    """Return ``index`` as a position in something of ``most`` elements."""
    if index is NO_VALUE or index is None:
        raise PlainError("cannot index slice/array with nil")
    if isinstance(index, bool) or not isinstance(index, int):
        raise PlainError(f"cannot index slice/array with type {type_of(index)}")
    if not 0 <= index <= most:
        raise FunctionError(f"index out of range: {int(index)}", "index out of range")
    return int(index)


def _index(item: Value, *indexes: Value) -> Value:
    if item is NO_VALUE or item is None:
        raise PlainError("index of untyped nil")
    for index in indexes:
        if item is NO_VALUE or item is None:
            raise PlainError("index of nil pointer")
        item = _indexed(item, index)
    return item


def _indexed(item: Value, index: Value) -> Value:
    if isinstance(item, bytes | list):
        position = _position(index, len(item))
        if position == len(item):
            raise PlainError(
                "reflect: string index out of range"
                if isinstance(item, bytes)
                else "reflect: slice index out of range"
            )
        return Uint8(item[position]) if isinstance(item, bytes) else element(item, position)
    if isinstance(item, dict):
        key = _key(index, item.key if isinstance(item, Map) else "string")
        missing = zero(item.elem) if isinstance(item, Map) else None
        return item.get(key, missing)
    raise PlainError(f"can't index item of type {type_of(item).removeprefix('*')}")


def _key(index: Value, key_type: str) -> Value:
    """Return ``index`` as a key of that type."""
    if key_type == "interface {}":
        return None if index is NO_VALUE else index
    if index is NO_VALUE or index is None:
        raise PlainError(f"value is nil; should be of type {key_type}")
    actual = type_of(index)
    if actual == key_type:
        return index
    if isinstance(index, int) and not isinstance(index, bool):
        if key_type in SIZED:
            return wrapped(index, SIZED[key_type])
        if key_type == "int":
            return int(index)
    raise PlainError(f"value has type {actual}; should be {key_type}")


def _slice(item: Value, *indexes: Value) -> Value:
    if item is NO_VALUE or item is None:
        raise PlainError("slice of untyped nil")
    if len(indexes) > _MOST_INDEXES:
        raise PlainError(f"too many slice indexes: {len(indexes)}")
    if not isinstance(item, bytes | list):
        raise PlainError(f"can't slice item of type {type_of(item).removeprefix('*')}")
    if isinstance(item, bytes) and len(indexes) == _MOST_INDEXES:
        raise PlainError("cannot 3-index slice a string")
    bounds = [_position(index, len(item)) for index in indexes]
    start, end, *most = bounds + [0, len(item)][len(bounds) :]
    if start > end:
        raise FunctionError(f"invalid slice index: {start} > {end}", _BAD_SLICE)
    if most and end > most[0]:
        raise FunctionError(f"invalid slice index: {end} > {most[0]}", _BAD_SLICE)
    part = item[start:end]
    return Slice(part, item.elem) if isinstance(item, Slice) else part


def _length(item: Value) -> int:
    if item is NO_VALUE:
        raise PlainError("reflect: call of reflect.Value.Type on zero Value")
    if item is None:
        raise PlainError("len of nil pointer")
    if isinstance(item, bytes | list | dict):
        return len(item)
    raise PlainError(f"len of type {type_of(item).removeprefix('*')}")


def calling(name: Callable[[], str] | None = None) -> Function:
    """Return ``call`` for a callee, which ``name`` names; no value is a function."""

    def call(function: Value, *_: Value) -> Value:
        if function is NO_VALUE or function is None:
            raise PlainError("call of nil")
        go_type = type_of(function)
        if name is not None:
            raise PlainError(f"non-function {name()} of type {go_type}")
        shown = text_of(function) if isinstance(function, bytes) else f"<{go_type} Value>"
        raise FunctionError(f"non-function {shown} of type {go_type}")

    return Function("func(reflect.Value, ...reflect.Value) (reflect.Value, error)", call)


def _short_circuit(name: str) -> Callable[..., Value]:
    def call(*values: Value) -> Value:
        for value in values:
            if is_true(value) is (name == "or"):
                return value
        return values[-1]

    return call


_LOGIC = "func(reflect.Value, ...reflect.Value) reflect.Value"

BUILTINS: dict[str, Function] = {
    **COMPARISONS,
    "and": Function(_LOGIC, _short_circuit("and")),
    "or": Function(_LOGIC, _short_circuit("or")),
    "not": Function("func(reflect.Value) bool", lambda value: not is_true(value)),
    "print": Function(_SEVERAL, _print, element_steps=PRINTED),
    "println": Function(_SEVERAL, _println, element_steps=PRINTED),
    "printf": Function(
        "func(string, ...interface {}) string",
        _printf,
        wants_context=True,
        element_steps=PRINTED,
    ),
    "html": _escaper(escapes.html),
    "js": _escaper(escapes.js),
    "urlquery": _escaper(escapes.query),
    "index": Function("func(reflect.Value, ...reflect.Value) (reflect.Value, error)", _index),
    "slice": Function("func(reflect.Value, ...reflect.Value) (reflect.Value, error)", _slice),
    "len": Function("func(reflect.Value) (int, error)", _length),
    "call": calling(),
}

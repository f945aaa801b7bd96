"""Walks a decoded JSON document along a JSONPath.

Source:
    External Secrets Operator 2.9, webhook provider: ``github.com/PaesslerAG/jsonpath`` 0.1.1 and
    ``github.com/PaesslerAG/gval``. The order of an object's members is random there; here it is
    that of their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, assert_never

from esync.gocompat.json_encode import format_float
from esync.gocompat.numbers import NumberRangeError, NumberSyntaxError, parse_float, parse_int
from esync.payload.jsonpath.syntax import (
    Comparison,
    Deep,
    Every,
    Expression,
    Filter,
    Key,
    Literal,
    Negation,
    Path,
    PathError,
    Several,
    Slice,
    Step,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esync.gocompat.values import Value

_TRUE: Final = (b"true", b"TRUE")
_STEPS: Final = 1_000_000  # of one evaluation: documents have 4 MiB, and paths may double


class _MissError(Exception):
    """A step finds nothing; the text names the step, and no value."""


def evaluate(text: str, document: Value) -> Value:
    """Return what the path ``text`` finds in ``document``.

    A path with ``*``, ``..``, a list of keys, a slice or a filter yields the list of its hits,
    which may be empty; any other yields the value itself.

    Raises:
        PathError: it is no path, or it finds nothing.
    """
    expression = parse(text)
    try:
        return _Evaluator(document).value(expression, document)
    except _MissError as miss:
        raise PathError(f'the JSONPath "{text}" finds nothing: {miss}') from None


class _Evaluator:
    def __init__(self, root: Value) -> None:
        self._root = root
        self._left = _STEPS

    def value(self, expression: Expression, current: Value) -> Value:
        match expression:
            case Literal():
                return expression.value
            case Comparison():
                left = self.value(expression.left, current)
                right = self.value(expression.right, current)
                return _equal(left, right) is expression.is_equal
            case Negation():
                operand = _number(self.value(expression.operand, current))
                if operand is None:
                    raise _MissError("what a minus stands before is no number")
                return -operand
            case Path():
                return self._path(expression, current)
            case _:
                assert_never(expression)

    def _path(self, path: Path, current: Value) -> Value:
        if not path.start:
            return self._variable(path.steps)
        value = self._root if path.start == "$" else current
        if path.is_plural:
            return list(self._hits(value, path.steps, current))
        for step in path.steps:
            if isinstance(step, Key):  # no other is left here
                value = _member(value, self.value(step.value, current))
        return value

    def _variable(self, steps: Sequence[Step]) -> Value:
        """Look a name up from the root: a missing last member is null, a missing earlier none."""
        value = self._root
        for number, step in enumerate(steps, 1):
            if not isinstance(step, Key):
                raise TypeError(step)
            key = self.value(step.value, self._root)
            is_last = number == len(steps)
            if isinstance(value, dict):
                name = _text(key)
                if name not in value and not is_last:
                    raise _MissError(f"unknown parameter {_shown(key)}")
                value = value.get(name)
            elif isinstance(value, list):
                index = _index(key)
                # ESO's library does so too: an index that is out of range leaves the list.
                value = value[index] if index is not None and 0 <= index < len(value) else value
            else:
                raise _MissError(f"unknown parameter {_shown(key)}")
        return value

    def _hits(self, value: Value, steps: Sequence[Step], current: Value) -> Iterator[Value]:
        """Yield what remains along ``steps``; branches that do not match are left out."""
        self._left -= 1
        if self._left < 0:
            raise _MissError("it takes too many steps")
        if not steps:
            yield value
            return
        for branch in self._branches(value, steps[0], current):
            yield from self._hits(branch, steps[1:], current)

    def _branches(self, value: Value, step: Step, current: Value) -> Iterator[Value]:
        match step:
            case Key():
                yield from self._some(value, (step.value,), current)
            case Several():
                yield from self._some(value, step.keys, current)
            case Every():
                yield from _children(value)
            case Deep():
                yield from _descendants(value)
            case Slice():
                if isinstance(value, list):
                    bounds = (step.start, step.stop, step.step)
                    yield from _slice(value, *(self._bound(one, current) for one in bounds))
            case Filter():
                yield from (one for one in _children(value) if self._holds(step.condition, one))
            case _:
                assert_never(step)

    def _some(self, value: Value, keys: Sequence[Expression], current: Value) -> Iterator[Value]:
        for key in keys:
            try:
                found = _member(value, self.value(key, current))
            except _MissError:
                continue
            yield found

    def _bound(self, expression: Expression | None, current: Value) -> int | None:
        if expression is None:
            return None
        index = _index(self.value(expression, current))
        if index is None:
            raise _MissError("a bound of a slice is no number")
        return index

    def _holds(self, condition: Expression, one: Value) -> bool:
        try:
            found = self.value(condition, one)
        except _MissError:
            return False
        if isinstance(found, bool):
            return found
        if isinstance(found, bytes) and found in _TRUE:
            return True
        number = _number(found)
        return number is not None and number != 0


def _member(value: Value, key: Value) -> Value:
    if isinstance(value, dict):
        name = _text(key)
        if name not in value:
            raise _MissError(f"unknown key {_shown(key)}")
        return value[name]
    if isinstance(value, list):
        index = _index(key)
        if index is None:
            raise _MissError(f"{_shown(key)} is no index of a list")
        if not 0 <= index < len(value):
            raise _MissError(f"index {index} out of bounds")
        return value[index]
    raise _MissError(f"{_shown(key)} is asked of what is neither object nor list")


def _children(value: Value) -> Iterator[Value]:
    if isinstance(value, dict):
        yield from (value[name] for name in sorted(value))
    elif isinstance(value, list):
        yield from value


def _descendants(value: Value) -> Iterator[Value]:
    """Yield the value, then everything inside it, top down."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(list(_children(one))))


def _slice(
    items: list[Any], start: int | None, stop: int | None, step: int | None
) -> Iterator[Any]:
    step = step or 1
    low = 0 if start is None else start
    high = len(items) if stop is None else stop
    if low > high:  # tested before negative bounds are counted from the end
        return
    low = max(0, low + len(items) if low < 0 else low)
    high = min(len(items), high + len(items) if high < 0 else high)
    if step > 0:
        yield from items[low:high:step]
    else:
        yield from (items[at] for at in range(high - 1, low - 1, step))


def _equal(left: Value, right: Value) -> bool:
    """Compare type and value; numbers are all of one type."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return type(left) is type(right) and bool(left == right)


def _text(key: Value) -> bytes:
    match key:
        case bytes():
            return key
        case bool():
            return b"true" if key else b"false"
        case float():
            return format_float(key).encode()
        case _:
            raise _MissError("a key is neither text nor number")


def _index(key: Value) -> int | None:
    if isinstance(key, bool):
        return None
    if isinstance(key, float):
        return int(key) if key == key and abs(key) < float(1 << 53) else None  # noqa: PLR0124
    if isinstance(key, bytes):
        try:
            return parse_int(key.decode("latin-1"))
        except (NumberSyntaxError, NumberRangeError):
            return None
    return None


def _number(value: Value) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return value
    if isinstance(value, bytes):
        try:
            return parse_float(value.decode("latin-1"))
        except (NumberSyntaxError, NumberRangeError):
            return None
    return None


def _shown(key: Value) -> str:
    """Return a key that stands in the path itself; anything else may have come from a value."""
    return _text(key).decode("utf-8", "replace") if isinstance(key, bytes | float) else "a key"

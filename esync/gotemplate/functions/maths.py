"""Sprig's arithmetic on whole numbers: what is no number counts as 0, 64 bits wrap around.

Source:
    sprig 3 as vendored by External Secrets Operator 2.9.
"""

from __future__ import annotations

from typing import Final

from esync.gocompat.numbers import NumberRangeError, NumberSyntaxError, parse_int
from esync.gocompat.values import Int64, Slice, Value
from esync.gotemplate.function import PRINTED, Context, Function, FunctionError
from esync.gotemplate.functions.casting import to_int, wrap
from esync.gotemplate.functions.chance import below
from esync.gotemplate.functions.printing import strval

_DIGITS: Final = 20  # of a 64-bit number, sign and space included


def _add(*values: Value) -> Int64:
    return Int64(wrap(sum(map(to_int, values))))


def _subtract(left: Value, right: Value) -> Int64:
    return Int64(wrap(to_int(left) - to_int(right)))


def _multiply(first: Value, *values: Value) -> Int64:
    product = to_int(first)
    for value in values:
        product = wrap(product * to_int(value))
    return Int64(product)


def _divided(left: Value, right: Value) -> tuple[int, int]:
    """Divide towards zero; return quotient and remainder."""
    dividend, divisor = to_int(left), to_int(right)
    if divisor == 0:
        raise FunctionError("runtime error: integer divide by zero")
    quotient = abs(dividend) // abs(divisor)
    if (dividend < 0) != (divisor < 0):
        quotient = -quotient
    return quotient, dividend - quotient * divisor


def _divide(left: Value, right: Value) -> Int64:
    return Int64(wrap(_divided(left, right)[0]))


def _modulo(left: Value, right: Value) -> Int64:
    return Int64(_divided(left, right)[1])


def _max(first: Value, *values: Value) -> Int64:
    return Int64(max(map(to_int, (first, *values))))


def _min(first: Value, *values: Value) -> Int64:
    return Int64(min(map(to_int, (first, *values))))


def _atoi(text: bytes) -> int:
    """Read a decimal number; out of range, the nearest; what is none is 0."""
    try:
        return parse_int(text.decode("utf-8", "replace"))
    except NumberRangeError as error:
        return int(error.nearest)
    except NumberSyntaxError:
        return 0


def _to_decimal(value: Value) -> Int64:
    """Read an octal number."""
    try:
        return Int64(parse_int(strval(value).decode("utf-8", "replace"), 8))
    except (NumberSyntaxError, NumberRangeError):
        return Int64(0)


def _range(context: Context, start: int, stop: int, step: int) -> Slice:
    if not step or (step > 0) != (stop >= start):
        return Slice([], "int")
    numbers = range(start, stop, step)
    # Longer ranges than a machine can hold have no len(); the budget does not mind.
    context.budget.reserve(max((stop - start) // step, 0))
    context.budget.spend(len(numbers))
    return Slice(numbers, "int")


def _until(context: Context, count: int) -> Slice:
    return _range(context, 0, count, -1 if count < 0 else 1)


def _sequence(context: Context, *bounds: int) -> bytes:
    """Count like the shell's ``seq``: to, from and to, or from, step and to; both ends belong."""
    match bounds:
        case (last,):
            first, step = 1, -1 if last < 1 else 1
        case (first, last):
            step = -1 if last < first else 1
        case (first, step, last):
            if last < first and step > 0:
                return b""
        case _:
            return b""
    stop = last + (-1 if last < first else 1)
    context.budget.reserve(_DIGITS * max((stop - first) // step, 0) if step else 0)
    return b" ".join(b"%d" % number for number in _range(context, first, stop, step))


def _random_int(context: Context, least: int, bound: int) -> int:
    if bound <= least:
        raise FunctionError("invalid argument to Intn")
    return least + below(context, bound - least)


_TWO: Final = "func(interface {}, interface {}) int64"
_SEVERAL: Final = "func(interface {}, ...interface {}) int64"

FUNCTIONS: Final = {
    "add": Function("func(...interface {}) int64", _add),
    "add1": Function("func(interface {}) int64", lambda value: _add(value, 1)),
    "atoi": Function("func(string) int", _atoi),
    "biggest": Function(_SEVERAL, _max),
    "div": Function(_TWO, _divide),
    "int": Function("func(interface {}) int", to_int),
    "int64": Function("func(interface {}) int64", lambda value: Int64(to_int(value))),
    "max": Function(_SEVERAL, _max),
    "min": Function(_SEVERAL, _min),
    "mod": Function(_TWO, _modulo),
    "mul": Function(_SEVERAL, _multiply),
    "randInt": Function("func(int, int) int", _random_int, wants_context=True, changes=True),
    "seq": Function("func(...int) string", _sequence, wants_context=True),
    "sub": Function(_TWO, _subtract),
    "toDecimal": Function("func(interface {}) int64", _to_decimal, element_steps=PRINTED),
    "until": Function("func(int) []int", _until, wants_context=True),
    "untilStep": Function("func(int, int, int) []int", _range, wants_context=True),
}

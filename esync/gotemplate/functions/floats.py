"""Sprig's arithmetic on numbers with a fraction: exact decimals inside, floats outside.

Source:
    sprig 3 and decimal 1.4 as vendored by External Secrets Operator 2.9.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Final

from esync.gocompat.numbers import format_float
from esync.gotemplate.function import Function, FunctionError
from esync.gotemplate.functions.casting import to_float

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.gocompat.values import Value

_STEPS: Final = 30  # that exact numbers take
_QUOTIENT_DIGITS: Final = 16  # behind the point
_WHOLE: Final = 2.0**52  # from here on, floats have no fraction


def _decimal(value: Value) -> Fraction:
    """Return the number that the float's shortest text means."""
    number = to_float(value)
    if not math.isfinite(number):
        raise FunctionError(f"Cannot create a Decimal from {format_float(number, 'g')}")
    return Fraction(repr(number))


def _quotient(left: Fraction, right: Fraction) -> Fraction:
    """Divide and round to 16 places, halves away from zero."""
    if not right:
        raise FunctionError("decimal division by 0")
    scaled = left / right * 10**_QUOTIENT_DIGITS
    whole = math.floor(abs(scaled) + Fraction(1, 2))
    return Fraction(whole if scaled > 0 else -whole, 10**_QUOTIENT_DIGITS)


def _to_float(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _fold(combine: Callable[[Fraction, Fraction], Fraction], first: Value, *values: Value) -> float:
    total = _decimal(first)
    for value in values:
        total = combine(total, _decimal(value))
    return _to_float(total)


def _add(*values: Value) -> float:
    return _fold(Fraction.__add__, 0.0, *values)


def _max(first: Value, *values: Value) -> float:
    return _extreme(1, [to_float(value) for value in (first, *values)])


def _min(first: Value, *values: Value) -> float:
    return _extreme(-1, [to_float(value) for value in (first, *values)])


def _extreme(sign: int, numbers: list[float]) -> float:
    """Return the largest (smallest, with -1): an infinity first, then a NaN; 0 is above -0."""
    if sign * math.inf in numbers:
        return sign * math.inf
    if any(map(math.isnan, numbers)):
        return math.nan
    return max(numbers, key=lambda number: (sign * number, sign * math.copysign(1, number)))


def _floor(value: Value) -> float:
    return floor(to_float(value))


def _ceil(value: Value) -> float:
    return -floor(-to_float(value))


def floor(number: float) -> float:
    """Round down; -0, infinities and NaN stay what they are."""
    if not math.isfinite(number) or abs(number) >= _WHOLE or number == 0:
        return number
    return float(math.floor(number))


def _round(value: Value, places: int, *threshold: float) -> float:
    """Round to that many places, up from a fraction of .5 on or what ``threshold`` says."""
    power = _power_of_ten(places)
    shifted = power * to_float(value)
    fraction = math.nan if math.isinf(shifted) else math.fmod(shifted, 1)
    up = fraction >= (threshold[0] if threshold else 0.5)
    rounded = -floor(-shifted) if up else floor(shifted)
    return _quotient_of_floats(rounded, power)


def _quotient_of_floats(left: float, right: float) -> float:
    """Divide as floats do, without exceptions."""
    if right:
        return left / right
    if not left or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left)


def _power_of_ten(places: int) -> float:
    """Return what Go's ``math.Pow`` returns, which squares mantissas and so rounds differently."""
    mantissa, exponent = 1.0, 0
    base, base_exponent = math.frexp(10.0)
    left = abs(places)
    while left and abs(base_exponent) < 1 << 12:
        if left & 1:
            mantissa *= base
            exponent += base_exponent
        base *= base
        base_exponent *= 2
        if base < 0.5:  # noqa: PLR2004
            base += base
            base_exponent -= 1
        left >>= 1
    if left:
        return 0.0 if places < 0 else math.inf
    if places < 0:
        mantissa, exponent = 1 / mantissa, -exponent
    try:
        return math.ldexp(mantissa, exponent)
    except OverflowError:
        return math.inf


_SEVERAL: Final = "func(interface {}, ...interface {}) float64"
_ONE: Final = "func(interface {}) float64"

FUNCTIONS: Final = {
    "add1f": Function(_ONE, lambda value: _fold(Fraction.__add__, value, 1), steps=_STEPS),
    "addf": Function("func(...interface {}) float64", _add, steps=_STEPS),
    "ceil": Function(_ONE, _ceil),
    "divf": Function(_SEVERAL, partial(_fold, _quotient), steps=_STEPS),
    "float64": Function(_ONE, to_float),
    "floor": Function(_ONE, _floor),
    "maxf": Function(_SEVERAL, _max, steps=10),
    "minf": Function(_SEVERAL, _min, steps=10),
    "mulf": Function(_SEVERAL, partial(_fold, Fraction.__mul__), steps=_STEPS),
    "round": Function("func(interface {}, int, ...float64) float64", _round),
    "subf": Function(_SEVERAL, partial(_fold, Fraction.__sub__), steps=_STEPS),
}

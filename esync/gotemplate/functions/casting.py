"""Any value as a number, as ``spf13/cast`` makes it: what is none counts as 0."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from esync.gocompat.numbers import (
    NumberRangeError,
    NumberSyntaxError,
    parse_float,
    parse_int,
)

if TYPE_CHECKING:
    from esync.gocompat.values import Value

_LIMIT: Final = 1 << 63
_DECIMAL = re.compile(r"([-+]?[0-9]*)(?:\.[0-9]*)?")


def wrap(number: int) -> int:
    """Keep 64 bits, as Go's arithmetic does."""
    return (number + _LIMIT) % (2 * _LIMIT) - _LIMIT


def to_int(value: Value) -> int:
    """Return an integer of 64 bits; a fraction is cut off, a text may have a base's prefix."""
    match value:
        case bool() | int():
            return wrap(int(value))
        case float():
            return _truncate(value)
        case bytes():
            return _parse_int(value.decode("utf-8", "replace"))
    return 0


def to_float(value: Value) -> float:
    """Return a floating-point number."""
    match value:
        case bool() | int() | float():
            return float(value)
        case bytes():
            try:
                return parse_float(value.decode("utf-8", "replace"))
            except (NumberSyntaxError, NumberRangeError):
                return 0.0
    return 0.0


def _truncate(number: float) -> int:
    """Cut the fraction off; what 64 bits do not hold is the least number, as on amd64."""
    if not math.isfinite(number) or not -_LIMIT <= number < _LIMIT:
        return -_LIMIT
    return int(number)


def _parse_int(text: str) -> int:
    if "." in text and (match := _DECIMAL.fullmatch(text)):
        text = match[1] if match[1] not in ("", "+", "-") else match[1] + "0"
    try:
        return parse_int(text, 0)
    except (NumberSyntaxError, NumberRangeError):
        return 0

"""What a YAML scalar means to the API server: YAML 1.1 in part, and only what JSON has.

``yes`` and ``on`` are true, ``0123`` is octal, ``1e3`` is 1000, dates and ``1:30`` stay text.

Source:
    The YAML reader of Kubernetes' Go clients, and how the API server reads numbers in JSON.
"""

from __future__ import annotations

import math
import re
from types import MappingProxyType
from typing import Final

from esync.gocompat.base64 import Base64Error, decode
from esync.gocompat.numbers import (
    NumberRangeError,
    NumberSyntaxError,
    format_float,
    parse_float,
    parse_int,
    parse_uint,
    to_float32,
)

# What a scalar can be. A key of a mapping is always text in the end.
Scalar = str | int | float | bool | None

WORDS: Final = MappingProxyType(
    {
        **dict.fromkeys(("", "~", "null", "Null", "NULL")),
        **dict.fromkeys(("true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES"), True),
        **dict.fromkeys(("on", "On", "ON"), True),
        **dict.fromkeys(("false", "False", "FALSE", "n", "N", "no", "No", "NO"), False),
        **dict.fromkeys(("off", "Off", "OFF"), False),
        **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
        **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
        **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    }
)
_SPECIAL_KEYS: Final = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}
NUMERIC: Final = frozenset("0123456789+-.")
_TAG: Final = "tag:yaml.org,2002:"
_INT64: Final = 1 << 63
_NO_EXPONENT: Final = 1e21  # from here on Go writes JSON numbers with an exponent
_SIMPLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BINARY = re.compile(r"(-?)0b(.*)", re.DOTALL)


class BadScalar(ValueError):
    """A scalar that no JSON value stands for, or not the one that its tag demands."""


def resolve(text: str, tag: str = "") -> Scalar:
    """Return what a scalar means before it is told in JSON: 1.0 is a float still.

    Args:
        text: as it stands, unescaped.
        tag: the explicit tag; one unknown to YAML says that it is text.

    Raises:
        BadScalar: the text is not what the tag says.
    """
    if not tag:
        return _untagged(text)
    name = tag.removeprefix(_TAG) if tag.startswith(_TAG) else ""
    if name == "binary":
        return _binary(text)
    kinds = _KINDS.get(name)
    if kinds is None:
        return text
    found = _untagged(text)
    if isinstance(found, bool) != (name == "bool") or not isinstance(found, kinds):
        raise BadScalar(f"a value is not what its tag !!{name} says")
    return found


def as_json(value: Scalar) -> Scalar:
    """Return ``value`` as the API server reads it from JSON: numbers are int64, else float64.

    Raises:
        BadScalar: JSON has no infinities.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, int):
        return value if -_INT64 <= value < _INT64 else float(value)
    if not math.isfinite(value):
        raise BadScalar("infinities and NaN cannot be told to the API server")
    if value.is_integer() and abs(value) < _NO_EXPONENT:
        # Go writes the shortest digits that tell the float, and fills up with zeros.
        from decimal import Decimal  # 1 ms, for floating point only

        whole = int(Decimal(repr(value)))
        return whole if -_INT64 <= whole < _INT64 else value
    return value


def as_key(value: Scalar) -> str:
    """Return the key of a JSON object that ``value`` makes.

    Raises:
        BadScalar: it makes none.
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() if -_INT64 <= value < _INT64:
            return str(value)
        case float():
            single = to_float32(value)  # the reader does so too: 0.123456789 loses digits
            return _SPECIAL_KEYS.get(str(single)) or format_float(single, "g", bits=32)
        case _:
            raise BadScalar("a key is not a text")


def _untagged(text: str) -> Scalar:
    if text in WORDS:
        return WORDS[text]
    if text[0] in NUMERIC:
        found = _number(text)
        return text if found is None else found
    return text


def _number(text: str) -> int | float | None:
    """Return the number that ``text`` means, or None if it means none."""
    if _SIMPLE.fullmatch(text):
        return int(text)
    if text[0] == ".":
        return _float(text)
    digits = text.replace("_", "")
    for parse in (parse_int, parse_uint):
        try:
            return parse(digits, 0)
        except (NumberSyntaxError, NumberRangeError):
            continue
    if _FLOAT.fullmatch(digits):
        return _float(digits)
    return _signed_binary(digits)


def _float(text: str) -> float | None:
    try:
        return parse_float(text)
    except (NumberSyntaxError, NumberRangeError):
        return None


def _signed_binary(digits: str) -> int | None:
    """Read ``0b-1``, which the reader takes for a number by an oversight of its own."""
    found = _BINARY.fullmatch(digits)
    try:
        return parse_int(found[1] + found[2], 2) if found else None
    except (NumberSyntaxError, NumberRangeError):
        return None


def _binary(text: str) -> str:
    try:
        return decode(text.encode()).decode("utf-8", "replace")
    except Base64Error:
        raise BadScalar("a value is not the base64 that its tag !!binary says") from None


_KINDS: Final[MappingProxyType[str, type | tuple[type, ...]]] = MappingProxyType(
    {"null": type(None), "bool": bool, "int": int, "float": (int, float)}
)

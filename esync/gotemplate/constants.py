"""What a number or character of a template stands for, in each type that can hold it."""

from __future__ import annotations

import math
import re

from esync.gocompat.numbers import (
    NumberRangeError,
    NumberSyntaxError,
    parse_float,
    parse_int,
    parse_uint,
)
from esync.gocompat.quoting import quote, text_of, unquote_char
from esync.gotemplate.nodes import Number

_MIN_INT, _MAX_INT = -(1 << 63), (1 << 63) - 1
_MAX_UINT = (1 << 64) - 1
_PAIR = re.compile(r"(.[^+\-i]*(?:[eEpP][+-][^+-]*)?)([+-].*)i\Z", re.DOTALL)


class ConstantError(ValueError):
    """The text is no number; the message is Go's."""


def character(at: int, written: bytes) -> Number:
    """Read a character in single quotes.

    Raises:
        LiteralError: it is no character.
        ConstantError: it is more than one.
    """
    char = unquote_char(written, 1, ord("'"))
    if written[char.end :] != b"'":
        raise ConstantError(f"malformed character constant: {text_of(written)}")
    code = char.code
    return Number(at, text_of(written), code, code, float(code))


def number(at: int, written: bytes) -> Number:
    """Read an integer, a floating-point or an imaginary number.

    Raises:
        ConstantError: it is none, or fits no type.
    """
    text = text_of(written)
    if text.endswith("i"):
        imaginary = _float(text[:-1])
        if imaginary is not None:
            return _simplified(at, text, complex(0, imaginary))
    signed, unsigned = _int(text), _uint(text)
    if signed == 0:
        unsigned = 0  # -0 too
    if signed is not None or unsigned is not None:
        whole = signed if signed is not None else unsigned
        return Number(at, text, signed, unsigned, float(whole or 0))
    value = _float(text)
    if value is None:
        raise ConstantError(f"illegal number syntax: {text_of(quote(written))}")
    if not re.search("[.eEpP]", text):
        raise ConstantError(f"integer overflow: {text_of(quote(written))}")
    return Number(at, text, _whole(value, _MIN_INT, _MAX_INT), _whole(value, 0, _MAX_UINT), value)


def complex_number(at: int, written: bytes) -> Number:
    """Read a sum of a real and an imaginary number.

    Raises:
        ConstantError: it is none.
    """
    text = text_of(written)
    match = _PAIR.match(text)
    if match is None:
        raise ConstantError("syntax error scanning complex number")
    parts = []
    for part in match.groups():
        value = _float(part)
        if value is None:
            shown = text_of(quote(part.encode()))
            raise ConstantError(f"strconv.ParseFloat: parsing {shown}: invalid syntax")
        parts.append(value)
    return _simplified(at, text, complex(*parts))


def _simplified(at: int, text: str, value: complex) -> Number:
    """Let a complex number without an imaginary part be every type it fits."""
    if value.imag != 0:
        return Number(at, text, as_complex=value)
    real = value.real
    return Number(
        at, text, _whole(real, _MIN_INT, _MAX_INT), _whole(real, 0, _MAX_UINT), real, value
    )


def _whole(value: float, least: int, most: int) -> int | None:
    if math.isfinite(value) and value.is_integer() and least <= int(value) <= most:
        return int(value)
    return None


def _int(text: str) -> int | None:
    try:
        return parse_int(text, 0)
    except (NumberSyntaxError, NumberRangeError):
        return None


def _uint(text: str) -> int | None:
    try:
        return parse_uint(text, 0)
    except (NumberSyntaxError, NumberRangeError):
        return None


def _float(text: str) -> float | None:
    try:
        return parse_float(text)
    except (NumberSyntaxError, NumberRangeError):
        return None

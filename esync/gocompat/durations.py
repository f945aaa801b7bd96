"""Durations as Go writes and reads them (``1h30m``), held as whole nanoseconds.

Source:
    Go 1.26, package ``time``; ``metav1.Duration`` of Kubernetes for the JSON form.
"""

from __future__ import annotations

import json
import re
from typing import Final

_UNITS: Final = {
    b"ns": 1,
    b"us": 1_000,
    "µs".encode(): 1_000,
    "μs".encode(): 1_000,
    b"ms": 1_000_000,
    b"s": 1_000_000_000,
    b"m": 60_000_000_000,
    b"h": 3_600_000_000_000,
}
_LIMIT: Final = 1 << 63
_FRACTION_LIMIT: Final = (_LIMIT - 1) // 10

_ASCII: Final = range(0x20, 0x80)

_NUMBER = re.compile(rb"(\d*)(?:(\.)(\d*))?")
_UNIT = re.compile(rb"[^.0-9]*")
_SECOND: Final = 1_000_000_000
_JSON_NAMES: Final = {dict: "object", list: "array", bool: "bool", int: "number", float: "number"}


class DurationError(ValueError):
    """A text is no duration; the message is Go's own."""


def parse_duration(text: str | bytes) -> int:
    """Return the nanoseconds that ``text`` means, e.g. ``-1.5h`` or ``1m30s``.

    Raises:
        DurationError: the text is no duration, or one that 64 bits do not hold.
    """
    whole = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    negative = whole[:1] == b"-"
    rest = whole[1:] if whole[:1] in (b"-", b"+") else whole
    if rest == b"0":
        return 0
    total = 0
    at = 0
    while at < len(rest) or not rest:
        part, at = _component(rest, at, whole)
        total += part
        if total > _LIMIT:
            raise _invalid(whole)
    if total == _LIMIT and not negative:
        raise _invalid(whole)
    return -total if negative else total


def _component(rest: bytes, at: int, whole: bytes) -> tuple[int, int]:
    """Read one number with its unit; return its nanoseconds and where it ends."""
    number = _NUMBER.match(rest, at)
    if number is None or not (number[1] or number[3]):
        raise _invalid(whole)
    count = _leading_int(number[1])
    if count > _LIMIT:
        raise _invalid(whole)
    word = _UNIT.match(rest, number.end())
    if word is None or not word[0]:
        raise DurationError(f"time: missing unit in duration {_quote(whole)}")
    unit = _UNITS.get(word[0])
    if unit is None:
        raise DurationError(f"time: unknown unit {_quote(word[0])} in duration {_quote(whole)}")
    if count > _LIMIT // unit:
        raise _invalid(whole)
    value = count * unit + _fraction(number[3] or b"", unit)
    if value > _LIMIT:
        raise _invalid(whole)
    return value, word.end()


def _leading_int(digits: bytes) -> int:
    """Return the number, or one above the limit; Python refuses to read very long ones."""
    significant = digits.lstrip(b"0")
    return int(significant or b"0") if len(significant) <= len(str(_LIMIT)) else _LIMIT + 1


def _fraction(digits: bytes, unit: int) -> int:
    """Return the nanoseconds behind the point, rounded by way of a float as Go does."""
    value, scale = 0, 1.0
    for digit in digits:
        if value > _FRACTION_LIMIT or value * 10 + digit - 48 > _LIMIT:
            break
        value = value * 10 + digit - 48
        scale *= 10
    return int(float(value) * (float(unit) / scale)) if value else 0


def format_duration(nanoseconds: int) -> str:
    """Return Go's canonical text: ``1h0m0s``, ``1.5s``, ``0s``; below a second ms, µs, ns."""
    sign = "-" if nanoseconds < 0 else ""
    left = abs(nanoseconds)
    if left == 0:
        return "0s"
    if left < _SECOND:
        return sign + _below_a_second(left)
    seconds, part = divmod(left, _SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = _with_fraction(seconds, part, 9) + "s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{sign}{hours}h{text}" if hours else sign + text


def _below_a_second(left: int) -> str:
    for unit, digits in (("ms", 6), ("µs", 3)):
        size = int(10**digits)
        if left >= size:
            return _with_fraction(left // size, left % size, digits) + unit
    return f"{left}ns"


def _with_fraction(whole: int, part: int, digits: int) -> str:
    return f"{whole}.{part:0{digits}d}".rstrip("0") if part else str(whole)


def duration_from_json(text: str | bytes) -> int:
    """Return the nanoseconds of a Kubernetes duration, which in JSON is a string.

    Raises:
        DurationError: it is no JSON, no string, or the string is no duration.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise DurationError("invalid JSON") from None
    if value is None:
        return parse_duration("")
    if not isinstance(value, str):
        kind = _JSON_NAMES[type(value)]
        raise DurationError(f"json: cannot unmarshal {kind} into Go value of type string")
    return parse_duration(value.encode("utf-8", "replace"))


def duration_to_json(nanoseconds: int) -> str:
    """Return the JSON text of a Kubernetes duration: its canonical text, quoted."""
    return f'"{format_duration(nanoseconds)}"'


def _refuse(_constant: str) -> None:
    raise ValueError


def _invalid(whole: bytes) -> DurationError:
    return DurationError(f"time: invalid duration {_quote(whole)}")


def _quote(text: bytes) -> str:
    """Quote as package ``time`` does: a byte that is not printable ASCII becomes its hex code."""
    return f'"{text.decode("latin-1").translate(_QUOTED)}"'


_QUOTED: Final = {
    **{byte: f"\\x{byte:02x}" for byte in range(256) if byte not in _ASCII},
    **{byte: f"\\{byte:c}" for byte in b'"\\'},
}

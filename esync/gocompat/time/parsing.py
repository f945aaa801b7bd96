"""Text to moments by a layout, as Go's ``time.ParseInLocation`` does with the local zone.

Source:
    Go 1.26, package ``time``. The local zone is UTC here, see ``zones``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from esync.gocompat.time.calendar import MONTHS, WEEKDAYS
from esync.gocompat.time.layout import chunks
from esync.gocompat.time.parts import Parts, TimeError, finish, quote, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.gocompat.time.instant import Time

_PIVOT: Final = 69  # two-digit years from here on are of the 20th century

_OFFSETS: Final = {
    "07:00": re.compile(rb"(.)(..):(..)()", re.DOTALL),
    "07": re.compile(rb"(.)(..)()()", re.DOTALL),
    "07:00:00": re.compile(rb"(.)(..):(..):(..)", re.DOTALL),
    "070000": re.compile(rb"(.)(..)(..)(..)", re.DOTALL),
    "0700": re.compile(rb"(.)(..)(..)()", re.DOTALL),
}
_ABBREVIATION = re.compile(
    rb"ChST|MeST|GMT(?:[+-]\d+)?|[+-]\d+|[A-Z]{4}T(?![A-Z])|(?:[A-Z]{3}T|WITA)(?![A-Z])"
    rb"|[A-Z]{3}(?![A-Z])"
)
_FRACTION = re.compile(rb"[.,]\d+")


class _BadValue(Exception):
    """The text does not fit one element of the layout."""


class _OutOfRange(Exception):
    """A number that fits its element's form is too large."""

    def __init__(self, what: str, rest: bytes) -> None:
        super().__init__(what)
        self.rest = rest


def parse_time(layout: bytes, value: bytes) -> Time:
    """Return the moment that ``value`` means, in the local zone where it names none.

    Raises:
        TimeError: it does not fit ``layout``, or there is no such moment.
    """
    parts = Parts(value)
    elements = chunks(layout)
    for index, (literal, kind, text) in enumerate(elements):
        try:
            parts.rest = _skip(parts, literal)
        except _BadValue:
            raise _misfit(value, layout, parts.rest, literal) from None
        if not kind:
            break
        parts.more = elements[index + 1].kind
        held = parts.rest
        try:
            _READERS[kind](parts, text)
        except _OutOfRange as error:
            raise refused(value, f"{error} out of range") from None
        except _BadValue:
            raise _misfit(value, layout, held, text) from None
    if parts.rest:
        raise refused(value, f"extra text: {quote(parts.rest)}")
    return finish(parts, value)


def _misfit(value: bytes, layout: bytes, got: bytes, wanted: bytes) -> TimeError:
    return TimeError(
        f"parsing time {quote(value)} as {quote(layout)}: "
        f"cannot parse {quote(got)} as {quote(wanted)}"
    )


def _skip(parts: Parts, literal: bytes) -> bytes:
    """Return what follows ``literal``; one space there stands for any number, or for none."""
    rest = parts.rest
    while literal:
        if literal[:1] == b" ":
            if rest and rest[:1] != b" ":
                parts.rest = rest
                raise _BadValue
            literal, rest = literal.lstrip(b" "), rest.lstrip(b" ")
        elif rest[:1] == literal[:1]:
            literal, rest = literal[1:], rest[1:]
        else:
            parts.rest = rest
            raise _BadValue
    return rest


def _digits(parts: Parts, least: int, most: int) -> int:
    """Take a number of that many digits."""
    match = re.match(rb"[0-9]{%d,%d}" % (least, most), parts.rest)
    if match is None:
        raise _BadValue
    parts.rest = parts.rest[match.end() :]
    return int(match[0])


def _take(parts: Parts, size: int) -> bytes:
    if len(parts.rest) < size:
        raise _BadValue
    taken, parts.rest = parts.rest[:size], parts.rest[size:]
    return taken


def _integer(text: bytes) -> int:
    """Read an integer that may have a sign."""
    if not re.fullmatch(rb"[+-]?[0-9]*", text):
        raise _BadValue
    return int(b"0" + text.lstrip(b"+-")) * (-1 if text[:1] == b"-" else 1)


def _two_digit_year(parts: Parts, _: bytes) -> None:
    year = _integer(_take(parts, 2))
    parts.year = year + (1900 if year >= _PIVOT else 2000)


def _long_year(parts: Parts, _: bytes) -> None:
    if not parts.rest[:1].isdigit():
        raise _BadValue
    parts.year = _integer(_take(parts, 4))


def _lookup(parts: Parts, names: tuple[str, ...], length: int | None) -> int:
    """Take one of the names, in any case; return its index."""
    for index, name in enumerate(names):
        wanted = name[:length].encode()
        if parts.rest[: len(wanted)].lower() == wanted.lower():
            parts.rest = parts.rest[len(wanted) :]
            return index
    raise _BadValue


def _month_name(parts: Parts, text: bytes) -> None:
    parts.month = _lookup(parts, MONTHS, None if len(text) > len("Jan") else len("Jan")) + 1


def _weekday(parts: Parts, text: bytes) -> None:
    _lookup(parts, WEEKDAYS, None if len(text) > len("Mon") else len("Mon"))


def _month(parts: Parts, text: bytes) -> None:
    parts.month = _digits(parts, len(text), 2)
    if not 0 < parts.month <= len(MONTHS):
        raise _OutOfRange("month", parts.rest)


def _day(parts: Parts, text: bytes) -> None:
    if text[:1] == b"_":
        parts.rest = parts.rest.removeprefix(b" ")
    parts.day = _digits(parts, 2 if text[:1] == b"0" else 1, 2)


def _yday(parts: Parts, text: bytes) -> None:
    if text[:1] == b"_":
        parts.rest = parts.rest.removeprefix(b" ").removeprefix(b" ")
    parts.yday = _digits(parts, 3 if text[:1] == b"0" else 1, 3)


def _hour(parts: Parts, text: bytes) -> None:
    twelve = text != b"15"
    parts.hour = _digits(parts, 2 if text == b"03" else 1, 2)
    if parts.hour > (12 if twelve else 23):
        raise _OutOfRange("hour", parts.rest)


def _minute(parts: Parts, text: bytes) -> None:
    parts.minute = _digits(parts, len(text), 2)
    if parts.minute >= 60:  # noqa: PLR2004
        raise _OutOfRange("minute", parts.rest)


def _second(parts: Parts, text: bytes) -> None:
    parts.second = _digits(parts, len(text), 2)
    if parts.second >= 60:  # noqa: PLR2004
        raise _OutOfRange("second", parts.rest)
    if parts.more != "fraction":  # a fraction is read though the layout has none
        _nines(parts)


def _nines(parts: Parts) -> None:
    match = _FRACTION.match(parts.rest)
    if match:
        parts.nanos = int(match[0][1:10].ljust(9, b"0"))
        parts.rest = parts.rest[match.end() :]


def _fraction(parts: Parts, text: bytes) -> None:
    if text[1:2] == b"9":
        _nines(parts)
        return
    taken = _take(parts, len(text))
    if taken[:1] not in b".,":
        raise _BadValue
    number = _integer(taken[1:10])
    if number < 0:
        raise _OutOfRange("fractional second", parts.rest)
    parts.nanos = number * 10 ** (9 - min(len(taken) - 1, 9))


def _half(parts: Parts, text: bytes) -> None:
    taken = _take(parts, 2)
    if taken not in ((b"PM", b"AM") if text == b"PM" else (b"pm", b"am")):
        raise _BadValue
    parts.half = taken.decode().lower()


def _offset(parts: Parts, text: bytes) -> None:
    if text[:1] == b"Z" and parts.rest[:1] == b"Z":
        parts.rest, parts.utc = parts.rest[1:], True
        return
    match = _OFFSETS[text[1:].decode()].match(parts.rest)
    if match is None:
        raise _BadValue
    parts.rest = parts.rest[match.end() :]
    numbers = [_two_digits(group) for group in match.groups()[1:]]
    for number, limit, what in zip(numbers, (24, 60, 60), _OFFSET_PARTS, strict=True):
        if number is None:
            break
        if number > limit:
            raise _OutOfRange(f"time zone offset {what}", parts.rest)
    if None in numbers or match[1] not in b"+-":
        raise _BadValue
    hours, minutes, seconds = (number or 0 for number in numbers)
    total = (hours * 60 + minutes) * 60 + seconds
    parts.offset = -total if match[1] == b"-" else total


_OFFSET_PARTS: Final = ("hour", "minute", "second")


def _two_digits(text: bytes) -> int | None:
    if not text:
        return 0
    return int(text) if text.isdigit() else None


def _zone(parts: Parts, _: bytes) -> None:
    if parts.rest[:3] == b"UTC":
        parts.rest, parts.utc = parts.rest[3:], True
        return
    match = _ABBREVIATION.match(parts.rest)
    if match is None or len(parts.rest) < len("MST"):
        raise _BadValue
    name = match[0]
    sign = re.search(rb"[+-](\d+)", name)
    if sign and int(sign[1]) > 23:  # noqa: PLR2004
        if name[:3] != b"GMT":
            raise _BadValue
        name = b"GMT"
    parts.zone, parts.rest = name, parts.rest[len(name) :]


_READERS: Final[dict[str, Callable[[Parts, bytes], None]]] = {
    "year": _two_digit_year,
    "long_year": _long_year,
    "month": _month_name,
    "long_month": _month_name,
    "num_month": _month,
    "zero_month": _month,
    "weekday": _weekday,
    "long_weekday": _weekday,
    "day": _day,
    "under_day": _day,
    "zero_day": _day,
    "under_yday": _yday,
    "zero_yday": _yday,
    "hour": _hour,
    "hour12": _hour,
    "zero_hour12": _hour,
    "minute": _minute,
    "zero_minute": _minute,
    "second": _second,
    "zero_second": _second,
    "upper_pm": _half,
    "lower_pm": _half,
    "zone": _zone,
    "offset": _offset,
    "fraction": _fraction,
}

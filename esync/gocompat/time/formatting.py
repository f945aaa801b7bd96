"""Moments to text by a layout, as Go's ``Time.Format`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.gocompat.time.calendar import MONTHS, WEEKDAYS, Civil
from esync.gocompat.time.layout import chunks

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.gocompat.time.zones import Offset

RFC3339_NANO: Final = b"2006-01-02T15:04:05.999999999Z07:00"


def _padded(number: int, width: int) -> str:
    """Pad with zeros as Go does: the sign is not counted."""
    return f"{'-' if number < 0 else ''}{abs(number):0{width}d}"


def _hour12(civil: Civil) -> int:
    return civil.hour % 12 or 12


_PARTS: Final[dict[str, Callable[[Civil], str]]] = {
    "long_month": lambda c: MONTHS[c.month - 1],
    "month": lambda c: MONTHS[c.month - 1][:3],
    "num_month": lambda c: str(c.month),
    "zero_month": lambda c: f"{c.month:02d}",
    "long_weekday": lambda c: WEEKDAYS[c.weekday],
    "weekday": lambda c: WEEKDAYS[c.weekday][:3],
    "day": lambda c: str(c.day),
    "under_day": lambda c: f"{c.day:2d}",
    "zero_day": lambda c: f"{c.day:02d}",
    "under_yday": lambda c: f"{c.yday:3d}",
    "zero_yday": lambda c: f"{c.yday:03d}",
    "hour": lambda c: f"{c.hour:02d}",
    "hour12": lambda c: str(_hour12(c)),
    "zero_hour12": lambda c: f"{_hour12(c):02d}",
    "minute": lambda c: str(c.minute),
    "zero_minute": lambda c: f"{c.minute:02d}",
    "second": lambda c: str(c.second),
    "zero_second": lambda c: f"{c.second:02d}",
    "long_year": lambda c: _padded(c.year, 4),
    "year": lambda c: f"{abs(c.year) % 100:02d}",
    "upper_pm": lambda c: "PM" if c.hour >= 12 else "AM",  # noqa: PLR2004
    "lower_pm": lambda c: "pm" if c.hour >= 12 else "am",  # noqa: PLR2004
}


def format_time(civil: Civil, nanos: int, zone: Offset, layout: bytes) -> bytes:
    """Return the moment by ``layout``; ``civil`` is its wall clock in ``zone``."""
    out = bytearray()
    for literal, kind, text in chunks(layout):
        out += literal
        match kind:
            case "":
                pass
            case "zone":
                out += (zone.name or format_offset(zone.seconds, "-0700")).encode()
            case "offset":
                out += format_offset(zone.seconds, text.decode()).encode()
            case "fraction":
                out += _fraction(nanos, text.decode()).encode()
            case _:
                out += _PARTS[kind](civil).encode()
    return bytes(out)


def format_offset(seconds: int, pattern: str) -> str:
    """Return a zone's offset in the form of ``pattern``, e.g. ``-07:00`` or ``Z0700``."""
    if pattern[0] == "Z" and seconds == 0:
        return "Z"
    # Go divides towards zero: less than a minute west prints as +00:00.
    minutes = abs(seconds) // 60
    west = seconds < 0 and minutes > 0
    colon = ":" if ":" in pattern else ""
    text = f"{'-' if west else '+'}{minutes // 60:02d}"
    digits = sum(map(str.isdigit, pattern))
    if digits > 2:  # noqa: PLR2004
        text += f"{colon}{minutes % 60:02d}"
    if digits > 4:  # noqa: PLR2004
        text += f"{colon}{abs(seconds) % 60:02d}"
    return text


def _fraction(nanos: int, pattern: str) -> str:
    """Return the fraction of a second; nines drop zeros at the end, and the point with them."""
    digits = f"{nanos:09d}"[: len(pattern) - 1]
    if pattern[1] == "9":
        digits = digits.rstrip("0")
    return pattern[0] + digits if digits else ""

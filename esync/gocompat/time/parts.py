"""The parts of a moment as they are read, and what they amount to.

Source:
    Go 1.26, package ``time``. The local zone is UTC here, see ``zones``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from esync.gocompat.time.calendar import DAY, days_before, days_in, days_of, is_leap
from esync.gocompat.time.instant import Time
from esync.gocompat.time.zones import LOCAL, UTC, Location

_LEAP_DAY: Final = 31 + 29


class TimeError(ValueError):
    """A text does not fit its layout, or is no moment; the message is Go's own."""


@dataclass
class Parts:
    """What has been read so far; ``rest`` is yet to be read."""

    rest: bytes
    year: int = 0
    month: int = -1
    day: int = -1
    yday: int = -1
    hour: int = 0
    minute: int = 0
    second: int = 0
    nanos: int = 0
    half: str = ""
    utc: bool = False
    offset: int | None = None
    zone: bytes = b""
    more: str = ""  # kind of the element behind the present one


def refused(value: bytes, why: str) -> TimeError:
    """Return the error of a text whose form is right."""
    return TimeError(f"parsing time {quote(value)}: {why}")


def quote(text: bytes) -> str:
    """Quote as package ``time`` does: a byte that is not printable ASCII becomes its hex code."""
    return '"' + "".join(map(_quoted, text)) + '"'


def _quoted(byte: int) -> str:
    if byte in b'"\\':
        return f"\\{byte:c}"
    return chr(byte) if 0x20 <= byte < 0x80 else f"\\x{byte:02x}"  # noqa: PLR2004


def finish(parts: Parts, value: bytes) -> Time:
    """Put the parts together.

    Raises:
        TimeError: there is no such day.
    """
    if parts.half == "pm" and parts.hour < 12:  # noqa: PLR2004
        parts.hour += 12
    elif parts.half == "am" and parts.hour == 12:  # noqa: PLR2004
        parts.hour = 0
    if parts.yday >= 0:
        _apply_yday(parts, value)
    month = parts.month if parts.month >= 0 else 1
    day = parts.day if parts.day >= 0 else 1
    if not 1 <= day <= days_in(month, parts.year):
        raise refused(value, "day out of range")
    clock = (parts.hour * 60 + parts.minute) * 60 + parts.second
    return _located(parts, days_of(parts.year, month, day) * DAY + clock)


def _apply_yday(parts: Parts, value: bytes) -> None:
    """Set month and day from the day of the year, or see that they agree."""
    yday = parts.yday
    month = day = 0
    if is_leap(parts.year):
        if yday == _LEAP_DAY:
            month, day = 2, 29
        elif yday > _LEAP_DAY:
            yday -= 1
    if not 1 <= yday <= days_before(13):
        raise refused(value, "day-of-year out of range")
    if not month:
        month = next(m for m in range(12, 0, -1) if days_before(m) < yday)
        day = yday - days_before(month)
    if parts.month >= 0 and parts.month != month:
        raise refused(value, "day-of-year does not match month")
    if parts.day >= 0 and parts.day != day:
        raise refused(value, "day-of-year does not match day")
    parts.month, parts.day = month, day


def _located(parts: Parts, seconds: int) -> Time:
    """Return the moment whose wall clock shows ``seconds``, in the zone that was read."""
    name = parts.zone.decode()
    if parts.utc:
        return Time(seconds, parts.nanos, UTC)
    if parts.offset is not None and parts.offset != -1:
        seconds -= parts.offset
        local = LOCAL.at(seconds)
        if local.seconds == parts.offset and name in ("", local.name):
            return Time(seconds, parts.nanos, LOCAL)
        return Time(seconds, parts.nanos, Location(name, parts.offset))
    if name:
        # A name that the local zone does not know counts as UTC, but keeps its name.
        hours = int(name[3:]) if name[:3] == "GMT" and len(name) > len("GMT") else 0
        return Time(seconds, parts.nanos, Location(name, hours * 3600))
    return Time(seconds, parts.nanos, LOCAL)

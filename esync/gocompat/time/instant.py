"""Moments and lengths of time as values of a template: ``time.Time`` and its kin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat.durations import format_duration
from esync.gocompat.time.calendar import DAY, MONTHS, WEEKDAYS, Civil, civil_of, days_of
from esync.gocompat.time.formatting import RFC3339_NANO, format_time
from esync.gocompat.time.zones import LOCAL, UTC, Location
from esync.gocompat.values import Int64, Method, Methods, Sized, Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECOND: Final = 1_000_000_000
_LIMIT: Final = 1 << 63
_YEAR_ONE: Final = -62_135_596_800  # 0001-01-01 in seconds since 1970
_STRING: Final = b"2006-01-02 15:04:05.999999999 -0700 MST"
_STEPS_PER_BYTE_OF_LAYOUT: Final = 6
_MINUTE, _HOUR = 60, 3600

_Table = dict[str, tuple[str, "Callable[..., Any]"]]


def _bound(table: _Table, receiver: object) -> Methods:
    return Methods(table, receiver, byte_steps=_STEPS_PER_BYTE_OF_LAYOUT)


def _wrap(number: int) -> int:
    """Keep 64 bits, as Go's arithmetic does."""
    return (number + _LIMIT) % (2 * _LIMIT) - _LIMIT


def _saturate(number: int) -> int:
    return max(-_LIMIT, min(number, _LIMIT - 1))


class Month(Sized):
    """``time.Month``: prints as its English name."""

    go_type, kind = "time.Month", "int"
    bits, signed = 64, True

    @property
    def methods(self) -> Mapping[str, Method]:
        """``String``."""
        return {"String": Method("func() string", lambda: self.text)}

    @property
    def text(self) -> bytes:
        """The month's name."""
        return MONTHS[self - 1].encode()


class Weekday(Sized):
    """``time.Weekday``: prints as its English name; Sunday is 0."""

    go_type, kind = "time.Weekday", "int"
    bits, signed = 64, True

    @property
    def methods(self) -> Mapping[str, Method]:
        """``String``."""
        return {"String": Method("func() string", lambda: self.text)}

    @property
    def text(self) -> bytes:
        """The day's name."""
        return WEEKDAYS[self].encode()


class Duration(Sized):
    """``time.Duration``: nanoseconds."""

    go_type, kind = "time.Duration", "int64"
    bits, signed = 64, True

    @property
    def methods(self) -> Mapping[str, Method]:
        """What Go offers on a duration."""
        return _bound(_DURATION, self)

    @property
    def text(self) -> bytes:
        """Go's canonical text, e.g. ``1h30m0s``."""
        return format_duration(int(self)).encode()

    def in_units(self, seconds: int) -> float:
        """Return the length in units of that many seconds, as a float in Go's manner."""
        whole, rest = divmod(abs(self), seconds * SECOND)
        sign = -1 if self < 0 else 1
        return float(sign * whole) + float(sign * rest) / (seconds * 1e9)

    def truncate(self, unit: int) -> Duration:
        """Round towards zero to a multiple of ``unit``; no change if that is not positive."""
        if unit <= 0:
            return self
        rest = abs(self) % unit
        return Duration(self + rest if self < 0 else self - rest)

    def rounded(self, unit: int) -> Duration:
        """Round to a multiple of ``unit``, halves away from zero."""
        if unit <= 0:
            return self
        rest = abs(self) % unit
        size = abs(self) - rest if 2 * rest < unit else abs(self) + unit - rest
        return Duration(_saturate(-size if self < 0 else size))

    def magnitude(self) -> Duration:
        """Return the length without its sign."""
        return Duration(_saturate(abs(int(self))))


def _towards_zero(number: int, unit: int) -> int:
    return abs(number) // unit * (-1 if number < 0 else 1)


_DURATION: Final[_Table] = {
    "Abs": ("func() time.Duration", Duration.magnitude),
    "Hours": ("func() float64", lambda d: d.in_units(_HOUR)),
    "Microseconds": ("func() int64", lambda d: Int64(_towards_zero(d, 1_000))),
    "Milliseconds": ("func() int64", lambda d: Int64(_towards_zero(d, 1_000_000))),
    "Minutes": ("func() float64", lambda d: d.in_units(_MINUTE)),
    "Nanoseconds": ("func() int64", Int64),
    "Round": ("func(time.Duration) time.Duration", Duration.rounded),
    "Seconds": ("func() float64", lambda d: d.in_units(1)),
    "String": ("func() string", lambda d: d.text),
    "Truncate": ("func(time.Duration) time.Duration", Duration.truncate),
}


@dataclass(frozen=True)
class Time(Struct):
    """``time.Time``: seconds since 1970, nanoseconds on top, and the zone it is shown in."""

    go_type = "time.Time"

    seconds: int = _YEAR_ONE
    nanos: int = 0
    zone: Location = UTC

    @classmethod
    def from_nanos(cls, nanoseconds: int) -> Time:
        """Return the moment that many nanoseconds after 1970, shown in the local zone."""
        seconds, nanos = divmod(nanoseconds, SECOND)
        return cls(seconds, nanos, LOCAL)

    @property
    def methods(self) -> Mapping[str, Method]:
        """What Go offers on a moment."""
        return _bound(_TIME, self)

    @property
    def text(self) -> bytes:
        """What Go's ``String`` returns, but for the reading of the monotonic clock."""
        return self.format(_STRING)

    @property
    def absolute(self) -> int:
        """Nanoseconds since 1970."""
        return self.seconds * SECOND + self.nanos

    @property
    def civil(self) -> Civil:
        """The wall clock in the moment's zone."""
        return civil_of(self.seconds + self.zone.at(self.seconds).seconds)

    def format(self, layout: bytes) -> bytes:
        """Return the moment by a Go layout."""
        return format_time(self.civil, self.nanos, self.zone.at(self.seconds), layout)

    def within(self, zone: Location) -> Time:
        """Return the same moment, shown in another zone."""
        return replace(self, zone=zone)

    def add(self, duration: int) -> Time:
        """Return the moment that many nanoseconds later."""
        seconds, nanos = divmod(self.absolute + duration, SECOND)
        return Time(seconds, nanos, self.zone)

    def since(self, other: Time) -> Duration:
        """Return how long after ``other`` this is, as far as 64 bits hold it."""
        return Duration(_saturate(self.absolute - other.absolute))

    def add_date(self, years: int, months: int, days: int) -> Time:
        """Move the date and keep the clock; the 31st of a short month runs into the next."""
        civil = self.civil
        date = days_of(civil.year + years, civil.month + months, 1) + civil.day - 1 + days
        clock = (civil.hour * 60 + civil.minute) * 60 + civil.second
        seconds = date * DAY + clock
        seconds -= self.zone.at(seconds).seconds
        return replace(self, seconds=seconds)

    def truncate(self, unit: int) -> Time:
        """Round down to a multiple of ``unit`` since the year 1."""
        return self.add(-self._beyond(unit)) if unit > 0 else self

    def rounded(self, unit: int) -> Time:
        """Round to a multiple of ``unit`` since the year 1, halves up."""
        if unit <= 0:
            return self
        rest = self._beyond(unit)
        return self.add(-rest if 2 * rest < unit else unit - rest)

    def json(self) -> bytes:
        """Return the JSON text.

        Raises:
            ValueError: the year or the offset does not fit RFC 3339; the message is Go's.
        """
        if not 0 <= self.civil.year <= 9999:  # noqa: PLR2004
            raise ValueError("Time.MarshalJSON: year outside of range [0,9999]")
        if abs(self.zone.at(self.seconds).seconds) >= DAY:
            raise ValueError("Time.MarshalJSON: timezone hour outside of range [0,23]")
        return b'"' + self.format(RFC3339_NANO) + b'"'

    def iso_year_and_week(self) -> tuple[int, int]:
        """Return ISO 8601's year and week."""
        civil = self.civil
        thursday = civil_of((days_of(*civil[:3]) + 3 - (civil.weekday + 6) % 7) * DAY)
        return thursday.year, (thursday.yday - 1) // 7 + 1

    def _beyond(self, unit: int) -> int:
        return (self.absolute - _YEAR_ONE * SECOND) % unit


def _compare(left: Time, right: Time) -> int:
    return (left.absolute > right.absolute) - (left.absolute < right.absolute)


_TIME: Final[_Table] = {
    "Add": ("func(time.Duration) time.Time", Time.add),
    "AddDate": ("func(int, int, int) time.Time", Time.add_date),
    "After": ("func(time.Time) bool", lambda t, u: _compare(t, u) > 0),
    "Before": ("func(time.Time) bool", lambda t, u: _compare(t, u) < 0),
    "Clock": ("func() (int, int, int)", lambda t: t.civil[3:6]),
    "Compare": ("func(time.Time) int", _compare),
    "Date": ("func() (int, time.Month, int)", lambda t: t.civil[:3]),
    "Day": ("func() int", lambda t: t.civil.day),
    "Equal": ("func(time.Time) bool", lambda t, u: _compare(t, u) == 0),
    "Format": ("func(string) string", Time.format),
    "Hour": ("func() int", lambda t: t.civil.hour),
    "ISOWeek": ("func() (int, int)", Time.iso_year_and_week),
    "In": ("func(*time.Location) time.Time", Time.within),
    "IsDST": ("func() bool", lambda t: t.zone.at(t.seconds).summer),
    "IsZero": ("func() bool", lambda t: (t.seconds, t.nanos) == (_YEAR_ONE, 0)),
    "Local": ("func() time.Time", lambda t: t.within(LOCAL)),
    "Location": ("func() *time.Location", lambda t: t.zone),
    "Minute": ("func() int", lambda t: t.civil.minute),
    "Month": ("func() time.Month", lambda t: Month(t.civil.month)),
    "Nanosecond": ("func() int", lambda t: t.nanos),
    "Round": ("func(time.Duration) time.Time", Time.rounded),
    "Second": ("func() int", lambda t: t.civil.second),
    "String": ("func() string", lambda t: t.text),
    "Sub": ("func(time.Time) time.Duration", Time.since),
    "Truncate": ("func(time.Duration) time.Time", Time.truncate),
    "UTC": ("func() time.Time", lambda t: t.within(UTC)),
    "Unix": ("func() int64", lambda t: Int64(t.seconds)),
    "UnixMicro": ("func() int64", lambda t: Int64(_wrap(t.absolute // 1_000))),
    "UnixMilli": ("func() int64", lambda t: Int64(_wrap(t.absolute // 1_000_000))),
    "UnixNano": ("func() int64", lambda t: Int64(_wrap(t.absolute))),
    "Weekday": ("func() time.Weekday", lambda t: Weekday(t.civil.weekday)),
    "Year": ("func() int", lambda t: t.civil.year),
    "YearDay": ("func() int", lambda t: t.civil.yday),
    "Zone": ("func() (string, int)", lambda t: t.zone.at(t.seconds)[:2]),
}

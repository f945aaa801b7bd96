"""Schedules in the dialect of the Go library that the operator uses.

Five fields (minute, hour, day of month, month, day of week) or a descriptor. Sunday is 0, and 7 is
an error. If day of month or day of week is a star (stepped by one at most), both must match, else
either suffices.

Source:
    External Secrets Operator 2.9, ``syncWindows``; robfig/cron v3, standard parser.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from esync.gocompat.durations import DurationError, parse_duration
from esync.records import dataclass

NANOSECONDS: Final = 10**9
# No date comes round less often than this.
_FARTHEST: Final = timedelta(days=5 * 366)
_MONTHS: Final = [
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
]
_DAYS: Final = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_DESCRIPTORS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class ScheduleError(ValueError):
    """A text is no schedule."""


@dataclass(frozen=True, slots=True)
class _Field:
    values: frozenset[int]
    star: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something fires; ``every`` is set for ``@every`` alone, in nanoseconds."""

    minute: _Field
    hour: _Field
    day: _Field
    month: _Field
    weekday: _Field
    every: int = 0

    def next(self, after: datetime) -> datetime | None:
        """Return the first firing strictly after a moment, or None if there is none for years."""
        if self.every:
            whole = max(1, self.every // NANOSECONDS)
            return after.replace(microsecond=0) + timedelta(seconds=whole)
        start = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
        day = start.replace(hour=0, minute=0)
        while day - start < _FARTHEST:
            if self._on(day):
                found = self._in_day(day, start)
                if found:
                    return found
            day += timedelta(days=1)
        return None

    def _on(self, day: datetime) -> bool:
        if day.month not in self.month.values:
            return False
        in_month = day.day in self.day.values
        in_week = day.isoweekday() % 7 in self.weekday.values
        if self.day.star or self.weekday.star:
            return in_month and in_week
        return in_month or in_week

    def _in_day(self, day: datetime, start: datetime) -> datetime | None:
        for hour in sorted(self.hour.values):
            for minute in sorted(self.minute.values):
                found = day.replace(hour=hour, minute=minute)
                if found >= start:
                    return found
        return None


def parse_schedule(text: str) -> Schedule:
    """Return the schedule.

    Raises:
        ScheduleError: it is none.
    """
    if text.startswith("@every "):
        try:
            every = parse_duration(text.removeprefix("@every "))
        except DurationError:
            raise ScheduleError("no duration after @every") from None
        nothing = _Field(frozenset(), star=True)
        return Schedule(nothing, nothing, nothing, nothing, nothing, max(every, NANOSECONDS))
    if text.startswith("@"):
        if text not in _DESCRIPTORS:
            raise ScheduleError("unknown descriptor")
        text = _DESCRIPTORS[text]
    words = text.split()
    if len(words) != 5:  # noqa: PLR2004 - see the docstring
        raise ScheduleError("not five fields")
    return Schedule(
        _field(words[0], 0, 59),
        _field(words[1], 0, 23),
        _field(words[2], 1, 31),
        _field(words[3], 1, 12, _MONTHS),
        _field(words[4], 0, 6, _DAYS),
    )


def is_active(text: str, duration: int, now: int) -> bool:
    """Tell whether a window is open.

    Args:
        text: its schedule; one that is none is never open.
        duration: how long it stays open after each firing, in nanoseconds.
        now: nanoseconds since 1970.
    """
    try:
        schedule = parse_schedule(text)
    except ScheduleError:
        return False
    moment = datetime.fromtimestamp(now / NANOSECONDS, UTC)
    length = timedelta(microseconds=duration / 1000)
    fires = schedule.next(moment - length - timedelta(seconds=1))
    return fires is not None and fires <= moment <= fires + length


def _field(text: str, low: int, high: int, names: list[str] | None = None) -> _Field:
    values: set[int] = set()
    star = False
    for part in filter(None, text.split(",")):  # the library skips empty ones
        found, is_star = _part(part, low, high, names or [])
        values |= found
        star = star or is_star
    return _Field(frozenset(values), star)


def _part(text: str, low: int, high: int, names: list[str]) -> tuple[set[int], bool]:
    span, slash, step_text = text.partition("/")
    step = _number(step_text) if slash else 1
    if step < 1:
        raise ScheduleError("a step is not above zero")
    first, dash, last = span.partition("-")
    if first in {"*", "?"}:
        return set(range(low, high + 1, step)), step == 1
    start = _value(first, low, names)
    end = _value(last, low, names) if dash else (high if slash else start)
    if not low <= start <= end <= high:
        raise ScheduleError("a value is out of range")
    return set(range(start, end + 1, step)), False


def _value(text: str, low: int, names: list[str]) -> int:
    return names.index(text.lower()) + low if text.lower() in names else _number(text)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ScheduleError("not a number")
    return int(text)

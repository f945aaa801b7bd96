"""The calendar without end: days since 1970 to dates and back, for years that Python lacks."""

from __future__ import annotations

from typing import Final, NamedTuple

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS: Final = (
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
)  # fmt: skip

DAY: Final = 86_400
_ERA: Final = 146_097  # days in 400 years
_EPOCH: Final = 719_468  # days from 0000-03-01 to 1970-01-01
_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 2


class Civil(NamedTuple):
    """A date and the time of day; ``weekday`` counts from Sunday, ``yday`` from 1."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    weekday: int
    yday: int


def is_leap(year: int) -> bool:
    """Tell whether the year has a 29th of February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in(month: int, year: int) -> int:
    """Return how many days the month (from 1) has."""
    return _LENGTHS[month - 1] + (month == _FEBRUARY and is_leap(year))


def days_before(month: int) -> int:
    """Return how many days of a common year lie before the month; 13 is the whole year."""
    return sum(_LENGTHS[: month - 1])


def days_of(year: int, month: int, day: int) -> int:
    """Return days since 1970; month and day may be out of their range, as in Go's ``Date``."""
    year += (month - 1) // 12
    month = (month - 1) % 12 + 1
    year -= month <= _FEBRUARY
    era, of_era = divmod(year, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * _ERA + of_era * 365 + of_era // 4 - of_era // 100 + of_year - _EPOCH


def civil_of(seconds: int) -> Civil:
    """Return the date and time of day of that many seconds since 1970."""
    days, rest = divmod(seconds, DAY)
    era, of_era = divmod(days + _EPOCH, _ERA)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = (shifted + 2) % 12 + 1
    year += era * 400 + (month <= _FEBRUARY)
    yday = days - days_of(year, 1, 1) + 1
    minutes, second = divmod(rest, 60)
    return Civil(year, month, day, minutes // 60, minutes % 60, second, (days + 4) % 7, yday)

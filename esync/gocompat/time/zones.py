"""Time zones: UTC, fixed offsets, and those of the zone database by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from esync.gocompat.time.calendar import DAY, civil_of, days_of
from esync.gocompat.values import Method, Struct

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

_LONGEST_NAME = 255
_CYCLE = 400  # years after which the calendar repeats
_OLDEST, _NEWEST = 1800, 9990  # years that the zone database is asked about


class Offset(NamedTuple):
    """What a zone says of one moment: abbreviation, seconds east of UTC, summer time or not."""

    name: str
    seconds: int
    summer: bool


class UnknownZone(ValueError):
    """The zone database has no such name."""


@dataclass(frozen=True)
class Location(Struct):
    """A time zone: of the database if ``zone`` is set, else at ``offset`` for ever."""

    go_type = "*time.Location"

    name: str
    offset: int = 0
    zone: ZoneInfo | None = None

    def at(self, seconds: int) -> Offset:
        """Return what holds at that many seconds since 1970."""
        if self.zone is None:
            return Offset(self.name, self.offset, summer=False)
        moment = _datetime(seconds).replace(tzinfo=self.zone)
        local = self.zone.fromutc(moment)
        east = local.utcoffset() or timedelta()
        return Offset(local.tzname() or "", int(east.total_seconds()), bool(local.dst()))

    @property
    def methods(self) -> Mapping[str, Method]:
        """``String``."""
        return {"String": Method("func() string", lambda: self.text)}

    @property
    def text(self) -> bytes:
        """The zone's name."""
        return self.name.encode()


UTC = Location("UTC")
# The operator's container has neither TZ nor /etc/localtime; Go then takes UTC and says so.
LOCAL = UTC


def _datetime(seconds: int) -> datetime:
    """Return the naive moment in UTC, moved by cycles of 400 years to where Python can go."""
    civil = civil_of(seconds)
    year = civil.year
    if year < _OLDEST:
        year = _OLDEST
    elif year > _NEWEST:
        year -= (year - _NEWEST + _CYCLE - 1) // _CYCLE * _CYCLE
    days = days_of(year, civil.month, 1) - days_of(1970, 1, 1) + civil.day - 1
    return datetime(1970, 1, 1) + timedelta(days=days, seconds=seconds % DAY)  # noqa: DTZ001


@lru_cache(maxsize=256)
def load_location(name: str) -> Location:
    """Return the zone called ``name``; ``""`` is UTC, ``Local`` the local zone.

    Raises:
        UnknownZone: the database lacks it, or the name is no plain one.
    """
    if name in ("", "UTC"):
        return UTC
    if name == "Local":
        return LOCAL
    if len(name) > _LONGEST_NAME or ".." in name or name[0] in "/\\" or "\\" in name:
        raise UnknownZone(name)
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return Location(name, zone=ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(name) from None

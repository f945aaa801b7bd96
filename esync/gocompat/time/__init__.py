"""Moments, layouts and time zones as Go has them; the local zone is UTC, as in a container."""

from esync.gocompat.time.instant import Duration, Month, Time, Weekday
from esync.gocompat.time.parsing import parse_time
from esync.gocompat.time.parts import TimeError
from esync.gocompat.time.zones import LOCAL, UTC, Location, UnknownZone, load_location

__all__ = [
    "LOCAL",
    "UTC",
    "Duration",
    "Location",
    "Month",
    "Time",
    "TimeError",
    "UnknownZone",
    "Weekday",
    "load_location",
    "parse_time",
]

"""Schedules: when they fire, and when the window behind a firing is open."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from esync.gocompat.cron import NANOSECONDS, ScheduleError, is_active, parse_schedule

MINUTE = 60 * NANOSECONDS
HOUR = 60 * MINUTE


def at(text: str) -> datetime:
    """Read a moment, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def after(schedule: str, moment: str) -> str | None:
    """Return the next firing as text."""
    found = parse_schedule(schedule).next(at(moment))
    return found.strftime("%Y-%m-%d %H:%M") if found else None


def active(schedule: str, duration: int, moment: str) -> bool:
    """Tell whether the window is open."""
    return is_active(schedule, duration, int(at(moment).timestamp()) * NANOSECONDS)


# 2024-01-01 is a Monday.
@pytest.mark.parametrize(
    ("schedule", "moment", "expected"),
    [
        ("* * * * *", "2024-01-01 00:00:00", "2024-01-01 00:01"),
        ("* * * * *", "2024-01-01 00:00:59", "2024-01-01 00:01"),
        ("0 0 * * *", "2024-01-01 00:00:00", "2024-01-02 00:00"),
        ("30 8 * * *", "2024-01-01 08:29:59", "2024-01-01 08:30"),
        ("*/15 * * * *", "2024-01-01 00:16:00", "2024-01-01 00:30"),
        ("5/20 * * * *", "2024-01-01 00:26:00", "2024-01-01 00:45"),
        ("10-30/10 * * * *", "2024-01-01 00:11:00", "2024-01-01 00:20"),
        ("0 9-17 * * MON-FRI", "2024-01-05 17:30:00", "2024-01-08 09:00"),
        ("0 0 ? jan,Jul SUN", "2024-01-28 12:00:00", "2024-07-07 00:00"),
        ("0 0 * * 0", "2024-01-01 00:00:00", "2024-01-07 00:00"),
        ("0 0 29 2 *", "2024-03-01 00:00:00", "2028-02-29 00:00"),
        ("0 0 31 2 *", "2024-01-01 00:00:00", None),
        ("0 0 1,,15 * *", "2024-01-02 00:00:00", "2024-01-15 00:00"),
        ("@yearly", "2024-01-01 00:00:00", "2025-01-01 00:00"),
        ("@annually", "2024-01-01 00:00:00", "2025-01-01 00:00"),
        ("@monthly", "2024-01-01 00:00:00", "2024-02-01 00:00"),
        ("@weekly", "2024-01-01 00:00:00", "2024-01-07 00:00"),
        ("@daily", "2024-01-01 00:00:00", "2024-01-02 00:00"),
        ("@midnight", "2024-01-01 00:00:00", "2024-01-02 00:00"),
        ("@hourly", "2024-01-01 00:00:00", "2024-01-01 01:00"),
        ("@every 90m", "2024-01-01 00:00:00.5", "2024-01-01 01:30"),
    ],
)
def test_the_next_firing(schedule: str, moment: str, expected: str | None) -> None:
    """Strictly after the moment."""
    assert after(schedule, moment) == expected


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        # The 13th and a Friday: with a star in one of them both must match.
        ("0 0 13 * *", "2024-01-13 00:00"),
        ("0 0 * * FRI", "2024-01-05 00:00"),
        # Neither is a star: either suffices.
        ("0 0 13 * FRI", "2024-01-05 00:00"),
        # A stepped star counts as restricted, unless the step is one.
        ("0 0 */12 * SAT", "2024-01-06 00:00"),
        ("0 0 */1 * SAT", "2024-01-06 00:00"),
        ("0 0 13 * */6", "2024-01-06 00:00"),
        ("0 0 13 * */1", "2024-01-13 00:00"),
        ("0 0 13 * ?", "2024-01-13 00:00"),
    ],
)
def test_day_of_month_and_day_of_week(schedule: str, expected: str) -> None:
    """With a plain star on one side both must match, else either suffices."""
    assert after(schedule, "2024-01-01 00:00:00") == expected


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * 0 *",
        "* * * * 7",
        "* * * * monday",
        "*/0 * * * *",
        "5-1 * * * *",
        "1-2-3 * * * *",
        "a * * * *",
        "*/x * * * *",
        "@never",
        "@every",
        "@every soon",
        "TZ=UTC * * * * *",
    ],
)
def test_what_is_no_schedule(schedule: str) -> None:
    """It is never open either; Sunday is 0, and 7 is an error."""
    with pytest.raises(ScheduleError):
        parse_schedule(schedule)
    assert not active(schedule, HOUR, "2024-01-01 00:00:00")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2024-01-01 07:59:59", False),
        ("2024-01-01 08:00:00", True),
        ("2024-01-01 08:30:00", True),
        ("2024-01-01 09:00:00", True),
        ("2024-01-01 09:00:01", False),
    ],
)
def test_both_ends_of_a_window_are_inside(moment: str, *, expected: bool) -> None:
    """A window of an hour from eight."""
    assert active("0 8 * * *", HOUR, moment) is expected


@pytest.mark.parametrize(
    ("schedule", "duration", "expected"),
    [("@every 1h", 10 * MINUTE, False), ("@every 10m", 30 * MINUTE, True)],
)
@pytest.mark.parametrize("moment", ["2024-01-01 00:00:00", "2024-01-01 00:07:13"])
def test_every_is_always_or_never_open(
    schedule: str, duration: int, moment: str, *, expected: bool
) -> None:
    """It has no anchor: its firing is computed from the moment itself."""
    assert active(schedule, duration, moment) is expected

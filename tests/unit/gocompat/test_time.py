"""Moments, layouts and zones as Go has them; the expectations were recorded from Go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.gocompat.time import (
    LOCAL,
    UTC,
    Duration,
    Location,
    Month,
    Time,
    TimeError,
    UnknownZone,
    Weekday,
    load_location,
    parse_time,
)
from esync.gocompat.values import kind_of, type_of

MOMENT = Time(1_709_211_845, 123_456_789, Location("", 19_800))


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        ("2006-01-02T15:04:05.999999999Z07:00", "2024-02-29T18:34:05.123456789+05:30"),
        ("Mon Jan _2 15:04:05 2006", "Thu Feb 29 18:34:05 2024"),
        ("Monday January 2 06 3:4:5 PM pm", "Thursday February 29 24 6:34:5 PM pm"),
        ("002 __2 _2006 Janet Mons", "060  60 _2024 Janet Mons"),
        (".000 ,99 .9999 .0x", ".123 ,12 .1234 .1x"),
        ("-0700 -07 -07:00:00 Z0700 MST", "+0530 +05 +05:30:00 +0530 +0530"),
        ("YYYY 07", "YYYY 07"),
    ],
)
def test_format(layout: str, text: str) -> None:
    """Elements of the reference time are replaced, the rest stays."""
    assert MOMENT.format(layout.encode()).decode() == text


@pytest.mark.parametrize(
    ("layout", "text", "printed"),
    [
        ("2006-01-02", "2024-02-29", "2024-02-29 00:00:00 +0000 UTC"),
        ("02 Jan 06 15:04 MST", "31 Dec 68 23:59 GMT", "2068-12-31 23:59:00 +0000 GMT"),
        ("Jan _2 2006 3:04pm", "mar  5 2024 12:01am", "2024-03-05 00:01:00 +0000 UTC"),
        ("2006-002", "2024-060", "2024-02-29 00:00:00 +0000 UTC"),
        ("15:04:05", "10:11:12.5", "0000-01-01 10:11:12.5 +0000 UTC"),
        ("2006 -07:00", "2024 -05:30", "2024-01-01 00:00:00 -0530 -0530"),
        ("2006  01", "2024 03", "2024-03-01 00:00:00 +0000 UTC"),
        ("2006Z07", "2024Z", "2024-01-01 00:00:00 +0000 UTC"),
        ("2006 MST", "2024 WITA", "2024-01-01 00:00:00 +0000 WITA"),
    ],
)
def test_parse(layout: str, text: str, printed: str) -> None:
    """Names in any case, fractions even where the layout has none, unknown zones at UTC."""
    assert parse_time(layout.encode(), text.encode()).text.decode() == printed


@pytest.mark.parametrize(
    ("layout", "text", "words"),
    [
        ("2006-01-02", "2024-1-2", 'as "2006-01-02": cannot parse "1-2" as "01"'),
        ("2006", "2024 x", ': extra text: " x"'),
        ("2006-01-02", "2024-13-01", ": month out of range"),
        ("2006-01-02", "2023-02-29", ": day out of range"),
        ("15", "24", ": hour out of range"),
        ("-0700", "+2500", ": time zone offset hour out of range"),
        ("2006 002", "2023 366", ": day-of-year out of range"),
        ("01 002", "03 001", ": day-of-year does not match month"),
        ("02 002", "03 001", ": day-of-year does not match day"),
        ("PM", "am", 'as "PM": cannot parse "am" as "PM"'),
        ("2006x", "2024\u00e9", r'as "2006x": cannot parse "\xc3\xa9" as "x"'),
        ("MST", "ABCDEF", 'as "MST": cannot parse "ABCDEF" as "MST"'),
    ],
)
def test_not_parsed(layout: str, text: str, words: str) -> None:
    """Go's words, with the text and the element that did not fit."""
    with pytest.raises(TimeError) as refused:
        parse_time(layout.encode(), text.encode())
    assert str(refused.value).endswith(words)


@pytest.mark.parametrize(
    ("zone", "seconds", "shown"),
    [
        ("America/New_York", 1_730_613_599, "2024-11-03 01:59:59 EDT -0400"),
        ("America/New_York", 1_730_613_600, "2024-11-03 01:00:00 EST -0500"),
        ("Australia/Lord_Howe", 1_704_067_199, "2024-01-01 10:59:59 +11 +1100"),
        ("Etc/GMT+5", 0, "1969-12-31 19:00:00 -05 -0500"),
        ("America/New_York", -5_000_000_000, "1811-07-23 10:10:38 LMT -0456"),
        ("America/New_York", 400_000_000_000, "14645-06-30 11:06:40 EDT -0400"),
        ("", 0, "1970-01-01 00:00:00 UTC +0000"),
        ("Local", 0, "1970-01-01 00:00:00 UTC +0000"),
    ],
)
def test_zones(zone: str, seconds: int, shown: str) -> None:
    """Of the zone database, in years that Python's dates do not reach, too."""
    moment = Time(seconds).within(load_location(zone))
    assert moment.format(b"2006-01-02 15:04:05 MST -0700").decode() == shown


@pytest.mark.parametrize("name", ["No/Where", "../etc/passwd", "/etc/localtime", "a\\b", "Africa"])
def test_unknown_zones(name: str) -> None:
    """No name leads out of the database."""
    with pytest.raises(UnknownZone):
        load_location(name)


def test_the_local_zone_is_utc() -> None:
    """As in the operator's container."""
    assert LOCAL is UTC
    assert Time.from_nanos(1).zone is UTC


def test_arithmetic() -> None:
    """Dates run over, rounding is by the time since the year 1, differences saturate."""
    moment = parse_time(b"2006-01-02 15:04:05", b"2024-01-31 12:34:56")
    assert moment.add_date(0, 1, 0).format(b"2006-01-02") == b"2024-03-02"
    assert moment.add(-1).text == b"2024-01-31 12:34:55.999999999 +0000 UTC"
    assert moment.rounded(3_600 * 10**9).format(b"15:04") == b"13:00"
    assert moment.truncate(3_600 * 10**9).format(b"15:04") == b"12:00"
    assert moment.rounded(0) == moment
    assert Time(10**12).since(Time()) == 2**63 - 1
    assert moment.iso_year_and_week() == (2024, 5)


def test_methods_are_those_of_go() -> None:
    """With the signatures by which the executor checks their arguments."""
    methods = MOMENT.methods
    assert methods["Format"].signature == "func(string) string"
    assert methods["Year"].call() == 2024
    assert type_of(methods["Month"].call()) == "time.Month"
    assert methods["Weekday"].call().text == b"Thursday"
    assert methods["Equal"].call(MOMENT.within(UTC)) is True
    assert methods["Unix"].call() == 1_709_211_845
    assert methods["Zone"].call() == ("", 19_800)
    assert MOMENT.json() == b'"2024-02-29T18:34:05.123456789+05:30"'


def test_named_integers() -> None:
    """They print as words and count as numbers."""
    assert (Month(2).text, Weekday(0).text, Duration(90 * 10**9).text) == (
        b"February",
        b"Sunday",
        b"1m30s",
    )
    assert (kind_of(Month(2)), kind_of(Duration(0))) == ("int", "int64")
    duration = Duration(-90 * 10**9 - 1)
    assert duration.methods["Minutes"].call() == -1.5 - 1 / 6e10
    assert duration.methods["Milliseconds"].call() == -90_000
    assert duration.truncate(60 * 10**9) == -60 * 10**9
    assert duration.rounded(60 * 10**9) == -120 * 10**9
    assert Duration(-(2**63)).magnitude() == 2**63 - 1


@given(st.integers(-(10**14), 10**14), st.integers(0, 10**9 - 1))
def test_what_is_formatted_parses_back(seconds: int, nanos: int) -> None:
    """No moment in the years that a layout can hold is lost."""
    moment = Time(seconds, nanos)
    layout = b"2006-01-02T15:04:05.999999999Z07:00"
    if 0 <= moment.civil.year <= 9999:
        assert parse_time(layout, moment.format(layout)) == moment


@given(st.binary(), st.binary())
def test_no_layout_breaks_the_parser(layout: bytes, text: bytes) -> None:
    """It parses, or says why not."""
    try:
        parse_time(layout, text)
    except TimeError as error:
        assert str(error)  # noqa: PT017 - both ways are right

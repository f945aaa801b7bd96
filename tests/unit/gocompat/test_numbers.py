"""Numbers are read and written as Go's strconv does; expectations are Go's."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.gocompat.numbers import (
    NumberRangeError,
    NumberSyntaxError,
    format_float,
    parse_float,
    parse_int,
    parse_uint,
    to_float32,
)

# The number, then its forms: e, f, g, x and b at their shortest; g with 3, f and x with 2 digits.
WRITTEN = [
    (0.0, "0e+00", "0", "0", "0x0p+00", "0p-1074", "0", "0.00", "0x0.00p+00"),
    (-1.0, "-1e+00", "-1", "-1", "-0x1p+00", "-4503599627370496p-52", "-1", "-1.00", "-0x1.00p+00"),
    (
        0.1,
        "1e-01",
        "0.1",
        "0.1",
        "0x1.999999999999ap-04",
        "7205759403792794p-56",
        "0.1",
        "0.10",
        "0x1.9ap-04",
    ),
    (
        1e6,
        "1e+06",
        "1000000",
        "1e+06",
        "0x1.e848p+19",
        "8589934592000000p-33",
        "1e+06",
        "1000000.00",
        "0x1.e8p+19",
    ),
    (
        123456.0,
        "1.23456e+05",
        "123456",
        "123456",
        "0x1.e24p+16",
        "8483831719919616p-36",
        "1.23e+05",
        "123456.00",
        "0x1.e2p+16",
    ),
    (
        1e21,
        "1e+21",
        "1000000000000000000000",
        "1e+21",
        "0x1.b1ae4d6e2ef5p+69",
        "7629394531250000p+17",
        "1e+21",
        "1000000000000000000000.00",
        "0x1.b2p+69",
    ),
    (
        1e-5,
        "1e-05",
        "0.00001",
        "1e-05",
        "0x1.4f8b588e368f1p-17",
        "5902958103587057p-69",
        "1e-05",
        "0.00",
        "0x1.50p-17",
    ),
    (
        100.0,
        "1e+02",
        "100",
        "100",
        "0x1.9p+06",
        "7036874417766400p-46",
        "100",
        "100.00",
        "0x1.90p+06",
    ),
]


@pytest.mark.parametrize("row", WRITTEN, ids=[str(row[0]) for row in WRITTEN])
def test_floats_are_written(row: tuple[float, str, str, str, str, str, str, str, str]) -> None:
    """Shortest and with a precision, in every form."""
    value = row[0]
    written = [format_float(value, verb) for verb in "efgxb"]
    written += [
        format_float(value, "g", 3),
        format_float(value, "f", 2),
        format_float(value, "x", 2),
    ]

    assert tuple(written) == row[1:]


def test_rounding_a_hexadecimal_fraction_may_carry() -> None:
    """What is rounded up to the next power of two has a new exponent."""
    assert format_float(1.99999, "x", 1) == "0x1.0p+01"
    assert format_float(1.7976931348623157e308, "x", 2) == "0x1.00p+1024"
    assert format_float(5e-324, "x") == "0x1p-1074"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.1, "0.1"),
        (3.4028235e38, "3.4028235e+38"),
        (1e-45, "1e-45"),
        (16777216.0, "1.6777216e+07"),
    ],
)
def test_float32_has_fewer_digits(value: float, written: str) -> None:
    """The shortest text is the one that reads back as the same float32."""
    assert format_float(to_float32(value), "g", bits=32) == written


INTEGERS = [
    ("0_7", 7), ("07", 7), ("0o7", 7), ("0b1_0", 2), ("0x_f", 15), ("1_000", 1000), ("+5", 5),
    ("-0x8000000000000000", -(1 << 63)), ("0X1F", 31),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), INTEGERS)
def test_prefixes_tell_the_base(text: str, value: int) -> None:
    """With base 0, and underscores between digits."""
    assert parse_int(text, 0) == value


@pytest.mark.parametrize(
    "text", ["1__0", "_1", "1_", "-", "", "0_", "08", "0x_", "0b2", "٣", "1.0"]
)
def test_what_is_no_integer(text: str) -> None:
    """Misplaced underscores, digits beyond the base, digits of other scripts."""
    with pytest.raises(NumberSyntaxError):
        parse_int(text, 0)


def test_integers_have_a_range() -> None:
    """Beyond it there is an error that knows the nearest number; unsigned ones take no sign."""
    with pytest.raises(NumberRangeError) as refused:
        parse_int("9223372036854775808")
    assert refused.value.nearest == (1 << 63) - 1
    assert parse_uint("9223372036854775808") == 1 << 63
    with pytest.raises(NumberSyntaxError):
        parse_uint("-1")
    with pytest.raises(NumberRangeError):
        parse_int("9" * 100_000)


FLOATS = [
    ("1_000.5", 1000.5), ("1_0e1_0", 1e11), ("0x_1p-2", 0.25), (".5", 0.5), ("5.", 5.0),
    ("+inf", math.inf), ("-Infinity", -math.inf), ("0x1.8p1", 3.0), ("1e-400", 0.0),
    ("0x.8p0", 0.5),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), FLOATS)
def test_floats_are_read(text: str, value: float) -> None:
    """Decimal and hexadecimal, and the names of infinity."""
    assert parse_float(text) == value


@pytest.mark.parametrize(
    "text", ["1_", "_1", "1__0", "0x1p", "0x", "+nan", "1e", "0b1", "0x1", "1_e5", "1e_5", "", "."]
)
def test_what_is_no_float(text: str) -> None:
    """A hexadecimal one needs an exponent."""
    with pytest.raises(NumberSyntaxError):
        parse_float(text)


@pytest.mark.parametrize(("text", "nearest"), [("1e400", math.inf), ("-0x1p1024", -math.inf)])
def test_floats_have_a_range(text: str, nearest: float) -> None:
    """Beyond it lies an infinity, which is not what was written."""
    with pytest.raises(NumberRangeError) as refused:
        parse_float(text)
    assert refused.value.nearest == nearest


@given(st.floats(allow_nan=False), st.sampled_from("efgx"))
def test_the_shortest_form_reads_back(value: float, verb: str) -> None:
    """No digit that matters is lost."""
    assert parse_float(format_float(value, verb)) == value


@given(st.text(max_size=8))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    """Nothing but the two errors comes out."""
    for parse in (parse_float, lambda text: parse_int(text, 0), parse_uint):
        try:
            parse(text)
        except (NumberSyntaxError, NumberRangeError):
            continue

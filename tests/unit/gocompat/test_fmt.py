"""Values are printed as Go's fmt prints them; every expectation is what Go 1.26 printed."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.gocompat.fmt import OutputTooLongError, sprint, sprintf, sprintln
from esync.gocompat.values import Int8, Map, Method, Slice, Struct, Uint8

BYTES = Slice(b"ab", "uint8")
WORDS = Slice([b"x"], "string")
NIL_WORDS = Slice([], "string", is_nil=True)
NIL_MAP = Map({}, "string", "string", is_nil=True)

GO_SYNTAX = (
    '[]string(nil) map[string]string(nil) map[string]interface {}{"a":'
    "[]interface {}{interface {}(nil), 1.5}}"
)

# A format, its operands, and what Go prints.
PRINTED: list[tuple[str, list[Any], str]] = [
    ("%v|%d|%s", [1, 2, b"x"], "1|2|x"),
    ("%5d|%-5d|%05d|%+d|% d", [42] * 5, "   42|42   |00042|+42| 42"),
    (
        "%x|%X|%#x|%o|%#o|%O|%b|%#b",
        [255] * 3 + [8] * 3 + [5] * 2,
        "ff|FF|0xff|10|010|0o10|101|0b101",
    ),
    ("%c|%q|%U|%#U", [0x65E5] * 4, "日|'日'|U+65E5|U+65E5 '日'"),
    (
        "%6.2f|%e|%g|%G|%.3g",
        [3.14159, 1234.5, 1e21, 1e-7, 1234.5],
        "  3.14|1.234500e+03|1e+21|1E-07|1.23e+03",
    ),
    ("%x|% x|%#x|% #X", [b"hi"] * 4, "6869|68 69|0x6869|0X68 0X69"),
    (
        "%q|%+q|%#q|%.2s|%5.1s|",
        ["é\0".encode(), "é".encode(), b"a", "héllo".encode(), "héllo".encode()],
        '"é\\x00"|"\\u00e9"|`a`|hé|    h|',
    ),
    ("%t|%v|%5t", [True, False, True], "true|false| true"),
    (
        "%v %+v %#v %T",
        [[1, b"a", None], {b"b": 1, b"a": None}, WORDS, Map({}, "string", "string")],
        '[1 a <nil>] map[a:<nil> b:1] []string{"x"} map[string]string',
    ),
    (
        "%#v %#v %#v",
        [NIL_WORDS, NIL_MAP, {b"a": [None, 1.5]}],
        GO_SYNTAX,
    ),
    ("%[2]d %[1]d|%[3]*.[2]*[1]f", [1, 2, 3], "2 1|%!f(int= 01)"),
    ("%[2]*[1]d", [7, 4], "   7"),
    ("%-*d|%*d", [4, 7, -4, 7], "7   |7   "),
    ("%!|%z", [1], "%!!(int=1)|%!z(MISSING)"),
    ("%d", [], "%!d(MISSING)"),
    ("%d", [b"x"], "%!d(string=x)"),
    ("a", [1, b"b", None], "a%!(EXTRA int=1, string=b, <nil>)"),
    ("%", [], "%!(NOVERB)"),
    ("%[5]d", [1], "%!d(BADINDEX)"),
    ("%.*d|%*d", [b"x", 1, b"y", 2], "%!(BADPREC)1|%!(BADWIDTH)2"),
    ("%v %v %v", [1 + 2j, math.inf, math.nan], "(1+2i) +Inf NaN"),
    ("%08.3f|%+.1e|%#g|%#.3x", [-3.14159, 0.0, 1.0, 1.5], "-003.142|+0.0e+00|1.00000|0x1.800p+00"),
    ("%d %s", [BYTES, BYTES], "[97 98] ab"),
    ("%v %d %x %#v", [BYTES, [1, 2], [b"a", 10], BYTES], "[97 98] [1 2] [61 a] []byte{0x61, 0x62}"),
    ("%s", [None], "%!s(<nil>)"),
    ("%v%%", [None], "<nil>%"),
    ("%w", [1], "%!w(int=1)"),
    ("%6.3v|%-8v|%08v", ["héllo".encode(), 1.5, -7], "   hél|1.5     |-0000007"),
    ("%p", [1], "%!p(int=1)"),
    ("%v %v", [Uint8(200), Int8(-3)], "200 -3"),
    ("%x %X %#v", [-255, Uint8(200), Uint8(200)], "-ff C8 0xc8"),
    ("%t", [1], "%!t(int=1)"),
    ("%1000000000d", [1], "%!(NOVERB)%!(EXTRA int=1)"),
]


@pytest.mark.parametrize(("form", "operands", "printed"), PRINTED, ids=[row[0] for row in PRINTED])
def test_formats(form: str, operands: list[Any], printed: str) -> None:
    """Verbs, flags, widths, indexes, and mistakes in them."""
    assert sprintf(form.encode(), operands).decode() == printed


def test_spaces_stand_between_operands_that_are_no_strings() -> None:
    """`Sprint` adds a space only where neither side is a string; `Sprintln` always does."""
    assert sprint([b"a", 1, 2, b"b", b"c", 3.5, None, True]) == b"a1 2bc3.5 <nil> true"
    assert sprintln([b"a", 1, None]) == b"a 1 <nil>\n"


def test_bytes_that_are_no_text_pass() -> None:
    """Strings are bytes, valid UTF-8 or not."""
    assert sprintf(b"\xff%s|%q", [b"\xfe", b"\xfe"]) == b'\xff\xfe|"\\xfe"'


class _Version(Struct):
    """A pointer to a struct with a String method, as semver's is."""

    go_type = "*semver.Version"

    @property
    def fields(self) -> dict[str, Any]:
        return {"major": 1, "pre": b"rc"}

    @property
    def methods(self) -> dict[str, Method]:
        return {}

    @property
    def text(self) -> bytes:
        return b"1.0.0-rc"


def test_types_with_a_text_print_it() -> None:
    """Verbs for text use the String method; others and Go syntax print the fields."""
    version = _Version()
    assert sprintf(b"%v %s %q", [version, version, version]) == b'1.0.0-rc 1.0.0-rc "1.0.0-rc"'
    assert sprintf(b"%d", [version]) == b"&{1 %!d(string=rc)}"
    assert sprintf(b"%#v", [version]) == b'&semver.Version{major:1, pre:"rc"}'
    assert sprint([[version]]) == b"[1.0.0-rc]"


def test_a_limit_stops_what_would_be_too_long() -> None:
    """Neither padding nor many values can make more than the caller allows."""
    with pytest.raises(OutputTooLongError):
        sprintf(b"%900000d%900000d", [1, 2], limit=1_000_000)
    with pytest.raises(OutputTooLongError):
        sprint([[b""] * 1000], limit=500)


@given(
    st.text("%+-# 0123456789.*[]vTtbcdoOqxXUeEfgGspw", max_size=12),
    st.lists(st.integers() | st.binary() | st.floats() | st.none(), max_size=3),
)
def test_no_format_fails(form: str, operands: list[Any]) -> None:
    """Whatever the format, something is printed."""
    operands = [value & 0xFFFF if isinstance(value, int) else value for value in operands]
    try:
        assert isinstance(sprintf(form.encode(), operands, limit=10_000), bytes)
    except OutputTooLongError:
        assert any(char.isdigit() or char == "*" for char in form)

"""Literals are written and read as Go's strconv does; expectations are Go's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.gocompat.quoting import (
    LiteralError,
    can_backquote,
    encode_rune,
    quote,
    quote_rune,
    unquote,
    unquote_char,
)

# A string; quoted; quoted in ASCII; whether backquotes would do.
QUOTED = [
    (b'a"b\\', r'"a\"b\\"', r'"a\"b\\"', True),
    ("\0\a\x7f\u00a0é日\U0001f600\ufeff".encode(), r'"\x00\a\x7f\u00a0é日😀\ufeff"',
     r'"\x00\a\x7f\u00a0\u00e9\u65e5\U0001f600\ufeff"', False),
    (b"\xff\xc3", r'"\xff\xc3"', r'"\xff\xc3"', False),
    ("\u2028\u200b".encode(), r'"\u2028\u200b"', r'"\u2028\u200b"', True),
    (b"`", '"`"', '"`"', False),
]  # fmt: skip


@pytest.mark.parametrize(("value", "quoted", "in_ascii", "backquotes"), QUOTED)
def test_quoting(value: bytes, quoted: str, in_ascii: str, *, backquotes: bool) -> None:
    """What cannot be printed is escaped; bytes that are no UTF-8 stay bytes."""
    assert quote(value).decode() == quoted
    assert quote(value, ascii_only=True).decode() == in_ascii
    assert can_backquote(value) is backquotes


def test_characters() -> None:
    """What is no character becomes U+FFFD."""
    assert quote_rune(ord("'")) == b"'\\''"
    assert quote_rune(0xD800) == "'\ufffd'".encode()
    assert encode_rune(-1) == encode_rune(0x110000) == "\ufffd".encode()


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (rb'"\x41\u00e9\U0001F600\101\n"', "Aé😀A\n".encode()),
        (rb'"\xff\377"', b"\xff\xff"),
        (b"`a\r\\n`", b"a\\n"),
        (b'""', b""),
    ],
)
def test_unquoting(literal: bytes, value: bytes) -> None:
    """Escapes in double quotes; none in backquotes, where carriage returns vanish."""
    assert unquote(literal) == value


@pytest.mark.parametrize(
    "literal",
    [rb'"\q"', rb'"\x4"', rb'"\ud800"', rb'"\U00110000"', rb'"\400"', b'"a', b"'a'", b'"a\nb"', b"",
     b'"', rb'"\'"', b'"a"b"', rb'"\0"'],
)  # fmt: skip
def test_what_is_no_literal(literal: bytes) -> None:
    """Unknown escapes, code points that do not exist, the wrong quotes."""
    with pytest.raises(LiteralError, match="invalid syntax"):
        unquote(literal)


def test_one_character_of_a_literal() -> None:
    """Its code, whether it is a byte, and where the next one begins."""
    char = unquote_char("é'".encode(), 0, ord("'"))
    assert (char.code, char.is_byte, char.end) == (0xE9, False, 2)


@given(st.binary(max_size=40))
def test_unquoting_undoes_quoting(value: bytes) -> None:
    """Whatever the bytes."""
    assert unquote(quote(value)) == value
    assert unquote(quote(value, ascii_only=True)) == value

"""Base64 is accepted, and refused, where Go does so."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.gocompat.base64 import Base64Error, decode


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", b""),
        (b"aGVsbG8=", b"hello"),
        (b"aGVs\r\nbG8=\n", b"hello"),
        (b"aGVsbG8\n=", b"hello"),
        (b"aGVsbG9=", b"hello"),  # spare bits are not zero
        (b"YQ\n=\n=\n", b"a"),
        (b"abcd", b"i\xb7\x1d"),
        (b"\r\n", b""),
    ],
)
def test_standard(text: bytes, expected: bytes) -> None:
    """Line ends are not seen anywhere, and spare bits not looked at."""
    assert decode(text) == expected


def test_alphabets() -> None:
    """``+/`` belong to the standard alphabet, ``-_`` to that of URLs, and never both."""
    assert decode(b"+/+/") == decode(b"-_-_", url=True) == b"\xfb\xff\xbf"
    for text, url in ((b"-_-_", False), (b"+/+/", True)):
        with pytest.raises(Base64Error, match=r"at input byte 0$"):
            decode(text, url=url)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        (b"a", 0),
        (b"ab", 0),
        (b"abc", 0),
        (b"abcde", 4),
        (b"ab=", 3),
        (b"ab=c", 2),
        (b"a===", 1),
        (b"=", 0),
        (b"abc=d", 4),
        (b"abc==", 4),
        (b"ab==\nxy", 5),
        (b"ab cd", 2),
        (b"abcd\xff", 4),
        (b"aGVsbG8", 4),
        (b"abc\n", 1),
        (b"ab=\n\nc", 4),
    ],
)
def test_refused_with_go_s_offset(text: bytes, offset: int) -> None:
    """The error names the byte that Go names, and nothing of the text."""
    with pytest.raises(Base64Error) as caught:
        decode(text)
    assert str(caught.value) == f"illegal base64 data at input byte {offset}"


@given(st.binary())
def test_round_trip(content: bytes) -> None:
    """Whatever is encoded is decoded again."""
    assert decode(base64.b64encode(content)) == content
    assert decode(base64.urlsafe_b64encode(content), url=True) == content

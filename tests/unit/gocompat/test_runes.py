"""Texts as runes: invalid bytes one by one, case rune by rune."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.gocompat import runes


def test_each_invalid_byte_is_one_replacement() -> None:
    """Also those of a sequence that breaks off, and of a surrogate."""
    assert runes.decode(b"a\xe2\x98\xed\xa0\x80z") == "a" + "\ufffd" * 5 + "z"


@given(st.binary())
def test_kept_bytes_come_back(text: bytes) -> None:
    """Whatever the bytes."""
    assert runes.encode(runes.keep(text)) == text


@pytest.mark.parametrize(
    ("rune", "upper", "lower", "title"),
    [
        ("a", "A", "a", "A"),
        ("\u00df", "\u00df", "\u00df", "\u00df"),
        ("\u0130", "\u0130", "i", "\u0130"),
        ("\u01c6", "\u01c4", "\u01c6", "\u01c5"),
        ("\u1fb3", "\u1fbc", "\u1fb3", "\u1fbc"),
        ("\ufb01", "\ufb01", "\ufb01", "\ufb01"),
        ("\u03a3", "\u03a3", "\u03c3", "\u03a3"),
    ],
)
def test_case(rune: str, upper: str, lower: str, title: str) -> None:
    """One rune becomes one rune, or stays."""
    assert (runes.upper(rune), runes.lower(rune), runes.title(rune)) == (upper, lower, title)


@pytest.mark.parametrize(("rune", "space"), [("\x85", True), ("\xa0", True), ("\x1c", False)])
def test_spaces_are_those_of_go(rune: str, *, space: bool) -> None:
    """Not those of Python, which counts separators in."""
    assert runes.is_space(rune) is space

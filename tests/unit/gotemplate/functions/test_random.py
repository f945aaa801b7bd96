"""Random texts have the length and the characters asked for, and come from the context."""

from __future__ import annotations

import os
import re

import pytest

from esync import gotemplate
from tests.unit.gotemplate.rendering import NOW, refused, render


def by_chance(template: str) -> bytes:
    """Render with real randomness."""
    return gotemplate.render(template, {}, name="tpl", clock=lambda: NOW, random=os.urandom)


@pytest.mark.parametrize(
    ("call", "form"),
    [
        ("randAlpha 300", rb"[A-Za-z]{300}"),
        ("randAlphaNum 300", rb"[A-Za-z0-9]{300}"),
        ("randNumeric 300", rb"[0-9]{300}"),
        ("randAscii 300", rb"[ -~]{300}"),
        ("randAlpha 0", rb""),
        ("randAscii -1", rb""),
        ("randBytes 16", rb"[A-Za-z0-9+/]{22}=="),
        ("uuidv4", rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    ],
)
def test_form(call: str, form: bytes) -> None:
    """Length and characters are those that were asked for."""
    assert re.fullmatch(form, by_chance(f"{{{{ {call} }}}}"))


def test_every_character_comes_up() -> None:
    """All characters of an alphabet are possible."""
    assert set(by_chance("{{ randAscii 20000 }}")) == set(range(0x20, 0x7F))
    assert set(by_chance("{{ randNumeric 2000 }}")) == set(b"0123456789")


def test_chance_is_given() -> None:
    """The same chance yields the same text."""
    assert render("{{ randAlpha 3 }}|{{ uuidv4 }}|{{ randBytes 3 }}") == (
        b"aaa|00000000-0000-4000-8000-000000000000|AAAA"
    )


def test_too_long() -> None:
    """Lengths are limited before anything is made."""
    assert "4,194,304 bytes" in refused("{{ randAlpha 100000000 }}").go_message
    assert "makeslice: len out of range" in refused("{{ randBytes -1 }}").go_message


def test_changes() -> None:
    """The results are known to differ from run to run."""
    names = ("randAlpha", "randAlphaNum", "randNumeric", "randAscii", "randBytes", "uuidv4")
    assert all(gotemplate.FUNCTIONS[name].changes for name in names)

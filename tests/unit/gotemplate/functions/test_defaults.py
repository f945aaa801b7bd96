"""What counts as empty."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        (
            (
                '{{ default "d" "" }}{{ default "d" 0 }}{{ default "d" false }}{{ d'
                'efault "d" (list) }}'
            ),
            "dddd",
        ),
        ('{{ default "d" "x" }}{{ default "d" 0.0 }}{{ default "d" }}', "xdd"),
        (
            (
                '{{ empty (toDate "2006" "x") }}{{ empty (semver "0.0.0") }}{{ empt'
                "y nil }}{{ empty (dict) }}"
            ),
            "falsefalsetruetrue",
        ),
        ('{{ coalesce nil 0 "" "x" "y" }}{{ coalesce 0 }}', "x<no value>"),
        (
            '{{ all 1 "a" }}{{ all 1 0 }}{{ all }}{{ any 0 "" }}{{ any 0 1 }}{{ any }}',
            "truefalsetruefalsetruefalse",
        ),
        ('{{ ternary "a" "b" true }}{{ ternary "a" "b" false }}', "ab"),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ('{{ fail "no way" }}', "no way"),
    ],
)
def test_refuses(template: str, words: str) -> None:
    """In Go's words, which the public message does not repeat."""
    error = refused(template)
    assert error.go_message.endswith(words)

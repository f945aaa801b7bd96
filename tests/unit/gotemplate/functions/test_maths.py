"""What is no number counts as 0; 64 bits wrap around."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ add 1 "2" 3.9 nil true }}', "7"),
        ("{{ add 9223372036854775807 1 }}", "-9223372036854775808"),
        ('{{ sub 1 "0x10" }}{{ mul 2 "3" -4 }}', "-15-24"),
        ("{{ div -7 2 }}{{ mod -7 2 }}{{ div 7 -2 }}", "-3-1-3"),
        ('{{ add1 "abc" }}{{ add }}', "10"),
        ('{{ max 1 "5" 3 }}{{ min 1 -5 }}{{ biggest 2 }}', "5-52"),
        (
            '{{ int "1_000" }} {{ int "010" }} {{ int "08" }} {{ int "7.9" }} {{ int "-.5" }}',
            "1000 8 0 7 0",
        ),
        ("{{ int64 1e300 }} {{ int 3.99 }} {{ int -3.99 }}", "-9223372036854775808 3 -3"),
        (
            '{{ atoi "42" }} {{ atoi "4.2" }} {{ atoi "99999999999999999999" }}',
            "42 0 9223372036854775807",
        ),
        ('{{ toDecimal "777" }} {{ toDecimal 8 }} {{ toDecimal "x" }}', "511 0 0"),
        ("{{ until 3 }}{{ until -2 }}{{ until 0 }}", "[0 1 2][0 -1][]"),
        (
            (
                "{{ untilStep 3 9 3 }}{{ untilStep 9 3 -4 }}{{ untilStep 1 5 0 }}{{"
                " untilStep 5 1 1 }}"
            ),
            "[3 6][9 5][][]",
        ),
        (
            (
                "{{ seq 5 }}|{{ seq -2 }}|{{ seq 0 2 }}|{{ seq 0 2 10 }}|{{ seq 0 -"
                "2 -5 }}|{{ seq 2 1 0 }}|{{ seq }}"
            ),
            "1 2 3 4 5|1 0 -1 -2|0 1 2|0 2 4 6 8 10|0 -2 -4||",
        ),
        ("{{ randInt 3 4 }}", "3"),
        ("{{ typeOf (add 1) }}{{ typeOf (int 1) }}", "int64int"),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ div 1 0 }}", "runtime error: integer divide by zero"),
        ('{{ mod 1 "a" }}', "runtime error: integer divide by zero"),
        ("{{ randInt 3 3 }}", "invalid argument to Intn"),
    ],
)
def test_refuses(template: str, words: str) -> None:
    """In Go's words, which the public message does not repeat."""
    error = refused(template)
    assert error.go_message.endswith(words)

"""Decimals inside, floats outside."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ("{{ addf 0.1 0.2 }}{{ addf }}", "0.30"),
        ("{{ subf 1.1 0.1 0.5 }}", "0.5"),
        ("{{ mulf 1.1 3 }}", "3.3"),
        ("{{ divf 1 3 }}{{ divf -2 3 }}", "0.3333333333333333-0.6666666666666667"),
        ("{{ add1f 0.1 }}", "1.1"),
        ("{{ mulf 1e300 1e300 }}", "+Inf"),
        ("{{ round 123.5555 3 }}{{ round 123.5555 3 .4 }}", "123.556123.556"),
        ("{{ round 2.5 0 }} {{ round -2.5 0 }} {{ round 1234 -2 }}", "3 -3 1200"),
        ("{{ floor 1.9 }} {{ floor -1.1 }} {{ ceil 1.1 }} {{ ceil -0.5 }}", "1 -2 2 -0"),
        ('{{ maxf 1 "2.5" }} {{ minf -0.0 0 }} {{ maxf 1 (float64 "NaN") }}', "2.5 -0 NaN"),
        (
            '{{ float64 "1e3" }} {{ float64 "x" }} {{ float64 true }} {{ float64 "0x1p4" }}',
            "1000 0 1 16",
        ),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ divf 1 0 }}", "decimal division by 0"),
        ('{{ addf (float64 "Inf") }}', "Cannot create a Decimal from +Inf"),
    ],
)
def test_refuses(template: str, words: str) -> None:
    """In Go's words, which the public message does not repeat."""
    error = refused(template)
    assert error.go_message.endswith(words)

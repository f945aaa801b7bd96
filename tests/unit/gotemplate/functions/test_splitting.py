"""One text into several and back."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ split "," "a,b" }}', "map[_0:a _1:b]"),
        ('{{ (split "$" "a$b")._1 }}', "b"),
        ('{{ splitn "," 2 "a,b,c" }}', "map[_0:a _1:b,c]"),
        ('{{ splitn "," 0 "a" }}', "map[]"),
        ('{{ splitList "" "aé" | toJson }}', '["a","é"]'),
        ('{{ splitList "," "" | len }}', "1"),
        ('{{ splitn "" 2 "abc" }}', "map[_0:a _1:bc]"),
        ('{{ join "-" (list 1 nil "a" 2.5) }}', "1-a-2.5"),
        ('{{ join "-" "a" }}', "a"),
        ('{{ join "-" nil }}|', "|"),
        ("{{ toStrings (list 1 true nil) | toJson }}", '["1","true"]'),
        ("{{ toStrings 5 }}", "[5]"),
        ('{{ sortAlpha (list "b" 10 "a" nil) }}', "[10 a b]"),
        ("{{ sortAlpha nil }}", "[<nil>]"),
        ('{{ $l := splitList "," "b,a" }}{{ $s := sortAlpha $l }}{{ $l }}', "[a b]"),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output

"""Maps: `set` changes the one it is given, `dict` takes pairs."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ dict "a" 1 "b" }}', "map[a:1 b:]"),
        ("{{ dict 1 2 }}", "map[1:2]"),
        ('{{ get (dict "a" nil) "a" | kindOf }}{{ get (dict) "a" | kindOf }}', "invalidstring"),
        (
            '{{ $d := dict }}{{ $_ := set $d "a" 1 }}{{ $d }}{{ $_ := unset $d "a" }}{{ $d }}',
            "map[a:1]map[]",
        ),
        ('{{ hasKey (dict "a" nil) "a" }}', "true"),
        ('{{ pluck "a" (dict "a" 1) (dict) (dict "a" 2) }}', "[1 2]"),
        ('{{ keys (dict "b" 1) }}{{ values (dict "b" 1) }}', "[b][1]"),
        (
            '{{ pick (dict "a" 1 "b" 2) "a" "c" }}{{ omit (dict "a" 1 "b" 2) "a" "c" }}',
            "map[a:1]map[b:2]",
        ),
        ('{{ dig "a" "b" "no" (dict "a" (dict "b" 1)) }}{{ dig "a" "b" "no" (dict) }}', "1no"),
        ('{{ dig "a" "no" (dict "a" nil) | kindOf }}', "invalid"),
        (
            (
                '{{ $a := dict "x" (list 1) }}{{ $b := deepCopy $a }}{{ $_ := set $'
                'b "y" 1 }}{{ $a }}'
            ),
            "map[x:[1]]",
        ),
        ('{{ deepCopy (dict "k" (semver "1.2.3")) }}', "map[k:0.0.0]"),
        ('{{ merge nil (dict "a" 1) }}{{ keys nil }}{{ get nil "a" }}', "map[a:1][]"),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ('{{ dig "a" (dict) }}', "dig needs at least three arguments"),
        (
            '{{ dig "a" "b" 0 (dict "a" 1) }}',
            "interface conversion: interface {} is int, not map[string]interface {}",
        ),
        ('{{ dig 1 "x" (dict) }}', "interface conversion: interface {} is int, not string"),
        ('{{ set nil "a" 1 }}', "assignment to entry in nil map"),
        ("{{ deepCopy nil }}", "reflect: call of reflect.Value.Type on zero Value"),
    ],
)
def test_refuses(template: str, words: str) -> None:
    """In Go's words, which the public message does not repeat."""
    error = refused(template)
    assert error.go_message.endswith(words)

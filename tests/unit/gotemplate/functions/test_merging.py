"""Maps are merged with mergo's habits."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ merge (dict "a" 1) (dict "a" 2 "b" 3) }}', "map[a:1 b:3]"),
        (
            '{{ merge (dict "a" 0 "b" "" "c" false) (dict "a" 2 "b" "x" "c" true) }}',
            "map[a:2 b:x c:true]",
        ),
        ('{{ mergeOverwrite (dict "a" 1 "b" 1) (dict "a" 0 "b" nil) }}', "map[a:0 b:<nil>]"),
        (
            '{{ merge (dict "a" (dict "x" 1)) (dict "a" (dict "x" 2 "y" 3)) }}',
            "map[a:map[x:1 y:3]]",
        ),
        (
            '{{ mergeOverwrite (dict "a" (dict "x" 1 "z" 1)) (dict "a" (dict "x" 2)) }}',
            "map[a:map[x:2 z:1]]",
        ),
        ('{{ merge (dict "l" (list)) (dict "l" (list 1)) }}', "map[l:[1]]"),
        ('{{ merge (dict "l" (list 9)) (dict "l" (list 1)) }}', "map[l:[9]]"),
        ('{{ mergeOverwrite (dict "l" (list 9)) (dict "l" (list)) }}', "map[l:[]]"),
        ('{{ mergeOverwrite (dict "a" (dict "x" 1)) (dict "a" 5) }}', "map[a:5]"),
        ('{{ merge (dict "a" (dict "x" 1)) (dict "a" 5) }}', "map[a:map[x:1]]"),
        (
            (
                '{{ $a := dict }}{{ $n := dict "x" 1 }}{{ $_ := merge $a (dict "n" '
                '$n) }}{{ $_ := merge $a (dict "n" (dict "y" 2)) }}{{ $n }}'
            ),
            "map[x:1 y:2]",
        ),
        ('{{ merge (dict "a" (semver "1.2.3")) (dict "a" (dict "x" 1)) }}|', "|"),
        ('{{ merge (dict) (dict "a" 1) (dict "a" 2 "b" 3) }}', "map[a:1 b:3]"),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (
            '{{ mustMerge (dict "a" (semver "1.2.3")) (dict "a" (dict "x" 1)) }}',
            "src and dst must be of same type",
        ),
        (
            '{{ merge (dict "a" (split "," "x")) (dict "a" (dict "q" 1)) }}',
            (
                "reflect.Value.SetMapIndex: value of type interface {} is not assig"
                "nable to type string"
            ),
        ),
    ],
)
def test_refuses(template: str, words: str) -> None:
    """In Go's words, which the public message does not repeat."""
    error = refused(template)
    assert error.go_message.endswith(words)

"""Types and kinds as Go names them."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        (
            (
                '{{ typeOf 1 }} {{ typeOf "" }} {{ typeOf nil }} {{ typeOf (list) }'
                "} {{ typeOf (until 1) }}"
            ),
            "int string <nil> []interface {} []int",
        ),
        (
            (
                '{{ kindOf nil }} {{ kindOf (semver "1") }} {{ kindOf (toDate "2006'
                '" "2024").Month }}'
            ),
            "invalid ptr int",
        ),
        (
            (
                '{{ typeIs "int" 1 }}{{ typeIsLike "semver.Version" (semver "1") }}'
                '{{ typeIs "semver.Version" (semver "1") }}'
            ),
            "truetruefalse",
        ),
        ('{{ kindIs "map" (split "," "") }}', "true"),
        (
            (
                "{{ deepEqual (list 1) (list 1) }}{{ deepEqual 1 (int64 1) }}{{ dee"
                'pEqual (list "a") (splitList "," "a") }}'
            ),
            "truefalsefalse",
        ),
        (
            (
                '{{ deepEqual (list) (rest (list)) }}{{ deepEqual (dict "a" (list 1'
                ')) (dict "a" (list 1)) }}'
            ),
            "falsetrue",
        ),
        (
            (
                '{{ $n := float64 "NaN" }}{{ $l := list $n }}{{ deepEqual $n $n }}{'
                "{ deepEqual $l $l }}{{ deepEqual $l (list $n) }}"
            ),
            "falsetruefalse",
        ),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output

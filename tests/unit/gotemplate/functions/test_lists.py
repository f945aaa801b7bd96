"""Each makes a new list; nil and other values are refused in Go's words."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ list 1 "a" nil }}', "[1 a <nil>]"),
        ("{{ append (list 1) 2 }}{{ prepend (list 1) 2 }}", "[1 2][2 1]"),
        ('{{ push (splitList "," "a") 1 | typeOf }}', "[]interface {}"),
        ("{{ first (list 1 2) }}{{ last (list 1 2) }}{{ first (list) | kindOf }}", "12invalid"),
        ("{{ rest (list 1 2) }}{{ initial (list 1 2) }}", "[2][1]"),
        ("{{ rest (list) | toJson }}{{ concat | toJson }}", "nullnull"),
        ("{{ reverse (until 3) }}", "[2 1 0]"),
        ('{{ uniq (list 1 1 "1" (list) (list)) }}', "[1 1 []]"),
        ("{{ uniq (list 1 (int64 1) 1.0) }}", "[1 1 1]"),
        ('{{ without (list 1 2 "a") 2 "a" }}', "[1]"),
        (
            "{{ has 2 (list 1 2) }}{{ has 2 nil }}{{ has (list 1) (list (list 1)) }}",
            "truefalsetrue",
        ),
        ('{{ compact (list 0 "" nil false "x" (list)) }}', "[x]"),
        (
            "{{ slice (list 1 2 3) 1 2 }}{{ slice (list 1 2 3) 1 }}{{ slice (list 1 2) }}",
            "[2][2 3][1 2]",
        ),
        ("{{ slice (list) 1 | kindOf }}", "invalid"),
        ("{{ slice (until 3) 1 | typeOf }}", "[]int"),
        ("{{ chunk 2 (list 1 2 3) }}{{ chunk 2 (list) }}", "[[1 2] [3]][]"),
        ("{{ chunk -2 (list 1 2 3) }}", "[]"),
        ('{{ concat (list 1) (splitList "," "a") }}', "[1 a]"),
        ("{{ tuple 1 2 }}", "[1 2]"),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ('{{ first "a" }}', "Cannot find first on type string"),
        ("{{ mustAppend 1 2 }}", "Cannot push on type int"),
        ("{{ rest nil }}", "runtime error: invalid memory address or nil pointer dereference"),
        ("{{ slice (list 1) 0 5 }}", "reflect.Value.Slice: slice index out of bounds"),
        ('{{ concat (list) "a" }}', "Cannot concat type string as list"),
        ("{{ chunk 0 (list 1) }}", "runtime error: makeslice: len out of range"),
        ("{{ chunk -1 (list 1 2 3) }}", "runtime error: makeslice: len out of range"),
        ('{{ has 1 "a" }}', "Cannot find has on type string"),
    ],
)
def test_refuses(template: str, words: str) -> None:
    """In Go's words, which the public message does not repeat."""
    error = refused(template)
    assert error.go_message.endswith(words)

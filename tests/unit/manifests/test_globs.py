"""Patterns cover whole texts, stop at separators, and take no longer for hostile ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.manifests.globs import matches_any


@pytest.mark.parametrize(
    ("pattern", "text", "covered"),
    [
        ("prod/db", "prod/db", True),
        ("prod/db", "prod/db2", False),
        ("prod/db", "xprod/db", False),
        ("prod/*", "prod/db", True),
        ("prod/*", "prod/", True),
        ("prod/*", "prod", False),
        ("prod/*", "prod/db/user", False),
        ("prod/**", "prod/db/user", True),
        ("prod/**", "prod", False),
        ("**", "", True),
        ("**/db", "a/b/db", True),
        ("**/db", "db", False),
        ("*/db", "a/b/db", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a?c", "ac", False),
        ("***", "a/b", True),
        ("Prod/*", "prod/db", False),
        ("prod/*", "Prod/db", False),
        ("a.c", "abc", False),
        ("a+", "aa", False),
        ("prod/*", "prod/db\n", True),
        ("prod/db", "prod/db\n", False),
    ],
)
def test_a_pattern_covers(pattern: str, text: str, *, covered: bool) -> None:
    """Stars stop at the separator, two stars do not; nothing else is special."""
    assert matches_any([pattern], text, "/") is covered


def test_any_of_several_is_enough_and_none_covers_nothing() -> None:
    """An empty list allows nothing."""
    assert matches_any(["a", "b*"], "bc")
    assert not matches_any([], "a")


@given(st.text("ab*?", max_size=8), st.text("ab/", max_size=12))
def test_the_same_as_a_regular_expression(pattern: str, text: str) -> None:
    """Whatever the pattern: translated word by word, Python says the same."""
    words = re.findall(r"\*\*|.", pattern)
    spelled = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    expected = re.fullmatch("".join(spelled.get(word, re.escape(word)) for word in words), text)

    assert matches_any([pattern], text, "/") is (expected is not None)


def test_hostile_texts_take_one_pass() -> None:
    """A regular expression would need longer than anybody waits."""
    assert not matches_any(["**a" * 20 + "!"], "a" * 20_000, "/")

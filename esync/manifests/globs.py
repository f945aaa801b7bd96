"""Patterns with wildcards, as a policy has them.

``*`` is any run of characters up to the separator, ``**`` goes past it, ``?`` is one character that
is not the separator; everything else stands for itself, capitals as they are.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_RUNS: Final = frozenset({"*", "**"})
_FAR: Final = "**"
_ONE: Final = "?"


def matches_any(patterns: Iterable[str], text: str, separator: str = "") -> bool:
    """Tell whether one of ``patterns`` covers the whole of ``text``.

    The time is that of one pass over the text for each pattern, whatever both look like.

    Args:
        patterns: as the module says.
        text: what is judged.
        separator: one character, or nothing: then ``*`` and ``**`` are the same.
    """
    return any(_matches(_tokens(one), text, separator) for one in patterns)


@cache
def _tokens(pattern: str) -> tuple[str, ...]:
    """Return wildcards and single characters; no other token looks like a wildcard."""
    found = []
    at = 0
    while at < len(pattern):
        found.append(_FAR if pattern.startswith(_FAR, at) else pattern[at])
        at += len(found[-1])
    return tuple(found)


def _matches(tokens: tuple[str, ...], text: str, separator: str) -> bool:
    places = _past_runs({0}, tokens)
    for character in text:
        after = set()
        for place in places:
            token = tokens[place] if place < len(tokens) else ""
            if token and _takes(token, character, separator):
                after.add(place if token in _RUNS else place + 1)
        places = _past_runs(after, tokens)
        if not places:
            return False
    return len(tokens) in places


def _takes(token: str, character: str, separator: str) -> bool:
    if token == _FAR:
        return True
    if token == _ONE or token in _RUNS:
        return character != separator
    return token == character


def _past_runs(places: set[int], tokens: tuple[str, ...]) -> set[int]:
    """Return ``places``, and those behind runs that take nothing."""
    found = set(places)
    for place in places:
        at = place
        while at < len(tokens) and tokens[at] in _RUNS:
            at += 1
            found.add(at)
    return found

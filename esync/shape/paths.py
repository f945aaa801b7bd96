"""Paths into a manifest: ``spec.template.ports[0].name``, walked and made as needed.

Source: External Secrets Operator 2.9, ``templateFrom[].target`` of manifest targets: segments
between dots, each a name with any number of ``[n]``; nothing can be escaped.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

LARGEST_INDEX: Final = 10_000
_SEGMENT: Final = re.compile(r"([^\[\]]*)((?:\[[^\]]*\])*)")
_INDEX: Final = re.compile(r"\[([^\]]*)\]")

Token = str | int


class BadPathError(ValueError):
    """A path is not one, or leads through something that is no mapping or list."""


def parse(path: str) -> tuple[Token, ...]:
    """Return the names and indexes of ``path``.

    Raises:
        BadPathError: a segment is empty, a bracket or index is wrong, or it starts with an index.
    """
    tokens: list[Token] = []
    for segment in path.split("."):
        found = _SEGMENT.fullmatch(segment)
        if not segment or found is None:
            raise BadPathError("a segment of the path is empty or has a stray bracket")
        if found[1]:
            tokens.append(found[1])
        tokens.extend(_index(one) for one in _INDEX.findall(found[2]))
    if not isinstance(tokens[0], str):
        raise BadPathError("the path starts with an index")
    return tuple(tokens)


def place(body: dict[str, Any], tokens: tuple[Token, ...], value: object, *, merge: bool) -> None:
    """Put ``value`` where ``tokens`` lead; missing mappings and lists on the way are made.

    Args:
        body: changed in place.
        tokens: from :func:`parse`.
        value: any JSON value.
        merge: if both what is there and ``value`` are mappings, add to what is there.

    Raises:
        BadPathError: something on the way is neither missing nor the right container.
    """
    here: Any = body
    for token, following in pairwise(tokens):
        container: Any = {} if isinstance(following, str) else []
        here = _step(here, token, container)
    last = tokens[-1]
    before = _get(here, last)
    if merge and isinstance(before, dict) and isinstance(value, dict):
        before.update(value)
    else:
        _set(here, last, value)


def _index(text: str) -> int:
    if not re.fullmatch(r"\d+", text, re.ASCII) or int(text) > LARGEST_INDEX:
        raise BadPathError(f"an index is no number from 0 to {LARGEST_INDEX}")
    return int(text)


def _step(here: Any, token: Token, container: object) -> Any:  # any JSON container
    found = _get(here, token)
    if found is None:
        _set(here, token, container)
        return container
    if type(found) is not type(container):
        raise BadPathError("the path leads through something that is no mapping or list")
    return found


def _get(here: Any, token: Token) -> Any:  # as above
    if isinstance(token, str):
        if not isinstance(here, dict):
            raise BadPathError("the path names a member of something that is no mapping")
        return here.get(token)
    if not isinstance(here, list):
        raise BadPathError("the path has an index into something that is no list")
    return here[token] if token < len(here) else None


def _set(here: Any, token: Token, value: object) -> None:
    if isinstance(token, int):
        here.extend([None] * (token + 1 - len(here)))
    here[token] = value

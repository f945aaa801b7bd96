"""Conditions on JSON values: comparisons and patterns with ``*`` and ``?``.

Source:
    gjson 1.18 and its ``match`` library.
"""

from __future__ import annotations

import operator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from esync.gocompat import runes
from esync.payload.result import MISSING, Kind, Result

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from esync.payload.path import Query

_COMPARE: Final[dict[bytes, Callable[[Any, Any], bool]]] = {
    b"=": operator.eq,
    b"!=": operator.ne,
    b"<": operator.lt,
    b"<=": operator.le,
    b">": operator.gt,
    b">=": operator.ge,
}
# Which pairs of a truth and what it is compared with hold.
_TRUE_HOLDS: Final[dict[bytes, Callable[[bytes], bool]]] = {
    b"=": lambda word: word == b"true",
    b"!=": lambda word: word != b"true",
    b">": lambda word: word == b"false",
    b">=": lambda _word: True,
}
_FALSE_HOLDS: Final[dict[bytes, Callable[[bytes], bool]]] = {
    b"=": lambda word: word == b"false",
    b"!=": lambda word: word != b"false",
    b"<": lambda word: word == b"true",
    b"<=": lambda _word: True,
}
_ANY, _ONE = "*", "?"


def meets(query: Query, found: Result) -> bool:
    """Tell whether what a query's path found in an item meets the query."""
    wanted = query.value
    if wanted.startswith(b"~"):
        found, wanted = _truth(found, wanted[1:])
    if not found.exists:
        return False
    if not query.operator:
        return True
    match found.type:
        case Kind.STRING:
            return _string_meets(found.text, query.operator, wanted)
        case Kind.NUMBER:
            compare = _COMPARE.get(query.operator)
            return compare is not None and compare(found.number, Result(raw=wanted).number)
        case Kind.TRUE | Kind.FALSE:
            holds = _TRUE_HOLDS if found.type is Kind.TRUE else _FALSE_HOLDS
            test = holds.get(query.operator)
            return test is not None and test(wanted)
        case _:
            return False


def _truth(found: Result, word: bytes) -> tuple[Result, bytes]:
    """Return the truth that ``~word`` asks for, and what it is compared with."""
    match word:
        case b"*":
            holds = found.exists
        case b"null":
            holds = found.type is Kind.NULL
        case b"true":
            holds = found.truth is True
        case b"false":
            holds = found.truth is False
        case _:
            return MISSING, b""
    return Result(Kind.TRUE if holds else Kind.FALSE), b"true"


def _string_meets(text: bytes, compared: bytes, wanted: bytes) -> bool:
    match compared:
        case b"%":
            return like(text, wanted)
        case b"!%":
            return not like(text, wanted)
        case _:
            compare = _COMPARE.get(compared)
            return compare is not None and compare(text, wanted)


def like(text: bytes, pattern: bytes) -> bool:
    """Tell whether all of ``text`` fits: ``*`` is any run of characters, ``?`` any one."""
    tokens = _tokens(pattern)
    if tokens is None:
        return False
    chars = runes.decode(text)
    at = token = 0
    star, resume = -1, 0
    while at < len(chars):
        if token < len(tokens) and tokens[token] == (_ANY, True):
            star, resume = token, at
            token += 1
        elif token < len(tokens) and tokens[token] in ((_ONE, True), (chars[at], False)):
            at += 1
            token += 1
        elif star >= 0:
            resume += 1
            at, token = resume, star + 1
        else:
            return False
    return all(rest == (_ANY, True) for rest in tokens[token:])


@lru_cache(maxsize=256)
def _tokens(pattern: bytes) -> tuple[tuple[str, bool], ...] | None:
    """Return characters and whether each is a wildcard; None: a backslash with nothing behind."""
    chars = runes.decode(pattern)
    tokens: list[tuple[str, bool]] = []
    at = 0
    while at < len(chars):
        char = chars[at]
        if char == "\\":
            at += 1
            if at == len(chars):
                # Behind a star, a backslash at the end stands for itself.
                return (*tokens, ("\\", False)) if (_ANY, True) in tokens else None
            tokens.append((chars[at], False))
        else:
            tokens.append((char, char in (_ANY, _ONE)))
        at += 1
    return tuple(tokens)

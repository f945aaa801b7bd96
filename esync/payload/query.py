"""Conditions on JSON values, as queries make them: comparisons, patterns, truths.

Source:
    gjson 1.18.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final

from esync.payload.result import MISSING, Kind, Result
from esync.payload.wildcards import like

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

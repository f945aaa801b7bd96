"""Layouts: which parts of a text such as ``2006-01-02`` stand for a part of a moment."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

# Alternatives in the order in which Go tries them at one place.
_CHUNK = re.compile(
    rb"""
    (?P<long_month>January) | (?P<month>Jan)(?![a-z])
  | (?P<long_weekday>Monday) | (?P<weekday>Mon)(?![a-z])
  | (?P<zone>MST)
  | (?P<zero_month>01) | (?P<zero_day>02) | (?P<zero_hour12>03)
  | (?P<zero_minute>04) | (?P<zero_second>05) | (?P<year>06) | (?P<zero_yday>002)
  | (?P<hour>15) | (?P<num_month>1)
  | (?P<long_year>2006) | (?P<day>2)
  | _(?P<under_year>2006) | (?P<under_day>_2) | (?P<under_yday>__2)
  | (?P<hour12>3) | (?P<minute>4) | (?P<second>5)
  | (?P<upper_pm>PM) | (?P<lower_pm>pm)
  | (?P<offset>[-Z]07(?:0000|:00:00|00|:00|))
  | (?P<fraction>[.,](?:0+|9+)(?![0-9]))
    """,
    re.VERBOSE,
)


_LONGEST_KEPT = 256  # bytes


class Chunk(NamedTuple):
    """Literal text, and the element behind it: its kind and spelling; both empty at the end."""

    literal: bytes
    kind: str
    text: bytes


def chunks(layout: bytes) -> tuple[Chunk, ...]:
    """Take ``layout`` apart; the last chunk has no element."""
    return _kept(layout) if len(layout) <= _LONGEST_KEPT else _taken_apart(layout)


@lru_cache(maxsize=512)
def _kept(layout: bytes) -> tuple[Chunk, ...]:
    return _taken_apart(layout)


def _taken_apart(layout: bytes) -> tuple[Chunk, ...]:
    found: list[Chunk] = []
    at = 0
    for match in _CHUNK.finditer(layout):
        kind = str(match.lastgroup)
        start = match.start(kind)  # _2006 is a literal underscore before the year
        name = "long_year" if kind == "under_year" else kind
        found.append(Chunk(layout[at:start], name, match[kind]))
        at = match.end()
    found.append(Chunk(layout[at:], "", b""))
    return tuple(found)

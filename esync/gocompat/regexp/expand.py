"""Replacements of Go's regular expressions: ``$1``, ``${name}``, ``$$``.

Source:
    Go 1.26, ``regexp.Expand``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_MOST_DIGITS: Final = 9
_LONGEST_KEPT: Final = 256  # bytes

# Where one match and its groups begin and end; (-1, -1) for a group that took no part.
Spans = list[tuple[int, int]]
# Literal text, numbers of groups, names of groups.
Template = tuple[bytes | int | str, ...]


def template(target: bytes) -> Template:
    """Split a replacement into text, numbers of groups and names of groups.

    A number with a leading zero, or of more than nine digits, is a name.
    """
    return _kept(target) if len(target) <= _LONGEST_KEPT else _taken_apart(target)


@lru_cache(maxsize=128)
def _kept(target: bytes) -> Template:
    return _taken_apart(target)


def _taken_apart(target: bytes) -> Template:
    parts: list[bytes | int | str] = []
    text = target.decode("utf-8", "surrogateescape")
    literal: list[str] = []
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        literal.append(text[at:dollar])
        name, at = _reference(text, dollar)
        if name == "$":
            literal.append("$")
            continue
        parts += [_bytes(literal), _number_or_name(name)]
        literal = []
    literal.append(text[at:])
    return (*parts, _bytes(literal))


def _bytes(literal: list[str]) -> bytes:
    return "".join(literal).encode("utf-8", "surrogateescape")


def _number_or_name(name: str) -> int | str:
    number = name.isascii() and name.isdecimal() and len(name) <= _MOST_DIGITS
    return int(name) if number and (name[0] != "0" or name == "0") else name


def _reference(text: str, dollar: int) -> tuple[str, int]:
    """Return the name behind a dollar, ``"$"`` if there is none, and where to go on."""
    at = dollar + 1
    if text.startswith("$", at):
        return "$", at + 1
    braced = text.startswith("{", at)
    begin = end = at + braced
    while end < len(text) and (text[end].isalpha() or text[end].isdecimal() or text[end] == "_"):
        end += 1
    if begin == end or (braced and not text.startswith("}", end)):
        return "$", at
    return text[begin:end], end + braced


def expanded(parts: Template, names: tuple[str, ...], text: bytes, spans: Spans) -> bytes:
    """Return what a replacement is for one match, whose groups are called ``names``."""
    out = []
    for part in parts:
        if isinstance(part, bytes):
            out.append(part)
        elif isinstance(part, int):
            if part < len(spans) and spans[part][0] >= 0:
                out.append(text[slice(*spans[part])])
        else:
            out.append(_named(part, names, text, spans))
    return b"".join(out)


def _named(name: str, names: tuple[str, ...], text: bytes, spans: Spans) -> bytes:
    """Return the first group of that name that took part; several may bear it."""
    for known, (begin, end) in zip(names, spans, strict=True):
        if known == name and begin >= 0:
            return text[begin:end]
    return b""

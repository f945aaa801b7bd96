"""Where the pieces of a JSON text begin and end, without a look at whether it is JSON at all.

Broken documents yield what gjson finds in them: nothing is validated but by :func:`is_valid`.

Source:
    gjson 1.18.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from esync.payload.result import MISSING, Kind, Result, unescape

if TYPE_CHECKING:
    from collections.abc import Iterator

# What follows the opening quote of a string, up to its end.
_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
# Up to the next bracket outside strings; group 1: a string does not end; group 2: the bracket.
_BRACKET = re.compile(
    rb'[^"{}()\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|(\\?\Z))[^"{}()\[\]]*+)*+([{}()\[\]]|\Z)',
    re.DOTALL,
)
_NUMBER = re.compile(rb"[^\x00-\x20,\]}]*")
_LETTERS = re.compile(rb"[a-z]*")
_VALUE = re.compile(rb'["{\[ntf+\-0-9iIN]')
_NOT_BLANK = re.compile(rb"[^\x00-\x20]")
_NEXT_VALUE = re.compile(rb"[\x00-\x20,:]*")
_OPENING: Final = b"{[("
_WORDS: Final = {ord("t"): Kind.TRUE, ord("f"): Kind.FALSE, ord("n"): Kind.NULL}

_CLOSING: Final = {b"{": b"}", b"[": b"]"}
_SPACE = re.compile(rb"[ \t\r\n]*")
_SCALAR = re.compile(
    rb'(?:"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
    rb"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)[ \t\r\n]*"
)
_KEY = re.compile(
    rb'[ \t\r\n]*"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
    rb"[ \t\r\n]*:[ \t\r\n]*"
)


def string_end(json: bytes, at: int) -> int:
    """Return where the string ends whose opening quote is before ``at``; -1 if it does not."""
    found = _STRING.match(json, at)
    return found.end() if found else -1


def string_text(raw: bytes) -> bytes:
    """Return what a string says, given with its quotes."""
    inside = raw[1:-1]
    return unescape(inside) if b"\\" in inside else inside


def block_end(json: bytes, at: int) -> int:
    """Return where the block ends that opens at ``at``: all brackets are alike.

    A block without end ends with the text; a string without end, one byte behind it.
    """
    depth = 1
    at += 1
    while True:
        found = _BRACKET.match(json, at)
        if found is None or found[1] is not None:
            return len(json) + 1
        bracket = found[2]
        if not bracket:
            return len(json)
        at = found.end()
        depth += 1 if bracket in _OPENING else -1
        if not depth:
            return at


def block(text: bytes) -> bytes:
    """Return the block, or the string, that ``text`` begins with."""
    if text.startswith(b'"'):
        end = string_end(text, 1)
        return text if end < 0 else text[:end]
    return text[: block_end(text, 0)]


def scalar(json: bytes, at: int) -> tuple[int, Result]:
    """Return where the number or word at ``at`` ends, and what it is."""
    first = json[at]
    if first in _WORDS and not (first == ord("n") and json[at + 1 : at + 2] not in (b"u", b"")):
        found = _LETTERS.match(json, at + 1)
        end = found.end() if found else at + 1
        return end, Result(_WORDS[first], json[at:end])
    found = _NUMBER.match(json, at + 1)
    end = found.end() if found else at + 1
    return end, Result(Kind.NUMBER, json[at:end])


def next_value(json: bytes, at: int) -> int:
    """Return where the next thing begins that looks like a value; -1 if nothing does."""
    found = _VALUE.search(json, at)
    return found.start() if found else -1


def value_at(json: bytes, at: int) -> tuple[int, Result | None]:
    """Return where the value at ``at`` ends, and what it is: None for a string without end."""
    match json[at]:
        case 0x22:
            end = string_end(json, at + 1)
            if end < 0:
                return len(json), None
            raw = json[at:end]
            return end, Result(Kind.STRING, raw, string_text(raw))
        case 0x7B | 0x5B:
            end = block_end(json, at)
            return end, Result(Kind.JSON, json[at:end])
        case _:
            return scalar(json, at)


def value_from(json: bytes, at: int) -> tuple[int, Result | None]:
    """Return where the next value from ``at`` on ends, and what it is."""
    begin = next_value(json, at)
    return (len(json), None) if begin < 0 else value_at(json, begin)


def parse(json: bytes) -> Result:
    """Return a whole text as a value; an object or array keeps all that follows it."""
    found = _NOT_BLANK.search(json)
    if found is None or not _VALUE.match(json, found.start()):
        return MISSING
    begin = found.start()
    match json[begin]:
        case 0x7B | 0x5B:
            return Result(Kind.JSON, json[begin:])
        case 0x22:
            end = string_end(json, begin + 1)
            if end < 0:
                inside = json[begin + 1 :]
                text = unescape(inside) if b"\\" in inside else inside
                return Result(Kind.STRING, json[begin:], text)
            raw = json[begin:end]
            return Result(Kind.STRING, raw, string_text(raw))
        case _:
            return scalar(json, begin)[1]


def entries(value: Result) -> Iterator[tuple[bytes, Result]]:
    """Go through members or items: the raw key, empty in an array, and the value.

    A value that is neither object nor array is its own only item.
    """
    if value.type is not Kind.JSON:
        if value.exists:
            yield b"", value
        return
    json = value.raw
    is_object = json.startswith(b"{")
    at = 1
    while at < len(json):
        key = b""
        if is_object:
            at = json.find(b'"', at)
            end = string_end(json, at + 1) if at >= 0 else -1
            if end < 0:
                return
            key = json[at:end]
            at = end
        skipped = _NEXT_VALUE.match(json, at)
        at, item = value_from(json, skipped.end() if skipped else at)
        if item is None:
            return
        yield key, item
        at += 1  # gjson takes it for a comma without a look


def is_valid(json: bytes, *, deepest: int | None = None) -> bool:
    """Tell whether a text is one JSON value and nothing else; it need not be UTF-8.

    ``deepest`` limits how many brackets may be open at once.
    """
    closing: list[bytes] = []
    at = _after_space(json, 0)
    while at >= 0:
        opened = len(closing)
        at = _begin(json, at, closing, deepest)
        if at < 0 or len(closing) > opened:
            continue
        while closing and json[at : at + 1] == closing[-1]:
            closing.pop()
            at = _after_space(json, at + 1)
        if not closing:
            return at == len(json)
        at = _member(json, at + 1, closing[-1]) if json[at : at + 1] == b"," else -1
    return False


def _begin(json: bytes, at: int, closing: list[bytes], deepest: int | None) -> int:
    """Read a scalar or empty block, or open a block; return what comes next, -1 if it is wrong."""
    close = _CLOSING.get(json[at : at + 1])
    if close is None:
        found = _SCALAR.match(json, at)
        return found.end() if found else -1
    if len(closing) == deepest:
        return -1
    at = _after_space(json, at + 1)
    if json[at : at + 1] == close:
        return _after_space(json, at + 1)
    closing.append(close)
    return _member(json, at, close)


def _member(json: bytes, at: int, close: bytes) -> int:
    """Return where the value of the next member or item begins; -1 if its key is wrong."""
    if close == b"]":
        return _after_space(json, at)
    key = _KEY.match(json, at)
    return key.end() if key else -1


def _after_space(json: bytes, at: int) -> int:
    found = _SPACE.match(json, at)
    return found.end() if found else at

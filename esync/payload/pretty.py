"""JSON laid out anew: with line breaks, or without a blank.

Works on any text; what is no JSON comes out as the reference makes it.

Source:
    ``pretty`` 1.2, which gjson 1.18 uses.
"""

from __future__ import annotations

import re
from typing import Final

from esync.gocompat.numbers import NumberRangeError, NumberSyntaxError, parse_float
from esync.payload.scanner import string_text
from esync.records import dataclass, field

WIDTH: Final = 80
INDENT: Final = b"  "

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[^\x00-\x20"]+', re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NUMBER = re.compile(rb".[^\x00-\x20,:\]}]*", re.DOTALL)
_WORDS: Final = {ord("t"): b"true", ord("f"): b"false", ord("n"): b"null"}
_NARROWEST: Final = 3


def ugly(json: bytes) -> bytes:
    """Leave out all blanks that stand outside strings."""
    return b"".join(_TOKEN.findall(json))


@dataclass(frozen=True, slots=True)
class Style:
    """How to lay out: the width that a short array may have, what lines begin with, key order."""

    width: int = WIDTH
    prefix: bytes = b""
    indent: bytes = INDENT
    sort_keys: bool = False


def pretty(json: bytes, style: Style | None = None) -> bytes:
    """Put each member and item on a line of its own; arrays that fit stay on one line."""
    printer = _Printer(json, style or Style())
    return printer.run()


def _order(raw: bytes) -> tuple[int, bytes | float]:
    """Return what values are sorted by: null, false, numbers, strings, true, then the rest."""
    match raw[:1]:
        case b"" | b"n":
            return 0, raw
        case b"f":
            return 1, raw
        case b'"':
            return 3, string_text(raw)
        case b"t":
            return 4, raw
        case b"[" | b"{":
            return 5, raw
        case _:
            return 2, _number(raw)


def _number(raw: bytes) -> float:
    try:
        return parse_float(raw.decode("latin-1"))
    except NumberSyntaxError:
        return 0.0
    except NumberRangeError as error:
        return float(error.nearest)


@dataclass(slots=True)
class _Block:
    """An object or array that is being written.

    Attributes:
        flat: on one line.
        room: how many bytes a flat array may have; None: it need not be flat.
        pairs: of an object whose keys are sorted: key, and where the member stands.
    """

    opening: bytes
    depth: int
    flat: bool
    room: int | None
    sort_keys: bool
    count: int = 0
    pairs: list[tuple[bytes, int, int]] = field(default_factory=list)

    @property
    def is_object(self) -> bool:
        return self.opening == b"{"

    @property
    def closing(self) -> bytes:
        return b"}" if self.is_object else b"]"


class _Printer:
    """Writes one text; ``_line`` is about where the last line of the output begins."""

    def __init__(self, json: bytes, style: Style) -> None:
        self._json = json
        self._style = style
        self._out = bytearray(style.prefix)
        self._line = 0

    def run(self) -> bytes:
        self._value(0, 0, flat=False, room=None, sort_keys=self._style.sort_keys)
        if self._out:
            self._out += b"\n"
        return bytes(self._out)

    def _value(
        self, at: int, depth: int, *, flat: bool, room: int | None, sort_keys: bool
    ) -> tuple[int, bool]:
        """Write the next value; return where it ends, and whether it can stand on one line."""
        json = self._json
        while at < len(json):
            char = json[at]
            if char in b"{[":
                block = _Block(json[at : at + 1], depth, flat, room, sort_keys)
                return self._block(at, block)
            if char == ord('"'):
                return self._copy(_STRING, at), True
            if char in b"0123456789-iI+N" or (
                char == ord("n") and json[at + 1 : at + 2] not in (b"", b"u")
            ):
                return self._copy(_NUMBER, at), True
            if char in _WORDS:
                self._out += _WORDS[char]
                return at + len(_WORDS[char]), True
            at += 1
        return at, True

    def _copy(self, piece: re.Pattern[bytes], at: int) -> int:
        found = piece.match(self._json, at)
        if found is None:
            return at + 1
        self._out += found[0]
        return found.end()

    def _block(self, at: int, block: _Block) -> tuple[int, bool]:
        if self._style.width > 0:
            if block.room is not None and block.is_object:
                return at, False
            if not block.flat and not block.is_object and block.room is None:
                end = self._on_one_line(at)
                if end is not None:
                    return end, True
        self._out += block.opening
        at += 1
        while at < len(self._json):
            char = self._json[at : at + 1]
            if char == block.closing:
                self._close(block)
                return at + 1, not block.is_object
            if char > b" " and (not block.is_object or char == b'"'):
                at, fits = self._entry(at, block)
                if block.room is not None and not fits:
                    return at, False
            else:
                at += 1
        return at, not block.is_object

    def _on_one_line(self, at: int) -> int | None:
        """Write an array on one line and return where it ends, if it is short enough."""
        line, begin = self._line, len(self._out)
        room = self._style.width - (begin - line)
        if room <= _NARROWEST:
            return None
        self._line = 0
        flat = _Block(b"[", 0, flat=True, room=room, sort_keys=self._style.sort_keys)
        end, fits = self._block(at, flat)
        self._line = line
        if fits and len(self._out) - begin <= room:
            return end
        del self._out[begin:]
        return None

    def _entry(self, at: int, block: _Block) -> tuple[int, bool]:
        """Write one member or item; return where it ends, and whether it can be on one line."""
        if block.count:
            self._out += b"," if self._style.width == -1 or block.is_object else b", "
        block.count += 1
        if not block.flat:
            self._break()
        begin, key_at = len(self._out), at
        if not block.flat:
            self._indent(block.depth + 1)
        key = b""
        if block.is_object:
            at = self._copy(_STRING, at)
            key = self._json[key_at:at]
            self._out += b":" if block.flat else b": "
        at, fits = self._value(
            at, block.depth + 1, flat=block.flat, room=block.room, sort_keys=block.sort_keys
        )
        if block.is_object and block.sort_keys and not block.flat:
            block.pairs.append((key, begin, len(self._out)))
        return at, fits

    def _close(self, block: _Block) -> None:
        if not block.flat:
            if block.pairs:
                self._sort(block.pairs)
            if block.count:
                self._break()
                self._indent(block.depth)
        self._out += block.closing

    def _break(self) -> None:
        self._line = len(self._out)
        if self._out[-1:] == b" ":
            self._out[-1:] = b"\n"
        else:
            self._out += b"\n"

    def _indent(self, depth: int) -> None:
        self._out += self._style.prefix + self._style.indent * depth

    def _sort(self, pairs: list[tuple[bytes, int, int]]) -> None:
        begin, end = pairs[0][1], pairs[-1][2]
        members = [(key, bytes(self._out[first:last])) for key, first, last in pairs]
        members.sort(key=lambda member: (_order(member[0]), _member_order(*member)))
        self._out[begin:end] = b",\n".join(text for _, text in members)


def _member_order(key: bytes, member: bytes) -> tuple[int, bytes | float]:
    return _order(member.strip()[len(key) + 1 :].strip())

"""What a path finds in a JSON text: a kind and the piece of the text itself.

Source:
    gjson 1.18, which External Secrets Operator 2.9 looks properties up with.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from esync.gocompat.numbers import (
    NumberRangeError,
    NumberSyntaxError,
    format_float,
    parse_float,
)
from esync.records import dataclass

_INTEGER = re.compile(rb"-?[0-9]*")
_PLAIN = re.compile(rb"[^\\\x00-\x1f]*")
_HEX = re.compile(rb"[0-9a-fA-F]{4}")
_SIMPLE: Final = {
    ord("\\"): b"\\",
    ord("/"): b"/",
    ord("b"): b"\b",
    ord("f"): b"\f",
    ord("n"): b"\n",
    ord("r"): b"\r",
    ord("t"): b"\t",
    ord('"'): b'"',
}
_HIGH, _LOW, _AFTER = 0xD800, 0xDC00, 0xE000
_UNKNOWN: Final = 0xFFFD
_TRUE_WORDS: Final = (b"1", b"t", b"true")
_FALSE_WORDS: Final = (b"0", b"f", b"false")


class Kind(StrEnum):
    """What a piece of JSON is; objects and arrays are both ``JSON``."""

    NULL = "Null"
    FALSE = "False"
    NUMBER = "Number"
    STRING = "String"
    TRUE = "True"
    JSON = "JSON"


_WORDS: Final = {Kind.TRUE: b"true", Kind.FALSE: b"false", Kind.NULL: b""}


@dataclass(frozen=True, slots=True)
class Result:
    """A piece of JSON, or nothing at all.

    Attributes:
        type: its kind; ``NULL`` too if there is nothing.
        raw: its text, spelt as in the document.
        text: of a string, what it says.
    """

    type: Kind = Kind.NULL
    raw: bytes = b""
    text: bytes = b""

    @property
    def exists(self) -> bool:
        """Tell whether something was found; ``null`` counts."""
        return self.type is not Kind.NULL or bool(self.raw)

    @property
    def string(self) -> bytes:
        """Return the value as text: strings unescaped, ``null`` empty, objects as they stand.

        Integers keep their digits; other numbers are written without exponent.
        """
        match self.type:
            case Kind.STRING:
                return self.text
            case Kind.JSON:
                return self.raw
            case Kind.NUMBER:
                if _INTEGER.fullmatch(self.raw):
                    return self.raw
                return format_float(self.number, "f").encode()
            case _:
                return _WORDS[self.type]

    @property
    def number(self) -> float:
        """Return the value of a number; 0 if its text is none."""
        try:
            return parse_float(self.raw.decode("latin-1"))
        except NumberSyntaxError:
            return 0.0
        except NumberRangeError as error:
            return float(error.nearest)

    @property
    def is_object(self) -> bool:
        """Tell whether the value is an object."""
        return self.type is Kind.JSON and self.raw.startswith(b"{")

    @property
    def is_array(self) -> bool:
        """Tell whether the value is an array."""
        return self.type is Kind.JSON and self.raw.startswith(b"[")

    @property
    def truth(self) -> bool | None:
        """Return what the value means where a yes or no is asked for; None if neither."""
        match self.type:
            case Kind.TRUE:
                return True
            case Kind.FALSE | Kind.NULL:
                return False
            case Kind.NUMBER:
                return self.number != 0
            case Kind.STRING:
                word = self.text.lower()
                return word in _TRUE_WORDS if word in _TRUE_WORDS + _FALSE_WORDS else None
            case Kind.JSON:
                return None


MISSING: Final = Result()


def unescape(text: bytes) -> bytes:
    """Return what a JSON string says, whose quotes are left out; it ends at the first mistake."""
    out = bytearray()
    at = 0
    while True:
        plain = _PLAIN.match(text, at)
        out += plain[0] if plain else b""
        at += len(plain[0]) if plain else 0
        if text[at : at + 1] != b"\\" or at + 1 >= len(text):
            return bytes(out)
        letter = text[at + 1]
        if letter in _SIMPLE:
            out += _SIMPLE[letter]
            at += 2
        elif letter == ord("u") and at + 6 <= len(text):
            point, at = _code_point(text, at)
            out += chr(point).encode()
        else:
            return bytes(out)


def _code_point(text: bytes, at: int) -> tuple[int, int]:
    r"""Return the code point of the ``\u`` at ``at``, and where it ends.

    Half of a surrogate pair takes the ``\u`` that follows with it, whatever that is.
    """
    point = _unit(text, at)
    at += 6
    if not _HIGH <= point < _AFTER:
        return point, at
    if text[at : at + 2] == b"\\u" and at + 6 <= len(text):
        low = _unit(text, at)
        at += 6
        if point < _LOW <= low < _AFTER:
            return 0x10000 + ((point - _HIGH) << 10) + low - _LOW, at
    return _UNKNOWN, at


def _unit(text: bytes, at: int) -> int:
    digits = text[at + 2 : at + 6]
    return int(digits, 16) if _HEX.fullmatch(digits) else 0

r"""Escapes of Go's regular expressions: ``\n``, ``\101``, ``\x{1F600}`` and what Go refuses.

Source:
    Go 1.26, ``regexp/syntax``.
"""

from __future__ import annotations

import re
import sys
from typing import Final

_C_ESCAPES: Final = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

_TOO_MANY_DIGITS: Final = 10

_HEX = re.compile(r"([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\}")
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")

# Bytes that are no UTF-8 stand as lone surrogates in a decoded expression.
BAD_BYTE = re.compile("[\udc80-\udcff]")


class RegexpError(ValueError):
    """Go does not accept a regular expression; the message is Go's and quotes the expression.

    Attributes:
        what: what it is instead, without the expression.
        hint: what to do about it.
    """

    what: str = "no regular expression that Go accepts"
    hint: str = "RE2 has no look-around, no back-references and no repetition above 1000"

    def __init__(self, what: str, expression: str) -> None:
        super().__init__(f"error parsing regexp: {what}: `{expression}`")


class TooLargeError(RegexpError):
    """RE2 would need too much memory for an expression."""

    what = "too large a regular expression for RE2"
    hint = "repeat less within what is repeated, and less of classes such as \\pL"

    def __init__(self, expression: str) -> None:
        super().__init__("expression too large", expression)


def check_utf8(source: str, at: int, end: int | None = None) -> None:
    """Refuse the character at ``at`` if it stands for a byte that is no UTF-8."""
    if at < len(source) and BAD_BYTE.match(source, at):
        raise RegexpError("invalid UTF-8", source[at:end])


def escaped(source: str, at: int) -> tuple[str, int]:
    """Return the character that the escape at ``at`` means, and where it ends."""
    if at + 1 >= len(source):
        raise RegexpError("trailing backslash at end of expression", "")
    check_utf8(source, at + 1)
    char = source[at + 1]
    octal = _OCTAL.match(source, at + 1)
    if octal:
        return chr(int(octal[0], 8)), octal.end()
    if char == "x":
        return _hex(source, at)
    if char in _C_ESCAPES:
        return _C_ESCAPES[char], at + 2
    if char.isascii() and not char.isalnum():
        return char, at + 2
    raise RegexpError("invalid escape sequence", source[at : at + 2])


def _hex(source: str, at: int) -> tuple[str, int]:
    found = _HEX.match(source, at + 2)
    if found:
        digits = (found[1] or found[2]).lstrip("0")
        if len(digits) < _TOO_MANY_DIGITS and int(digits or "0", 16) <= sys.maxunicode:
            return chr(int(digits or "0", 16)), found.end()
    raise RegexpError("invalid escape sequence", source[at : _bad_hex_end(source, at + 2)])


def _bad_hex_end(source: str, at: int) -> int:
    """Return where Go gives up on hexadecimal digits that begin at ``at``."""
    if source[at : at + 1] != "{":
        for place in (at, at + 1):
            check_utf8(source, place)
        return min(at + 2, len(source))
    value = 0
    for place in range(at + 1, len(source)):
        check_utf8(source, place)
        if source[place] not in "0123456789abcdefABCDEF":
            return place + 1
        value = value * 16 + int(source[place], 16)
        if value > sys.maxunicode:
            return place + 1
    return len(source)


def code(char: str) -> str:
    """Write a character so that it has no meaning of its own, in brackets or without."""
    return f"\\x{{{ord(char):X}}}"


def quoted(char: str) -> str:
    """Write a character that stands for itself, outside brackets."""
    safe = char.isalnum() if char.isascii() else not "\ud800" <= char <= "\udfff"
    return char if safe else code(char)

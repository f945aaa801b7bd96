"""Strings as Go's rune-based functions see them: bytes in, code points, bytes out.

A byte that is no valid UTF-8 becomes one U+FFFD, byte by byte; case is mapped rune by rune.

Source:
    Go 1.26, packages ``unicode``, ``unicode/utf8`` and ``strings``.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

REPLACEMENT: Final = "�"
SPACES: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)

_ESCAPED = re.compile("[\udc80-\udcff]")


def decode(text: bytes) -> str:
    """Return the runes of ``text``; each invalid byte is one U+FFFD."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return _ESCAPED.sub(REPLACEMENT, keep(text))


def keep(text: bytes) -> str:
    """Return the runes of ``text``; an invalid byte becomes a lone surrogate."""
    return text.decode("utf-8", "surrogateescape")


def encode(runes: str) -> bytes:
    """Return the bytes of what :func:`decode` or :func:`keep` returned."""
    return runes.encode("utf-8", "surrogateescape")


def is_space(rune: str) -> bool:
    """Tell whether Go's ``unicode.IsSpace`` holds."""
    return rune in SPACES


def is_letter(rune: str) -> bool:
    """Tell whether Go's ``unicode.IsLetter`` holds."""
    return unicodedata.category(rune)[0] == "L"


def is_digit(rune: str) -> bool:
    """Tell whether Go's ``unicode.IsDigit`` holds."""
    return unicodedata.category(rune) == "Nd"


def is_number(rune: str) -> bool:
    """Tell whether Go's ``unicode.IsNumber`` holds."""
    return unicodedata.category(rune)[0] == "N"


def is_punctuation(rune: str) -> bool:
    """Tell whether Go's ``unicode.IsPunct`` holds."""
    return unicodedata.category(rune)[0] == "P"


def is_upper(rune: str) -> bool:
    """Tell whether Go's ``unicode.IsUpper`` holds."""
    return unicodedata.category(rune) == "Lu"


def is_lower(rune: str) -> bool:
    """Tell whether Go's ``unicode.IsLower`` holds."""
    return unicodedata.category(rune) == "Ll"


def is_title(rune: str) -> bool:
    """Tell whether Go's ``unicode.IsTitle`` holds."""
    return unicodedata.category(rune) == "Lt"


def upper(rune: str) -> str:
    """Map one rune to upper case; where that takes several runes, it stays as it is."""
    mapped = rune.upper()
    return mapped if len(mapped) == 1 else title(rune)


def lower(rune: str) -> str:
    """Map one rune to lower case."""
    return rune.lower()[0]


def title(rune: str) -> str:
    """Map one rune to title case; where that takes several runes, it stays as it is."""
    mapped = rune.title()
    return mapped if len(mapped) == 1 else rune

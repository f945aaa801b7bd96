r"""Classes of characters in Go's regular expressions: ``[a-z]``, ``[[:alpha:]]``, ``\p{Greek}``.

Source:
    Go 1.26, ``regexp/syntax``.
"""

from __future__ import annotations

import re
from typing import Final

from esync.gocompat.regexp.classes import unicode_class
from esync.gocompat.regexp.escapes import BAD_BYTE, RegexpError, check_utf8, code, escaped

NOTHING: Final = "[^\\x{0}-\\x{10FFFF}]"
_ANYTHING: Final = "(?s:.)"
_POSIX = re.compile(
    r"\[:\^?(?:al(?:num|pha)|ascii|blank|cntrl|digit|graph|lower|p(?:rint|unct)|space|upper|word"
    r"|xdigit):]"
)


def bracket_class(source: str, begin: int) -> tuple[str, int]:
    r"""Return the class that opens at ``begin`` in RE2's spelling, and where it ends.

    A ``]`` that comes first is a member.
    """
    negated = source.startswith("[^", begin)
    at = begin + 1 + negated
    parts: list[str] = []
    while not parts or source[at : at + 1] != "]":
        part, at = _member(source, at, begin)
        parts.append(part)
    inside = "".join(parts)
    if inside:
        return f"[{'^' if negated else ''}{inside}]", at + 1
    # Every part was the complement of everything.
    return _ANYTHING if negated else NOTHING, at + 1


def _member(source: str, at: int, begin: int) -> tuple[str, int]:
    """Return one member of a class in RE2's spelling, and where it ends."""
    if source.startswith("[:", at):
        end = source.find(":]", at + 2)
        if end >= 0:
            return _posix(source[at : end + 2]), end + 2
    if source.startswith(("\\p", "\\P"), at):
        return unicode_escape(source, at)
    if source[at : at + 1] == "\\" and source[at + 1 : at + 2] in tuple("dDsSwW"):
        return source[at : at + 2], at + 2
    low, end = _class_char(source, at, begin)
    if source[end : end + 1] != "-" or source[end + 1 : end + 2] in ("]", ""):
        return code(low), end
    high, end = _class_char(source, end + 1, begin)
    if high < low:
        raise RegexpError("invalid character class range", source[at:end])
    return f"{code(low)}-{code(high)}", end


def _posix(name: str) -> str:
    if not _POSIX.fullmatch(name):
        raise RegexpError("invalid character class range", name)
    return name


def _class_char(source: str, at: int, begin: int) -> tuple[str, int]:
    if at >= len(source):
        raise RegexpError("missing closing ]", source[begin:])
    if source[at] == "\\":
        return escaped(source, at)
    check_utf8(source, at)
    return source[at], at + 1


def unicode_escape(source: str, at: int) -> tuple[str, int]:
    r"""Return what ``\pL`` or ``\p{^Greek}`` means inside brackets, and where it ends."""
    check_utf8(source, at + 2)
    if source[at + 2 : at + 3] == "{":
        end = source.find("}", at)
        bad = BAD_BYTE.search(source, at, len(source) if end < 0 else end)
        if bad:
            raise RegexpError("invalid UTF-8", source[bad.start() : None if end < 0 else end])
        if end < 0:
            raise RegexpError("invalid character class range", source[at:])
        name, end = source[at + 3 : end], end + 1
    else:
        name, end = source[at + 2 : at + 3], min(at + 3, len(source))
    negated = (source[at + 1] == "P") != name.startswith("^")
    text = unicode_class(name.removeprefix("^"), negated=negated)
    if text is None:
        raise RegexpError("invalid character class range", source[at:end])
    return text, end

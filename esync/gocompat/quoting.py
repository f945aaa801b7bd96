"""String and character literals of Go: writing them as ``%q`` does, and reading them."""

from __future__ import annotations

import re

from esync.records import dataclass

_LETTERS = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 92: "\\\\"}
_MAX_CODE = 0x10FFFF
_REPLACEMENT = 0xFFFD
_SURROGATES = range(0xD800, 0xE000)
_INVALID = 0xDC00  # an invalid byte is decoded to this much more
_BACKSLASH = 0x5C

# One escape sequence: a letter, three octal digits, or x, u, U with 2, 4, 8 hexadecimal digits.
_ESCAPE = re.compile(
    rb"\\(?:([abfnrtv\\'\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))"
)
_SPECIAL = re.compile(_ESCAPE.pattern.decode() + r'|[\\"]')
_SHORT = {
    r"\n": "\n",
    r"\t": "\t",
    r"\r": "\r",
    "\\\\": "\\",
    '\\"': '"',
}
_NAMED = dict(zip(b"abfnrtv\\'\"", b"\a\b\f\n\r\t\v\\'\"", strict=True))


class LiteralError(ValueError):
    """The text is no Go literal; the message is Go's: ``invalid syntax``."""

    def __init__(self, message: str = "invalid syntax") -> None:
        super().__init__(message)


def is_surrogate(code: int) -> bool:
    """Tell whether ``code`` is half of a UTF-16 pair, which is no character."""
    return code in _SURROGATES


def encode_rune(code: int) -> bytes:
    """Encode a code point as UTF-8; what is no character becomes U+FFFD."""
    if is_surrogate(code) or not 0 <= code <= _MAX_CODE:
        code = _REPLACEMENT
    return chr(code).encode()


def text_of(value: bytes) -> str:
    """Decode UTF-8 with every invalid byte as one lone surrogate (U+DC80 to U+DCFF)."""
    return value.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """Undo :func:`text_of`."""
    return text.encode("utf-8", "surrogateescape")


def _escaped(char: str, quote: str, *, ascii_only: bool) -> str:
    code = ord(char)
    if char == quote:
        return "\\" + quote
    if code in _LETTERS:
        return _LETTERS[code]
    if is_surrogate(code):
        return f"\\x{code - _INVALID:02x}"
    if char.isprintable() and (char.isascii() or not ascii_only):
        return char
    if char < " " or char == "\x7f":
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if char <= "\uffff" else f"\\U{code:08x}"


def quote(value: bytes, *, ascii_only: bool = False) -> bytes:
    r"""Return ``value`` as a double-quoted Go literal.

    Bytes that are no valid UTF-8 become ``\xff``, characters that cannot be printed ``\u…``;
    with ``ascii_only`` so does everything beyond ASCII.
    """
    text = text_of(value)
    plain = text.isprintable() and '"' not in text and "\\" not in text
    if plain and (not ascii_only or text.isascii()):
        return b'"' + value + b'"'
    escapes = {ord(char): _escaped(char, '"', ascii_only=ascii_only) for char in set(text)}
    return bytes_of(f'"{text.translate(escapes)}"')


def quote_rune(code: int, *, ascii_only: bool = False) -> bytes:
    """Return a code point as a single-quoted Go character literal."""
    char = encode_rune(code).decode()
    return f"'{_escaped(char, chr(39), ascii_only=ascii_only)}'".encode()


def is_printable(code: int) -> bool:
    """Tell whether a code point is a letter, mark, number, punctuation, symbol or ASCII space."""
    return 0 <= code <= _MAX_CODE and chr(code).isprintable()


def can_backquote(value: bytes) -> bool:
    """Tell whether ``value`` can stand between backquotes on one line, unchanged."""
    text = text_of(value)
    return not any(
        is_surrogate(ord(char)) or char in "`\x7f\ufeff" or (char < " " and char != "\t")
        for char in text
    )


def unquote(literal: bytes) -> bytes:
    """Return what a double-quoted or backquoted literal stands for.

    Raises:
        LiteralError: it is none.
    """
    inner = literal[1:-1]
    if len(literal) < len(b'""') or literal[:1] != literal[-1:]:
        raise LiteralError
    if literal[:1] == b"`":
        return _unquote_raw(inner)
    if literal[:1] != b'"' or b"\n" in inner:
        raise LiteralError
    return _unescape(inner) if b"\\" in inner or b'"' in inner else inner


def _unquote_raw(inner: bytes) -> bytes:
    if b"`" in inner:
        raise LiteralError
    return inner.replace(b"\r", b"")


def _unescape(inner: bytes) -> bytes:
    # As text of one character a byte: to join pieces of bytes takes 80 bytes for each.
    return _SPECIAL.sub(_unescaped, inner.decode("latin-1")).encode("latin-1")


def _unescaped(match: re.Match[str]) -> str:
    short = _SHORT.get(match[0])
    if short is not None:
        return short
    piece = unquote_char(match[0].encode("latin-1"), 0, ord('"'))
    return chr(piece.code) if piece.is_byte else encode_rune(piece.code).decode("latin-1")


@dataclass(frozen=True, slots=True)
class Char:
    r"""One character of a literal.

    Attributes:
        code: its code point, or a byte.
        is_byte: it was written as a byte (``\xff``, ``\377``) or is an invalid one.
        end: where the next one begins.
    """

    code: int
    is_byte: bool
    end: int


def unquote_char(text: bytes, at: int, quote_char: int) -> Char:
    """Read the character or escape sequence of ``text`` at ``at``.

    Raises:
        LiteralError: there is none, or it is the bare quote character.
    """
    if at >= len(text) or text[at] == quote_char:
        raise LiteralError
    if text[at] == _BACKSLASH:
        return _escape(text, at, quote_char)
    if text[at : at + 1].isascii():
        return Char(text[at], is_byte=False, end=at + 1)
    for size in (2, 3, 4):
        try:
            char = text[at : at + size].decode()
        except UnicodeDecodeError:
            continue
        return Char(ord(char[0]), is_byte=False, end=at + len(char[0].encode()))
    return Char(text[at], is_byte=True, end=at + 1)


def _escape(text: bytes, at: int, quote_char: int) -> Char:
    match = _ESCAPE.match(text, at)
    if match is None:
        raise LiteralError
    named, octal, byte, short, long = match.groups()
    if named is not None:
        if named in b"'\"" and named[0] != quote_char:
            raise LiteralError
        return Char(_NAMED[named[0]], is_byte=False, end=match.end())
    if octal is not None or byte is not None:
        code = int(octal, 8) if octal is not None else int(byte, 16)
        if octal is not None and octal > b"377":
            raise LiteralError
        return Char(code, is_byte=True, end=match.end())
    code = int(short if short is not None else long, 16)
    if code > _MAX_CODE or is_surrogate(code):
        raise LiteralError
    return Char(code, is_byte=False, end=match.end())

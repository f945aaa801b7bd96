"""From the text of a template to its tokens."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from esync.gocompat.fmt import sprintf
from esync.gocompat.quoting import quote, text_of
from esync.gocompat.values import Int32

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(Enum):
    """What a token is."""

    ERROR = auto()
    BOOL = auto()
    CHAR = auto()
    CHAR_CONSTANT = auto()
    COMPLEX = auto()
    ASSIGN = auto()
    DECLARE = auto()
    EOF = auto()
    FIELD = auto()
    IDENTIFIER = auto()
    LEFT_DELIM = auto()
    LEFT_PAREN = auto()
    NUMBER = auto()
    PIPE = auto()
    RAW_STRING = auto()
    RIGHT_DELIM = auto()
    RIGHT_PAREN = auto()
    SPACE = auto()
    STRING = auto()
    TEXT = auto()
    VARIABLE = auto()
    BLOCK = auto()
    BREAK = auto()
    CONTINUE = auto()
    DOT = auto()
    DEFINE = auto()
    ELSE = auto()
    END = auto()
    IF = auto()
    NIL = auto()
    RANGE = auto()
    TEMPLATE = auto()
    WITH = auto()


KEYWORDS = {
    kind.name.lower().encode(): kind
    for kind in (
        Kind.BLOCK,
        Kind.BREAK,
        Kind.CONTINUE,
        Kind.DEFINE,
        Kind.ELSE,
        Kind.END,
        Kind.IF,
        Kind.NIL,
        Kind.RANGE,
        Kind.TEMPLATE,
        Kind.WITH,
    )
}
_WORDS = {**KEYWORDS, b"true": Kind.BOOL, b"false": Kind.BOOL}
_SHOWN_AS_KEYWORD = frozenset((*KEYWORDS.values(), Kind.DOT))
_MOST_AT_ONCE = 1_000
_SHOWN = 10  # characters of a token in a message


class Token(NamedTuple):
    """One token.

    Attributes:
        kind: what it is.
        at: its offset in the template, in bytes.
        text: its bytes; of an error, the message.
        line: the line on which it begins, from 1.
    """

    kind: Kind
    at: int
    text: bytes
    line: int

    def __str__(self) -> str:
        if self.kind is Kind.EOF:
            return "EOF"
        if self.kind is Kind.ERROR:
            return text_of(self.text)
        if self.kind in _SHOWN_AS_KEYWORD:
            return f"<{text_of(self.text)}>"
        if len(self.text) > _SHOWN:
            return text_of(sprintf(b"%.10q...", [self.text]))
        return text_of(quote(self.text))


_SPACE = rb"[ \t\r\n]"
_SPACES = re.compile(_SPACE + rb"+")
_LEFT_TRIM = re.compile(rb"-" + _SPACE)
_RIGHT_TRIM = re.compile(_SPACE + rb"-")
_WORD = re.compile(rb"[0-9A-Za-z_]*")
_QUOTED = re.compile(rb'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"')
_CHAR = re.compile(rb"'[^'\\\n]*+(?:\\[^\n][^'\\\n]*+)*+'")
_RAW = re.compile(rb"`[^`]*`")
_NUMBER = re.compile(
    rb"[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?"
    rb"|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?"
    rb"|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?"
)
_SINGLE = {
    b"=": Kind.ASSIGN,
    b"|": Kind.PIPE,
    b"(": Kind.LEFT_PAREN,
    b")": Kind.RIGHT_PAREN,
}
_DELIMITED = {
    b'"': (_QUOTED, Kind.STRING, "unterminated quoted string"),
    b"`": (_RAW, Kind.RAW_STRING, "unterminated raw quoted string"),
    b"'": (_CHAR, Kind.CHAR_CONSTANT, "unterminated character constant"),
}
_BLANKS = b" \t\r\n"


class _LexError(Exception):
    """No token can begin or end here; the message is Go's."""


def _rune(text: bytes, at: int) -> str:
    """Return the character at ``at``; U+FFFD for bytes that are none, nothing at the end."""
    if text[at : at + 1].isascii():
        return text[at : at + 1].decode()
    for size in (1, 2, 3, 4):
        try:
            return text[at : at + size].decode()[:1]
        except UnicodeDecodeError:
            continue
    return "\ufffd"


def _width(text: bytes, at: int) -> int:
    char = _rune(text, at)
    if char == "\ufffd" and text[at : at + 3] != b"\xef\xbf\xbd":
        return 1
    return len(char.encode())


def _is_alphanumeric(char: str) -> bool:
    if char.isascii():
        return char == "_" or char.isalnum()
    return unicodedata.category(char)[0] == "L" or _is_digit(char)


def _is_digit(char: str) -> bool:
    return unicodedata.category(char) == "Nd"


def _shown(char: str) -> str:
    return text_of(sprintf(b"%#U", [Int32(ord(char))]))


class Lexer:
    """Splits one template."""

    def __init__(self, text: bytes, left: bytes = b"{{", right: bytes = b"}}") -> None:
        self._text = text
        self._left = left
        self._right = right
        self._at = 0
        self._line = 1
        self._parens = 0
        self._tokens: list[Token] = []

    def tokens(self) -> Iterator[list[Token]]:
        """Yield all tokens, an action or a stretch of text at a time, long actions in parts.

        An error or the end of the template is the last of the last list.
        """
        try:
            while self._at < len(self._text):
                self._plain_text()
                if self._text.startswith(self._left, self._at):
                    yield from self._action()
                yield self._take()
        except _LexError as error:
            message = str(error).encode("utf-8", "surrogateescape")
            self._tokens.append(Token(Kind.ERROR, self._at, message, self._line))
        else:
            self._tokens.append(Token(Kind.EOF, self._at, b"EOF", self._line))
        yield self._take()

    def _take(self) -> list[Token]:
        taken, self._tokens = self._tokens, []
        return taken

    def _token(self, kind: Kind, end: int) -> None:
        """Add the token that ends at ``end``, and go there."""
        start = self._at
        self._tokens.append(Token(kind, start, self._text[start:end], self._line))
        self._line += self._text.count(b"\n", start, end)
        self._at = end

    def _skip_to(self, end: int) -> None:
        self._line += self._text.count(b"\n", self._at, end)
        self._at = end

    def _plain_text(self) -> None:
        found = self._text.find(self._left, self._at)
        if found < 0:
            self._token(Kind.TEXT, len(self._text))
            return
        end = found
        if _LEFT_TRIM.match(self._text, found + len(self._left)):
            end = self._at + len(self._text[self._at : found].rstrip(_BLANKS))
        if end > self._at:
            self._token(Kind.TEXT, end)
        self._skip_to(found)

    def _action(self) -> Iterator[list[Token]]:
        """Read an action; yield what would be too many tokens to keep."""
        inside = self._at + len(self._left)
        trimmed = inside + 2 if _LEFT_TRIM.match(self._text, inside) else inside
        if self._text.startswith(b"/*", trimmed):
            self._skip_to(trimmed)
            self._comment()
            return
        self._token(Kind.LEFT_DELIM, inside)
        self._skip_to(trimmed)
        self._parens = 0
        while (closing := self._closing(self._at)) is None:
            self._inside()
            if len(self._tokens) >= _MOST_AT_ONCE:
                yield self._take()
        if self._parens:
            raise _LexError("unclosed left paren")
        if closing:
            self._skip_to(self._at + 2)
        self._token(Kind.RIGHT_DELIM, self._at + len(self._right))
        if closing:
            self._trim()

    def _closing(self, at: int) -> bool | None:
        """Return whether the right delimiter at ``at`` trims; None: there is none."""
        if self._text.startswith(self._right, at):
            return self._trims(at)
        return True if self._text[at : at + 1] in _BLANKS and self._trims(at) else None

    def _trims(self, at: int) -> bool:
        marked = _RIGHT_TRIM.match(self._text, at) is not None
        return marked and self._text.startswith(self._right, at + 2)

    def _trim(self) -> None:
        spaces = _SPACES.match(self._text, self._at)
        if spaces is not None:
            self._skip_to(spaces.end())

    def _comment(self) -> None:
        end = self._text.find(b"*/", self._at + 2)
        if end < 0:
            raise _LexError("unclosed comment")
        closing = self._closing(end + 2)
        if closing is None:
            raise _LexError("comment ends before closing delimiter")
        self._skip_to(end + 2 + (2 if closing else 0) + len(self._right))
        if closing:
            self._trim()

    def _inside(self) -> None:
        """Add the next token of an action, which is not its end."""
        char = self._text[self._at : self._at + 1]
        if not char:
            raise _LexError("unclosed action")
        if char in _BLANKS:
            self._spaces()
        elif char in _SINGLE:
            self._single(char)
        elif char in _DELIMITED:
            self._delimited(*_DELIMITED[char])
        elif char == b":":
            if not self._text.startswith(b":=", self._at):
                raise _LexError("expected :=")
            self._token(Kind.DECLARE, self._at + 2)
        elif char == b"$":
            self._name(Kind.VARIABLE, Kind.VARIABLE)
        else:
            self._term(char)

    def _term(self, char: bytes) -> None:
        following = self._text[self._at + 1 : self._at + 2]
        if char == b"." and following and not following.isdigit():
            self._name(Kind.FIELD, Kind.DOT)
        elif char in b"+-." or char.isdigit():
            self._number()
        elif _is_alphanumeric(rune := _rune(self._text, self._at)):
            self._identifier()
        elif char.isascii() and rune.isprintable():
            self._token(Kind.CHAR, self._at + 1)
        else:
            raise _LexError(f"unrecognized character in action: {_shown(rune)}")

    def _spaces(self) -> None:
        spaces = _SPACES.match(self._text, self._at)
        end = spaces.end() if spaces is not None else self._at
        if self._closing(end - 1):
            end -= 1  # the last one belongs to the trim marker
        if end > self._at:
            self._token(Kind.SPACE, end)

    def _single(self, char: bytes) -> None:
        if char == b"(":
            self._parens += 1
        elif char == b")":
            self._parens -= 1
            if self._parens < 0:
                raise _LexError("unexpected right paren")
        self._token(_SINGLE[char], self._at + 1)

    def _delimited(self, pattern: re.Pattern[bytes], kind: Kind, message: str) -> None:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise _LexError(message)
        self._token(kind, match.end())

    def _word_end(self, at: int) -> int:
        """Return where the letters, digits and underscores from ``at`` on end."""
        while True:
            word = _WORD.match(self._text, at)
            at = word.end() if word is not None else at
            char = _rune(self._text, at)
            if not char or char.isascii() or not _is_alphanumeric(char):
                return at
            at += len(char.encode())

    def _require_terminator(self, at: int) -> None:
        char = self._text[at : at + 1]
        if char in b" \t\r\n.,|:()" or self._text.startswith(self._right, at):
            return
        raise _LexError(f"bad character {_shown(_rune(self._text, at))}")

    def _name(self, kind: Kind, alone: Kind) -> None:
        """Read a field or variable; ``alone`` is the kind of a lone ``.`` or ``$``."""
        end = self._word_end(self._at + 1)
        self._require_terminator(end)
        self._token(kind if end > self._at + 1 else alone, end)

    def _identifier(self) -> None:
        end = self._word_end(self._at)
        self._require_terminator(end)
        word = self._text[self._at : end]
        self._token(_WORDS.get(word, Kind.IDENTIFIER), end)

    def _number(self) -> None:
        end = self._number_end(self._at)
        if self._text[end : end + 1] not in (b"+", b"-"):
            self._token(Kind.NUMBER, end)
            return
        end = self._number_end(end)
        if self._text[end - 1 : end] != b"i":
            self._bad_number(end)
        self._token(Kind.COMPLEX, end)

    def _number_end(self, at: int) -> int:
        match = _NUMBER.match(self._text, at)
        end = match.end() if match is not None else at
        char = _rune(self._text, end)
        if char and _is_alphanumeric(char):
            self._bad_number(end + _width(self._text, end))
        return end

    def _bad_number(self, end: int) -> None:
        shown = text_of(quote(self._text[self._at : end]))
        raise _LexError(f"bad number syntax: {shown}")

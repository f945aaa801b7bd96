"""JSON to Go values, as ``encoding/json`` reads it into an empty interface.

Numbers become ``float64``; what is no valid UTF-8, and half of a surrogate pair, U+FFFD.

Source:
    Go 1.26, ``encoding/json``, with its words for what is wrong.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat import runes

if TYPE_CHECKING:
    from esync.gocompat.values import Value

MAX_DEPTH: Final = 10_000

_LIMIT: Final = 1 << 63
_MOST_DIGITS: Final = len(str(-_LIMIT))

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
# Possessive, so that a long text takes no memory for ways back.
_STRING = re.compile(
    r'"([^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+)"',
)
_ESCAPE = re.compile(
    r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u(....)|\\(.)"
)
_SIMPLE: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}
_SURROGATES: Final = range(0xD800, 0xE000)


class JsonError(ValueError):
    """A text is no JSON, or holds a number that is too large; the message is Go's own.

    Attributes:
        value: what Go returns nevertheless: with a number too large, all but that.
    """

    def __init__(self, message: str, value: Value = None) -> None:
        super().__init__(message)
        self.value = value


def decode(text: bytes, *, integers: bool = False) -> Value:
    """Return the value that ``text`` holds.

    Args:
        text: the JSON text.
        integers: make an ``int`` of whole numbers that fit 64 bits, as Kubernetes does.

    Raises:
        JsonError: see there.
    """
    return _Reader(runes.keep(text), integers=integers).read()


class _Reader:
    """Reads one text; nesting is kept in a list, so that depth costs no recursion."""

    def __init__(self, text: str, *, integers: bool) -> None:
        self.text = text
        self.integers = integers
        self.at = 0
        self.stack: list[tuple[Any, bytes]] = []  # containers that are open, and the key at hand
        self.too_large = ""

    def read(self) -> Value:
        result: list[Value] = []
        done = False
        while not done:
            value, opened = self.begin()
            if opened:
                continue
            done = self.attach(value, result)
        self.skip()
        if self.at < len(self.text):
            raise self.unexpected("after top-level value")
        if self.too_large:
            message = (
                f"json: cannot unmarshal number {self.too_large} into Go value of type float64"
            )
            raise JsonError(message, result[0])
        return result[0]

    def begin(self) -> tuple[Value, bool]:
        """Read a scalar or an empty container, or open one; tell whether one was opened."""
        self.skip()
        char = self.text[self.at : self.at + 1]
        if char in ("{", "["):
            return self.open(char)
        if char == '"':
            return self.string(), False
        if char in _WORDS and char:
            return self.word(*_WORDS[char]), False
        if char == "-" or ("0" <= char <= "9"):
            return self.number(), False
        raise self.unexpected("looking for beginning of value")

    def open(self, char: str) -> tuple[Value, bool]:
        if len(self.stack) >= MAX_DEPTH:
            raise JsonError("exceeded max depth")
        self.at += 1
        self.skip()
        container: Value = {} if char == "{" else []
        if self.text[self.at : self.at + 1] == ("}" if char == "{" else "]"):
            self.at += 1
            return container, False
        self.stack.append((container, self.key() if char == "{" else b""))
        return container, True

    def attach(self, value: Value, result: list[Value]) -> bool:
        """Put ``value`` where it belongs, and close what ends after it; tell if all is read."""
        while self.stack:
            container, key = self.stack[-1]
            mapping = isinstance(container, dict)
            if mapping:
                container[key] = value
            else:
                container.append(value)
            self.skip()
            char = self.text[self.at : self.at + 1]
            if char == ",":
                self.at += 1
                if mapping:
                    self.skip()
                    self.stack[-1] = (container, self.key())
                return False
            if char != ("}" if mapping else "]"):
                raise self.unexpected(
                    f"after {'object key:value pair' if mapping else 'array element'}"
                )
            self.at += 1
            self.stack.pop()
            value = container
        result.append(value)
        return True

    def key(self) -> bytes:
        if self.text[self.at : self.at + 1] != '"':
            raise self.unexpected("looking for beginning of object key string")
        key = self.string()
        self.skip()
        if self.text[self.at : self.at + 1] != ":":
            raise self.unexpected("after object key")
        self.at += 1
        return key

    def string(self) -> bytes:
        match = _STRING.match(self.text, self.at)
        if match is None:
            raise self.bad_string()
        self.at = match.end()
        body = match[1]
        if "\\" in body:
            body = _ESCAPE.sub(_unescape, body)
        return runes.decode(runes.encode(body)).encode()

    def word(self, word: str, value: bool | None) -> bool | None:  # noqa: FBT001
        for wanted in word:
            if self.text[self.at : self.at + 1] != wanted:
                raise self.unexpected(f"in literal {word} (expecting {_quoted(wanted)})")
            self.at += 1
        return value

    def number(self) -> float | None:
        match = _NUMBER.match(self.text, self.at)
        spelled = match[0] if match else ""
        self.at += len(spelled)
        self.check_number_end(spelled)
        if self.integers and not set(".eE") & set(spelled) and len(spelled) <= _MOST_DIGITS:
            whole = int(spelled)
            if -_LIMIT <= whole < _LIMIT:
                return whole
        value = float(spelled)
        if math.isinf(value):
            self.too_large = self.too_large or spelled
            return None
        return value

    def check_number_end(self, spelled: str) -> None:
        """See that the number does not break off, as in ``1.``, ``1e`` or ``-``."""
        if not spelled:
            self.at += 1
            raise self.unexpected("in numeric literal")
        rest = self.text[self.at : self.at + 3]
        if rest[:1] == "." and not set(".eE") & set(spelled):
            self.at += 1
            raise self.unexpected("after decimal point in numeric literal")
        if rest[:1] in ("e", "E") and not set("eE") & set(spelled):
            self.at += 2 if rest[1:2] in ("+", "-") and rest[1:2] else 1
            raise self.unexpected("in exponent of numeric literal")

    def bad_string(self) -> JsonError:
        """Find where the string at hand goes wrong."""
        self.at += 1
        while self.at < len(self.text) and self.text[self.at] != '"':
            char = self.text[self.at]
            if char < " ":
                return self.unexpected("in string literal")
            self.at += 1
            if char != "\\":
                continue
            escape = self.text[self.at : self.at + 1]
            if escape not in set('"\\/bfnrtu'):
                return self.unexpected("in string escape code")
            self.at += 1
            if escape == "u":
                for _ in range(4):
                    if not re.match("[0-9a-fA-F]", self.text[self.at : self.at + 1]):
                        return self.unexpected("in \\u hexadecimal character escape")
                    self.at += 1
        return self.unexpected("")

    def skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def unexpected(self, where: str) -> JsonError:
        if self.at >= len(self.text):
            # Go ends the text with a space, which only the inside of a token minds.
            if where.startswith(("in ", "after decimal point")):
                return JsonError(f"invalid character ' ' {where}")
            return JsonError("unexpected end of JSON input")
        first = runes.encode(self.text[self.at])[0]
        return JsonError(f"invalid character {_quoted(chr(first))} {where}")


def _unescape(match: re.Match[str]) -> str:
    high, low, single, simple = match.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    if single:
        code = int(single, 16)
        return runes.REPLACEMENT if code in _SURROGATES else chr(code)
    return _SIMPLE.get(simple, simple)


_CONTROL: Final = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _quoted(char: str) -> str:
    """Quote a character as the errors do: a byte above ASCII counts as a rune."""
    special = {"'": "\\'", '"': '"', "\\": "\\\\", "\v": "\\v"} | _CONTROL
    if char in special:
        return f"'{special[char]}'"
    if char.isprintable():
        return f"'{char}'"
    code = ord(char)
    return f"'\\x{code:02x}'" if code < 0x80 else f"'\\u{code:04x}'"  # noqa: PLR2004

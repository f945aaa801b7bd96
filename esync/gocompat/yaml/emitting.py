"""The lines of a YAML document: indentation, quotes and folding as go-yaml 2 has them.

Source:
    go-yaml 2.4, whose emitter is a copy of libyaml's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from typing import Final

_INDENT: Final = 2
_WIDTH: Final = 80
_LONGEST_SIMPLE_KEY: Final = 128  # bytes; a longer key gets a question mark
_BREAKS: Final = "\r\n\x85\u2028\u2029"

_UNPRINTABLE = re.compile("[^\n -~\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_INDICATOR = re.compile(
    r"""\A(?:---|\.\.\.|[#,\[\]{}&*!|>'"%@`]|[?:-](?:[ \t]|\Z))"""
    r"|(?<!\A):(?:[ \t]|\Z)"
    "|[ \t\x00" + _BREAKS + "]#",
)
_BREAK_SPACE = re.compile(f"[{_BREAKS}] ")
_SPACE_BREAK = re.compile(f" [{_BREAKS}]")
_ESCAPES: Final = {
    "\x00": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r",
    "\x1b": "e", '"': '"', "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


class Style(StrEnum):
    """How a scalar is written."""

    PLAIN = "plain"
    SINGLE = "single-quoted"
    DOUBLE = "double-quoted"
    LITERAL = "literal"


@dataclass
class _Open:
    """A container that is being written; ``indent`` is what holds outside of it."""

    mapping: bool
    indent: int
    at_key: bool = True
    simple: bool = True


class Emitter:
    """Collects a document; call ``start…``, ``scalar``, ``empty`` and ``end`` in its order."""

    def __init__(self) -> None:
        self._out = StringIO()
        self._open: list[_Open] = []
        self._indent = -1
        self._column = 0
        self._whitespace = True  # the last character was a space
        self._indention = True  # only indentation so far on this line

    def finish(self) -> str:
        """End the last line and return the document."""
        self._new_line()
        return self._out.getvalue()

    def start_mapping(self) -> None:
        """Begin a mapping that is not empty; keys and values follow in turn."""
        self._place()
        self._open.append(_Open(mapping=True, indent=self._indent))
        self._indent = max(self._indent + _INDENT, 0) if self._indent >= 0 else 0

    def start_sequence(self) -> None:
        """Begin a sequence that is not empty."""
        in_mapping = self._place()
        self._open.append(_Open(mapping=False, indent=self._indent))
        if self._indent < 0:
            self._indent = 0
        elif not in_mapping or self._indention:
            self._indent += _INDENT

    def end(self) -> None:
        """End the container that was begun last."""
        self._indent = self._open.pop().indent

    def empty(self, brackets: str) -> None:
        """Write an empty container."""
        self._place()
        self._indicator(brackets[0], space=True)
        self._whitespace = True
        self._indicator(brackets[1])

    def scalar(self, text: str, style: Style) -> None:
        """Write a scalar, in ``style`` if that can hold it."""
        multiline = any(mark in text for mark in _BREAKS)
        simple = not multiline and len(text.encode()) <= _LONGEST_SIMPLE_KEY
        key = bool(self._open) and self._open[-1].mapping and self._open[-1].at_key
        self._place(simple=simple)
        key = key and simple
        outside = self._indent
        self._indent = _INDENT if self._indent < 0 else self._indent + _INDENT
        match _possible(text, style, key=key):
            case Style.PLAIN:
                self._plain(text, fold=not key)
            case Style.SINGLE:
                self._single(text, fold=not key)
            case Style.LITERAL:
                self._literal(text)
            case Style.DOUBLE:
                self._double(text, fold=not key)
        self._indent = outside

    def _place(self, *, simple: bool = False) -> bool:
        """Write what stands before a node; tell whether it belongs to a mapping."""
        if not self._open:
            return False
        around = self._open[-1]
        if not around.mapping:
            self._new_line()
            self._indicator("-", space=True, indention=True)
            return False
        if around.at_key:
            self._new_line()
            around.simple = simple
            if not simple:
                self._indicator("?", space=True, indention=True)
        elif around.simple:
            self._indicator(":")
        else:
            self._new_line()
            self._indicator(":", space=True, indention=True)
        around.at_key = not around.at_key
        return True

    def _put(self, text: str) -> None:
        self._out.write(text)
        self._column += len(text)

    def _break(self, mark: str = "\n") -> None:
        self._out.write(mark)
        self._column = 0

    def _new_line(self) -> None:
        """Go to the present indentation, on a new line unless this one is still blank."""
        indent = max(self._indent, 0)
        reached = self._column == indent and not self._whitespace
        if not self._indention or self._column > indent or reached:
            self._break()
        self._put(" " * (indent - self._column))
        self._whitespace = self._indention = True

    def _indicator(self, text: str, *, space: bool = False, indention: bool = False) -> None:
        if space and not self._whitespace:
            self._put(" ")
        self._put(text)
        self._whitespace = False
        self._indention = self._indention and indention

    def _plain(self, text: str, *, fold: bool) -> None:
        if not self._whitespace:
            self._put(" ")
        self._flow(text, fold=fold, inner=False)
        self._whitespace = self._indention = False

    def _single(self, text: str, *, fold: bool) -> None:
        self._indicator("'", space=True)
        self._flow(text.replace("'", "''"), fold=fold, inner=True)
        self._indicator("'")
        self._indention = False

    def _flow(self, text: str, *, fold: bool, inner: bool) -> None:
        """Write a text that may be folded at single spaces; with ``inner`` not at its ends."""
        before = ""
        for at, char in enumerate(text):
            following = text[at + 1 : at + 2]
            if char in _BREAKS:
                if before not in _BREAKS and char == "\n":
                    self._break()
                self._break(char)
                self._indention = True
            elif char == " ":
                wide = self._column > _WIDTH and before != " " and following != " "
                if fold and wide and not (inner and (not before or not following)):
                    self._new_line()
                else:
                    self._put(char)
            else:
                if before and before in _BREAKS:
                    self._new_line()
                self._put(char)
                self._indention = False
            before = char

    def _literal(self, text: str) -> None:
        self._indicator("|", space=True)
        if text[0] in " " + _BREAKS:
            self._indicator(str(_INDENT))
        if text[-1] not in _BREAKS:
            self._indicator("-")
        elif len(text) == 1 or text[-2] in _BREAKS:
            self._indicator("+")
        self._break()
        self._indention = self._whitespace = fresh = True
        for char in text:
            if char in _BREAKS:
                self._break(char)
                self._indention = fresh = True
                continue
            if fresh:
                self._new_line()
            self._put(char)
            self._indention = fresh = False

    def _double(self, text: str, *, fold: bool) -> None:
        self._indicator('"', space=True)
        bom = text.startswith("\ufeff")  # go-yaml then escapes all of the text
        last = len(text) - 1
        spaces = False
        for at, char in enumerate(text):
            if bom or _UNPRINTABLE.match(char) or char in _BREAKS or char in '"\\':
                self._put(_escape(char))
                spaces = False
            elif char == " " and fold and not spaces and self._column > _WIDTH and 0 < at < last:
                self._new_line()
                if text[at + 1] == " ":
                    self._put("\\")
                spaces = True
            else:
                self._put(char)
                spaces = char == " "
        self._indicator('"')
        self._indention = False


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    code = ord(char)
    if code <= 0xFF:  # noqa: PLR2004
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004


def _possible(text: str, style: Style, *, key: bool) -> Style:
    """Return ``style``, or the next one that can hold ``text``."""
    special = bool(_UNPRINTABLE.search(text) or _SPACE_BREAK.search(text))
    break_space = bool(_BREAK_SPACE.search(text))
    if style is Style.PLAIN and (special or break_space or not _is_plain(text, key=key)):
        style = Style.SINGLE
    if style is Style.SINGLE and (special or break_space):
        style = Style.DOUBLE
    if style is Style.LITERAL and (special or text.endswith(" ") or key):
        style = Style.DOUBLE
    return style


def _is_plain(text: str, *, key: bool) -> bool:
    if not text:
        return not key
    outer = text[0] == " " or text[-1] == " "
    return not (outer or any(mark in text for mark in _BREAKS) or _INDICATOR.search(text))

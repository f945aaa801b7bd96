"""The words of a text, joined in lower case with a connector between them.

Source:
    xstrings 1.5, ``ToSnakeCase`` and ``ToKebabCase``.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from io import StringIO
from typing import TYPE_CHECKING, Final

from esync.gocompat import runes

if TYPE_CHECKING:
    from collections.abc import Callable


def connects(rune: str) -> bool:
    """Tell whether the rune stands between words."""
    return rune in "-_" or runes.is_space(rune)


def join_words(text: str, connector: str) -> str:
    """Return ``http_server`` of ``HTTPServer`` and the connector ``_``."""
    return _Joiner(text, connector).join()


_CHINESE = re.compile("[\u3400-\u4d85\u4e00-\u9fcc\U00020000-\U0002b81d]")


class _Kind(Enum):
    """What a run of runes is made of; the values tell nothing."""

    INVALID = auto()
    NUMBER = auto()
    UPPER = auto()
    LETTERS = auto()
    CONNECTOR = auto()
    PUNCTUATION = auto()
    OTHER = auto()


_ENDS: Final = (_Kind.CONNECTOR, _Kind.PUNCTUATION)
_BODY: Final = (_Kind.LETTERS, _Kind.NUMBER)


def _is_alphabetic(rune: str) -> bool:
    """Tell whether the rune is a letter of an alphabet: Chinese characters are none."""
    return runes.is_letter(rune) and not _CHINESE.match(rune)


def _continues(kind: _Kind, rune: str) -> bool:
    """Tell whether the rune goes on with a run of that kind."""
    if kind is _Kind.PUNCTUATION:  # which takes up hyphens and underscores, too
        return runes.is_punctuation(rune)
    return _kind(rune) is kind


def _is_valid(rune: str) -> bool:
    return rune != runes.REPLACEMENT and not "\udc80" <= rune <= "\udcff"


def _kind(rune: str) -> _Kind:
    """Tell what kind of run the rune starts."""
    if connects(rune):
        return _Kind.CONNECTOR
    if runes.is_punctuation(rune):
        return _Kind.PUNCTUATION
    if runes.is_upper(rune):
        return _Kind.UPPER
    if _is_alphabetic(rune):
        return _Kind.LETTERS
    return _Kind.NUMBER if runes.is_number(rune) else _Kind.OTHER


class _Words:
    """Takes a text apart into runs; invalid bytes belong to the run before them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def done(self) -> bool:
        """Whether the text is used up."""
        return self.at >= len(self.text)

    def next(self) -> tuple[_Kind, str]:
        """Take the next run."""
        start = self.at
        if self.done:
            return _Kind.INVALID, ""
        self.at = self._valid(start)
        if self.at == len(self.text):
            return _Kind.INVALID, self.text[start:]
        kind = _kind(self.text[self.at])
        self.at += 1
        if kind is _Kind.UPPER:
            self._upper()
        else:
            self._while(lambda rune: _continues(kind, rune))
        return kind, self.text[start : self.at]

    def _upper(self) -> None:
        """Take ``HTTP`` of ``HTTPServer``, or all of ``Server``."""
        following = self._valid(self.at)
        if following == len(self.text):
            self.at = following
        elif runes.is_upper(self.text[following]):
            last = self._while(runes.is_upper)
            following = self._valid(self.at)
            if following < len(self.text) and _is_alphabetic(self.text[following]):
                self.at = last
        else:
            self._while(lambda rune: _is_alphabetic(rune) and not runes.is_upper(rune))

    def _valid(self, at: int) -> int:
        """Return where the next valid rune stands."""
        while at < len(self.text) and not _is_valid(self.text[at]):
            at += 1
        return at

    def _while(self, fits: Callable[[str], bool]) -> int:
        """Go on while runes fit; return where the last step began."""
        last = self.at
        while not self.done:
            end = self._valid(self.at)
            if end < len(self.text) and not fits(self.text[end]):
                break
            last = self.at
            self.at = min(end + 1, len(self.text))
        return last


class _Joiner:
    """Puts runs together in lower case, with a connector between words."""

    def __init__(self, text: str, connector: str) -> None:
        self.words = _Words(text)
        self.connector = connector
        self.out = StringIO()

    def join(self) -> str:
        kind, word = self.words.next()
        while not self.words.done:
            if kind is not _Kind.CONNECTOR:
                self.add(kind, word)
            before, last = kind, word
            kind, word = self.words.next()
            if before is _Kind.NUMBER:
                kind, word = self.rest_of_number(kind, word)
            elif before is _Kind.CONNECTOR:
                self.add(before, last)
            elif before is not _Kind.PUNCTUATION:
                kind, word = self.after_letters(kind, word)
        self.add(kind, word)
        return self.out.getvalue()

    def rest_of_number(self, kind: _Kind, word: str) -> tuple[_Kind, str]:
        """Keep the letters and digits behind a number with it, as in ``2xx``."""
        while kind in _BODY:
            self.add(kind, word)
            kind, word = self.words.next()
        if kind is not _Kind.INVALID:
            self.connect(kind)
        return kind, word

    def after_letters(self, kind: _Kind, word: str) -> tuple[_Kind, str]:
        """Decide whether a number belongs to the word before it (``Bld4``) or starts one."""
        if kind is not _Kind.NUMBER:
            self.connect(kind)
            return kind, word
        if self.words.done:
            return kind, word
        number = word
        kind, word = self.words.next()
        if kind is not _Kind.LETTERS:
            self.add(_Kind.NUMBER, number)
            self.connect(kind)
            return kind, word
        self.out.write(self.connector)
        self.add(_Kind.NUMBER, number)
        return self.rest_of_number(kind, word)

    def connect(self, kind: _Kind) -> None:
        if kind not in _ENDS:
            self.out.write(self.connector)

    def add(self, kind: _Kind, word: str) -> None:
        if kind not in (_Kind.UPPER, _Kind.CONNECTOR):
            self.out.write(word)
            return
        for rune in word:
            if connects(rune):
                self.out.write(self.connector)
            elif _is_valid(rune):
                self.out.write(runes.lower(rune) if runes.is_upper(rune) else rune)
            else:
                self.out.write(runes.REPLACEMENT)

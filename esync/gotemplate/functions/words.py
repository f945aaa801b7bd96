"""Sprig's functions on letter case and on words: ``title``, ``snakecase``, ``shuffle``.

Source:
    xstrings 1.5 and goutils 1.1 as vendored by External Secrets Operator 2.9.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from esync.gocompat import runes
from esync.gotemplate.function import Context, Function
from esync.gotemplate.functions.chance import below

if TYPE_CHECKING:
    from collections.abc import Callable


def _upper(text: bytes) -> bytes:
    return text.upper() if text.isascii() else _mapped(runes.upper, text)


def _lower(text: bytes) -> bytes:
    return text.lower() if text.isascii() else _mapped(runes.lower, text)


def _mapped(change: Callable[[str], str], text: bytes) -> bytes:
    return "".join(map(change, runes.decode(text))).encode()


def _metered(steps: int, call: Callable[[bytes], bytes]) -> Function:
    """Make a function of ``call``, which takes that many steps for each byte."""

    def change(context: Context, text: bytes) -> bytes:
        context.budget.spend(steps * len(text))
        return call(text)

    return Function("func(string) string", change, wants_context=True)


def _separates(rune: str) -> bool:
    if rune.isascii():
        return not (rune.isalnum() or rune == "_")
    if runes.is_letter(rune) or runes.is_digit(rune):
        return False
    return runes.is_space(rune)


def _title(text: bytes) -> bytes:
    before = " "
    out = []
    for rune in runes.decode(text):
        out.append(runes.title(rune) if _separates(before) else rune)
        before = rune
    return "".join(out).encode()


def _untitle(text: bytes) -> bytes:
    fresh = True
    out = []
    for rune in runes.decode(text):
        space = runes.is_space(rune)
        out.append(runes.lower(rune) if fresh and not space else rune)
        fresh = space
    return "".join(out).encode()


def _swap_case(text: bytes) -> bytes:
    fresh = True
    out = []
    for rune in runes.decode(text):
        if runes.is_upper(rune) or runes.is_title(rune):
            out.append(runes.lower(rune))
            fresh = False
        elif runes.is_lower(rune):
            out.append(runes.title(rune) if fresh else runes.upper(rune))
            fresh = False
        else:
            out.append(rune)
            fresh = runes.is_space(rune)
    return "".join(out).encode()


def _connects(rune: str) -> bool:
    return rune in "-_" or runes.is_space(rune)


def _pascal_case(text: bytes) -> bytes:
    """Join words, each with a capital; connectors at the start and doubled ones stay."""
    left = runes.decode(text)
    body = left.lstrip("-_" + runes.SPACES)
    out = [left[: len(left) - len(body)]]
    if not body:  # xstrings writes the last connector twice
        return (left + left[-1:]).encode()
    before, upper_word = runes.upper(body[0]), runes.is_upper(body[0])
    for rune in body[1:]:
        now = rune
        if _connects(rune) and _connects(before):
            out.append(before)
            before = rune
            continue
        if _connects(before):
            upper_word = runes.is_upper(rune)
            now = runes.upper(rune)
        else:
            out.append(before)
            if upper_word and runes.is_upper(rune):
                now = runes.lower(rune)
            else:
                upper_word = False
        before = now
    return "".join([*out, before]).encode()


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
    if _connects(rune):
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
        self.out: list[str] = []

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
        return "".join(self.out)

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
        self.out.append(self.connector)
        self.add(_Kind.NUMBER, number)
        return self.rest_of_number(kind, word)

    def connect(self, kind: _Kind) -> None:
        if kind not in _ENDS:
            self.out.append(self.connector)

    def add(self, kind: _Kind, word: str) -> None:
        if kind not in (_Kind.UPPER, _Kind.CONNECTOR):
            self.out.append(word)
            return
        for rune in word:
            if _connects(rune):
                self.out.append(self.connector)
            elif _is_valid(rune):
                self.out.append(runes.lower(rune) if runes.is_upper(rune) else rune)
            else:
                self.out.append(runes.REPLACEMENT)


def _with_connector(connector: str) -> Callable[[bytes], bytes]:
    return lambda text: runes.encode(_Joiner(runes.keep(text), connector).join())


def _shuffle(context: Context, text: bytes) -> bytes:
    shuffled = list(runes.decode(text))
    context.budget.spend(4 * len(shuffled))
    for index in range(len(shuffled) - 1, 0, -1):
        other = below(context, index + 1)
        shuffled[index], shuffled[other] = shuffled[other], shuffled[index]
    return "".join(shuffled).encode()


FUNCTIONS: Final = {
    "camelcase": _metered(3, _pascal_case),
    "kebabcase": _metered(8, _with_connector("-")),
    "lower": _metered(1, _lower),
    "shuffle": Function("func(string) string", _shuffle, wants_context=True, changes=True),
    "snakecase": _metered(8, _with_connector("_")),
    "swapcase": _metered(2, _swap_case),
    "title": _metered(2, _title),
    "untitle": _metered(2, _untitle),
    "upper": _metered(1, _upper),
}

"""Sprig's functions on letter case and on words: ``title``, ``snakecase``, ``shuffle``.

Source:
    xstrings 1.5 and goutils 1.1 as vendored by External Secrets Operator 2.9.
"""

from __future__ import annotations

import sys
from io import StringIO
from typing import TYPE_CHECKING, Final

from esync.gocompat import runes
from esync.gotemplate.function import Context, Function
from esync.gotemplate.functions.chance import below
from esync.gotemplate.functions.joining import connects, join_words

if TYPE_CHECKING:
    from collections.abc import Callable


def _upper(text: bytes) -> bytes:
    return text.upper() if text.isascii() else _mapped(runes.upper, text)


def _lower(text: bytes) -> bytes:
    return text.lower() if text.isascii() else _mapped(runes.lower, text)


def _mapped(change: Callable[[str], str], text: bytes) -> bytes:
    out = StringIO()  # unlike a list, it keeps no object for each rune
    for rune in runes.decode(text):
        out.write(change(rune))
    return out.getvalue().encode()


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
    out = StringIO()
    for rune in runes.decode(text):
        out.write(runes.title(rune) if _separates(before) else rune)
        before = rune
    return out.getvalue().encode()


def _untitle(text: bytes) -> bytes:
    fresh = True
    out = StringIO()
    for rune in runes.decode(text):
        space = runes.is_space(rune)
        out.write(runes.lower(rune) if fresh and not space else rune)
        fresh = space
    return out.getvalue().encode()


def _swap_case(text: bytes) -> bytes:
    fresh = True
    out = StringIO()
    for rune in runes.decode(text):
        if runes.is_upper(rune) or runes.is_title(rune):
            out.write(runes.lower(rune))
            fresh = False
        elif runes.is_lower(rune):
            out.write(runes.title(rune) if fresh else runes.upper(rune))
            fresh = False
        else:
            out.write(rune)
            fresh = runes.is_space(rune)
    return out.getvalue().encode()


def _pascal_case(text: bytes) -> bytes:
    """Join words, each with a capital; connectors at the start and doubled ones stay."""
    left = runes.decode(text)
    body = left.lstrip("-_" + runes.SPACES)
    out = StringIO()
    out.write(left[: len(left) - len(body)])
    if not body:  # xstrings writes the last connector twice
        return (left + left[-1:]).encode()
    before, upper_word = runes.upper(body[0]), runes.is_upper(body[0])
    for rune in body[1:]:
        now = rune
        if connects(rune) and connects(before):
            out.write(before)
            before = rune
            continue
        if connects(before):
            upper_word = runes.is_upper(rune)
            now = runes.upper(rune)
        else:
            out.write(before)
            if upper_word and runes.is_upper(rune):
                now = runes.lower(rune)
            else:
                upper_word = False
        before = now
    out.write(before)
    return out.getvalue().encode()


def _with_connector(connector: str) -> Callable[[bytes], bytes]:
    return lambda text: runes.encode(join_words(runes.keep(text), connector))


# Four bytes for each rune, in the order of this machine.
_NATIVE: Final = f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}"


def _shuffle(context: Context, text: bytes) -> bytes:
    codes = runes.decode(text).encode(_NATIVE)
    shuffled = memoryview(bytearray(codes)).cast("I")
    context.budget.spend(4 * len(shuffled))
    for index in range(len(shuffled) - 1, 0, -1):
        other = below(context, index + 1)
        shuffled[index], shuffled[other] = shuffled[other], shuffled[index]
    return bytes(shuffled).decode(_NATIVE).encode()


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

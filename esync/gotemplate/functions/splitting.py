"""Sprig's functions between one text and several: split, join, sort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.gocompat import runes
from esync.gocompat.values import Map, Slice
from esync.gotemplate.budget import sorting
from esync.gotemplate.function import PRINTED, Context, Function
from esync.gotemplate.functions.printing import strslice, strval

if TYPE_CHECKING:
    from esync.gocompat.values import Value


_STEPS_PER_TEXT: Final = 6  # that a number or the like takes to be printed
_STEPS_PER_PART: Final = 15  # that a part and its place take in a map


def _parts(separator: bytes, text: bytes, most: int = -1) -> list[bytes]:
    """Split as Go does: into ``most`` parts if that is positive; without a separator into runes."""
    if most == 0:
        return []
    if separator:
        return text.split(separator, most - 1 if most > 0 else -1)
    kept = runes.keep(text)
    count = len(kept) if most < 0 else min(most, len(kept))
    if not count:
        return []
    heads = [runes.encode(rune) for rune in kept[: count - 1]]
    return [*heads, runes.encode(kept[count - 1 :])]


def _numbered(parts: list[bytes]) -> Map:
    return Map({b"_%d" % index: part for index, part in enumerate(parts)}, "string", "string")


def _split(context: Context, separator: bytes, text: bytes) -> Map:
    return _split_n(context, separator, -1, text)


def _split_n(context: Context, separator: bytes, most: int, text: bytes) -> Map:
    count = text.count(separator) if separator else len(text)
    context.budget.spend(_STEPS_PER_PART * (min(count, most) if most >= 0 else count))
    return _numbered(_parts(separator, text, most))


def _split_list(context: Context, separator: bytes, text: bytes) -> Slice:
    context.budget.spend(len(text))
    return Slice(_parts(separator, text), "string")


def _texts(context: Context, value: Value) -> Slice:
    if isinstance(value, list):
        context.budget.spend(_STEPS_PER_TEXT * len(value))
    return strslice(value)


def _joined(context: Context, separator: bytes, value: Value) -> bytes:
    texts = _texts(context, value)
    context.budget.reserve(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def _sorted(context: Context, value: Value) -> Slice:
    """Sort texts; a list that holds texts already is sorted in place, as in sprig."""
    if not isinstance(value, list):
        return Slice([strval(value)], "string")
    texts = _texts(context, value)
    context.budget.spend(sorting(texts, len(texts)))
    texts.sort()
    return texts


_TO_TEXTS: Final = "func(interface {}) []string"

FUNCTIONS: Final = {
    "join": Function(
        "func(string, interface {}) string", _joined, wants_context=True, element_steps=PRINTED
    ),
    "sortAlpha": Function(_TO_TEXTS, _sorted, wants_context=True, element_steps=PRINTED),
    "split": Function("func(string, string) map[string]string", _split, wants_context=True),
    "splitList": Function("func(string, string) []string", _split_list, wants_context=True),
    "splitn": Function("func(string, int, string) map[string]string", _split_n, wants_context=True),
    "toStrings": Function(_TO_TEXTS, _texts, wants_context=True, element_steps=PRINTED),
}

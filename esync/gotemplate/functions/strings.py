"""Sprig's functions on one text: cut, trim, pad, search, quote.

Source:
    sprig 3 and goutils 1.1 as vendored by External Secrets Operator 2.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.gocompat import runes
from esync.gotemplate.function import PRINTED, Context, Function, FunctionError
from esync.gotemplate.functions.panics import cut
from esync.gotemplate.functions.printing import sprintf, strval

if TYPE_CHECKING:
    from esync.gocompat.values import Value

_LIMIT: Final = 1 << 63
_RUNES_AT_ONCE: Final = 1 << 16
_ELLIPSIS: Final = b"..."
_ASCII_SPACES: Final = b"\t\n\v\f\r "
_LATIN1_SPACES: Final = _ASCII_SPACES + b"\x85\xa0"
_SHORTEST: Final = 4  # an abbreviated text has room for one byte and the ellipsis
_SHORTEST_BOTH: Final = 7


def _repeated(context: Context, count: int, text: bytes) -> bytes:
    if count < 0:
        raise FunctionError("strings: negative Repeat count")
    if count * len(text) >= _LIMIT:
        raise FunctionError("strings: Repeat output length overflow")
    context.budget.reserve(count * len(text))
    return text * count


def _trim(text: bytes) -> bytes:
    if text.isascii():
        return text.strip(_ASCII_SPACES)
    return runes.encode(runes.keep(text).strip(runes.SPACES))


def _trim_all(cutset: bytes, text: bytes) -> bytes:
    unwanted = set(runes.decode(cutset))
    if runes.REPLACEMENT in unwanted:  # it stands for every invalid byte of the text, too
        unwanted.update(map(chr, range(0xDC80, 0xDD00)))
    return runes.encode(runes.keep(text).strip("".join(unwanted))) if unwanted else text


def _truncated(size: int, text: bytes) -> bytes:
    if size < 0 < len(text) + size:
        return text[len(text) + size :]
    return text[:size] if 0 <= size < len(text) else text


def _substring(start: int, end: int, text: bytes) -> bytes:
    if start < 0:
        return cut(text, None, end)
    if end < 0 or end > len(text):
        return cut(text, start, None)
    return cut(text, start, end)


def _abbreviated(width: int, text: bytes) -> bytes:
    return text if width < _SHORTEST else _shortened(text, 0, width)


def _abbreviated_both(left: int, right: int, text: bytes) -> bytes:
    if right < _SHORTEST or (left > 0 and right < _SHORTEST_BOTH):
        return text
    return _shortened(text, left, right)


def _shortened(text: bytes, offset: int, width: int) -> bytes:
    """Leave ``width`` bytes from about ``offset`` on, with dots for what is gone."""
    if len(text) <= width:
        return text
    room = width - len(_ELLIPSIS)
    offset = min(offset, len(text), max(len(text) - room, 0))
    if offset <= len(_ELLIPSIS) + 1:
        return text[:room] + _ELLIPSIS
    if width < _SHORTEST_BOTH:
        return b""
    if offset + room < len(text):
        return _ELLIPSIS + _shortened(text[offset:], 0, room)
    return _ELLIPSIS + text[len(text) - room :]


def _without_spaces(text: bytes) -> bytes:
    """Remove spaces; if there is one, each byte left counts as a rune, as in goutils."""
    left = text.translate(None, _LATIN1_SPACES)
    return text if len(left) == len(text) else left.decode("latin-1").encode()


def _initials(text: bytes) -> bytes:
    """Return the first byte of each word; it counts as a rune, as in goutils."""
    spaced = text.translate(bytes.maketrans(_LATIN1_SPACES, b" " * len(_LATIN1_SPACES)))
    return "".join(word[:1] for word in spaced.decode("latin-1").split(" ")).encode()


def _indented(context: Context, spaces: int, text: bytes) -> bytes:
    padding = _repeated(context, spaces, b" ")
    context.budget.reserve(len(text) + spaces * (text.count(b"\n") + 1))
    return padding + text.replace(b"\n", b"\n" + padding)


def _replaced(context: Context, old: bytes, new: bytes, text: bytes) -> bytes:
    if old:
        context.budget.reserve(len(text) + text.count(old) * len(new))
        return text.replace(old, new)
    kept = runes.keep(text)
    context.budget.reserve(len(text) + (len(kept) + 1) * len(new))
    context.budget.spend(len(kept) // 4)
    out, between = bytearray(new), runes.keep(new)
    for begin in range(0, len(kept), _RUNES_AT_ONCE):  # each takes 80 bytes for a moment
        out += runes.encode(between.join(kept[begin : begin + _RUNES_AT_ONCE])) + new
    return bytes(out)


def _wrapped(context: Context, width: int, text: bytes, line: bytes, *, split: bool) -> bytes:
    """Break lines at spaces; a word longer than ``width`` is broken only with ``split``."""
    context.budget.spend(len(text))
    context.budget.reserve(len(text) + (len(text) // max(width, 1) + 1) * len(line))
    width = max(width, 1)
    out = bytearray()
    at = 0
    while len(text) - at > width:
        if text[at] == ord(" "):
            at += 1
            continue
        space = text.rfind(b" ", at, at + width + 1)
        if space < 0 and split:
            out += text[at : at + width] + line
            at += width
            continue
        if space < 0:
            space = text.find(b" ", at + width)
        if space < 0:
            return bytes(out) + text[at:]
        out += text[at:space] + line
        at = space + 1
    return bytes(out) + text[at:]


def _wrap(context: Context, width: int, text: bytes) -> bytes:
    return _wrapped(context, width, text, b"\n", split=False)


def _wrap_with(context: Context, width: int, line: bytes, text: bytes) -> bytes:
    return _wrapped(context, width, text, line or b"\n", split=True)


def _quoted(*values: Value) -> bytes:
    return b" ".join(sprintf(b"%q", strval(value)) for value in values if value is not None)


def _single_quoted(*values: Value) -> bytes:
    return b" ".join(sprintf(b"'%v'", value) for value in values if value is not None)


def _spaced(*values: Value) -> bytes:
    return b" ".join(sprintf(b"%v", value) for value in values if value is not None)


def _plural(one: bytes, many: bytes, count: int) -> bytes:
    return one if count == 1 else many


_SEVERAL: Final = "func(...interface {}) string"
_TWO: Final = "func(string, string) string"
_CLAIM: Final = "func(string, string) bool"

FUNCTIONS: Final = {
    "hello": Function("func() string", lambda: b"Hello!"),
    "abbrev": Function("func(int, string) string", _abbreviated),
    "abbrevboth": Function("func(int, int, string) string", _abbreviated_both),
    "cat": Function(_SEVERAL, _spaced, element_steps=PRINTED),
    "contains": Function(_CLAIM, lambda part, text: part in text),
    "hasPrefix": Function(_CLAIM, lambda part, text: text.startswith(part)),
    "hasSuffix": Function(_CLAIM, lambda part, text: text.endswith(part)),
    "indent": Function("func(int, string) string", _indented, wants_context=True),
    "initials": Function("func(string) string", _initials, byte_steps=0.5),
    "nindent": Function(
        "func(int, string) string",
        lambda context, spaces, text: b"\n" + _indented(context, spaces, text),
        wants_context=True,
    ),
    "nospace": Function("func(string) string", _without_spaces),
    "plural": Function("func(string, string, int) string", _plural),
    "quote": Function(_SEVERAL, _quoted, element_steps=PRINTED),
    "repeat": Function("func(int, string) string", _repeated, wants_context=True),
    "replace": Function("func(string, string, string) string", _replaced, wants_context=True),
    "squote": Function(_SEVERAL, _single_quoted, element_steps=PRINTED),
    "substr": Function("func(int, int, string) string", _substring),
    "toString": Function("func(interface {}) string", strval, element_steps=PRINTED),
    "trim": Function("func(string) string", _trim),
    "trimAll": Function(_TWO, _trim_all, byte_steps=0.25),
    "trimall": Function(_TWO, _trim_all, byte_steps=0.25),
    "trimPrefix": Function(_TWO, lambda part, text: text.removeprefix(part)),
    "trimSuffix": Function(_TWO, lambda part, text: text.removesuffix(part)),
    "trunc": Function("func(int, string) string", _truncated),
    "wrap": Function("func(int, string) string", _wrap, wants_context=True),
    "wrapWith": Function("func(int, string, string) string", _wrap_with, wants_context=True),
}

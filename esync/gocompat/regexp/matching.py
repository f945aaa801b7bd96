"""Matches, splits and replaces as Go does, on bytes.

A byte that is no UTF-8 counts as one U+FFFD, as in Go, and comes out unharmed.

Source:
    Go 1.26, package ``regexp``.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

from esync.gocompat.regexp.expand import Spans, expanded, template
from esync.gocompat.regexp.pattern import unmetered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from esync.gocompat.regexp.pattern import Pattern, Spend


_REPLACEMENT: Final = "\ufffd".encode()
_CONTINUES: Final = 0x80  # the upper two bits of every byte of a character but the first
_FIRST_OF_TWO, _FIRST_OF_THREE, _FIRST_OF_FOUR = 0xC0, 0xE0, 0xF0
_BYTES_PER_STEP: Final = 5
_STEPS_PER_REPAIRED_BYTE: Final = 10


def search(pattern: Pattern, text: bytes, *, spend: Spend = unmetered) -> bool:
    """Tell whether the expression matches anywhere in ``text``."""
    spend(pattern.work(len(text)))
    return _Subject(pattern, text, spend).match(0) is not None


def find(pattern: Pattern, text: bytes, *, spend: Spend = unmetered) -> bytes | None:
    """Return the leftmost match, or None."""
    spend(pattern.work(len(text)))
    spans = _Subject(pattern, text, spend).match(0)
    return None if spans is None else text[slice(*spans[0])]


def find_all(
    pattern: Pattern, text: bytes, limit: int = -1, *, spend: Spend = unmetered
) -> list[bytes]:
    """Return the matches one after the other, at most ``limit`` of them if it is not negative."""
    return [text[begin:end] for begin, end in _matches(pattern, text, limit, spend)]


def split(
    pattern: Pattern, text: bytes, limit: int = -1, *, spend: Spend = unmetered
) -> list[bytes]:
    """Return what stands between matches, in at most ``limit`` pieces if it is not negative."""
    if limit == 0:
        return []
    if pattern.source and not text:
        return [b""]
    pieces: list[bytes] = []
    begin = end = 0
    for match in _matches(pattern, text, limit, spend):
        if 0 < limit == len(pieces) + 1:
            break
        end = match[0]
        if match[1]:
            pieces.append(text[begin:end])
        begin = match[1]
    if end != len(text):
        pieces.append(text[begin:])
    return pieces


def replace_all(pattern: Pattern, text: bytes, target: bytes, *, spend: Spend = unmetered) -> bytes:
    """Replace every match by ``target``, in which ``$1``, ``${name}`` and ``$$`` are expanded."""
    parts = template(target)
    return _replaced(
        pattern, text, lambda spans: expanded(parts, pattern.names, text, spans), spend
    )


def replace_all_literal(
    pattern: Pattern, text: bytes, target: bytes, *, spend: Spend = unmetered
) -> bytes:
    """Replace every match by ``target`` as it stands."""
    return _replaced(pattern, text, lambda _spans: target, spend)


def _replaced(
    pattern: Pattern, text: bytes, replacement: Callable[[Spans], bytes], spend: Spend
) -> bytes:
    """Replace all matches; an empty one right behind another is not replaced."""
    subject = _Subject(pattern, text, spend)
    spend(pattern.work(len(text)))
    out = bytearray()
    at = kept = 0
    while at <= len(text) and (spans := subject.match(at)):
        spend(pattern.repeated_work(len(text) - at))
        begin, end = spans[0]
        out += text[kept:begin]
        if end > kept or begin == 0:
            new = replacement(spans)
            spend(len(new) // _BYTES_PER_STEP)
            out += new
        kept = end
        at = max(end, at + _width(text, at))
    out += text[kept:]
    return bytes(out)


class _Subject:
    """A text under one pattern: finds matches from an offset on."""

    __slots__ = ("_anchor", "_engine", "_from_text", "_length", "_shown", "_to_text")

    def __init__(self, pattern: Pattern, text: bytes, spend: Spend) -> None:
        from re2 import _re2

        self._engine = pattern.engine
        self._anchor = _re2.RE2.Anchor.UNANCHORED
        self._shown = text
        # Only for a text that is no UTF-8: offsets in it and in what RE2 is shown.
        self._to_text: Sequence[int] | None = None
        self._from_text: Sequence[int] | None = None
        if not text.isascii():
            self._repair(text, spend)
        self._length = len(self._shown)

    def _repair(self, text: bytes, spend: Spend) -> None:
        """Show RE2 a U+FFFD for each byte that is no UTF-8, and remember the offsets."""
        try:
            text.decode()
        except UnicodeDecodeError:
            decoded = text.decode("utf-8", "surrogateescape")
        else:
            return
        spend(_STEPS_PER_REPAIRED_BYTE * len(text))
        shown = bytearray()
        to_text, from_text = array("q"), array("q")
        for char in decoded:
            encoded = char.encode("utf-8", "surrogateescape")
            real = len(encoded)
            if "\ud800" <= char <= "\udfff":
                encoded = _REPLACEMENT
            to_text.extend([len(from_text)] * len(encoded))
            from_text.extend([len(shown)] * real)
            shown += encoded
        to_text.append(len(from_text))
        from_text.append(len(shown))
        self._shown, self._to_text, self._from_text = bytes(shown), to_text, from_text

    def match(self, at: int) -> Spans | None:
        """Return the leftmost match that begins at ``at`` or later."""
        if self._from_text is not None:
            at = self._from_text[at]
        spans: Spans = self._engine.Match(self._anchor, self._shown, at, self._length)
        while self._splits_character(spans[0][0]):
            spans = self._engine.Match(self._anchor, self._shown, spans[0][0] + 1, self._length)
        if spans[0][0] < 0:
            return None
        to_text = self._to_text
        if to_text is None:
            return spans
        return [(to_text[b], to_text[e]) if b >= 0 else (b, e) for b, e in spans]

    def _splits_character(self, at: int) -> bool:
        r"""Tell whether RE2 found the empty match of a ``\B`` between the bytes of a character."""
        return 0 < at < self._length and self._shown[at] & 0xC0 == _CONTINUES


def _matches(pattern: Pattern, text: bytes, limit: int, spend: Spend) -> Iterator[tuple[int, int]]:
    """Go through the matches; an empty one right behind another does not count."""
    subject = _Subject(pattern, text, spend)
    spend(pattern.work(len(text)))
    at, last_end, found = 0, -1, 0
    while at <= len(text) and found != limit and (spans := subject.match(at)):
        spend(pattern.repeated_work(len(text) - at))
        begin, end = spans[0]
        counts = end != at or begin != last_end
        at = end if end != at else at + _width(text, at)
        last_end = end
        if counts:
            found += 1
            yield begin, end


def _width(text: bytes, at: int) -> int:
    """Return how many bytes the character at ``at`` has; 1 at the end and for a stray byte."""
    if at >= len(text) or text[at] < _FIRST_OF_TWO:
        return 1
    width = 2 + (text[at] >= _FIRST_OF_THREE) + (text[at] >= _FIRST_OF_FOUR)
    try:
        text[at : at + width].decode()
    except UnicodeDecodeError:
        return 1
    return width

"""Values to YAML: by way of JSON, in blocks, with the keys in go-yaml's order."""

from __future__ import annotations

import re
from functools import cmp_to_key
from typing import TYPE_CHECKING, Final

from esync.gocompat import json_encode, runes
from esync.gocompat.numbers import format_float
from esync.gocompat.yaml.decoding import Key, Pairs, decode
from esync.gocompat.yaml.emitting import Emitter, Style
from esync.gocompat.yaml.nodes import unlimited
from esync.gocompat.yaml.resolving import STRING, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.gocompat.values import Value

_BASE60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])++(?:\.[0-9_]*)?")
_WORDS: Final = {None: "null", True: "true", False: "false"}


def write(value: Value, spend: Callable[[int], None] = unlimited) -> bytes:
    """Return ``value`` as a YAML document, with a line end at its end.

    Args:
        value: a Go value.
        spend: is told the size of each piece of JSON; what it raises passes through.

    Raises:
        UnsupportedError: JSON cannot have it.
        YAMLError: its JSON is no YAML: a text has control characters, or a key is very long.
    """
    emitter = Emitter()
    _emit(emitter, decode(json_encode.encode(value, spend=spend), spend))
    return runes.encode(emitter.finish())


def _emit(emitter: Emitter, value: Value) -> None:
    match value:
        case Pairs() | list() if not value:
            emitter.empty("[]" if isinstance(value, list) else "{}")
        case Pairs():
            emitter.start_mapping()
            for key in sorted(value, key=_in_order):
                _emit(emitter, key[1])
                _emit(emitter, value[key])
            emitter.end()
        case list():
            emitter.start_sequence()
            for item in value:
                _emit(emitter, item)
            emitter.end()
        case bytes():
            text = value.decode()
            emitter.scalar(text, _style(text))
        case float():
            emitter.scalar(format_float(value, "g"), Style.PLAIN)
        case None | bool():
            emitter.scalar(_WORDS[value], Style.PLAIN)
        case _:
            emitter.scalar(str(int(value)), Style.PLAIN)


def _style(text: str) -> Style:
    """Return the style that go-yaml asks for: quotes for what would mean something else."""
    if "\n" in text:
        return Style.LITERAL
    tag, _ = resolve("", text)
    return Style.PLAIN if tag == STRING and not _BASE60.fullmatch(text) else Style.DOUBLE


def _compare(left: Key, right: Key) -> int:
    """Order keys as a person would: digits by their value, before letters."""
    a, b = left[1].decode(), right[1].decode()
    at = _first_difference(a, b)
    if at is None:
        return len(a) - len(b)
    letters = runes.is_letter(a[at]), runes.is_letter(b[at])
    if all(letters):
        return ord(a[at]) - ord(b[at])
    if any(letters):
        return 1 if letters[0] else -1
    return _compare_numbers(a, b, at)


def _first_difference(a: str, b: str) -> int | None:
    """Return where the first characters stand that differ; None: one text begins with the other."""
    shorter = min(len(a), len(b))
    begin = 0
    for size in (1024, 64, 8, 1):
        while begin < shorter and a[begin : begin + size] == b[begin : begin + size]:
            begin += size
    return begin if begin < shorter else None


def _compare_numbers(a: str, b: str, at: int) -> int:
    """Compare from the first difference on, if it is in a number by the number's value."""
    start = "1" if "0" in (a[at], b[at]) and _in_number(a, at) else ""
    digits = _digits(a, at), _digits(b, at)
    values = [_value(start, text) for text in digits]
    if values[0] != values[1]:
        return -1 if values[0] < values[1] else 1
    if len(digits[0]) != len(digits[1]):
        return len(digits[0]) - len(digits[1])
    return ord(a[at]) - ord(b[at])


def _in_number(text: str, at: int) -> bool:
    """Tell whether a digit but 0 stands before, with nothing but digits between."""
    while at > 0 and runes.is_digit(text[at - 1]):
        at -= 1
        if text[at] != "0":
            return True
    return False


def _digits(text: str, at: int) -> str:
    end = at
    while end < len(text) and runes.is_digit(text[end]):
        end += 1
    return text[at:end]


def _value(start: str, digits: str) -> int:
    """Return the number; other digits than ASCII's count by their code, and 64 bits wrap."""
    value = int(start or "0")
    for digit in digits:
        value = (value * 10 + ord(digit) - ord("0") + (1 << 63)) % (1 << 64) - (1 << 63)
    return value


_in_order = cmp_to_key(_compare)

"""Readers of single values: each takes a value, its trail and a record, and returns what it read.

On an error they tell the record and return None; whoever asked looks at the record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.gocompat.base64 import decode
from esync.manifests.formats import FORMAT, LIMITS, Format, Limits, is_base64

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

    from esync.manifests.record import ReadValue, Record, Trail


def text(fmt: Format | None) -> ReadValue:
    """Return the reader of a string."""

    def read_text(value: Any, trail: Trail, record: Record) -> Any:
        if value.__class__ is not str:
            return record.wrong_type(trail, value, "a string")
        if fmt is None:
            return value
        if fmt.words and value not in fmt.words:
            return record.not_allowed(trail, value, fmt.words)
        return value if fmt.accepts(value) else record.bad_format(trail, fmt.says)

    return read_text


def integer(limits: Limits) -> ReadValue:
    """Return the reader of an integer."""

    def read_integer(value: Any, trail: Trail, record: Record) -> Any:
        if value.__class__ is not int:
            return record.wrong_type(trail, value, "an integer")
        if limits.least <= value <= limits.most:
            return value
        return record.bad_format(trail, limits.says)

    return read_integer


def integer_or_text(metadata: Mapping[str, Any]) -> ReadValue:
    """Return the reader of a value that is either."""
    read_integer = integer(metadata.get(LIMITS, Limits()))
    read_text = text(metadata.get(FORMAT))

    def read_either(value: Any, trail: Trail, record: Record) -> Any:
        if value.__class__ is int:
            return read_integer(value, trail, record)
        if value.__class__ is str:
            return read_text(value, trail, record)
        return record.wrong_type(trail, value, "an integer or a string")

    return read_either


def word(kind: type[StrEnum]) -> ReadValue:
    """Return the reader of a word out of a closed set."""
    words = {word.value: word for word in kind}
    allowed = tuple(words)

    def read_word(value: Any, trail: Trail, record: Record) -> Any:
        if value.__class__ is not str:
            return record.wrong_type(trail, value, "a string")
        found = words.get(value)
        return record.not_allowed(trail, value, allowed) if found is None else found

    return read_word


def boolean(value: Any, trail: Trail, record: Record) -> Any:
    """Read a boolean."""
    if value.__class__ is not bool:
        return record.wrong_type(trail, value, "true or false")
    return value


def floating(value: Any, trail: Trail, record: Record) -> Any:
    """Read a number."""
    if value.__class__ is not int and value.__class__ is not float:
        return record.wrong_type(trail, value, "a number")
    return float(value)


def base64_bytes(value: Any, trail: Trail, record: Record) -> Any:
    """Read bytes that the manifest spells in base64."""
    if value.__class__ is not str:
        return record.wrong_type(trail, value, "a string")
    if not is_base64(value):
        return record.bad_format(trail, "base64")
    return decode(value.encode("ascii"))


def anything(value: Any, _trail: Trail, _record: Record) -> Any:
    """Take a value as it stands."""
    return value

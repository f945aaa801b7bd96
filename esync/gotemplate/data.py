"""From Python's data to Go's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from esync.gocompat.values import Map, Sized, Struct
from esync.gotemplate.arguments import NO_VALUE

if TYPE_CHECKING:
    from esync.gocompat.values import Value


def root_value(data: object) -> Value:
    """Return a copy of ``data`` that a template may be given.

    A mapping to nothing but strings becomes a ``map[string]string``; None is no value at all.
    """
    if data is None:
        return NO_VALUE
    value = go_value(data)
    if isinstance(value, dict) and all(part.__class__ is bytes for part in value.values()):
        return Map(value, elem="string")
    return value


def go_value(data: object) -> Value:
    """Return a copy of ``data`` that a template may have.

    Raises:
        TypeError: something in it has no counterpart in Go.
    """
    match data:
        case str():
            return data.encode("utf-8", "surrogatepass")
        case bytearray():
            return bytes(data)
        case None | bool() | bytes() | int() | float() | complex() | Sized() | Struct():
            return data
        case Mapping():
            return {go_value(key): go_value(part) for key, part in data.items()}
        case Sequence():
            return [go_value(part) for part in data]
    message = f"no value for a template: {type(data).__name__}"
    raise TypeError(message)

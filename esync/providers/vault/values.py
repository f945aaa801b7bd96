"""What an answer holds, as the values of Go, with numbers as they were spelled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat.json_encode import encode

if TYPE_CHECKING:
    from esync.gocompat.values import Value

_DEEPEST: Final = 100
_SURROGATE = re.compile("[\ud800-\udfff]")


class Number(str):
    """A number as the server spelled it; ``1.10`` stays ``1.10``."""

    __slots__ = ()

    def json(self) -> bytes:
        """Return the JSON text of it."""
        return self.encode()


def go_value(value: Any, depth: int = 0) -> Value:
    """Return what ``json`` decoded with text as bytes; half a surrogate pair is U+FFFD, as in Go.

    Raises:
        ValueError: it is nested more than a hundred deep.
    """
    if depth > _DEEPEST:
        raise ValueError
    match value:
        case Number() | None | bool():
            return value
        case str():
            return _bytes(value)
        case dict():
            return {_bytes(key): go_value(member, depth + 1) for key, member in value.items()}
        case _:
            return [go_value(item, depth + 1) for item in value]


def render(value: Value) -> bytes:
    """Return the bytes that a Secret gets: text as it is, null as nothing, the rest as JSON."""
    if value is None:
        return b""
    return value if isinstance(value, bytes) else encode(value)


def _bytes(text: str) -> bytes:
    return _SURROGATE.sub("\ufffd", text).encode()

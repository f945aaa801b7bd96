"""Go values to JSON, as ``encoding/json`` writes them: keys sorted, HTML's characters escaped.

Source:
    Go 1.26, ``encoding/json``.
"""

from __future__ import annotations

import base64
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from esync.gocompat import numbers, runes
from esync.gocompat.values import Float32, Map, Slice, Struct, Value, type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SMALL, _LARGE = 1e-6, 1e21  # from here on, exponents
_EXPONENT = re.compile(r"e([+-])0?(\d)$")
_PLAIN_ESCAPES = re.compile('["\\\\\x00-\x1f\u2028\u2029\udc80-\udcff]')
_HTML_ESCAPES = re.compile('["\\\\\x00-\x1f\u2028\u2029\udc80-\udcff<>&]')
_SHORT: Final = {
    '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
}  # fmt: skip


class UnsupportedError(ValueError):
    """A value has no JSON form; the message is Go's own."""


@runtime_checkable
class HasJson(Protocol):
    """A value that knows its own JSON text, as Go's ``json.Marshaler``."""

    def json(self) -> bytes:
        """Return the JSON text, or raise ValueError with Go's words."""


def _unlimited(_size: int) -> None:
    """Count nothing."""


def encode(
    value: Value,
    *,
    escape_html: bool = True,
    indent: str = "",
    spend: Callable[[int], None] = _unlimited,
) -> bytes:
    """Return the JSON text of ``value``.

    Args:
        value: a Go value.
        escape_html: write ``<``, ``>`` and ``&`` as escapes.
        indent: what one level is indented by; without it, all is on one line.
        spend: is told the size of each piece before it is added; what it raises passes through.

    Raises:
        UnsupportedError: it holds a NaN, a complex number or itself.
    """
    writer = _Writer(_HTML_ESCAPES if escape_html else _PLAIN_ESCAPES, indent, spend)
    writer.write(value, "\n")
    return runes.encode("".join(writer.out))


def format_float(number: float) -> str:
    """Return the number as JSON has it.

    Raises:
        UnsupportedError: it is infinite or no number.
    """
    if not math.isfinite(number):
        raise UnsupportedError(f"json: unsupported value: {numbers.format_float(number, 'g')}")
    bits = 32 if isinstance(number, Float32) else 64
    if number and not _SMALL <= abs(number) < _LARGE:
        return _EXPONENT.sub(r"e\1\2", numbers.format_float(number, "e", bits=bits))
    return numbers.format_float(number, "f", bits=bits)


class _Writer:
    def __init__(self, escapes: re.Pattern[str], step: str, spend: Callable[[int], None]) -> None:
        self.escapes = escapes
        self.step = step
        self.spend = spend
        self.out: list[str] = []
        self.open: set[int] = set()  # containers being written, to notice a cycle

    def add(self, text: str) -> None:
        self.spend(len(text))
        self.out.append(text)

    def write(self, value: Value, line: str) -> None:
        """Write ``value``; ``line`` is a line end with the present indentation."""
        match value:
            case None:
                self.add("null")
            case bool():
                self.add("true" if value else "false")
            case bytes():
                self.add(self.quote(value))
            case int():
                self.add(str(int(value)))
            case float():
                self.add(format_float(value))
            case HasJson():
                self.marshal(value)
            case list() | dict():
                self.container(value, line)
            case Struct():
                exported = {k.encode(): v for k, v in value.fields.items() if k[:1].isupper()}
                self.members(exported.items(), line)
            case _:
                raise UnsupportedError(f"json: unsupported type: {type_of(value)}")

    def marshal(self, value: HasJson) -> None:
        try:
            self.add(runes.keep(value.json()))
        except ValueError as error:
            kind = type_of(value)
            raise UnsupportedError(
                f"json: error calling MarshalJSON for type {kind}: {error}"
            ) from None

    def container(self, value: Value, line: str) -> None:
        if isinstance(value, Slice | Map) and value.is_nil:
            self.add("null")
            return
        if isinstance(value, Slice) and value.elem == "uint8":
            self.add(f'"{base64.b64encode(bytes(value)).decode()}"')
            return
        if id(value) in self.open:
            kind = type_of(value)
            raise UnsupportedError(f"json: unsupported value: encountered a cycle via {kind}")
        self.open.add(id(value))
        if isinstance(value, dict):
            self.mapping(value, line)
        else:
            self.elements(value, line)
        self.open.remove(id(value))

    def mapping(self, value: dict[Value, Value], line: str) -> None:
        if isinstance(value, Map) and value.key.startswith(("interface", "float", "bool")):
            raise UnsupportedError(f"json: unsupported type: {type_of(value)}")
        named = {k if isinstance(k, bytes) else str(int(k)).encode(): v for k, v in value.items()}
        self.members(sorted(named.items(), key=lambda item: item[0]), line)

    def members(self, items: Iterable[tuple[bytes, Value]], line: str) -> None:
        self.enclose(
            "{}",
            [(self.quote(key) + (": " if self.step else ":"), value) for key, value in items],
            line,
        )

    def elements(self, items: list[Value], line: str) -> None:
        self.enclose("[]", [("", item) for item in items], line)

    def enclose(self, brackets: str, items: list[tuple[str, Value]], line: str) -> None:
        inner = line + self.step if self.step else ""
        self.add(brackets[0])
        for index, (prefix, item) in enumerate(items):
            self.add(("," if index else "") + inner + prefix)
            self.write(item, line + self.step)
        self.add((line if self.step and items else "") + brackets[1])

    def quote(self, text: bytes) -> str:
        escaped = self.escapes.sub(lambda match: _escape(match[0]), runes.keep(text))
        return f'"{escaped}"'


@lru_cache(maxsize=512)
def _escape(char: str) -> str:
    if char >= "\udc80":
        return "\\ufffd"
    return _SHORT.get(char) or f"\\u{ord(char):04x}"

"""What the modifiers of a path (``@keys``, ``@flatten:{"deep":true}`` …) make of a JSON text.

Source:
    gjson 1.18.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from esync.gocompat import runes
from esync.payload import pretty as layout
from esync.payload.result import Kind, Result
from esync.payload.scanner import entries, is_valid, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # Look a path up in a text.
    Get = Callable[[bytes, bytes], Result]
    # Make another text of one: the text, the argument, and how to look a path up.
    Modifier = Callable[[bytes, bytes, Get], bytes]

_BLANKS: Final = bytes(range(0x21))
_TO_ESCAPE = re.compile('[\\x00-\\x1f<>&\\\\"\u2028\u2029\udc80-\udcff]')
_SHORT: Final = {
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\\": "\\\\",
    '"': '\\"',
}
_BLANK_LETTERS: Final = b" \t\n\r"


def quoted(text: bytes) -> bytes:
    """Return ``text`` as a JSON string, with ``<``, ``>`` and ``&`` escaped."""
    return b'"%b"' % runes.encode(_TO_ESCAPE.sub(_escape, runes.keep(text)))


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    if "\udc80" <= char <= "\udcff":
        return "\\ufffd"
    return _SHORT.get(char, f"\\u{ord(char):04x}")


def _this(json: bytes, _argument: bytes, _get: Get) -> bytes:
    return json


def _valid(json: bytes, _argument: bytes, _get: Get) -> bytes:
    return json if is_valid(json) else b""


def _tostr(json: bytes, _argument: bytes, _get: Get) -> bytes:
    return quoted(json)


def _fromstr(json: bytes, _argument: bytes, _get: Get) -> bytes:
    return parse(json).string if is_valid(json) else b""


def _ugly(json: bytes, _argument: bytes, _get: Get) -> bytes:
    return layout.ugly(json)


def _pretty(json: bytes, argument: bytes, _get: Get) -> bytes:
    options = _options(argument)
    width = options.get(b"width")
    indent, prefix = options.get(b"indent"), options.get(b"prefix")
    style = layout.Style(
        width=layout.WIDTH if width is None else _integer(width),
        prefix=b"" if prefix is None else _blanks_of(prefix.string),
        indent=layout.INDENT if indent is None else _blanks_of(indent.string),
        sort_keys=_is_set(options, b"sortKeys"),
    )
    return layout.pretty(json, style)


def _keys(json: bytes, _argument: bytes, _get: Get) -> bytes:
    value = parse(json)
    found = (key if value.is_object else b"null" for key, _ in entries(value))
    return b"[%b]" % b",".join(found)


def _values(json: bytes, _argument: bytes, _get: Get) -> bytes:
    value = parse(json)
    if value.is_array:
        return json
    return b"[%b]" % b",".join(item.raw for _, item in entries(value))


def _reverse(json: bytes, _argument: bytes, _get: Get) -> bytes:
    value = parse(json)
    if value.is_array:
        return b"[%b]" % b",".join(item.raw for _, item in reversed(list(entries(value))))
    if value.is_object:
        members = (b"%b:%b" % (key, item.raw) for key, item in reversed(list(entries(value))))
        return b"{%b}" % b",".join(members)
    return json


def _flatten(json: bytes, argument: bytes, get: Get) -> bytes:
    value = parse(json)
    if not value.is_array:
        return json
    deep = _is_set(_options(argument), b"deep")

    def flat() -> Iterator[bytes]:
        for _, item in entries(value):
            raw = item.raw
            if item.is_array:
                raw = _unwrapped(_flatten(raw, argument, get) if deep else raw)
            yield raw.strip()

    return b"[%b]" % b",".join(filter(None, flat()))


def _join(json: bytes, argument: bytes, _get: Get) -> bytes:
    value = parse(json)
    if not value.is_array:
        return json
    objects = [item for _, item in entries(value) if item.is_object]
    if _is_set(_options(argument), b"preserve"):
        return b"{%b}" % b",".join(_unwrapped(item.raw) for item in objects)
    members: dict[bytes, tuple[bytes, bytes]] = {}
    for item in objects:
        for key, member in entries(item):
            name = parse(key).string
            first = members[name][0] if name in members else key
            members[name] = first, member.raw
    return b"{%b}" % b",".join(b"%b:%b" % member for member in members.values())


def _group(json: bytes, _argument: bytes, _get: Get) -> bytes:
    value = parse(json)
    if not value.is_object:
        return b""
    groups: list[list[bytes]] = []
    for key, member in entries(value):
        if member.is_array:
            for number, (_, item) in enumerate(entries(member)):
                if number == len(groups):
                    groups.append([])
                groups[number].append(b"%b:%b" % (key, item.raw))
    return b"[%b]" % b",".join(b"{%b}" % b",".join(group) for group in groups)


def _dig(json: bytes, argument: bytes, get: Get) -> bytes:
    return b"[%b]" % b",".join(found.raw for found in _dug(parse(json), argument, get))


def _dug(value: Result, path: bytes, get: Get) -> Iterator[Result]:
    """Look ``path`` up in the value and in everything inside it."""
    found = get(value.raw, path)
    if found.exists:
        yield found
    if value.type is Kind.JSON:
        for _, item in entries(value):
            yield from _dug(item, path, get)


def _options(argument: bytes) -> dict[bytes, Result]:
    """Return the members of a modifier's argument; without a name what is no object."""
    value = parse(argument) if argument else Result()
    return {parse(key).string: item for key, item in entries(value)}


def _is_set(options: dict[bytes, Result], name: bytes) -> bool:
    return name in options and options[name].truth is True


def _integer(value: Result) -> int:
    match value.type:
        case Kind.TRUE:
            return 1
        case Kind.NUMBER:
            number = value.number
            return int(number) if abs(number) < 2**53 else 0
        case Kind.STRING:
            return int(value.text) if re.fullmatch(rb"-?[0-9]{1,18}", value.text) else 0
        case _:
            return 0


def _blanks_of(text: bytes) -> bytes:
    """Return the blanks of ``text``: all else is left out."""
    return bytes(char for char in text if char in _BLANK_LETTERS)


def _unwrapped(raw: bytes) -> bytes:
    """Return what stands between the brackets."""
    trimmed = raw.strip(_BLANKS)
    return trimmed[1:-1] if len(trimmed) > 1 and trimmed[0] in b"[{" else trimmed


TABLE: Final[dict[bytes, Modifier]] = {
    b"dig": _dig,
    b"flatten": _flatten,
    b"fromstr": _fromstr,
    b"group": _group,
    b"join": _join,
    b"keys": _keys,
    b"pretty": _pretty,
    b"reverse": _reverse,
    b"this": _this,
    b"tostr": _tostr,
    b"ugly": _ugly,
    b"valid": _valid,
    b"values": _values,
}

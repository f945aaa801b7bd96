"""How a property is looked up in a JSON text, and how an object becomes a map of values.

A dot in a property can be part of a name or lead inside; providers differ in what they try first.

Source:
    External Secrets Operator 2.9: each provider's property look-up; the shared "JSON object to
    map" of ``extract``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from esync.errors import EsyncError
from esync.gocompat.json_decode import MAX_DEPTH, decode
from esync.payload.gjson import get
from esync.payload.result import Kind
from esync.payload.scanner import entries, is_valid, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.payload.result import Result


class NotAnObject(EsyncError):
    """``extract`` needs a JSON object, and the store holds something else."""

    rule = "ES0303"

    def __init__(self) -> None:
        super().__init__(
            "extract needs a JSON object, and the store holds something else under this key",
            hint="use data[].remoteRef for a single value",
        )


class Lookup(StrEnum):
    """What a property with dots means first.

    Members:
        ESCAPED_FIRST: a member of that whole name, then a path (AWS, Akeyless).
        INNER_ESCAPED_FIRST: as above, but a path only if its first dot comes first (Google, IBM).
        PATH_FIRST: a path, then a member of that whole name (Azure).
        PATH: a path and nothing else (fake, and most others).
    """

    ESCAPED_FIRST = "escaped-first"
    INNER_ESCAPED_FIRST = "inner-escaped-first"
    PATH_FIRST = "path-first"
    PATH = "path"


def find(json: bytes, property_: str, lookup: Lookup) -> bytes | None:
    """Return the text of what ``property_`` finds in ``json``, or None.

    Strings come unescaped, ``null`` empty, objects and lists as they are written.
    """
    found = _LOOKUPS[lookup](json, property_)
    return found.string if found.exists else None


def escaped_first(json: bytes, property_: str) -> Result:
    """Look for a member of that whole name if there is a dot in it, then take it as a path."""
    if "." in property_:
        found = get(json, _escaped(property_))
        if found.exists:
            return found
    return get(json, property_)


def inner_escaped_first(json: bytes, property_: str) -> Result:
    """Look for a member of that whole name if a dot follows its begin, then take it as a path."""
    return get(json, property_) if property_.startswith(".") else escaped_first(json, property_)


def path_first(json: bytes, property_: str) -> Result:
    """Take the property as a path, then look for a member of that whole name."""
    found = get(json, property_)
    return found if found.exists or "." not in property_ else get(json, _escaped(property_))


_LOOKUPS: Final[dict[Lookup, Callable[[bytes, str], Result]]] = {
    Lookup.ESCAPED_FIRST: escaped_first,
    Lookup.INNER_ESCAPED_FIRST: inner_escaped_first,
    Lookup.PATH_FIRST: path_first,
    Lookup.PATH: get,
}


def _escaped(property_: str) -> str:
    """Put a backslash before every dot, also before those that have one."""
    return property_.replace(".", "\\.")


def members(json: bytes) -> dict[str, bytes]:
    """Return the members of a JSON object: strings unescaped, ``null`` empty, the rest as written.

    Of several members with one name the last one counts. A document ``null`` has no members.

    Raises:
        NotAnObject: it is neither; the error does not quote it.
    """
    value = parse(json)
    if not is_valid(json, deepest=MAX_DEPTH):
        raise NotAnObject
    if value.type is Kind.NULL:
        return {}
    if not value.is_object:
        raise NotAnObject
    return {_text(key).decode(): _member(item) for key, item in entries(value)}


def _member(item: Result) -> bytes:
    match item.type:
        case Kind.STRING:
            return _text(item.raw)
        case Kind.NULL:
            return b""
        case _:
            return item.raw


def _text(raw: bytes) -> bytes:
    """Return what a JSON string says to Go, which is not quite what it says in a path."""
    inside = raw[1:-1]
    if inside.isascii() and b"\\" not in inside:
        return inside
    text: bytes = decode(raw)
    return text

"""What ``metadataPolicy: Fetch`` gives of an object: its tags, and some of its attributes.

Source:
    External Secrets Operator 2.9, azurekv provider; Go 1.26, ``encoding/json``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat.json_decode import JsonError, decode
from esync.gocompat.json_encode import encode
from esync.payload.payload import JsonPayload, Lookup, PropertyMissing
from esync.providers.azure.objects import ObjectName, ObjectType, not_extractable, utf8
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ATTRIBUTES: Final = {
    "expires": "exp",
    "created": "created",
    "updated": "updated",
    "notBefore": "nbf",
}
_NOTHING: Final = SecretValue(b"")


class MetadataPayload:
    """Tags and attributes of one object."""

    def __init__(
        self, key: str, wanted: ObjectName, answer: Mapping[str, Any], *, is_legacy: bool
    ) -> None:
        """Keep them.

        Args:
            key: as the manifest has it.
            wanted: what it means.
            answer: the object as Azure answers it.
            is_legacy: whether attributes count as well.
        """
        self._key = key
        self._wanted = wanted
        self._texts = _tags(answer.get("tags"))
        if is_legacy:
            self._texts |= _attributes(answer.get("attributes"))

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return all as JSON, one text, or what a property finds in a text that is JSON.

        Raises:
            PropertyMissing: there is no such tag, or nothing of that name in it.
        """
        if not property:
            texts = {name.encode(): text for name, text in self._texts.items() if text is not None}
            return SecretValue(encode(texts))
        return _look_up(self._texts, property)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return ``NAME_TAG``, and for tags that are objects of texts ``NAME_TAG_MEMBER``.

        Raises:
            NotExtractable: the object is a certificate or a key.
            PropertyMissing: see :meth:`value`.
        """
        if self._wanted.type is not ObjectType.SECRET:
            raise not_extractable(self._wanted.type)
        self.value(property)  # ESO does so too: it must be there, and is then looked up elsewhere
        flat = dict(self._flattened())
        if not property:
            return {name: SecretValue(text or b"") for name, text in flat.items()}
        # ESO does so too: a key with its type, or a tag that was flattened, gives an empty value.
        name = f"{self._key}_{property}"
        try:
            return {name: _look_up(flat, name)}
        except PropertyMissing:
            return {name: _NOTHING}

    def _flattened(self) -> Iterator[tuple[str, bytes | None]]:
        for tag, text in self._texts.items():
            name = f"{self._wanted.name}_{tag}"
            texts = _object_of_texts(text or b"")
            if texts is None:
                yield name, text
            else:
                yield from ((f"{name}_{member}", inner) for member, inner in texts.items())


def _look_up(texts: Mapping[str, bytes | None], property_: str) -> SecretValue:
    """Return the text of that name, or of the name before the first dot what the rest finds."""
    if property_ in texts:
        return SecretValue(texts[property_] or b"")
    name, dot, rest = property_.partition(".")
    if not dot or not name or name not in texts:
        raise PropertyMissing(property_)
    try:
        return JsonPayload(SecretValue(texts[name] or b""), Lookup.PATH_FIRST).value(rest)
    except PropertyMissing:
        raise PropertyMissing(property_) from None


def _tags(found: object) -> dict[str, bytes | None]:
    members = found.items() if isinstance(found, dict) else ()
    return {
        utf8(name).decode(): None if text is None else utf8(text)
        for name, text in members
        if text is None or isinstance(text, str)
    }


def _attributes(found: object) -> dict[str, bytes | None]:
    """Return the moments among the attributes, as RFC 3339 in UTC."""
    moments = found if isinstance(found, dict) else {}
    return {
        f"attribute.{name}": _moment(moments[member])
        for name, member in _ATTRIBUTES.items()
        if type(moments.get(member)) is int
    }


def _moment(seconds: int) -> bytes:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()


def _object_of_texts(text: bytes) -> dict[str, bytes] | None:
    """Return the members of a JSON object of texts, ``null`` as empty; None if it is none."""
    try:
        decoded = decode(text)
    except JsonError:
        return None
    if decoded is None:
        return {}
    if not isinstance(decoded, dict):
        return None
    members: dict[str, bytes] = {}
    for name, value in decoded.items():
        if value is not None and not isinstance(value, bytes):
            return None
        members[_name(name)] = value or b""
    return members


def _name(name: object) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)

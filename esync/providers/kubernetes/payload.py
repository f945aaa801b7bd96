"""A Secret as a store hands it over: a map of bytes; and the labels and annotations of one.

``remoteRef`` and ``extract`` look properties up in different ways.

Source:
    External Secrets Operator 2.9, Kubernetes provider.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from esync.gocompat import base64, runes
from esync.gocompat.json_decode import JsonError, decode
from esync.gocompat.json_encode import encode
from esync.payload.document import escaped_first
from esync.payload.gjson import get
from esync.payload.payload import NotAnObject, PropertyMissing
from esync.providers.contract import NoSecret, ProviderError
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping


class SecretPayload:
    """The data of a Secret."""

    def __init__(self, data: Mapping[str, bytes]) -> None:
        self._data = data

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return all data as JSON, or one key's bytes, or what a path finds in them.

        Raises:
            PropertyMissing: it finds nothing.
        """
        if not property:
            return SecretValue(whole(self._data))
        if property in self._data:
            return SecretValue(self._data[property])
        key, _, path = property.partition(".")
        if key and path and key in self._data:
            found = get(self._data[key], path)
            if found.exists:
                return SecretValue(found.string)
        raise PropertyMissing(property)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return the data as it is, or the members of an object that one of its keys holds.

        Raises:
            PropertyMissing: the property finds nothing.
            NotAnObject: it finds no JSON object.
        """
        return _members(self._data, property)


class MetadataPayload:
    """The labels and annotations of an object; None where it has none."""

    def __init__(
        self, labels: Mapping[str, str] | None, annotations: Mapping[str, str] | None
    ) -> None:
        self._maps = {"annotations": annotations, "labels": labels}

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return both as JSON, or one of them, or a value in one.

        Raises:
            PropertyMissing: there is none of that name.
        """
        if not property:
            parts = b",".join(b'"%s":%s' % (key.encode(), one) for key, one in self._json().items())
            return SecretValue(b"{%s}" % parts)
        # ESO does so too: dots part whatever they stand in, so that keys with dots are out of
        # reach, and what follows the key is put together without them.
        which, *rest = property.split(".")
        if which not in self._maps:
            raise PropertyMissing(property)
        if not rest:
            return SecretValue(self._json()[which])
        values = self._maps[which] or {}
        if rest[0] not in values:
            raise PropertyMissing(property)
        value = values[rest[0]].encode()
        if len(rest) == 1:
            return SecretValue(value)
        found = get(value, "".join(rest[1:]))
        if not found.exists:
            raise PropertyMissing(property)
        return SecretValue(found.string)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return both as JSON by their names, or the values of one, as JSON.

        Raises:
            PropertyMissing: the property finds nothing.
            NotAnObject: it finds no JSON object.
        """
        return _members(self._json(), property)

    def _json(self) -> dict[str, bytes]:
        return {
            name: b"null" if values is None else _object(values)
            for name, values in self._maps.items()
        }


class Absent:
    """A Secret that there is not: plainly an error to ``remoteRef``, and no secret to ``extract``.

    ESO does so too, so that no ``deletionPolicy`` acts on a missing ``data`` entry.
    """

    def __init__(self, where: str) -> None:
        self._message = f'there is no Secret "{where}"'

    def value(self, property: str = "") -> SecretValue:  # noqa: A002, ARG002 - all alike
        """Refuse.

        Raises:
            ProviderError: always.
        """
        raise ProviderError(
            self._message, hint="deletionPolicy does not act on data[] of this provider"
        )

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002, ARG002
        """Refuse.

        Raises:
            NoSecret: always.
        """
        raise NoSecret(self._message)


def whole(data: Mapping[str, bytes]) -> bytes:
    """Return data as a JSON object of texts; bytes that are no text are lost."""
    return encode({key.encode(): value for key, value in data.items()}, escape_html=False)


def _object(values: Mapping[str, str]) -> bytes:
    return whole({key: value.encode() for key, value in values.items()})


def _members(data: Mapping[str, bytes], property_: str) -> Mapping[str, SecretValue]:
    if not property_:
        return {key: SecretValue(value) for key, value in data.items()}
    encoded = {key.encode(): b64encode(value) for key, value in data.items()}
    found = escaped_first(encode(encoded, escape_html=False), property_)
    if not found.exists:
        raise PropertyMissing(property_)
    try:
        value = decode(base64.decode(found.string))
    except (base64.Base64Error, JsonError):
        raise NotAnObject from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotAnObject
    # ESO does so too: strings keep their quotes, and numbers pass through float64.
    return {
        runes.decode(key): SecretValue(encode(member, escape_html=False))
        for key, member in value.items()
    }

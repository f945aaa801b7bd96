"""A secret of Vault: a map of values, and how a property is found in it.

Source:
    External Secrets Operator 2.9, Vault and OpenBao providers: property look-up, ``extract``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat import runes
from esync.gocompat.json_decode import JsonError, decode
from esync.gocompat.json_encode import encode
from esync.gocompat.numbers import format_float
from esync.payload.payload import JsonPayload, Lookup, NotAnObject, PropertyMissing
from esync.providers.vault.values import render
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.gocompat.values import Value


class VaultPayload:
    """One version of a secret, or its metadata.

    A property is a member of exactly that name, whatever characters it has, else a path.
    """

    def __init__(self, data: Mapping[bytes, Value]) -> None:
        self._data = data

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the whole map as JSON, or what ``property`` finds in it.

        Raises:
            PropertyMissing: it finds nothing.
        """
        if not property:
            return SecretValue(encode(dict(self._data)))
        name = property.encode()
        if name in self._data:
            return SecretValue(render(self._data[name]))
        return JsonPayload(self.value(), Lookup.PATH).value(property)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return the members of the JSON object that the whole, or a property, is.

        Raises:
            NotAnObject: it is no object.
        """
        return members_of(self.value(property))


class EmptyPayload:
    """Metadata that has nothing in it: empty, also for a property that it lacks, as with ESO."""

    def value(self, property: str = "") -> SecretValue:  # noqa: A002, ARG002 - all alike
        """Return nothing."""
        return SecretValue(b"")

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002, ARG002
        """Refuse: nothing is no JSON.

        Raises:
            NotAnObject: always.
        """
        raise NotAnObject


class OpenBaoPayload:
    """One version of a secret, in which a property is a member of that name and nothing else.

    Attributes:
        data: None for a version that was deleted.
    """

    def __init__(self, data: Mapping[bytes, Value] | None) -> None:
        self._data = data

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the whole map as JSON, or the member ``property``.

        Raises:
            PropertyMissing: there is no such member.
        """
        data = None if self._data is None else dict(self._data)
        if not property:
            return SecretValue(encode(data))
        if data is None or property.encode() not in data:
            raise PropertyMissing(property)
        return SecretValue(render(data[property.encode()]))

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return the members of the JSON object that the whole, or a property, is.

        Raises:
            NotAnObject: it is no object.
        """
        return members_of(self.value(property))


def members_of(text: SecretValue) -> Mapping[str, SecretValue]:
    """Return the members of a JSON object, with numbers as Go's ``float64`` shows them.

    Raises:
        NotAnObject: it is no object; ``null`` counts as an empty one.
    """
    try:
        found = decode(text.reveal())
    except JsonError:
        found = ()
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise NotAnObject
    return {runes.decode(key): SecretValue(_shown(value)) for key, value in found.items()}


def _shown(value: Value) -> bytes:
    is_number = isinstance(value, float) and not isinstance(value, bool)
    return format_float(value, "f").encode() if is_number else render(value)

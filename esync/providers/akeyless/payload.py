"""The value of an item, which is never empty, and how to look into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.payload.payload import JsonPayload, Lookup
from esync.providers.contract import ProviderError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.secret import SecretValue


class EmptyItem(ProviderError):
    """An item has no value; Akeyless does not tell that from an answer without one."""

    rule = "ES0471"


class AkeylessPayload:
    """The text of an item."""

    def __init__(self, key: str, text: SecretValue) -> None:
        self._key = key
        self._text = text

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the whole value, or what ``property`` finds in it, whether it is JSON or not.

        Raises:
            EmptyItem: the whole value is asked for, and empty.
            PropertyMissing: the property finds nothing.
        """
        if not property and not self._text:
            raise EmptyItem(f'item "{self._key}" is empty')
        return self._json().value(property)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return one entry for each member of the object that the value, or a property, is.

        Raises:
            EmptyItem, PropertyMissing: as for ``value``.
            NotAnObject: it is no JSON object.
        """
        self.value(property)
        return self._json().members(property)

    def _json(self) -> JsonPayload:
        return JsonPayload(self._text, Lookup.ESCAPED_FIRST)

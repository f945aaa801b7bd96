"""What a store hands over under one key, and how to look into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.errors import EsyncError
from esync.flow.fetched import Payload
from esync.payload.document import Lookup, NotAnObject, find, members
from esync.payload.scanner import is_valid
from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["JsonPayload", "Lookup", "NotAnObject", "Payload", "PropertyMissing"]


class PropertyMissing(EsyncError):
    """A key has no such property.

    Attributes:
        no_secret: this store takes it for "there is no such secret"; ``deletionPolicy`` decides
            what follows.
    """

    rule = "ES0302"

    def __init__(self, property_: str, *, no_secret: bool = False) -> None:
        super().__init__(
            f'property "{property_}" is not in what the store holds under this key',
            hint="the property is a path (a.b.0); a dot in a name is written with a backslash",
        )
        self.no_secret = no_secret


@dataclass(frozen=True, slots=True)
class JsonPayload:
    """A value in which properties are looked up as in JSON, whether it is JSON or not.

    Attributes:
        content: what the store handed over.
        lookup: what a property with dots means first.
        missing_is_no_secret: a missing property counts as a missing secret.
        must_be_json: in a value that is no JSON no property is found, not even by accident.
    """

    content: SecretValue
    lookup: Lookup
    missing_is_no_secret: bool = False
    must_be_json: bool = False

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the whole value, or what ``property`` finds in it.

        Raises:
            PropertyMissing: it finds nothing.
        """
        if not property:
            return self.content
        json = self.content.reveal()
        found = None
        if not self.must_be_json or is_valid(json):
            found = find(json, property, self.lookup)
        if found is None:
            raise PropertyMissing(property, no_secret=self.missing_is_no_secret)
        return SecretValue(found)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return one entry for each member of the object that the value, or a property, is.

        Raises:
            PropertyMissing: the property finds nothing.
            NotAnObject: it is no JSON object.
        """
        found = members(self.value(property).reveal())
        return {name: SecretValue(value) for name, value in found.items()}

"""A secret of IBM, and what it holds by its type.

Source:
    External Secrets Operator 2.9, ibm provider: what each type gives as a value and as a map.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from esync.gocompat import runes
from esync.gocompat.fmt import sprint
from esync.gocompat.json_decode import JsonError, decode
from esync.gocompat.json_encode import encode
from esync.gocompat.numbers import format_float
from esync.payload.payload import JsonPayload, Lookup, NotAnObject
from esync.providers.contract import BadAnswer, ProviderError
from esync.providers.ibm.dates import with_milliseconds
from esync.providers.ibm.keys import SecretType
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.gocompat.values import Value

# The members that extract gives; and which of them are empty where the service has none.
_MEMBERS: Final[Mapping[SecretType, tuple[str, ...]]] = {
    SecretType.USERNAME_PASSWORD: ("username", "password"),
    SecretType.IMPORTED_CERT: ("certificate", "intermediate", "private_key"),
    SecretType.PUBLIC_CERT: ("certificate", "intermediate", "private_key"),
    SecretType.PRIVATE_CERT: ("certificate", "private_key"),
}
_MAY_LACK: Final = {SecretType.IMPORTED_CERT: frozenset({"intermediate", "private_key"})}


class PropertyNeeded(ProviderError):
    """A secret of this type has several values, and no property says which."""

    rule = "ES0463"


class MemberMissing(ProviderError):
    """A secret has no such text."""

    rule = "ES0464"


class OtherType(ProviderError):
    """A secret is of another type than its key says."""

    rule = "ES0465"


class IbmPayload:
    """One secret, as its type has it."""

    def __init__(self, kind: SecretType, key: str, secret: Mapping[bytes, Value]) -> None:
        """Keep them.

        Args:
            kind: the type that the key names.
            key: for messages.
            secret: as the service answers it, numbers as floats.
        """
        self.kind = kind
        self.secret = with_milliseconds(secret)
        self._key = key

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return what the type holds, or ``property`` of it where the type has several.

        Raises:
            PropertyNeeded: the type has several, and there is none.
            MemberMissing: there is no such text.
            PropertyMissing: an object has no such property.
            OtherType: the secret is of another type.
        """
        match self.kind:
            case SecretType.ARBITRARY:
                return self._text("payload")
            case SecretType.IAM_CREDENTIALS:
                return self._text("api_key")
            case SecretType.SERVICE_CREDENTIALS:
                return SecretValue(encode(self._object("credentials")))
            case SecretType.KV | SecretType.CUSTOM_CREDENTIALS:
                return self._json().value(property)
            case (
                SecretType.USERNAME_PASSWORD
                | SecretType.IMPORTED_CERT
                | SecretType.PUBLIC_CERT
                | SecretType.PRIVATE_CERT
            ):
                return self._member(property)
            case other:
                assert_never(other)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return the values of the type by name; ``property`` counts for objects only.

        Raises:
            MemberMissing, PropertyMissing, OtherType: as for ``value``.
            NotAnObject: a property is no object.
        """
        match self.kind:
            case SecretType.ARBITRARY:
                return {"arbitrary": self._text("payload")}
            case SecretType.IAM_CREDENTIALS:
                return {"apikey": self._text("api_key")}
            case SecretType.SERVICE_CREDENTIALS:
                # ESO does so too: as Go prints a map, and not as JSON.
                return {"credentials": SecretValue(sprint([self._object("credentials")]))}
            case SecretType.KV | SecretType.CUSTOM_CREDENTIALS:
                return _members(self._json().value(property))
            case (
                SecretType.USERNAME_PASSWORD
                | SecretType.IMPORTED_CERT
                | SecretType.PUBLIC_CERT
                | SecretType.PRIVATE_CERT
            ):
                return {name: self._member(name) for name in _MEMBERS[self.kind]}
            case other:
                assert_never(other)

    def _member(self, name: str) -> SecretValue:
        if not name:
            raise PropertyNeeded(
                f'secret "{self._key}": a secret of type {self.kind} needs a property',
                hint=f"set remoteRef.property, as in {', '.join(_MEMBERS[self.kind])}",
            )
        if name in _MAY_LACK.get(self.kind, ()) and self.secret.get(name.encode()) is None:
            return SecretValue(b"")
        return self._text(name)

    def _text(self, name: str) -> SecretValue:
        found = self.secret.get(name.encode())
        if not isinstance(found, bytes):
            raise MemberMissing(f'secret "{self._key}": there is no text under "{name}"')
        return SecretValue(found)

    def _object(self, name: str) -> Value:
        found = self.secret.get(name.encode())
        if not isinstance(found, dict):
            raise BadAnswer(f'secret "{self._key}": there is no object under "{name}"')
        return found

    def _json(self) -> JsonPayload:
        told = self.secret.get(b"secret_type")
        if told != self.kind.encode():
            raise OtherType(
                f'secret "{self._key}" is not of type {self.kind}',
                hint="name the type in the key as the service does",
            )
        name = "data" if self.kind is SecretType.KV else "credentials_content"
        text = SecretValue(encode(self._object(name)))
        return JsonPayload(text, Lookup.INNER_ESCAPED_FIRST)


def _members(text: SecretValue) -> Mapping[str, SecretValue]:
    """Return the members of a JSON object, with numbers as Go's ``float64`` shows them."""
    try:
        found = decode(text.reveal())
    except JsonError:
        found = ()
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise NotAnObject
    return {runes.decode(name): SecretValue(_shown(value)) for name, value in found.items()}


def _shown(value: Value) -> bytes:
    match value:
        case None:
            return b""
        case bytes():
            return value
        case float():
            return format_float(value, "f").encode()
        case _:
            return encode(value)

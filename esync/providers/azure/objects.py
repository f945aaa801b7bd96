"""What a remote key means, and what becomes of the objects in a vault.

Source:
    External Secrets Operator 2.9, azurekv provider: object types, JWK output.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat.json_encode import encode
from esync.payload.payload import JsonPayload, Lookup
from esync.providers.contract import BadAnswer, ProviderError
from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.gocompat.values import Value
    from esync.payload.payload import Payload

# The names that Azure accepts; anything else would be another path of the URL.
_NAME: Final = re.compile(r"[0-9a-zA-Z-]{1,127}")
_LEGACY_ORDER: Final = (
    "kid", "kty", "key_ops", "n", "e", "d", "dp", "dq", "qi", "p", "q", "k", "key_hsm", "crv",
    "x", "y",
)  # fmt: skip


class BadKeyOrVersion(ProviderError):
    """A key or version is not one that Key Vault could have."""

    rule = "ES0370"


class NotExtractable(ProviderError):
    """``extract`` is asked of a certificate or a key, which have no members."""

    rule = "ES0371"


class ObjectType(StrEnum):
    """What a vault keeps; as the beginning of a remote key spells it."""

    SECRET = "secret"
    CERTIFICATE = "cert"
    KEY = "key"

    @property
    def collection(self) -> str:
        """Its part of the URL."""
        return _COLLECTIONS[self]

    @property
    def word(self) -> str:
        """What people call it."""
        return _COLLECTIONS[self].removesuffix("s")


_COLLECTIONS: Final = {
    ObjectType.SECRET: "secrets",
    ObjectType.CERTIFICATE: "certificates",
    ObjectType.KEY: "keys",
}


@dataclass(frozen=True, slots=True)
class ObjectName:
    """A remote key, understood."""

    type: ObjectType
    name: str


def name_of(key: str) -> ObjectName:
    """Return what ``NAME`` or ``TYPE/NAME`` means.

    Raises:
        BadKeyOrVersion: the type is none, or the name is not one that Azure accepts.
    """
    # ESO does so too: what follows the name is dropped, "secret/a/b" reads "a".
    first, *rest = key.split("/")
    kind, name = (first, rest[0]) if rest else (ObjectType.SECRET.value, first)
    if kind not in set(ObjectType):
        raise BadKeyOrVersion(
            f'key "{key}": there is no object type "{kind}"',
            hint="write secret/NAME, cert/NAME, key/NAME, or NAME for a secret",
        )
    if not _NAME.fullmatch(name):
        raise BadKeyOrVersion(
            f'key "{key}": the name has other characters than Key Vault accepts',
            hint="a name has letters, digits and -, up to 127",
        )
    return ObjectName(ObjectType(kind), name)


def check_version(key: str, version: str) -> None:
    """Refuse a version that is none.

    Raises:
        BadKeyOrVersion: it has characters that no version has.
    """
    if version and not _NAME.fullmatch(version):
        raise BadKeyOrVersion(
            f'version "{version}" of key "{key}" is none that Key Vault could have',
            hint="a version is 32 hexadecimal digits",
        )


@dataclass(frozen=True, slots=True)
class CertificatePayload:
    """The DER bytes of a certificate, which have no properties and no members."""

    content: SecretValue

    def value(self, property: str = "") -> SecretValue:  # noqa: A002, ARG002 - ESO ignores it
        """Return the bytes, whatever the property."""
        return self.content

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002, ARG002
        """Refuse.

        Raises:
            NotExtractable: always.
        """
        raise not_extractable(ObjectType.CERTIFICATE)


@dataclass(frozen=True, slots=True)
class KeyPayload:
    """The public part of a key, as a JWK."""

    content: SecretValue

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the JWK, or what a property finds in it."""
        return JsonPayload(self.content, Lookup.PATH_FIRST).value(property)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002, ARG002
        """Refuse.

        Raises:
            NotExtractable: always.
        """
        raise not_extractable(ObjectType.KEY)


def not_extractable(kind: ObjectType) -> NotExtractable:
    """Return the error for an ``extract`` of a certificate or a key."""
    return NotExtractable(
        f"extract is for secrets, and this is a {kind.word}",
        hint="use data[].remoteRef, or extract secret/NAME",
    )


def payload_of(
    wanted: ObjectName, answer: Mapping[str, Any], about: str, *, is_legacy: bool
) -> Payload:
    """Return the payload in the answer to a read.

    Raises:
        BadAnswer: it is not there, or is not what it should be.
    """
    match wanted.type:
        case ObjectType.SECRET:
            return JsonPayload(secret_in(answer, about), Lookup.PATH_FIRST)
        case ObjectType.CERTIFICATE:
            return CertificatePayload(_der_in(answer, about))
        case ObjectType.KEY:
            return KeyPayload(SecretValue(_jwk_in(answer, about, is_legacy=is_legacy)))


def secret_in(answer: Mapping[str, Any], about: str) -> SecretValue:
    """Return the value of a secret.

    Raises:
        BadAnswer: it is not there.
    """
    value = answer.get("value")
    if not isinstance(value, str):
        raise BadAnswer(f"{about}: the answer has no value")
    return SecretValue(utf8(value))


def utf8(text: str) -> bytes:
    """Return the bytes of a text out of JSON; half of a surrogate pair is U+FFFD, as in Go."""
    if text.isascii():
        return text.encode()
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _der_in(answer: Mapping[str, Any], about: str) -> SecretValue:
    text = answer.get("cer")
    if isinstance(text, str) and text:
        try:
            return SecretValue(b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            pass
    raise BadAnswer(f"{about}: the answer has no certificate in base64")


def _jwk_in(answer: Mapping[str, Any], about: str, *, is_legacy: bool) -> bytes:
    """Return the key as JSON: its members in the operator's order, texts as Azure sends them."""
    key = answer.get("key")
    if not isinstance(key, dict):
        raise BadAnswer(f"{about}: the answer has no key")
    order = _LEGACY_ORDER if is_legacy else sorted(_LEGACY_ORDER)
    members = []
    for name in order:
        member = key.get(name)
        if member is not None:
            members.append(encode(name.encode()) + b":" + encode(_value(member, about)))
    return b"{" + b",".join(members) + b"}"


def _value(member: object, about: str) -> Value:
    if isinstance(member, str):
        return utf8(member)
    if isinstance(member, list) and all(isinstance(one, str) for one in member):
        return [utf8(one) for one in member]
    raise BadAnswer(f"{about}: the key has a member that is no text")

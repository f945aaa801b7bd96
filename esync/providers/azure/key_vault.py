"""Reads secrets, keys and certificates of one Azure Key Vault.

Plain JSON over one pool, and not the ``azure-keyvault`` clients: a read is one GET with a JSON
answer, for which a client takes 1.15 ms of processor time, several times what the pool needs. It
would also decode numbers of keys that have to be handed on as they are written, follow redirects
with a token, and try again by itself. Tests fill the vault with those clients.

Source:
    External Secrets Operator 2.9, azurekv provider; Key Vault REST API 7.4.
"""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from esync.providers.azure.calls import AnnouncedCalls
from esync.providers.azure.metadata import MetadataPayload
from esync.providers.azure.objects import (
    ObjectName,
    ObjectType,
    check_version,
    name_of,
    payload_of,
    secret_in,
)
from esync.providers.contract import BadAnswer, FindBy
from esync.providers.names import BadPattern, name_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from esync.manifests.externalsecret import Find
    from esync.payload.payload import Payload
    from esync.providers.azure.calls import Calls
    from esync.secret import SecretValue

_ROLES: Final = {
    ObjectType.SECRET: "secrets/get (role Key Vault Secrets User)",
    ObjectType.CERTIFICATE: "certificates/get (role Key Vault Reader)",
    ObjectType.KEY: "keys/get (role Key Vault Reader)",
}
_MAY_LIST: Final = "secrets/list (role Key Vault Secrets User)"


class KeyVault:
    """Reads the objects of a vault by type and name.

    One instance serves one store, and may be called from several threads at once.
    """

    converts_found_keys: ClassVar[bool] = False
    finds_by: ClassVar[tuple[FindBy, ...]] = (FindBy.NAME, FindBy.TAGS)

    def __init__(self, calls: Calls, *, is_legacy: bool = True) -> None:
        """Keep what is needed; nobody is asked.

        Args:
            calls: the vault.
            is_legacy: follow the operator's first code path, not that of ``useAzureSDK``.
        """
        self._calls = calls
        self._is_legacy = is_legacy

    def read(self, key: str, version: str = "") -> Payload:
        """Return an object: a secret's text, a certificate's DER bytes, a key's JWK.

        Args:
            key: ``NAME`` of a secret, or ``secret/NAME``, ``cert/NAME``, ``key/NAME``.
            version: empty is the current one.

        Raises:
            NoSecret: there is no such object or version, or it was deleted.
            BadKeyOrVersion: there cannot be one.
            ProviderError: see :meth:`esync.providers.azure.calls.Calls.get`.
        """
        wanted = name_of(key)
        about = _about(wanted, version)
        return payload_of(
            wanted, self._get(wanted, key, version, about), about, is_legacy=self._is_legacy
        )

    def read_metadata(self, key: str, version: str = "") -> Payload:
        """Return the tags of an object, and without ``useAzureSDK`` its dates; as in ``read``."""
        wanted = name_of(key)
        answer = self._get(wanted, key, version, f"metadata of {_about(wanted, version)}")
        return MetadataPayload(key, wanted, answer, is_legacy=self._is_legacy)

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the current values of all enabled secrets that match name and tags, by name.

        A path is ignored, and no criterion is every secret, as for the operator.

        Raises:
            NoSecret: one that matches was deleted meanwhile.
            ProviderError: one that matches cannot be read, or there is no list.
        """
        matches = _pattern(wanted)
        tags = wanted.tags or {}
        names = [name for name, has in self._enabled() if has(tags) and matches(name)]
        return {name: self._value(name) for name in names}

    def announcing(self, before: Callable[[str], None]) -> Self:
        """Return the same, which tells each call by its kind before it makes it."""
        same = copy(self)
        same._calls = AnnouncedCalls(self._calls, before)  # noqa: SLF001 - of its own class
        return same

    def close(self) -> None:
        """Close the connections."""
        self._calls.close()

    def _value(self, name: str) -> SecretValue:
        wanted = ObjectName(ObjectType.SECRET, name)
        about = _about(wanted, "")
        return secret_in(self._get(wanted, name, "", about), about)

    def _enabled(self) -> Iterator[tuple[str, Callable[[Mapping[str, str]], bool]]]:
        """Yield the names of the enabled secrets, and what tells whether one has some tags."""
        about = "the list of secrets"
        for item in self._calls.pages("secrets", about, _MAY_LIST):
            attributes = item.get("attributes")
            if not isinstance(attributes, dict) or attributes.get("enabled") is not True:
                continue
            name = str(item.get("id") or "").rpartition("/")[2]
            if not name:
                raise BadAnswer(f"{about} has one without id")
            found = item.get("tags")
            tags = found if isinstance(found, dict) else {}
            yield name_of(name).name, partial(_has, tags)

    def _get(self, wanted: ObjectName, key: str, version: str, about: str) -> Mapping[str, Any]:
        check_version(key, version)
        path = f"{wanted.type.collection}/{wanted.name}/{version}"
        return self._calls.get(path, about, _ROLES[wanted.type])


def _has(tags: Mapping[str, object], wanted: Mapping[str, str]) -> bool:
    return all(tags.get(name) == value for name, value in wanted.items())


def _about(wanted: ObjectName, version: str) -> str:
    at = f' at version "{version}"' if version else ""
    return f'{wanted.type.word} "{wanted.name}"{at}'


def _pattern(wanted: Find) -> Callable[[str], bool]:
    if wanted.name is None or not wanted.name.regexp:
        return lambda _: True
    try:
        return name_pattern(wanted.name)
    except BadPattern:
        # ESO does so too: what is no regular expression matches nothing, and is no error.
        return lambda _: False

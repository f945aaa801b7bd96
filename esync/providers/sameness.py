"""When two stores are one: equal settings, and equal credentials wherever these stand.

A namespace must not gain what its own credentials could not have read. Stores are one only if what
they sign in with is equal to the byte; names and namespaces of the Secrets that hold it play no
part. A service account is an identity of its own.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from esync.errors import EsyncError
from esync.manifests.store import CaProvider, CaProviderType, SecretSelector
from esync.providers import PROVIDERS, provider_of
from esync.providers.contract import BadStore, SharesNamespaces
from esync.providers.references import references
from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.access import Access
    from esync.manifests.document import Path
    from esync.manifests.store import Store
    from esync.providers.contract import Provider
    from esync.providers.references import Reference

# Value by key of each Secret or ConfigMap that a store points at; prints as masks.
Credentials = tuple[tuple[tuple[str, SecretValue], ...], ...]
# What merely says where a credential stands.
_WHERE: Final = frozenset({"name", "namespace", "key", "type"})
# What ``--store-auth ambient`` lets aside.
_AUTH: Final = frozenset({"auth", "authSecretRef", "serviceAccountRef"})
_ACCOUNT: Final = "ServiceAccount"
# What two stores may differ in; a field that is not listed counts.
_APART: Final = frozenset(
    {
        "kind",
        "name",
        "namespace",
        "settings",  # compared without places
        "document",
        "controller",  # these two were looked at for each ExternalSecret
        "conditions",
        "refresh_interval",
        "annotations",
    }
)


@dataclass(frozen=True, slots=True)
class StoreDoor:
    """Opens one store for one namespace, and tells whether it is the same as another.

    Attributes:
        store: what is opened.
        access: what it may use; comparing and opening read the same of it.
        is_alone: whether it is to be opened for itself in any case.
    """

    store: Store
    access: Access
    is_alone: bool = False

    @property
    def likeness(self) -> str:
        """A text that is equal for stores of equal settings; empty for one like no other."""
        return "" if self.is_alone else likeness(self.store, self.access)

    def credentials(self) -> Credentials:
        """Return what it signs in with, to be compared.

        Raises:
            EsyncError: it cannot be read.
        """
        return credentials(self.store, self.access)

    def open(self) -> Provider:
        """Return a client.

        Raises:
            EsyncError: the store cannot be opened, or may not be.
        """
        return provider_of(self.store).open(self.store, self.access)


def likeness(store: Store, access: Access) -> str:
    """Return a text that is equal for stores of equal settings; empty if it is like no other.

    Equal is all that a store says but where it is, for whom, and where its credentials stand; and
    whether it is trusted, and may use the identity of the process. Nothing is read.
    """
    if store.provider not in PROVIDERS:
        return ""  # what another package's settings point at is not known
    provider = provider_of(store)
    if not (issubclass(provider, SharesNamespaces) and provider.shares_namespaces(store)):
        return ""
    found = {one.path: one for one in references(store, access.namespace)}
    unused = _AUTH if access.ambient else frozenset()
    try:
        settings = _without_places(store.settings, (), found, unused)
    except _Unclear:
        return ""
    rest = {one.name: getattr(store, one.name) for one in fields(store) if one.name not in _APART}
    may_be_ambient = getattr(provider, "has_ambient_identity", True) and _may_be_ambient(access)
    trust = [store.document.trusted, access.ambient, may_be_ambient]
    return json.dumps([settings, rest, trust], sort_keys=True, default=repr)


def credentials(store: Store, access: Access) -> Credentials:
    """Return what the references of a store hold, in the order of its settings.

    Raises:
        EsyncError: one of them cannot be read.
    """
    unused = _AUTH if access.ambient else frozenset()
    return tuple(
        _held(store, one, access)
        for one in references(store, access.namespace)
        if one.kind != _ACCOUNT and one.path[0] not in unused
    )


class _Unclear(Exception):
    """Something in the settings may be a reference, and is none that we know."""


def _without_places(
    settings: Any, path: Path, found: Mapping[Path, Reference], unused: frozenset[str]
) -> Any:
    """Return the settings of any provider without what says where credentials stand."""
    if isinstance(settings, list):
        return [
            _without_places(value, (*path, index), found, unused)
            for index, value in enumerate(settings)
        ]
    if not isinstance(settings, dict):
        return settings
    if path in found:
        rest = {key: value for key, value in settings.items() if key not in _WHERE}
        one = found[path]
        is_account = one.kind == _ACCOUNT and path[0] not in unused
        return [one.kind, one.namespace, one.name, rest] if is_account else rest
    if isinstance(settings.get("name"), str):
        raise _Unclear
    return {
        key: _without_places(value, (*path, key), found, unused) for key, value in settings.items()
    }


def _may_be_ambient(access: Access) -> bool:
    try:
        access.allow_ambient()
    except EsyncError:
        return False
    return True


def _held(store: Store, one: Reference, access: Access) -> tuple[tuple[str, SecretValue], ...]:
    settings: Any = store.settings
    for step in one.path:
        settings = settings[step]
    named, key = _text(settings, "namespace"), _text(settings, "key")
    if one.path[-1] == "caProvider":
        provider = CaProvider(_authority(store, one), one.name, key, named)
        bundle = access.ca_bundle("", provider, *one.path[:-1])
        return (("", SecretValue(bundle or b"")),)
    if one.kind == "ConfigMap":
        text = access.config_map(one.name, key, named, *one.path)
        return (("", SecretValue(text.encode("utf-8", "surrogateescape"))),)
    if key:
        return (("", access.secret(SecretSelector(one.name, named, key), *one.path)),)
    # Which key is meant is the provider's to say.
    return tuple(sorted(access.secret_data(one.name, named, *one.path).items()))


def _authority(store: Store, one: Reference) -> CaProviderType:
    if one.kind not in set(CaProviderType):
        raise BadStore(f'caProvider has no type "{one.kind}"', at=store.place(*one.path))
    return CaProviderType(one.kind)


def _text(settings: Mapping[str, Any], member: str) -> str:
    found = settings.get(member)
    return found if isinstance(found, str) else ""

"""Follows the references of a store: to Secrets, ConfigMaps and service accounts.

Source:
    External Secrets Operator 2.9: reference rules, CA bundles, token requests.
"""

from __future__ import annotations

import binascii
from dataclasses import field
from time import time_ns
from typing import TYPE_CHECKING, Any, Final, Protocol

from esync.cluster.contract import CONFIG_MAPS, SECRETS, SERVICE_ACCOUNTS
from esync.errors import EsyncError
from esync.gocompat.base64 import Base64Error, decode
from esync.identity.certificates import certificates_of
from esync.identity.hosts import Origin, Rules, host_of, is_same_server, require_allowed
from esync.manifests.store import CaProviderType
from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from esync.cluster.contract import Login, Object, Resource, Visitor
    from esync.errors import Location
    from esync.manifests.store import CaProvider, SecretSelector, ServiceAccountSelector, Store

_TYPE_LABEL: Final = "external-secrets.io/type"
_KEYS: Final = "name one of the keys that it has"


class Credentials(Protocol):
    """Where credentials are read: the part of a cluster that a store may use."""

    @property
    def server(self) -> str:
        """The API server's URL, or empty."""

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return the object, or None if there is none."""

    def token(
        self, namespace: str, name: str, audiences: Sequence[str], seconds: int | None = None
    ) -> SecretValue:
        """Return a token for a service account."""

    def acting_as(self, login: Login | None) -> Visitor:
        """Return the cluster as somebody else sees it, with what this run made; None is us."""


class MissingReference(EsyncError):
    """A store points at an object, or a key of one, that does not exist."""

    rule = "ES0350"


class BadReference(EsyncError):
    """A store's reference cannot be followed as it is written."""

    rule = "ES0351"


class AmbientRefused(EsyncError):
    """A store would use the identity of the process, and may not."""

    rule = "ES0352"


class AudienceMissing(EsyncError):
    """A token for the cluster itself would go to somebody else."""

    rule = "ES0353"


@dataclass(frozen=True, slots=True)
class StoreAccess:
    """What one store may use when it serves one namespace; see :class:`Access`.

    Attributes:
        store: whose references are followed.
        namespace: of the ExternalSecret that asks.
        cluster: the input, then the cluster.
        rules: what the flags allow.
        environ: the environment of the process.
        ambient: ``--store-auth ambient`` was said of this store.
        connect_timeout: seconds.
        read_timeout: seconds.
        clock: nanoseconds since 1970.
    """

    store: Store
    namespace: str
    cluster: Credentials
    rules: Rules = field(default_factory=Rules)
    environ: Mapping[str, str] = field(default_factory=dict)
    ambient: bool = False
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    clock: Callable[[], int] = time_ns

    def secret(self, selector: SecretSelector, *path: str | int) -> SecretValue:
        """Return the bytes that ``selector`` points at, not trimmed.

        Raises:
            BadReference: it has no name or no key.
            MissingReference: there is no such Secret, or it lacks the key.
        """
        at = self.store.place(*path)
        if not selector.key:
            raise BadReference(f"{_dotted(path)}: key is missing", at=at)
        values = self.secret_data(selector.name, selector.namespace, *path)
        if selector.key not in values:
            where = f"{self.namespace_of(selector.namespace)}/{selector.name}"
            raise MissingReference(
                f'{_dotted(path)}: Secret "{where}" has no key "{selector.key}"',
                at=at,
                hint=_KEYS,
            )
        return values[selector.key]

    @property
    def cluster_server(self) -> str:
        """The URL of the API server of this run, or empty if there is no cluster."""
        return self.cluster.server

    def cluster_as(self, login: Login | None, namespace: str = "") -> Visitor:
        """Return the cluster of this run as ``login`` sees it, with what this run made.

        Raises:
            AmbientRefused: without a login, and the store may not use the process's identity.
        """
        own = namespace == self.store.namespace and not self.cluster.server
        if login is None and not (own and self.store.document.trusted):
            self.allow_ambient()
        return self.cluster.acting_as(login)

    def secret_data(
        self, name: str, namespace: str = "", *path: str | int, type_label: str = ""
    ) -> Mapping[str, SecretValue]:
        """Return all keys of a Secret.

        Raises:
            BadReference: the name is empty, the Secret's data is no base64, or it has not the label
                that is asked for.
            MissingReference: there is no such Secret.
        """
        found = self._get(SECRETS, namespace, name, path)
        at = self.store.place(*path)
        if type_label and _strings(found["metadata"], "labels").get(_TYPE_LABEL) != type_label:
            where = f"{self.namespace_of(namespace)}/{name}"
            raise BadReference(
                f'{_dotted(path)}: Secret "{where}" lacks the label {_TYPE_LABEL}: {type_label}',
                at=at,
                hint="label the Secret, so that only what is meant for it is given to the store",
            )
        values = {key: _decoded(text, key, at) for key, text in _strings(found, "data").items()}
        plain = _strings(found, "stringData")  # a document of the input may have it, and it wins
        return values | {key: SecretValue(text.encode()) for key, text in plain.items()}

    def config_map(self, name: str, key: str, namespace: str = "", *path: str | int) -> str:
        """Return one key of a ConfigMap's ``data``.

        Raises:
            BadReference: the name is empty.
            MissingReference: there is no such ConfigMap, or it lacks the key.
        """
        texts = _strings(self._get(CONFIG_MAPS, namespace, name, path), "data")
        if key not in texts:
            where = f"{self.namespace_of(namespace)}/{name}"
            raise MissingReference(
                f'{_dotted(path)}: ConfigMap "{where}" has no key "{key}"',
                at=self.store.place(*path),
                hint=_KEYS,
            )
        return texts[key]

    def service_account(self, selector: ServiceAccountSelector, *path: str | int) -> Object:
        """Return the ServiceAccount that ``selector`` points at.

        Raises:
            BadReference: it has no name.
            MissingReference: there is no such service account.
        """
        return self._get(SERVICE_ACCOUNTS, selector.namespace, selector.name, path)

    def _may_get_default_audience(self, to: str) -> bool:
        if is_same_server(to, self.cluster.server):
            return True
        return bool(to) and host_of(to) in {one.lower() for one in self.rules.default_audience}

    def service_account_token(
        self,
        selector: ServiceAccountSelector,
        audiences: tuple[str, ...],
        seconds: int | None = None,
        *path: str | int,
        to: str = "",
    ) -> SecretValue:
        """Request a token with exactly these audiences.

        Raises:
            AudienceMissing: there are none, and ``to`` is not the API server that gives the token.
        """
        at = self.store.place(*path)
        if not any(audiences) and not self._may_get_default_audience(to):
            raise AudienceMissing(
                f'the token of service account "{selector.name}" would be valid for the cluster '
                "itself, and go elsewhere",
                at=at,
                hint="name the service's audience under audiences, or pass "
                "--allow-default-audience with its host",
            )
        namespace = self.namespace_of(selector.namespace)
        try:
            return self.cluster.token(namespace, selector.name, audiences, seconds)
        except EsyncError as error:
            raise error.located(at) from None

    def ca_bundle(self, inline: str, provider: CaProvider | None, *path: str | int) -> bytes | None:
        """Return PEM certificates that replace the system's, or None if none are named.

        Raises:
            BadReference: ``inline`` holds no certificate, or the namespace is not allowed.
            MissingReference: what the provider points at does not exist.
        """
        if inline:
            found = certificates_of(inline)
            if found is None:
                raise BadReference(
                    "caBundle holds no certificate",
                    at=self.store.place(*path, "caBundle"),
                    hint="write the base64 of PEM text",
                )
            return found
        return self._provided(provider, (*path, "caProvider")) if provider else None

    def allow_host(self, url: str, origin: Origin = Origin.STORE, *path: str | int) -> None:
        """Refuse a URL that credentials may not go to.

        Raises:
            BadUrl, PlainHttp, HostNotInPolicy, HostRefused: see
                :func:`esync.identity.hosts.require_allowed`.
        """
        trusted = self.store.document.trusted
        at, only = self.store.place(*path), self.store.only_hosts
        require_allowed(url, origin, self.rules, trusted=trusted, at=at, only=only)

    def allow_ambient(self) -> None:
        """Refuse the identity of the process for a store that may not use it.

        Raises:
            AmbientRefused: the store is not trusted, or it belongs to one of several namespaces
                and no flag names it.
        """
        store = self.store
        if not store.document.trusted:
            raise AmbientRefused(
                f"{store.ref} is not trusted with the identity of this process",
                at=store.place(),
                hint="take the store from a --trust place, or give it auth of its own",
            )
        name = f"{store.namespace}/{store.name}"
        tenant = self.rules.several_namespaces and not store.is_cluster_wide
        if tenant and name not in self.rules.allow_ambient:
            raise AmbientRefused(
                f"{store.ref} would use the identity of this process in a run over several "
                "namespaces",
                at=store.place(),
                hint=f"pass --allow-ambient {name}, or give the store auth of its own",
            )

    def namespace_of(self, named: str) -> str:
        """Return the namespace that a selector which names ``named`` is read in."""
        if self.store.is_cluster_wide:
            return named or self.namespace
        return self.store.namespace or self.namespace

    def _get(
        self, resource: Resource, named: str, name: str, path: tuple[str | int, ...]
    ) -> Object:
        at = self.store.place(*path)
        if not name:
            raise BadReference(f"{_dotted(path)}: name is missing", at=at)
        namespace = self.namespace_of(named)
        try:
            found = self.cluster.get(resource, namespace, name)
        except EsyncError as error:
            raise error.located(at) from None
        if found is None:
            raise MissingReference(
                f'{_dotted(path)}: there is no {resource.kind} "{namespace}/{name}"',
                at=at,
                hint="pass its document with -f, or create it in the cluster",
            )
        return found

    def _provided(self, provider: CaProvider, path: tuple[str | int, ...]) -> bytes:
        at = self.store.place(*path)
        if self.store.is_cluster_wide and not provider.namespace:
            raise BadReference("caProvider of a ClusterSecretStore needs a namespace", at=at)
        named = provider.namespace or self.namespace
        if named != self.namespace_of(named):
            raise BadReference(
                f'caProvider names namespace "{named}", and a SecretStore reads its own only',
                at=at,
                hint="leave the namespace out",
            )
        if provider.type is CaProviderType.SECRET:
            values = self.secret_data(provider.name, named, *path)
        else:
            found = _strings(self._get(CONFIG_MAPS, named, provider.name, path), "data")
            values = {key: SecretValue(text.encode()) for key, text in found.items()}
        if provider.key not in values:
            raise MissingReference(
                f'caProvider: {provider.type} "{named}/{provider.name}" has no key '
                f'"{provider.key}"',
                at=at,
                hint=_KEYS,
            )
        return values[provider.key].reveal()


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path)) or "reference"


def _strings(found: Object, member: str) -> dict[str, str]:
    """Return the strings of a map of an object; an absent map is empty."""
    members: Any = found.get(member) or {}
    return {str(key): text for key, text in members.items() if isinstance(text, str)}


def _decoded(text: str, key: str, at: Location) -> SecretValue:
    try:
        return SecretValue(decode(text.encode()))
    except (Base64Error, binascii.Error, UnicodeEncodeError):
        raise BadReference(f'key "{key}" of the Secret is not base64', at=at) from None

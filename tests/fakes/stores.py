"""Stores, and the objects they point at, as tests write them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from esync.cluster.contract import (
    CONFIG_MAPS,
    SECRETS,
    SERVICE_ACCOUNTS,
    Login,
    Object,
    Resource,
    Visitor,
)
from esync.errors import Location
from esync.manifests.document import Document, Path
from esync.manifests.externalsecret import StoreKind
from esync.manifests.store import RetrySettings, Store
from esync.secret import SecretValue


def make_store(
    provider: str,
    settings: Mapping[str, Any],
    *,
    kind: StoreKind = StoreKind.SECRET_STORE,
    retry: RetrySettings | None = None,
    trusted: bool = True,
    namespace: str = "orders",
) -> Store:
    """Return a store named ``main`` that stands in ``store.yaml``; line 9 is its provider block."""
    namespace = namespace if kind is StoreKind.SECRET_STORE else ""
    lines: dict[Path, int] = {("spec", "provider", provider): 9}
    lines |= {
        ("spec", "provider", provider, *path): 10 + n for n, path in enumerate(paths(settings))
    }
    document = Document(
        api_version="external-secrets.io/v1",
        kind=kind.value,
        namespace=namespace,
        name="main",
        body={},
        at=Location("store.yaml", 1),
        lines=lines,
        trusted=trusted,
    )
    return Store(kind, "main", namespace, provider, settings, document, retry=retry)


def paths(value: Any) -> list[tuple[str | int, ...]]:
    """Return the path of every member of ``value``, top down."""
    members = (
        value.items()
        if isinstance(value, Mapping)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [(key, *rest) for key, inner in members for rest in [(), *paths(inner)]]


@dataclass
class MemoryCredentials:
    """A cluster that holds credentials only, and keeps what it was asked for.

    Attributes:
        objects: by (kind, namespace, name).
        asked: every get, in order.
        tokens: every token request, in order: namespace, name, audiences, seconds.
        visitor: what a store sees that reads the cluster itself.
        logins: as whom that was asked, in order; None is the process.
    """

    server: str = ""
    objects: dict[tuple[str, str, str], Object] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    tokens: list[tuple[str, str, tuple[str, ...], int | None]] = field(default_factory=list)
    visitor: Visitor | None = None
    logins: list[Login | None] = field(default_factory=list)

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return the object, or None if there is none."""
        self.asked.append((resource.kind, namespace, name))
        return self.objects.get((resource.kind, namespace, name))

    def token(
        self, namespace: str, name: str, audiences: Sequence[str], seconds: int | None = None
    ) -> SecretValue:
        """Return a token that says whose it is and how many were given before."""
        self.tokens.append((namespace, name, tuple(audiences), seconds))
        return SecretValue(f"token-{namespace}-{name}-{len(self.tokens)}".encode())

    def acting_as(self, login: Login | None) -> Visitor:
        """Return what the test put there, and keep who asked."""
        self.logins.append(login)
        assert self.visitor is not None
        return self.visitor

    def add_secret(self, name: str, values: Mapping[str, str], namespace: str = "orders") -> None:
        """Put a Secret there, its values as the API has them."""
        data = {key: b64encode(value.encode()).decode() for key, value in values.items()}
        self._add(SECRETS, namespace, name, {"data": data})

    def add_config_map(
        self, name: str, values: Mapping[str, str], namespace: str = "orders"
    ) -> None:
        """Put a ConfigMap there."""
        self._add(CONFIG_MAPS, namespace, name, {"data": dict(values)})

    def add_service_account(
        self, name: str, annotations: Mapping[str, str], namespace: str = "orders"
    ) -> None:
        """Put a ServiceAccount there."""
        self._add(SERVICE_ACCOUNTS, namespace, name, {}, annotations)

    def _add(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        content: Object,
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        metadata = {"name": name, "namespace": namespace, "annotations": dict(annotations or {})}
        self.objects[resource.kind, namespace, name] = {
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": metadata,
            **content,
        }

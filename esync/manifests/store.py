"""SecretStore and ClusterSecretStore: the part that all providers share, and selectors.

Source: External Secrets Operator 2.9, the API reference of ``external-secrets.io/v1``.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import LabelSelector, StoreKind
from esync.manifests.formats import DNS_NAME, INT32, NS_NAME, SECRET_KEY
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.errors import Location
    from esync.manifests.document import Document


@dataclass(frozen=True, slots=True)
class SecretSelector:
    """Points at one key of a Secret that holds a credential."""

    name: str = field(default="", metadata=DNS_NAME)
    namespace: str = field(default="", metadata=NS_NAME)
    key: str = field(default="", metadata=SECRET_KEY)


@dataclass(frozen=True, slots=True)
class ServiceAccountSelector:
    """Points at a service account whose token is used."""

    name: str = field(metadata=DNS_NAME)
    namespace: str = field(default="", metadata=NS_NAME)
    audiences: tuple[str, ...] = ()


class CaProviderType(StrEnum):
    """What holds certificates."""

    SECRET = "Secret"
    CONFIG_MAP = "ConfigMap"


@dataclass(frozen=True, slots=True)
class CaProvider:
    """Points at certificates in a Secret or ConfigMap."""

    type: CaProviderType
    name: str = field(metadata=DNS_NAME)
    key: str = field(default="", metadata=SECRET_KEY)
    namespace: str = field(default="", metadata=NS_NAME)


@dataclass(frozen=True, slots=True)
class StoreCondition:
    """Namespaces that may use a ClusterSecretStore; any match allows."""

    namespace_selector: LabelSelector | None = None
    namespaces: tuple[str, ...] = field(default=(), metadata=NS_NAME)
    namespace_regexes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """How often and how soon a provider tries again; the words of the manifest."""

    max_retries: int | None = field(default=None, metadata=INT32)
    retry_interval: str | None = None


@dataclass(frozen=True, slots=True)
class Store:
    """One store.

    Attributes:
        provider: the one key under ``spec.provider``.
        settings: what stands under that key, nothing defaulted; a provider reads it with
            :func:`esync.manifests.reader.read` into a dataclass of its own.
        may_be_plugin: whether the provider may come from another package.
        only_hosts: patterns of the hosts that a policy allows; None is no policy's word.
    """

    kind: StoreKind
    name: str
    namespace: str
    provider: str
    settings: Mapping[str, Any]
    document: Document
    controller: str = ""
    conditions: tuple[StoreCondition, ...] = ()
    retry: RetrySettings | None = None
    refresh_interval: str | int | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    may_be_plugin: bool = False
    only_hosts: tuple[str, ...] | None = None

    @property
    def ref(self) -> ObjectRef:
        """The store's name."""
        return ObjectRef(self.kind.value, self.namespace, self.name)

    @property
    def is_cluster_wide(self) -> bool:
        """Whether it is a ClusterSecretStore."""
        return self.kind is StoreKind.CLUSTER_SECRET_STORE

    def place(self, *path: str | int) -> Location:
        """Return where a field of the provider block stands, e.g. ``place("auth", "jwt")``."""
        return self.document.place(("spec", "provider", self.provider, *path))

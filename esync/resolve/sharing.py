"""Which ExternalSecrets may share one client of a store: those for whom it is the same identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.providers import provider_of
from esync.providers.contract import SharesNamespaces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.manifests.store import Store


def is_one_identity(store: Store) -> bool:
    """Tell whether a store signs in as the same for all namespaces.

    A ClusterSecretStore is shared over namespaces when its provider allows that and each of its
    references names a namespace. Everything else is opened for each namespace anew.
    """
    provider = provider_of(store)
    return (
        store.is_cluster_wide
        and issubclass(provider, SharesNamespaces)
        and provider.shares_namespaces(store)
        and all(_namespaces(store.settings))
    )


def _namespaces(settings: Any) -> Iterator[str]:  # the block of any provider
    """Yield the namespace, or nothing, of all in a provider block that may be a reference."""
    if isinstance(settings, dict):
        if isinstance(settings.get("name"), str):
            namespace = settings.get("namespace")
            yield namespace if isinstance(namespace, str) else ""
        for value in settings.values():
            yield from _namespaces(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from _namespaces(value)

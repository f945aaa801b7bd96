"""One module or package per kind of store, and the table that finds them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from esync.providers.contract import BadStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.manifests.store import Store
    from esync.providers.contract import Opens

# The key under spec.provider, and module:class. A new provider is one line here.
PROVIDERS: Mapping[str, str] = {
    "akeyless": "esync.providers.akeyless:Akeyless",
    "aws": "esync.providers.aws:Aws",
    "azurekv": "esync.providers.azure:AzureKv",
    "crd": "esync.providers.kubernetes:Crd",
    "fake": "esync.providers.fake:Fake",
    "gcpsm": "esync.providers.gcp:Gcp",
    "ibm": "esync.providers.ibm:Ibm",
    "kubernetes": "esync.providers.kubernetes:Kubernetes",
    "openBao": "esync.providers.vault:OpenBao",
    "vault": "esync.providers.vault:Vault",
    "webhook": "esync.providers.webhook:Webhook",
}


class NotBuilt(BadStore):
    """The operator knows this provider, esync does not yet."""

    rule = "ES0310"

    def __init__(self, name: str) -> None:
        super().__init__(
            f'provider "{name}" is not supported yet',
            hint=f"supported: {', '.join(sorted(PROVIDERS))}",
        )


def provider_of(store: Store) -> type[Opens]:
    """Import and return the class that serves a store, and no other.

    Raises:
        NotBuilt: there is none.
        NoPlugin, BrokenPlugin: it is to come from another package, and does not.
    """
    if store.may_be_plugin and store.provider not in PROVIDERS:
        from esync.providers.plugins import plugin_class  # metadata of packages: 20 ms

        return plugin_class(store.provider)
    return provider_class(store.provider)


@cache
def provider_class(name: str) -> type[Opens]:
    """Import and return the class behind ``name``, and no other.

    Raises:
        NotBuilt: the table has no such line.
    """
    if name not in PROVIDERS:
        raise NotBuilt(name)
    module, _, attribute = PROVIDERS[name].partition(":")
    return cast("type[Opens]", getattr(import_module(module), attribute))  # a test loads each

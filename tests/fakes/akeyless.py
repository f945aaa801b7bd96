"""Akeyless as a store's surroundings see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from esync.identity.references import StoreAccess
from esync.providers.akeyless import Akeyless
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.akeyless import ACCESS_ID, ACCESS_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.providers.akeyless.items import Items


def holder(kind: str = "api_key", param: str = ACCESS_KEY) -> MemoryCredentials:
    """Return a cluster whose Secret ``akeyless`` says who we are."""
    cluster = MemoryCredentials()
    cluster.add_secret("akeyless", {"id": ACCESS_ID, "type": kind, "param": param})
    return cluster


def ref(key: str) -> dict[str, str]:
    """Return a selector of that Secret."""
    return {"name": "akeyless", "key": key}


def settings(url: str, **more: Any) -> dict[str, Any]:
    """Return settings of a store that signs in as that Secret says."""
    named = {"accessID": ref("id"), "accessType": ref("type"), "accessTypeParam": ref("param")}
    return {"akeylessGWApiURL": url, "authSecretRef": {"secretRef": named}} | more


def open_store(
    wanted: Mapping[str, Any], cluster: MemoryCredentials | None = None, **more: Any
) -> Items:
    """Return the provider of a store in namespace ``orders``."""
    kinds = {name: more.pop(name) for name in ("kind", "trusted") if name in more}
    store = make_store("akeyless", wanted, **kinds)
    access = StoreAccess(store, "orders", cluster or holder(), **more)
    return cast("Items", Akeyless.open(store, access))  # it opens nothing else

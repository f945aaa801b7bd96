"""IBM Cloud as a store's surroundings see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from esync.identity.references import StoreAccess
from esync.providers.ibm import Ibm
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.ibm import API_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.providers.ibm.secrets_manager import SecretsManager

KEY = {"name": "ibm", "key": "apikey"}


def key_holder(key: str = API_KEY) -> MemoryCredentials:
    """Return a cluster whose Secret ``ibm`` has the API key."""
    cluster = MemoryCredentials()
    cluster.add_secret("ibm", {"apikey": key})
    return cluster


def settings(url: str, **more: Any) -> dict[str, Any]:
    """Return settings of a store that signs in with the API key."""
    auth = {"secretRef": {"secretApiKeySecretRef": KEY, "iamEndpoint": url}}
    return {"serviceUrl": url, "auth": auth} | more


def open_store(
    wanted: Mapping[str, Any], cluster: MemoryCredentials | None = None, **more: Any
) -> SecretsManager:
    """Return the provider of a store in namespace ``orders``."""
    kinds = {name: more.pop(name) for name in ("kind", "trusted", "retry") if name in more}
    store = make_store("ibm", wanted, **kinds)
    access = StoreAccess(store, "orders", cluster or key_holder(), **more)
    return cast("SecretsManager", Ibm.open(store, access))  # it opens nothing else

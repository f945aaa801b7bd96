"""Google as a store's surroundings see it: endpoints of the emulator, and the official client."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from esync.identity.references import StoreAccess
from esync.providers.gcp import Gcp
from tests.fakes.stores import MemoryCredentials, make_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.providers.contract import Provider
    from tests.servers.gcp import GcpServer

LOCATION = "europe-west3"
KEY_AUTH = {"secretRef": {"secretAccessKeySecretRef": {"name": "google", "key": "key.json"}}}


def endpoints(url: str) -> dict[str, str]:
    """Return the variables that lead every service to ``url``."""
    return {
        "ESYNC_GCP_SECRETMANAGER_ENDPOINT": url,
        "ESYNC_GCP_STS_ENDPOINT": url,
        "ESYNC_GCP_IAMCREDENTIALS_ENDPOINT": url,
        "ESYNC_GCP_SECURETOKEN_ENDPOINT": url,
        "GCE_METADATA_HOST": url.removeprefix("http://"),
    }


def key_holder(server: GcpServer) -> MemoryCredentials:
    """Return a cluster whose Secret ``google`` has a key of the server's service account."""
    cluster = MemoryCredentials()
    cluster.add_secret("google", {"key.json": json.dumps(server.service_account_key())})
    return cluster


def open_store(
    cluster: MemoryCredentials,
    settings: Mapping[str, Any],
    environ: Mapping[str, str],
    **more: Any,
) -> Provider:
    """Return the provider of a store in namespace ``orders``."""
    kinds = {name: more.pop(name) for name in ("kind", "trusted") if name in more}
    store = make_store("gcpsm", settings, **kinds)
    return Gcp.open(store, StoreAccess(store, "orders", cluster, environ=environ, **more))


@contextmanager
def official_client(server: GcpServer) -> Iterator[Any]:
    """Give Google's own client, over gRPC; it may do everything."""
    import grpc  # type: ignore[import-untyped]  # grpcio brings no types
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient as Client

    with grpc.insecure_channel(server.target) as channel:
        yield Client(transport=Client.get_transport_class("grpc")(channel=channel))


def put(
    client: Any,
    parent: str,
    name: str,
    *values: bytes,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> str:
    """Create a secret with versions, or add versions to it, and return its resource name."""
    from google.api_core.exceptions import AlreadyExists

    secret: dict[str, Any] = {"labels": dict(labels or {}), "annotations": dict(annotations or {})}
    if "/locations/" not in parent:
        secret["replication"] = {"automatic": {}}
    try:
        client.create_secret(parent=parent, secret_id=name, secret=secret)
    except AlreadyExists:
        assert not labels
    for value in values:
        client.add_secret_version(parent=f"{parent}/secrets/{name}", payload={"data": value})
    return f"{parent}/secrets/{name}"

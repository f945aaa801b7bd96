"""Azure as a store's surroundings see it: the vault of the tests, and the official clients."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from esync.identity.references import StoreAccess
from esync.providers.azure import AzureKv
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.certificates import Authority
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from esync.providers.contract import Provider
    from tests.servers.azure import AzureServer

KEY_AUTH = {
    "clientId": {"name": "azure", "key": "id"},
    "clientSecret": {"name": "azure", "key": "secret"},
}


def settings_of(server: AzureServer, **more: Any) -> dict[str, Any]:
    """Return the least settings that read the vault; its host is none of Azure's own."""
    return {
        "vaultUrl": server.url,
        "useAzureSDK": True,
        "customCloudConfig": {"activeDirectoryEndpoint": server.authority},
        **more,
    }


def signed_settings(server: AzureServer, **more: Any) -> dict[str, Any]:
    """Return settings that sign in with the client secret of a Secret named ``azure``."""
    return settings_of(server, tenantId=server.tenant, authSecretRef=KEY_AUTH, **more)


def key_holder(server: AzureServer) -> MemoryCredentials:
    """Return a cluster whose Secret ``azure`` has the server's client id and secret."""
    cluster = MemoryCredentials()
    cluster.add_secret("azure", {"id": server.client_id, "secret": server.client_secret})
    return cluster


def trusting(server: AzureServer, **more: str) -> dict[str, str]:
    """Return an environment that trusts the server's certificate."""
    return {"REQUESTS_CA_BUNDLE": str(server.ca), **more}


def open_store(
    cluster: MemoryCredentials,
    settings: Mapping[str, Any],
    environ: Mapping[str, str],
    **more: Any,
) -> Provider:
    """Return the provider of a store in namespace ``orders``."""
    kinds = {name: more.pop(name) for name in ("kind", "trusted") if name in more}
    store = make_store("azurekv", settings, **kinds)
    return AzureKv.open(store, StoreAccess(store, "orders", cluster, environ=environ, **more))


@contextmanager
def official_clients(server: AzureServer) -> Iterator[tuple[Any, Any, Any]]:
    """Give Azure's own clients for secrets, keys and certificates."""
    from azure.identity import ClientSecretCredential
    from azure.keyvault.certificates import CertificateClient
    from azure.keyvault.keys import KeyClient
    from azure.keyvault.secrets import SecretClient

    verify = {"connection_verify": str(server.ca)}
    with ExitStack() as stack:
        credential = stack.enter_context(
            ClientSecretCredential(
                server.tenant,
                server.client_id,
                server.client_secret,
                authority=server.authority,
                disable_instance_discovery=True,
                **verify,
            )
        )
        secrets, keys, certificates = (
            stack.enter_context(client(server.url, credential, api_version="7.4", **verify))
            for client in (SecretClient, KeyClient, CertificateClient)
        )
        yield secrets, keys, certificates


@dataclass
class Witness:
    """Stands before the authority of the vault: what arrives is kept.

    Attributes:
        url: of the authority, HTTPS.
        ca: who signed for it, and who for the vault, in one file.
        requests: for tokens, in order.
    """

    server: AzureServer
    ca: Path
    url: str = ""
    requests: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        """Answer as the authority of the vault does."""
        if request.method == "POST":
            self.requests.append(request)
        return self.server.identity.answer(request, self.url) or Response(404)

    @property
    def environ(self) -> dict[str, str]:
        """An environment that trusts both."""
        return {"REQUESTS_CA_BUNDLE": str(self.ca)}


@contextmanager
def witness(server: AzureServer, folder: Path) -> Iterator[Witness]:
    """Run a witness on a port of this machine, with its files in ``folder``."""
    authority = Authority(folder)
    both = folder / "both.pem"
    both.write_bytes(authority.certificate.read_bytes() + server.ca.read_bytes())
    made = Witness(server, both)
    with serving(made.answer, authority.issue("login")) as port:
        made.url = f"https://127.0.0.1:{port}"
        yield made

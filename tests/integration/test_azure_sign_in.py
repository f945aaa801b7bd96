"""Every way of signing in to Azure ends with a token of the right identity."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from esync.identity.azure.ambient import NoAzureIdentity
from esync.identity.job_tokens import GITHUB_TOKEN, GITHUB_URL, Purpose
from esync.providers.contract import AccessDenied
from tests.fakes.azure import (
    Witness,
    key_holder,
    official_clients,
    open_store,
    settings_of,
    signed_settings,
    trusting,
    witness,
)
from tests.fakes.stores import MemoryCredentials
from tests.servers.web import Request, Response, serving
from tests.unit.identity.test_azure_tokens import certificate_for, pem_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cryptography import x509

    from tests.servers.azure import AzureServer

pytestmark = pytest.mark.integration

SCOPE = "https://vault.azure.net/.default"


@pytest.fixture
def server(azure_server: AzureServer) -> AzureServer:
    """A vault with the secret ``db``."""
    azure_server.reset()
    with official_clients(azure_server) as (secrets, _, _):
        secrets.set_secret("db", "s3cret")
    azure_server.gate.reset()
    return azure_server


@pytest.fixture
def login(server: AzureServer, tmp_path: Path) -> Iterator[Witness]:
    """A witness of what is sent to the authority."""
    with witness(server, tmp_path) as made:
        yield made


def seen(
    server: AzureServer,
    settings: Mapping[str, Any],
    environ: Mapping[str, str],
    cluster: MemoryCredentials | None = None,
    **more: Any,
) -> str:
    """Read ``db`` and return whom the vault saw."""
    provider = open_store(cluster or MemoryCredentials(), settings, environ, **more)
    assert provider.read("db").value().reveal() == b"s3cret"
    provider.close()
    (caller,) = {call.caller for call in server.gate.calls}
    return caller


# Azure's own library, on the same server


def test_azures_own_library_gets_tokens_here(
    server: AzureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What plays Entra ID and the metadata service is believed by azure-identity."""
    from azure.identity import ClientAssertionCredential, ManagedIdentityCredential

    asserted = ClientAssertionCredential(
        server.tenant,
        "an-app",
        lambda: "assertion",
        authority=server.authority,
        disable_instance_discovery=True,
        connection_verify=str(server.ca),
    )
    with asserted:
        assert server.identity.caller(asserted.get_token(SCOPE).token) == "an-app"
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", server.metadata_url)
    with ManagedIdentityCredential(client_id="a-machine") as machine:
        assert server.identity.caller(machine.get_token(SCOPE).token) == "a-machine"


# An application


def test_a_client_secret(server: AzureServer) -> None:
    """The vault sees the application."""
    caller = seen(server, signed_settings(server), trusting(server), key_holder(server))
    assert caller == server.client_id


def test_several_threads_sign_in_once(login: Witness) -> None:
    """They wait for the first, and share its token."""
    settings = signed_settings(login.server)
    settings["customCloudConfig"] = {"activeDirectoryEndpoint": login.url}
    provider = open_store(key_holder(login.server), settings, login.environ)
    with ThreadPoolExecutor(8) as pool:
        values = set(pool.map(lambda _: provider.read("db").value().reveal(), range(32)))
    assert values == {b"s3cret"}
    assert len(login.requests) == 1


@pytest.mark.parametrize(
    ("client_id", "told"),
    [
        ("8d1e2f5a-0b7c-4e7e-9a53-6a2f5c9d1b10", ' "8d1e2f5a-0b7c-4e7e-9a53-6a2f5c9d1b10"'),
        ("hunter2~of-another-key", ""),
    ],
)
def test_a_wrong_client_secret(server: AzureServer, client_id: str, told: str) -> None:
    """What was asked, and Entra's code; neither secret nor description, nor what is no id."""
    cluster = MemoryCredentials()
    cluster.add_secret("azure", {"id": client_id, "secret": "hunter2"})
    provider = open_store(cluster, signed_settings(server), trusting(server))
    with pytest.raises(AccessDenied) as caught:
        provider.read("db")
    assert caught.value.message == (
        f'secret "db": token for {"" if told else "the "}application{told}: '
        "Azure refuses the identity (invalid_client)"
    )
    assert "hunter2" not in repr(caught.value)
    assert server.gate.calls == []


def decoded(jwt: str, index: int) -> Any:
    """Return one part of a JWT."""
    part = jwt.split(".")[index]
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_certificate_is_shown_as_microsofts_library_shows_it(login: Witness) -> None:
    """The same algorithm, the same thumbprint, the same claims, and a signature that holds."""
    import requests
    from msal import ConfidentialClientApplication  # type: ignore[import-untyped]  # brings none

    server = login.server
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = certificate_for(key)
    public = certificate.public_bytes(serialization.Encoding.PEM)
    pem = pem_of(key, certificate)
    session = requests.Session()
    session.verify, session.trust_env = str(login.ca), False  # it would prefer the environment's
    official = ConfidentialClientApplication(
        "an-app",
        {"private_key": pem_of(key, None).decode(), "public_certificate": public.decode()},
        authority=f"{login.url}/{server.tenant}",
        instance_discovery=False,
        http_client=session,
    )
    token = official.acquire_token_for_client([SCOPE])["access_token"]
    assert server.identity.caller(token) == "an-app"
    cluster = MemoryCredentials()
    cluster.add_secret("azure", {"id": "an-app", "pem": pem.decode()})
    ref = {
        "clientId": {"name": "azure", "key": "id"},
        "clientCertificate": {"name": "azure", "key": "pem"},
    }
    settings = settings_of(server, tenantId=server.tenant, authSecretRef=ref)
    settings["customCloudConfig"] = {"activeDirectoryEndpoint": login.url}
    assert seen(server, settings, login.environ, cluster) == "an-app"

    theirs, ours = (one.form()["client_assertion"] for one in login.requests)
    assert login.requests[0].path == login.requests[1].path
    head = decoded(theirs, 0)
    assert decoded(ours, 0) == {
        "alg": head["alg"],
        "typ": head["typ"],
        "x5t#S256": head["x5t#S256"].rstrip("="),  # which RFC 7515 leaves out
    }
    for claim in ("aud", "iss", "sub"):
        assert decoded(ours, 1)[claim] == decoded(theirs, 1)[claim]
    assert decoded(ours, 1).keys() >= decoded(theirs, 1).keys()
    _verify(ours, certificate)
    _verify(theirs, certificate)


def _verify(jwt: str, certificate: x509.Certificate) -> None:
    signed, _, signature = jwt.rpartition(".")
    public = certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(
        urlsafe_b64decode(signature + "=" * (-len(signature) % 4)),
        signed.encode(),
        padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
        hashes.SHA256(),
    )


# Machines and service accounts


def test_a_managed_identity(server: AzureServer) -> None:
    """Of the machine, or one that a user assigned."""
    environ = trusting(server, AZURE_POD_IDENTITY_AUTHORITY_HOST=server.metadata_url)
    settings = settings_of(server, authType="ManagedIdentity")
    assert seen(server, settings, environ) == "managed"
    server.gate.reset()
    assert seen(server, settings | {"identityId": "mine"}, environ) == "mine"


def test_a_service_account(login: Witness) -> None:
    """Its token is exchanged, and renewed with each sign-in."""
    cluster = MemoryCredentials()
    annotations = {
        "azure.workload.identity/client-id": "an-app",
        "azure.workload.identity/tenant-id": login.server.tenant,
    }
    cluster.add_service_account("robot", annotations)
    settings = settings_of(
        login.server, authType="WorkloadIdentity", serviceAccountRef={"name": "robot"}
    )
    settings["customCloudConfig"] = {"activeDirectoryEndpoint": login.url}
    assert seen(login.server, settings, login.environ, cluster) == "an-app"
    (request,) = login.requests
    assert request.form()["client_assertion"] == "token-orders-robot-1"
    assert cluster.tokens == [("orders", "robot", ("api://AzureADTokenExchange",), None)]


def test_the_token_file_of_the_pod(server: AzureServer, tmp_path: Path) -> None:
    """The environment names it, and never a manifest."""
    file = tmp_path / "token"
    file.write_text("projected")
    environ = trusting(
        server,
        AZURE_CLIENT_ID="a-pod",
        AZURE_TENANT_ID=server.tenant,
        AZURE_FEDERATED_TOKEN_FILE=str(file),
    )
    assert seen(server, settings_of(server, authType="WorkloadIdentity"), environ) == "a-pod"


# The identity of the process


def test_the_token_of_a_github_job(login: Witness) -> None:
    """GitHub is asked for a token with Entra's audience."""
    asked: list[Request] = []

    def github(request: Request) -> Response:
        asked.append(request)
        return Response(200, {"value": "of-github"})

    with serving(github) as port:
        environ = login.environ | {
            "AZURE_AUTHORITY_HOST": login.url,
            "AZURE_CLIENT_ID": "a-job",
            "AZURE_TENANT_ID": login.server.tenant,
            GITHUB_URL: f"http://127.0.0.1:{port}/token?x=1",
            GITHUB_TOKEN: "request-token",
        }
        settings = signed_settings(login.server)
        assert seen(login.server, settings, environ, ambient=True) == "a-job"
    assert asked[0].query["audience"] == "api://AzureADTokenExchange"
    assert asked[0].bearer == "request-token"
    (request,) = login.requests
    assert request.form()["client_assertion"] == "of-github"


def test_the_token_of_a_gitlab_job(server: AzureServer) -> None:
    """It stands in a variable."""
    environ = trusting(
        server,
        AZURE_CLIENT_ID="a-job",
        AZURE_TENANT_ID=server.tenant,
        **{Purpose.AZURE.value: "of-gitlab"},
    )
    assert seen(server, signed_settings(server), environ, ambient=True) == "a-job"


AZ = """#!/bin/sh
echo "$@" > {folder}/asked
echo '{{"accessToken": "{token}", "expires_on": 4102444800, "tokenType": "Bearer"}}'
"""


def test_the_user_of_az_login(
    server: AzureServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where neither environment nor machine says who we are."""
    program = tmp_path / "az"
    program.write_text(AZ.format(folder=tmp_path, token=server.identity.issue("a-user")))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    environ = trusting(server, AZURE_POD_IDENTITY_AUTHORITY_HOST="http://127.0.0.1:9")
    settings = settings_of(server, tenantId=server.tenant)
    assert seen(server, settings, environ, ambient=True) == "a-user"
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith("account get-access-token")
    assert f"--tenant {server.tenant}" in asked


def test_nobody_at_all(server: AzureServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both that were asked are named, and what to set."""
    monkeypatch.setenv("PATH", "/nonexistent")
    environ = trusting(server, AZURE_POD_IDENTITY_AUTHORITY_HOST="http://127.0.0.1:9")
    provider = open_store(MemoryCredentials(), settings_of(server), environ, ambient=True)
    with pytest.raises(NoAzureIdentity) as caught:
        provider.read("db")
    assert "managed identity: NewConnectionError; az: CredentialUnavailableError" in (
        caught.value.message
    )
    assert "az login" in caught.value.hint


def test_signing_in_imports_no_sdk(server: AzureServer) -> None:
    """Azure's library is for ``az`` only; it would take most of the start."""
    code = f"""
import sys
from tests.fakes.azure import open_store, settings_of
from tests.fakes.stores import MemoryCredentials
from esync.providers.azure import AzureKv
settings = {settings_of(server, authType="ManagedIdentity")!r}
environ = {trusting(server, AZURE_POD_IDENTITY_AUTHORITY_HOST=server.metadata_url)!r}
provider = open_store(MemoryCredentials(), settings, environ)
print(len(provider.read("db").value().reveal()), "azure" in sys.modules, "msal" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "6 False False\n"

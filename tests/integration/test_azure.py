"""Azure Key Vault, filled by Azure's own clients: secrets, keys, certificates, and whole runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from esync.manifests.externalsecret import Find, FindName
from esync.providers.azure.key_vault import KeyVault
from esync.providers.contract import AccessDenied, BadAnswer, NoSecret, Unavailable
from tests.fakes.azure import (
    key_holder,
    official_clients,
    open_store,
    signed_settings,
    trusting,
)
from tests.fakes.stores import MemoryCredentials
from tests.servers.certificates import Authority
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.azure import AzureServer

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]


@dataclass
class Place:
    """An empty vault, and Azure's clients for it."""

    server: AzureServer
    secrets: Any
    keys: Any
    certificates: Any

    def open(self, **settings: Any) -> KeyVault:
        """Return the provider, by the rules of ``useAzureSDK``."""
        found = open_store(
            key_holder(self.server), signed_settings(self.server, **settings), trusting(self.server)
        )
        assert isinstance(found, KeyVault)
        return found

    def open_legacy(self) -> KeyVault:
        """Return the provider by the operator's first rules, which know Azure's own clouds only.

        It signs in as the process, whose environment may name another authority.
        """
        environ = {
            "AZURE_AUTHORITY_HOST": self.server.authority,
            "AZURE_TENANT_ID": self.server.tenant,
            "AZURE_CLIENT_ID": self.server.client_id,
            "AZURE_CLIENT_SECRET": self.server.client_secret,
        }
        settings = {"vaultUrl": self.server.url}
        found = open_store(
            MemoryCredentials(), settings, trusting(self.server, **environ), ambient=True
        )
        assert isinstance(found, KeyVault)
        return found


@pytest.fixture
def place(azure_server: AzureServer) -> Iterator[Place]:
    """An empty vault."""
    azure_server.reset()
    with official_clients(azure_server) as clients:
        yield Place(azure_server, *clients)


def raw(client: Any, path: str) -> Any:
    """Return what the service itself says, through its own client."""
    from azure.core.rest import HttpRequest

    return client.send_request(HttpRequest("GET", path)).json()


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_key_is_the_jwk_of_the_service(place: Place, kind: str) -> None:
    """Both code paths give the texts that the service sends, in their own order."""
    make = place.keys.create_rsa_key if kind == "rsa" else place.keys.create_ec_key
    made = make("signing")
    sent = raw(place.keys, "/keys/signing")["key"]
    new, old = (
        one.read("key/signing").value().reveal() for one in (place.open(), place.open_legacy())
    )
    assert json.loads(new) == json.loads(old) == sent
    assert list(json.loads(new)) == sorted(sent)
    order = ["kid", "kty", "key_ops", "n", "e", "crv", "x", "y"]
    assert list(json.loads(old)) == [name for name in order if name in sent]
    again = place.open().read("key/signing", made.properties.version)
    assert again.value("kty").reveal() == sent["kty"].encode()


def test_a_certificate_and_its_private_key(place: Place, tmp_path: Path) -> None:
    """``cert/`` is DER; the secret of its name has the private key."""
    from azure.keyvault.certificates import CertificatePolicy

    pair = Authority(tmp_path).issue("web")
    pem = pair.key.read_bytes() + pair.certificate.read_bytes()
    policy = CertificatePolicy(content_type="application/x-pem-file")
    made = place.certificates.import_certificate("web", pem, policy=policy, tags={"a": "b"})
    provider = place.open()
    assert provider.read("cert/web").value().reveal() == bytes(made.cer)
    assert provider.read("cert/web", made.properties.version).value("x").reveal()[:1] == b"\x30"
    assert provider.read("secret/web").value().reveal() == pem
    assert provider.read_metadata("cert/web").value("a").reveal() == b"b"


def test_what_is_deleted_or_disabled(place: Place) -> None:
    """Softly deleted is gone; disabled is refused, and no reason to delete anything."""
    place.secrets.set_secret("gone", "x")
    place.secrets.begin_delete_secret("gone").wait()
    place.secrets.set_secret("off", "hunter2", enabled=False)
    provider = place.open()
    with pytest.raises(NoSecret):
        provider.read("gone")
    for key in ("cert/nowhere", "key/nowhere"):
        with pytest.raises(NoSecret):
            provider.read(key)
    with pytest.raises(AccessDenied) as caught:
        provider.read("off")
    assert caught.value.message == ('secret "off": Azure denies access (Forbidden, SecretDisabled)')


def test_metadata_have_dates_by_the_first_rules(place: Place) -> None:
    """They are those that the service keeps, of the version that was asked for."""
    ends = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    first = place.secrets.set_secret("db", "x", tags={"team": "a"}, expires_on=ends)
    place.secrets.set_secret("db", "y")
    provider = place.open_legacy()
    found = provider.read_metadata("db", first.properties.version)
    made = first.properties.created_on.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert json.loads(found.value().reveal()) == {
        "attribute.created": made,
        "attribute.expires": "2030-01-02T03:04:05Z",
        "attribute.updated": first.properties.updated_on.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "team": "a",
    }
    assert found.members("team")["db_team"].reveal() == b"a"
    assert "team" not in json.loads(provider.read_metadata("db").value().reveal())


def test_many_pages(place: Place) -> None:
    """Sixty secrets are three pages, and one read each."""
    for number in range(60):
        place.secrets.set_secret(f"s{number}", str(number), tags={"odd": str(number % 2)})
    place.secrets.set_secret("s60", "x", enabled=False)
    place.server.gate.reset()
    found = place.open().find(Find(name=FindName("^s"), tags={"odd": "1"}))
    assert {name: value.reveal() for name, value in found.items()} == {
        f"s{number}": str(number).encode() for number in range(1, 60, 2)
    }
    lists = [call for call in place.server.gate.calls if not call.name]
    assert len(lists) == 3
    assert len(place.server.gate.calls) == 33


def test_the_certificate_of_the_vault_is_checked(place: Place) -> None:
    """By the roots that the environment names, else by the public ones."""
    settings = signed_settings(place.server)
    provider = open_store(key_holder(place.server), settings, {})
    with pytest.raises(Unavailable, match="SSLCertVerificationError"):
        provider.read("db")


def test_a_redirect_is_not_followed(place: Place) -> None:
    """The token would go to whoever the vault names."""
    reached: list[Request] = []

    def elsewhere(request: Request) -> Response:
        reached.append(request)
        return Response(200, {"value": "x"})

    with serving(elsewhere) as port:

        def vault(request: Request) -> Response:
            if request.bearer:
                return Response(302, None, {"Location": f"http://127.0.0.1:{port}/x"})
            return Response(401, None, {"WWW-Authenticate": 'Bearer resource="https://0.0.1"'})

        with serving(vault) as here, pytest.raises(BadAnswer):
            place.open(vaultUrl=f"http://127.0.0.1:{here}").read("db")
    assert reached == []


# A whole run

KEYS = {"a": ("user", "password", "port"), "b": ("user", "password", "port"), "c": ("user", "port")}


def documents(server: AzureServer) -> str:
    """Return a store, what it signs in with, and an ExternalSecret with eight keys."""
    entries = [
        {"secretKey": f"{key}-{name}", "remoteRef": {"key": key, "property": name}}
        for key, names in KEYS.items()
        for name in names
    ]
    group, where = "external-secrets.io/v1", {"namespace": "orders"}
    secret = {"id": server.client_id, "secret": server.client_secret}
    listed = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "azure", **where},
            "stringData": secret,
        },
        {
            "apiVersion": group,
            "kind": "SecretStore",
            "metadata": {"name": "main", **where},
            "spec": {"provider": {"azurekv": signed_settings(server)}},
        },
        {
            "apiVersion": group,
            "kind": "ExternalSecret",
            "metadata": {"name": "db", **where},
            "spec": {
                "secretStoreRef": {"name": "main", "kind": "SecretStore"},
                "data": entries,
            },
        },
    ]
    return "\n---\n".join(map(json.dumps, listed))


def esync(manifest: Path, server: AzureServer, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program as users do."""
    environment = {**trusting(server), "PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "esync",
            "render",
            "--offline",
            "-o",
            "json",
            "-f",
            manifest,
            *words,
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_eight_keys_of_three_secrets_are_three_calls(place: Place, tmp_path: Path) -> None:
    """And one token; the result has all of them, and nothing of the credential."""
    for key in KEYS:
        value = {"user": key, "password": "p", "port": 5432}
        place.secrets.set_secret(key, json.dumps(value))
    place.server.gate.reset()
    manifest = tmp_path / "in.yaml"
    manifest.write_text(documents(place.server))

    done = esync(manifest, place.server)

    assert done.returncode == 0, done.stderr
    assert sorted((call.operation, call.name) for call in place.server.gate.calls) == [
        ("GET secrets", key) for key in KEYS
    ]
    assert '"c-port": "NTQzMg=="' in done.stdout
    assert place.server.client_secret not in done.stdout + done.stderr


def test_a_run_that_trusts_no_store(place: Place, tmp_path: Path) -> None:
    """The store names an authority of its own: its client secret goes nowhere."""
    manifest = tmp_path / "in.yaml"
    manifest.write_text(documents(place.server))
    trusted = tmp_path / "trusted.yaml"
    trusted.write_text("")
    done = esync(manifest, place.server, "--trust", str(trusted))
    assert done.returncode != 0
    assert place.server.gate.calls == []
    assert place.server.client_secret not in done.stdout + done.stderr

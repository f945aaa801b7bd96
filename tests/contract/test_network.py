"""Time-outs, proxies, certificates and retries are the same for every provider.

Each one asks its services by their public names, which lead somewhere behind a proxy only.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from esync.fetch import calling_of
from esync.fetch.asking import Asking
from esync.fetch.gate import Gate
from esync.fetch.pace import Pace
from esync.flow.plan import Ask, Operation, StoreUse
from esync.identity.hosts import HostNotInPolicy
from esync.identity.references import StoreAccess
from esync.identity.wire import BadCaBundle
from esync.manifests.document import ObjectRef
from esync.providers import PROVIDERS, provider_of
from esync.providers.contract import Unavailable
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.certificates import Authority
from tests.servers.internet import VALUE, Internet, deaf_port, internet
from tests.servers.web import Response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from esync.flow.fetched import Answer
    from esync.providers.contract import Provider

pytestmark = pytest.mark.integration

READ = 0.4  # seconds


def ref(key: str) -> dict[str, str]:
    """Return a selector of the Secret that has all credentials."""
    return {"name": "login", "key": key}


@dataclass(frozen=True)
class Row:
    """One provider: its settings, what it is asked for, and the hosts that this takes."""

    provider: str
    settings: dict[str, Any]
    hosts: tuple[str, ...]
    key: str = "db"
    property: str = ""
    more: dict[str, str] = field(default_factory=dict)


AWS = {"secretRef": {"accessKeyIDSecretRef": ref("id"), "secretAccessKeySecretRef": ref("secret")}}
GOOGLE = {"secretRef": {"secretAccessKeySecretRef": ref("google")}}
AKEYLESS = {
    "accessID": ref("akeyless"),
    "accessType": ref("type"),
    "accessTypeParam": ref("secret"),
}
VAULT = {"server": "https://vault.test", "path": "secret", "auth": {"tokenSecretRef": ref("id")}}
KUBERNETES = {
    "server": {"url": "https://kubernetes.test"},
    "auth": {"token": {"bearerToken": ref("id")}},
}
ROWS = {
    "akeyless": Row(
        "akeyless",
        {"akeylessGWApiURL": "", "authSecretRef": {"secretRef": AKEYLESS}},
        ("api.akeyless.io",),
        "/db",
    ),
    "aws-secrets-manager": Row(
        "aws",
        {"service": "SecretsManager", "region": "eu-central-1", "auth": AWS},
        ("secretsmanager.eu-central-1.amazonaws.com",),
    ),
    "aws-parameter-store": Row(
        "aws",
        {"service": "ParameterStore", "region": "eu-central-1", "auth": AWS},
        ("ssm.eu-central-1.amazonaws.com",),
    ),
    "azurekv": Row(
        "azurekv",
        {
            "vaultUrl": "https://orders.vault.azure.net",
            "tenantId": "tenant",
            "authSecretRef": {"clientId": ref("id"), "clientSecret": ref("secret")},
        },
        ("orders.vault.azure.net", "login.microsoftonline.com"),
    ),
    "gcpsm": Row(
        "gcpsm",
        {"projectID": "orders", "auth": GOOGLE},
        ("oauth2.googleapis.com", "secretmanager.googleapis.com"),
    ),
    "ibm": Row(
        "ibm",
        {
            "serviceUrl": "https://instance.eu-de.secrets-manager.appdomain.cloud",
            "auth": {"secretRef": {"secretApiKeySecretRef": ref("secret")}},
        },
        ("iam.cloud.ibm.com", "instance.eu-de.secrets-manager.appdomain.cloud"),
        "00000000-0000-0000-0000-000000000001",
    ),
    "kubernetes": Row("kubernetes", KUBERNETES, ("kubernetes.test",), "db", "value"),
    "openBao": Row("openBao", VAULT, ("vault.test",), "db", "value"),
    "vault": Row("vault", VAULT, ("vault.test",), "db", "value"),
    "webhook": Row(
        "webhook",
        {
            "url": "https://webhook.test/webhook/{{ .remoteRef.key }}",
            "result": {"jsonPath": "$"},
        },
        ("webhook.test",),
    ),
}


@pytest.fixture(scope="module")
def google_key() -> str:
    """Return the key of a service account."""
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    told = {
        "type": "service_account",
        "project_id": "orders",
        "private_key_id": "1",
        "private_key": key.decode(),
        "client_email": "reader@orders.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return json.dumps(told)


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Internet]:
    """Run the internet."""
    with internet(Authority(tmp_path)) as made:
        yield made


@pytest.fixture(params=ROWS)
def row(request: pytest.FixtureRequest) -> Row:
    """One provider after the other."""
    return ROWS[request.param]


@pytest.fixture
def cluster(google_key: str) -> MemoryCredentials:
    """Return a cluster with the Secret of all credentials."""
    made = MemoryCredentials()
    values = {"id": "AKIDEXAMPLE", "secret": "c2VjcmV0", "google": google_key}
    made.add_secret("login", values | {"akeyless": "p-1234", "type": "api_key"})
    return made


def opened(
    row: Row, cluster: MemoryCredentials, environ: dict[str, str], **policy: Any
) -> Provider:
    """Open the provider of a row."""
    store = replace(make_store(row.provider, row.settings), **policy)
    access = StoreAccess(
        store, "orders", cluster, environ=environ, connect_timeout=READ, read_timeout=READ
    )
    return provider_of(store).open(store, access)


def through(net: Internet, **more: str) -> dict[str, str]:
    """Return an environment with the proxy and the authority."""
    return {"HTTPS_PROXY": net.proxy, "SSL_CERT_FILE": net.authority, **more}


def value(provider: Provider, row: Row) -> str:
    """Read the value."""
    return provider.read(row.key).value(row.property).reveal().decode()


def asked(provider: Provider, row: Row, waits: list[float]) -> Answer:
    """Ask as a run does, without waiting."""
    use = StoreUse(ObjectRef("SecretStore", "orders", "main"), "orders")
    asking = Asking(
        provider,
        Gate(4),
        Pace(calling_of(make_store(row.provider, row.settings)), time.monotonic),
        count=lambda _: None,
        over=lambda: "",
        wait=waits.append,
    )
    return asking.single(Ask(use, Operation.READ, row.key))


def test_every_provider_with_a_network_is_here() -> None:
    """Objects of any kind are read as Secrets are, and the fake store needs no network."""
    assert {row.provider for row in ROWS.values()} | {"crd", "fake"} == set(PROVIDERS)


def test_the_proxy_is_used_for_every_request(
    row: Row, net: Internet, cluster: MemoryCredentials
) -> None:
    """For the service, and for where it signs in."""
    provider = opened(row, cluster, through(net))

    assert value(provider, row) == VALUE
    provider.close()
    assert set(net.connected) == set(row.hosts)


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_exceptions_are_reached_directly(
    row: Row, net: Internet, cluster: MemoryCredentials, variable: str
) -> None:
    """By name; nobody here knows it, so that the store is not there."""
    provider = opened(row, cluster, through(net, **{variable: ",".join(row.hosts)}))

    with pytest.raises(Unavailable):
        value(provider, row)
    assert net.connected == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_authorities_of_the_environment_count(
    row: Row, net: Internet, cluster: MemoryCredentials, variable: str
) -> None:
    """With the authority that signed the services they are believed."""
    environ = {"https_proxy": net.proxy, variable: net.authority}

    assert value(opened(row, cluster, environ), row) == VALUE


def test_nobody_else_is_believed(row: Row, net: Internet, cluster: MemoryCredentials) -> None:
    """A certificate of an unknown authority is an outage, and nothing is sent."""
    provider = opened(row, cluster, {"HTTPS_PROXY": net.proxy})

    with pytest.raises(Unavailable):
        value(provider, row)
    assert net.asked == []


def test_who_never_answers_is_waited_for_once(
    row: Row, net: Internet, cluster: MemoryCredentials
) -> None:
    """For the time that an answer may take, whatever the client library would do."""
    net.hangs = True
    provider = opened(row, cluster, through(net))
    waits: list[float] = []
    began = time.monotonic()

    answer = asked(provider, row, waits)

    took = time.monotonic() - began
    assert isinstance(answer.error, Unavailable)
    assert len(net.asked) == 1
    assert waits == []
    assert READ <= took < READ * 2.5
    net.end()


def test_who_never_accepts_is_waited_for_once(row: Row, cluster: MemoryCredentials) -> None:
    """For the time that a connection may take."""
    with deaf_port() as port:
        provider = opened(row, cluster, {"HTTPS_PROXY": f"http://127.0.0.1:{port}"})
        waits: list[float] = []
        began = time.monotonic()

        answer = asked(provider, row, waits)

        took = time.monotonic() - began
    assert isinstance(answer.error, Unavailable)
    assert waits == []
    assert READ <= took < READ * 2.5


@pytest.mark.parametrize("status", [429, 503])
def test_who_is_busy_is_asked_again(
    row: Row, net: Internet, cluster: MemoryCredentials, status: int
) -> None:
    """Once is nothing that anybody hears of, whether it meets the sign-in or the question."""
    for before in range(len(row.hosts)):
        provider = opened(row, cluster, through(net))
        net.first = [None] * before + [Response(status, {}, {"Retry-After": "2"})]
        waits: list[float] = []

        answer = asked(provider, row, waits)

        assert answer.error is None
        assert waits == [2.0]


def test_who_cuts_the_connection_is_asked_again(
    row: Row, net: Internet, cluster: MemoryCredentials
) -> None:
    """Idle connections may end while a request is on its way."""
    net.cuts = 1
    waits: list[float] = []

    answer = asked(opened(row, cluster, through(net)), row, waits)

    assert answer.error is None
    assert len(waits) == 1


@pytest.mark.parametrize(("status", "tries"), [(429, 6), (503, 3)])
def test_who_stays_busy_is_given_up(
    row: Row, net: Internet, cluster: MemoryCredentials, status: int, tries: int
) -> None:
    """After as many tries for everybody."""
    net.first = [Response(status, {})] * 50
    waits: list[float] = []

    answer = asked(opened(row, cluster, through(net)), row, waits)

    assert isinstance(answer.error, Unavailable)
    assert len(waits) == tries - 1
    assert len(net.asked) == tries


def test_a_policy_is_asked_before_any_host_is(
    row: Row, net: Internet, cluster: MemoryCredentials
) -> None:
    """With one host missing in it, nothing goes there."""
    for missing in row.hosts:
        net.connected.clear()
        others = tuple(host for host in row.hosts if host != missing)

        with pytest.raises(HostNotInPolicy, match=missing):
            value(opened(row, cluster, through(net), only_hosts=others), row)

        assert missing not in net.connected
    assert value(opened(row, cluster, through(net), only_hosts=row.hosts), row) == VALUE


def test_a_bundle_of_aws_comes_before_the_others(
    net: Internet, cluster: MemoryCredentials, tmp_path: Path
) -> None:
    """Its variable is AWS's own; a file that is not there is named."""
    row = ROWS["aws-secrets-manager"]
    (tmp_path / "other").mkdir()
    other = str(Authority(tmp_path / "other").certificate)
    environ = {"HTTPS_PROXY": net.proxy, "SSL_CERT_FILE": other}

    named = {**environ, "AWS_CA_BUNDLE": net.authority}
    assert value(opened(row, cluster, named), row) == VALUE

    nowhere = opened(row, cluster, {**environ, "AWS_CA_BUNDLE": "/does/not/exist"})
    with pytest.raises(BadCaBundle, match="/does/not/exist"):
        value(nowhere, row)


def test_a_profile_of_aws_may_name_a_bundle(
    net: Internet, cluster: MemoryCredentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the identity of the process, whose files count."""
    row = ROWS["aws-secrets-manager"]
    config = tmp_path / "config"
    config.write_text(
        f"[default]\nca_bundle = {net.authority}\n"
        "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    settings = {name: word for name, word in row.settings.items() if name != "auth"}
    ambient = replace(row, settings=settings)

    assert value(opened(ambient, cluster, {"HTTPS_PROXY": net.proxy}), ambient) == VALUE

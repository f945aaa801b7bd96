"""A store follows its references by the operator's rules, and errors name what is missing."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode

import pytest

from esync.cluster.contract import Forbidden
from esync.errors import EsyncError, Location
from esync.identity.hosts import HostRefused, Origin, Rules
from esync.identity.references import (
    AmbientRefused,
    AudienceMissing,
    BadReference,
    MissingReference,
    StoreAccess,
)
from esync.manifests.externalsecret import StoreKind
from esync.manifests.store import (
    CaProvider,
    CaProviderType,
    SecretSelector,
    ServiceAccountSelector,
)
from esync.secret import SecretValue
from tests.fakes.stores import MemoryCredentials, make_store
from tests.unit.identity.certificate import CERTIFICATE

CLUSTER_WIDE = StoreKind.CLUSTER_SECRET_STORE
SETTINGS = {"auth": {"secretRef": {"name": "creds", "key": "token"}}, "caProvider": {}}


def access(
    cluster: MemoryCredentials,
    *,
    kind: StoreKind = StoreKind.SECRET_STORE,
    rules: Rules | None = None,
    trusted: bool = True,
) -> StoreAccess:
    """Return what the store ``main`` may use for an ExternalSecret in namespace ``orders``."""
    store = make_store("vault", SETTINGS, kind=kind, trusted=trusted)
    return StoreAccess(store, "orders", cluster, rules or Rules())


@pytest.fixture
def cluster() -> MemoryCredentials:
    """Secret ``creds`` in two namespaces."""
    made = MemoryCredentials(server="https://api.cluster:6443")
    made.add_secret("creds", {"token": " of orders\n", "empty": ""}, "orders")
    made.add_secret("creds", {"token": "of vault"}, "vault")
    return made


@pytest.mark.parametrize(
    ("kind", "named", "value"),
    [
        (StoreKind.SECRET_STORE, "", b" of orders\n"),
        (StoreKind.SECRET_STORE, "vault", b" of orders\n"),
        (CLUSTER_WIDE, "", b" of orders\n"),
        (CLUSTER_WIDE, "vault", b"of vault"),
    ],
)
def test_the_namespace_of_a_selector_counts_for_cluster_stores_only(
    cluster: MemoryCredentials, kind: StoreKind, named: str, value: bytes
) -> None:
    """A SecretStore reads its own namespace whatever it writes; bytes are not trimmed."""
    selector = SecretSelector("creds", named, "token")
    assert access(cluster, kind=kind).secret(selector) == SecretValue(value)


def test_a_namespaced_store_never_asks_for_another_namespace(cluster: MemoryCredentials) -> None:
    """Whatever its selectors name, it asks for what is in its own namespace."""
    own = access(cluster)
    account = ServiceAccountSelector("robot", "vault", ("x",))
    own.secret(SecretSelector("creds", "vault", "token"))
    own.service_account_token(account, ("x",))
    with pytest.raises(MissingReference):
        own.service_account(account)
    assert {namespace for _, namespace, _ in cluster.asked} == {"orders"}
    assert [namespace for namespace, *_ in cluster.tokens] == ["orders"]


def test_an_empty_value_is_a_value(cluster: MemoryCredentials) -> None:
    """A key with nothing in it is legal; only a missing key is not."""
    assert access(cluster).secret(SecretSelector("creds", "", "empty")) == SecretValue(b"")


@pytest.mark.parametrize(
    ("selector", "error", "message"),
    [
        (
            SecretSelector("creds", "", "nope"),
            MissingReference,
            'auth.secretRef: Secret "orders/creds" has no key "nope"',
        ),
        (
            SecretSelector("none", "", "token"),
            MissingReference,
            'auth.secretRef: there is no Secret "orders/none"',
        ),
        (SecretSelector("creds"), BadReference, "auth.secretRef: key is missing"),
        (SecretSelector("", "", "token"), BadReference, "auth.secretRef: name is missing"),
    ],
)
def test_what_is_missing_is_named_with_its_place(
    cluster: MemoryCredentials,
    selector: SecretSelector,
    error: type[EsyncError],
    message: str,
) -> None:
    """The error names Secret, namespace and key, and stands at the selector."""
    with pytest.raises(error) as caught:
        access(cluster).secret(selector, "auth", "secretRef")
    assert caught.value.message == message
    assert caught.value.at == Location("store.yaml", 11)


@pytest.mark.parametrize(
    ("kind", "named", "value"),
    [(StoreKind.SECRET_STORE, "vault", "of orders"), (CLUSTER_WIDE, "vault", "of vault")],
)
def test_a_config_map_is_read_by_the_same_rules(
    cluster: MemoryCredentials, kind: StoreKind, named: str, value: str
) -> None:
    """Its namespace counts for cluster stores only, and a missing key is named."""
    cluster.add_config_map("settings", {"config": "of orders"}, "orders")
    cluster.add_config_map("settings", {"config": "of vault"}, "vault")
    asked = access(cluster, kind=kind)
    assert asked.config_map("settings", "config", named) == value
    with pytest.raises(MissingReference, match='has no key "other"') as caught:
        asked.config_map("settings", "other", named, "auth")
    assert caught.value.at == Location("store.yaml", 10)


def test_string_data_of_an_input_document_counts_and_wins(cluster: MemoryCredentials) -> None:
    """A document may spell its values as text; the API server would let that win."""
    cluster.objects["Secret", "orders", "creds"]["stringData"] = {"token": "ä"}
    assert access(cluster).secret(SecretSelector("creds", "", "token")) == SecretValue("ä".encode())


def test_data_that_is_not_base64_is_an_error_without_the_text(cluster: MemoryCredentials) -> None:
    """A document of the input can hold anything; the message quotes no value."""
    cluster.objects["Secret", "orders", "creds"]["data"]["token"] = "hunter2!"
    with pytest.raises(BadReference) as caught:
        access(cluster).secret(SecretSelector("creds", "", "token"))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_refusal_of_the_cluster_gets_the_place_of_the_selector() -> None:
    """The cluster knows what is forbidden, the store where it was asked for."""

    class Refusing(MemoryCredentials):
        def get(self, *_: object) -> None:
            raise Forbidden("may not read secrets")

    with pytest.raises(Forbidden) as caught:
        access(Refusing()).secret(SecretSelector("a", "", "b"), "auth")
    assert caught.value.at == Location("store.yaml", 10)


def test_a_token_has_exactly_the_audiences_that_were_asked_for(cluster: MemoryCredentials) -> None:
    """Neither more nor less, and the life that was asked for."""
    account = ServiceAccountSelector("robot", "", ("ignored",))
    access(cluster).service_account_token(account, ("sts.amazonaws.com", "two"), 900)
    assert cluster.tokens == [("orders", "robot", ("sts.amazonaws.com", "two"), 900)]


@pytest.mark.parametrize("audiences", [(), ("",)])
@pytest.mark.parametrize(
    "to", ["", "https://vault.example.org", "https://api.cluster:443", "http://api.cluster:6443"]
)
def test_a_token_for_the_cluster_goes_to_nobody_else(
    cluster: MemoryCredentials, audiences: tuple[str, ...], to: str
) -> None:
    """Without audience it is the cluster's own credential: another host could use it there."""
    with pytest.raises(AudienceMissing):
        access(cluster).service_account_token(ServiceAccountSelector("robot"), audiences, to=to)
    assert cluster.tokens == []


def test_a_token_for_the_cluster_goes_to_a_host_that_a_flag_names(
    cluster: MemoryCredentials,
) -> None:
    """--allow-default-audience is for one host; every other one is refused all the same."""
    account = ServiceAccountSelector("robot")
    allowing = access(cluster, rules=Rules(default_audience={"Vault.example.org"}))
    allowing.service_account_token(account, (), to="https://vault.example.org:8200/v1")
    assert cluster.tokens == [("orders", "robot", (), None)]
    with pytest.raises(AudienceMissing):
        allowing.service_account_token(account, (), to="https://evil.example.org/vault.example.org")


def test_a_token_without_audience_may_go_back_to_its_cluster(cluster: MemoryCredentials) -> None:
    """The kubernetes provider reads the cluster it runs in with such a token."""
    account = ServiceAccountSelector("robot")
    access(cluster).service_account_token(account, (), to="https://api.cluster:6443/")
    assert cluster.tokens == [("orders", "robot", (), None)]


@pytest.mark.parametrize(
    ("kind", "trusted", "rules", "refused"),
    [
        (StoreKind.SECRET_STORE, True, Rules(), False),
        (StoreKind.SECRET_STORE, False, Rules(), True),
        (CLUSTER_WIDE, False, Rules(), True),
        (StoreKind.SECRET_STORE, True, Rules(several_namespaces=True), True),
        (CLUSTER_WIDE, True, Rules(several_namespaces=True), False),
        (
            StoreKind.SECRET_STORE,
            True,
            Rules(several_namespaces=True, allow_ambient={"orders/main"}),
            False,
        ),
        (
            StoreKind.SECRET_STORE,
            True,
            Rules(several_namespaces=True, allow_ambient={"billing/main", "main", "*"}),
            True,
        ),
        (StoreKind.SECRET_STORE, False, Rules(allow_ambient={"orders/main"}), True),
    ],
)
def test_the_identity_of_the_process_is_for_trusted_stores(
    cluster: MemoryCredentials,
    kind: StoreKind,
    trusted: bool,  # noqa: FBT001
    rules: Rules,
    refused: bool,  # noqa: FBT001
) -> None:
    """Untrusted ones never; those of a namespace, in a run over several, only when named."""
    asked = access(cluster, kind=kind, trusted=trusted, rules=rules)
    if refused:
        with pytest.raises(AmbientRefused):
            asked.allow_ambient()
    else:
        asked.allow_ambient()


def test_hosts_are_judged_by_the_trust_in_the_store(cluster: MemoryCredentials) -> None:
    """A document that is not trusted names no host; what the provider builds in is not its word."""
    asked = access(cluster, trusted=False)
    with pytest.raises(HostRefused) as caught:
        asked.allow_host("https://evil.example.org", Origin.STORE, "auth")
    assert caught.value.at == Location("store.yaml", 10)
    asked.allow_host("https://secretsmanager.eu-central-1.amazonaws.com", Origin.PROVIDER)


PEM = CERTIFICATE.encode()
ONCE = b64encode(PEM).decode()


@pytest.mark.parametrize(
    "inline",
    [
        ONCE,
        b64encode(ONCE.encode()).decode(),
        b64encode(urlsafe_b64encode(PEM)).decode(),
        b64encode(b"# a comment\n" + PEM).decode(),
    ],
)
def test_a_ca_bundle_is_base64_of_pem_once_or_twice(
    cluster: MemoryCredentials, inline: str
) -> None:
    """People paste base64 of base64, and the operator takes it."""
    found = access(cluster).ca_bundle(inline, None)
    assert found is not None
    assert found.endswith(PEM)


@pytest.mark.parametrize(
    "inline",
    [
        "not base64",
        CERTIFICATE,
        b64encode(b"text").decode(),
        b64encode(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").decode(),
        b64encode(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + PEM).decode(),
    ],
)
def test_a_ca_bundle_without_certificate_is_an_error(
    cluster: MemoryCredentials, inline: str
) -> None:
    """The first PEM block must be a certificate that can be read."""
    with pytest.raises(BadReference):
        access(cluster).ca_bundle(inline, None)


def test_an_inline_bundle_wins_and_none_is_none(cluster: MemoryCredentials) -> None:
    """A provider beside a bundle is not even read; without both the system's roots hold."""
    missing = CaProvider(CaProviderType.SECRET, "none", "x")
    assert access(cluster).ca_bundle(ONCE, missing) == PEM
    assert access(cluster).ca_bundle("", None) is None
    assert cluster.asked == []


@pytest.mark.parametrize("type_", list(CaProviderType))
def test_a_ca_provider_hands_over_what_it_holds(
    cluster: MemoryCredentials, type_: CaProviderType
) -> None:
    """Its content is neither decoded nor judged."""
    cluster.add_secret("ca", {"ca.crt": "whatever"})
    cluster.add_config_map("ca", {"ca.crt": "whatever"})
    for namespace in ("", "orders"):
        provider = CaProvider(type_, "ca", "ca.crt", namespace)
        assert access(cluster).ca_bundle("", provider) == b"whatever"


@pytest.mark.parametrize(
    ("kind", "namespace", "error"),
    [
        (StoreKind.SECRET_STORE, "vault", BadReference),
        (CLUSTER_WIDE, "", BadReference),
        (CLUSTER_WIDE, "orders", MissingReference),
        (StoreKind.SECRET_STORE, "", MissingReference),
    ],
)
def test_where_a_ca_provider_may_stand(
    cluster: MemoryCredentials, kind: StoreKind, namespace: str, error: type[EsyncError]
) -> None:
    """A ClusterSecretStore must say the namespace, a SecretStore may say its own only."""
    cluster.add_config_map("ca", {"ca.crt": "x"})
    provider = CaProvider(CaProviderType.CONFIG_MAP, "ca", "other.crt", namespace)
    with pytest.raises(error) as caught:
        access(cluster, kind=kind).ca_bundle("", provider)
    assert caught.value.at == Location("store.yaml", 14)

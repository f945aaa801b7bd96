"""Who a store of Azure says we are, by the rules of both of the operator's code paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.errors import EsyncError
from esync.identity.azure import AzureSignInFailed, Trouble
from esync.identity.azure.workload import NoWorkloadIdentity
from esync.identity.hosts import HostRefused, Rules
from esync.identity.references import AmbientRefused, BadReference
from esync.identity.wire import Answer
from esync.manifests.externalsecret import StoreKind
from esync.providers.azure import AzureKv
from esync.providers.azure.challenge import resource_of
from esync.providers.azure.sign_in import source_of
from esync.providers.azure.spec import read_spec
from esync.providers.contract import BadStore
from tests.fakes.azure_wire import KeepingWire, Sent, access_of, said
from tests.fakes.stores import MemoryCredentials, make_store

if TYPE_CHECKING:
    from esync.manifests.store import Store

VAULT = "https://vault.azure.net"
ID, SECRET = {"name": "azure", "key": "id"}, {"name": "azure", "key": "secret"}
BOTH = {"clientId": ID, "clientSecret": SECRET}
CUSTOM = {"activeDirectoryEndpoint": "https://login.stack.example/"}
CLIENT, TENANT = "azure.workload.identity/client-id", "azure.workload.identity/tenant-id"


@pytest.fixture
def cluster() -> MemoryCredentials:
    """A Secret with all parts of an identity, in two namespaces."""
    made = MemoryCredentials()
    for namespace in ("orders", "vault"):
        parts = {"id": f"id-of-{namespace}", "secret": "s", "tenant": "secret-tenant", "odd": "a\n"}
        made.add_secret("azure", parts, namespace)
    return made


def store_of(**settings: Any) -> Store:
    """Return a store with a vault in the public cloud."""
    kinds = {name: settings.pop(name) for name in ("kind", "trusted") if name in settings}
    return make_store("azurekv", {"vaultUrl": "https://a.vault.azure.net"} | settings, **kinds)


def sent_by(store: Store, cluster: MemoryCredentials, **more: Any) -> Sent:
    """Sign in and return the request."""
    wire = KeepingWire()
    source_of(read_spec(store), store, wire, access_of(store, cluster, **more))(VAULT)
    return wire.only


def refusal(store: Store, cluster: MemoryCredentials, **more: Any) -> EsyncError:
    """Sign in and return the error."""
    with pytest.raises(EsyncError) as caught:
        sent_by(store, cluster, **more)
    return caught.value


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://login.microsoftonline.com"),
        ({"environmentType": "PublicCloud"}, "https://login.microsoftonline.com"),
        ({"environmentType": "USGovernmentCloud"}, "https://login.microsoftonline.us"),
        ({"environmentType": "ChinaCloud"}, "https://login.chinacloudapi.cn"),
        ({"environmentType": "GermanCloud"}, "https://login.microsoftonline.de"),
        ({"environmentType": "AzureStackCloud", "useAzureSDK": True, "customCloudConfig": CUSTOM},
         "https://login.stack.example"),
        ({"environmentType": "ChinaCloud", "useAzureSDK": True, "customCloudConfig": CUSTOM},
         "https://login.stack.example"),
    ],
)  # fmt: skip
def test_each_cloud_has_its_authority(
    cluster: MemoryCredentials, settings: dict[str, Any], url: str
) -> None:
    """A custom one takes the place of any."""
    sent = sent_by(store_of(tenantId="t", authSecretRef=BOTH, **settings), cluster)
    assert sent.url == f"{url}/t/oauth2/v2.0/token"
    assert sent.form["client_id"] == "id-of-orders"
    assert sent.form["client_secret"] == "s"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"authSecretRef": BOTH}, "tenantId is missing"),
        ({"tenantId": "t"}, "authSecretRef is missing"),
        ({"tenantId": "t", "authSecretRef": {}}, "authSecretRef needs clientId"),
        ({"tenantId": "t", "authSecretRef": {"clientSecret": SECRET}}, "needs clientId"),
        ({"tenantId": "t", "authSecretRef": {"clientId": ID}},
         "needs clientSecret or clientCertificate"),
        ({"tenantId": "t", "authSecretRef": BOTH | {"clientCertificate": SECRET}},
         "both clientSecret and clientCertificate"),
        ({"authSecretRef": BOTH | {"tenantId": {"name": "azure", "key": "tenant"}}},
         "tenantId is missing"),
    ],
)  # fmt: skip
def test_half_a_service_principal(
    cluster: MemoryCredentials, settings: dict[str, Any], message: str
) -> None:
    """It is told when signing in; the tenant is never taken from a Secret."""
    error = refusal(store_of(**settings), cluster)
    assert isinstance(error, BadStore)
    assert message in error.message
    assert error.at is not None
    assert cluster.asked == []


def test_a_store_reads_its_own_namespace(cluster: MemoryCredentials) -> None:
    """A SecretStore ignores another; a ClusterSecretStore may name one or use the asker's."""
    away = {name: one | {"namespace": "vault"} for name, one in BOTH.items()}
    wide = StoreKind.CLUSTER_SECRET_STORE
    for settings, seen in (
        ({"authSecretRef": away}, "id-of-orders"),
        ({"authSecretRef": away, "kind": wide}, "id-of-vault"),
        ({"authSecretRef": BOTH, "kind": wide}, "id-of-orders"),
    ):
        assert sent_by(store_of(tenantId="t", **settings), cluster).form["client_id"] == seen


def test_a_certificate_that_is_none(cluster: MemoryCredentials) -> None:
    """The selector's value is what is judged."""
    ref = {"clientId": ID, "clientCertificate": SECRET}
    error = refusal(store_of(tenantId="t", authSecretRef=ref), cluster)
    assert error.message == "the client certificate has no private key"


def test_a_client_id_that_is_no_text() -> None:
    """The field is named, and the value not shown."""
    cluster = MemoryCredentials()
    cluster.add_secret("azure", {"id": "x", "secret": "s"})
    cluster.objects["Secret", "orders", "azure"]["data"]["id"] = "/w=="
    error = refusal(store_of(tenantId="t", authSecretRef=BOTH), cluster)
    assert error.message == "authSecretRef.clientId leads to a value that is no text"
    assert error.__context__ is None


# Managed identity


def test_a_managed_identity() -> None:
    """Named by its client id, or the machine's own."""
    store = store_of(authType="ManagedIdentity", identityId="mine")
    assert sent_by(store, MemoryCredentials()).query["client_id"] == "mine"
    own = sent_by(store_of(authType="ManagedIdentity"), MemoryCredentials())
    assert "client_id" not in own.query
    assert own.query["resource"] == VAULT


# Workload identity


def workload(annotations: dict[str, str], **settings: Any) -> tuple[Store, MemoryCredentials]:
    """Return a store that signs in as a service account with these annotations."""
    cluster = MemoryCredentials()
    cluster.add_service_account("robot", annotations)
    cluster.add_secret("azure", {"id": "secret-client", "tenant": "secret-tenant"})
    ref = settings.pop("serviceAccountRef", {"name": "robot"})
    return store_of(authType="WorkloadIdentity", serviceAccountRef=ref, **settings), cluster


NAMED = {"clientId": ID}
FULL = {"clientId": ID, "tenantId": {"name": "azure", "key": "tenant"}}
NEW = {"useAzureSDK": True}


@pytest.mark.parametrize(
    ("annotations", "settings", "client", "tenant"),
    [
        ({CLIENT: "c", TENANT: "t"}, {}, "c", "t"),
        ({CLIENT: "c"}, {"tenantId": "store"}, "c", "store"),
        ({CLIENT: "c"}, {}, "c", "of-the-environment"),
        ({TENANT: "t"}, {"authSecretRef": NAMED}, "secret-client", "t"),
        ({}, {"authSecretRef": FULL}, "secret-client", "secret-tenant"),
        ({}, {"authSecretRef": FULL, "tenantId": "store"}, "secret-client", "secret-tenant"),
        ({CLIENT: "c", TENANT: "t"}, NEW, "c", "t"),
        ({CLIENT: "c", TENANT: "t"}, NEW | {"tenantId": "store"}, "c", "store"),
        ({CLIENT: "c", TENANT: "t"}, NEW | {"authSecretRef": FULL}, "c", "t"),
        ({CLIENT: "c", TENANT: "t"}, NEW | {"authSecretRef": {}}, "c", "t"),
    ],
)
def test_which_application_a_service_account_is(
    annotations: dict[str, str], settings: dict[str, Any], client: str, tenant: str
) -> None:
    """Annotations and fields; with ``useAzureSDK`` the store's tenant wins."""
    store, cluster = workload(annotations, **settings)
    sent = sent_by(store, cluster, environ={"AZURE_TENANT_ID": "of-the-environment"})
    assert sent.form["client_id"] == client
    assert sent.url.split("/")[3] == tenant
    assert sent.form["client_assertion"] == "token-orders-robot-1"


@pytest.mark.parametrize(
    ("annotations", "settings", "message"),
    [
        ({CLIENT: "c"}, {"authSecretRef": NAMED}, "clientId is set in the store and at the"),
        ({TENANT: "t"}, {}, "there is no clientId"),
        ({CLIENT: "c", TENANT: "t"}, {"authSecretRef": {}}, "authSecretRef needs clientId"),
        ({CLIENT: "c", TENANT: "t"}, {"tenantId": "t"}, "tenantId is set in the store and at the"),
        ({TENANT: "t"}, {"authSecretRef": FULL}, "tenantId is set in the store and at the"),
        ({CLIENT: "c"}, {}, "there is no tenantId"),
        ({TENANT: "t"}, NEW | {"authSecretRef": NAMED}, "there is no clientId"),
        ({CLIENT: "c"}, NEW, "there is no tenantId"),
    ],
)
def test_none_or_two(annotations: dict[str, str], settings: dict[str, Any], message: str) -> None:
    """The operator's first code path refuses two values even if they are equal."""
    store, cluster = workload(annotations, **settings)
    assert refusal(store, cluster).message.startswith(message)
    assert cluster.tokens == []


def test_the_new_path_takes_no_tenant_from_the_environment() -> None:
    """Only the operator's first one does."""
    store, cluster = workload({CLIENT: "c"}, **NEW)
    error = refusal(store, cluster, environ={"AZURE_TENANT_ID": "x"})
    assert error.message.startswith("there is no tenantId")


def test_the_audience_is_azures() -> None:
    """Never the cluster's default; what the reference lists is added, the server sets the time."""
    ref = {"name": "robot", "audiences": ["more"]}
    store, cluster = workload({CLIENT: "c", TENANT: "t"}, serviceAccountRef=ref)
    sent_by(store, cluster)
    assert cluster.tokens == [("orders", "robot", ("api://AzureADTokenExchange", "more"), None)]


def test_the_service_account_of_another_namespace() -> None:
    """A ClusterSecretStore may name it; a SecretStore reads its own whatever it names."""
    ref = {"name": "robot", "namespace": "vault"}
    store, cluster = workload({CLIENT: "c", TENANT: "t"}, serviceAccountRef=ref)
    sent_by(store, cluster)
    assert cluster.tokens[0][0] == "orders"
    wide = StoreKind.CLUSTER_SECRET_STORE
    store, cluster = workload({}, serviceAccountRef=ref, kind=wide)
    cluster.add_service_account("robot", {CLIENT: "c", TENANT: "t"}, "vault")
    sent_by(store, cluster)
    assert cluster.tokens[0][0] == "vault"


def test_a_tenant_with_a_line_break_is_told() -> None:
    """It would be sent as it is, and be part of the URL."""
    store, cluster = workload({CLIENT: "c", TENANT: "t\n"})
    assert isinstance(refusal(store, cluster), BadReference)


def test_workload_identity_of_the_pod(cluster: MemoryCredentials) -> None:
    """Without a service account the environment must have it all."""
    error = refusal(store_of(authType="WorkloadIdentity"), cluster)
    assert isinstance(error, NoWorkloadIdentity)


# The identity of the process


def test_ambient_leaves_the_fields_aside(cluster: MemoryCredentials) -> None:
    """Whatever the store says; no Secret is read. Its tenant serves if there is no other."""
    store = store_of(tenantId="t", authSecretRef=BOTH, authType="WorkloadIdentity")
    environ = {"AZURE_CLIENT_ID": "mine", "AZURE_CLIENT_SECRET": "s"}
    sent = sent_by(store, cluster, environ=environ, ambient=True)
    assert (sent.form["client_id"], sent.url.split("/")[3]) == ("mine", "t")
    assert cluster.asked == []


@pytest.mark.parametrize(
    "settings",
    [{"authType": "ManagedIdentity"}, {"authType": "WorkloadIdentity"}],
)
def test_tenants_get_no_identity_of_ours(settings: dict[str, Any]) -> None:
    """In a run over several namespaces, unless a flag names the store."""
    store = store_of(**settings)
    crowd = Rules(several_namespaces=True)
    with pytest.raises(AmbientRefused):
        AzureKv.open(store, access_of(store, rules=crowd))


# Hosts


@pytest.mark.parametrize(
    "url",
    [
        "https://a.vault.azure.net",
        "https://A.VAULT.AZURE.NET",
        "https://a.vault.usgovcloudapi.net/",
        "https://a.vault.azure.cn",
        "https://a.managedhsm.azure.net",
        "https://a.vault.azure.net.",
    ],
)
def test_azures_own_vaults_need_no_trust(url: str) -> None:
    """Tokens for vaults may go there, whoever names the vault."""
    store = store_of(vaultUrl=url, trusted=False, tenantId="t", authSecretRef=BOTH)
    AzureKv.open(store, access_of(store))


@pytest.mark.parametrize(
    "url",
    [
        "https://vault.azure.net.evil.example",
        "https://evilvault.azure.net",
        "https://vault.azure.net",
        "https://a.azurewebsites.net",
        "http://a.vault.azure.net",
        "https://127.0.0.1",
    ],
)
def test_other_vaults_do(cluster: MemoryCredentials, url: str) -> None:
    """Before anything is read."""
    store = store_of(vaultUrl=url, trusted=False, tenantId="t", authSecretRef=BOTH)
    with pytest.raises(EsyncError):
        AzureKv.open(store, access_of(store, cluster))
    assert cluster.asked == []


def test_an_authority_of_the_manifest_needs_trust(cluster: MemoryCredentials) -> None:
    """A store that is not trusted cannot have a client secret sent to a host of its choice."""
    settings = NEW | {"customCloudConfig": CUSTOM, "tenantId": "t", "authSecretRef": BOTH}
    store = store_of(trusted=False, **settings)
    with pytest.raises(HostRefused) as caught:
        AzureKv.open(store, access_of(store, cluster))
    assert "login.stack.example" in caught.value.message
    assert cluster.asked == []
    allowed = Rules(allow_hosts=["login.stack.example"])
    AzureKv.open(store, access_of(store, cluster, rules=allowed))


# What a token is for


def challenge(told: str) -> Answer:
    """Return the answer to a request without a token."""
    return Answer(401, {"www-authenticate": f'Bearer authorization="https://l/t", {told}'})


@pytest.mark.parametrize(
    ("settings", "resource"),
    [
        ({}, "https://vault.azure.net"),
        ({"environmentType": "USGovernmentCloud"}, "https://vault.usgovcloudapi.net"),
        ({"environmentType": "ChinaCloud"}, "https://vault.azure.cn"),
        ({"environmentType": "GermanCloud"}, "https://vault.microsoftazure.de"),
        ({"vaultUrl": "https://elsewhere.example"}, "https://vault.azure.net"),
        (NEW, "https://vault.azure.net"),
    ],
)
def test_the_cloud_says_what_a_token_is_for(settings: dict[str, Any], resource: str) -> None:
    """Nobody is asked; without ``useAzureSDK`` wherever the vault is."""
    wire = KeepingWire()
    assert resource_of(read_spec(store_of(**settings)), wire) == resource
    assert wire.sent == []


STACK = NEW | {"vaultUrl": "https://a.vault.stack.example", "customCloudConfig": CUSTOM}


@pytest.mark.parametrize(
    "told",
    ['resource="https://vault.stack.example"', 'scope="https://vault.stack.example/.default"'],
)
def test_a_vault_elsewhere_says_it_itself(told: str) -> None:
    """It is asked without a token."""
    wire = KeepingWire(answers=[challenge(told)])
    assert resource_of(read_spec(store_of(**STACK)), wire) == "https://vault.stack.example"
    assert wire.only.url == "https://a.vault.stack.example/secrets?api-version=7.4"
    assert "Authorization" not in wire.only.headers


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (challenge('resource="https://management.azure.com"'), Trouble.OTHER),
        (challenge('resource="https://vault.azure.net"'), Trouble.OTHER),
        (challenge('resource="https://ault.stack.example"'), Trouble.OTHER),
        (challenge('resource="https://"'), Trouble.OTHER),
        (challenge("nothing"), Trouble.OTHER),
        (Answer(200, {}, b"{}"), Trouble.MALFORMED),
        (Answer(0, outage="NameResolutionError"), Trouble.UNAVAILABLE),
        (said(503, None), Trouble.BUSY),
    ],
)
def test_a_vault_does_not_get_tokens_for_others(answer: Answer, kind: Trouble) -> None:
    """It would otherwise choose what our identity can be used for."""
    wire = KeepingWire(answers=[answer])
    with pytest.raises(AzureSignInFailed) as caught:
        resource_of(read_spec(store_of(**STACK)), wire)
    assert caught.value.failure.kind is kind

"""Every server that the integration tests rely on starts, and answers its official client."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.binaries import ServerMissingError, built
from tests.servers.gate import Refusal
from tests.servers.process import Process, ServerError, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.servers.azure import AzureServer
    from tests.servers.gcp import GcpServer
    from tests.servers.kubernetes import KubernetesServer
    from tests.servers.moto import MotoServer
    from tests.servers.openbao import OpenBaoServer

pytestmark = pytest.mark.integration

COLOURS: Mapping[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "colours.tests.example"},
    "spec": {
        "group": "tests.example",
        "scope": "Namespaced",
        "names": {"kind": "Colour", "plural": "colours", "singular": "colour"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"name": {"type": "string"}},
                        "x-kubernetes-validations": [
                            {"rule": "self.name != 'beige'", "message": "beige is no colour"}
                        ],
                    }
                },
            }
        ],
    },
}


def core(kubeconfig: Path) -> Any:
    """Return the official client for what a kubeconfig names."""
    from kubernetes import client, config

    return client.CoreV1Api(config.new_client_from_config(str(kubeconfig)))


def exists(server: KubernetesServer, path: str) -> bool:
    """Tell whether the API server has an object at ``path``."""
    return server.request("GET", path).status == 200


def test_missing_server_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who has not installed a server is told which, and how to get it."""
    monkeypatch.setenv("ESYNC_TEST_SERVERS", str(tmp_path))

    with pytest.raises(
        ServerMissingError, match=r"etcd is not installed; run \.ci/install-servers"
    ):
        built("etcd", "etcd")


def test_server_that_ends_tells_why(tmp_path: Path) -> None:
    """A server that ends before it is ready is not waited for, and the end of its log is shown."""
    command = [sys.executable, "-c", "raise SystemExit('no port')"]
    process = Process(command, tmp_path / "log")

    with pytest.raises(ServerError, match=r"(?s)python.* ended with code 1.*no port"):
        process.wait_until(lambda: False)
    process.stop()


def test_kubernetes_stores_secrets(kubernetes_server: KubernetesServer) -> None:
    """The official client signs in with the kubeconfig, and reads back what it wrote."""
    kubernetes_server.create_namespace("stores-secrets")
    api = core(kubernetes_server.kubeconfig)
    body = {"metadata": {"name": "db"}, "stringData": {"password": "hunter2"}}

    api.create_namespaced_secret("stores-secrets", body)

    assert api.read_namespaced_secret("db", "stores-secrets").data == {"password": "aHVudGVyMg=="}


def test_kubernetes_asks_rbac(kubernetes_server: KubernetesServer) -> None:
    """A user without roles signs in and is refused; a service account's token is as good."""
    from kubernetes.client import ApiException

    account = "/api/v1/namespaces/default/serviceaccounts/reader"
    metadata = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "reader"}}
    kubernetes_server.apply(account, metadata)
    wanted = {"spec": {"audiences": [kubernetes_server.url], "expirationSeconds": 600}}
    answer = kubernetes_server.request("POST", f"{account}/token", wanted)
    token = answer.json()["status"]["token"]

    for kubeconfig in (
        kubernetes_server.kubeconfig_for("nobody", ["strangers"]),
        kubernetes_server.kubeconfig_with_token("reader", token),
    ):
        with pytest.raises(ApiException) as refused:
            core(kubeconfig).list_namespaced_secret("default")
        assert refused.value.status == 403


def test_kubernetes_audits_requests(kubernetes_server: KubernetesServer) -> None:
    """The audit log tells who asked for what within a `with`, and what came of it."""
    api = core(kubernetes_server.kubeconfig)

    with kubernetes_server.audited() as events:
        api.list_namespaced_config_map("default", limit=5)

    (event,) = events
    assert (event.verb, event.resource, event.namespace) == ("list", "configmaps", "default")
    assert (event.user, event.status, event.query["limit"]) == ("admin", 200, "5")
    assert event in kubernetes_server.audit_events()


def test_kubernetes_serves_definitions(kubernetes_server: KubernetesServer) -> None:
    """A definition is served once installed, its CEL rules hold, and unknown fields are refused."""
    kubernetes_server.install_crds([COLOURS])
    path = "/apis/tests.example/v1/namespaces/default/colours?fieldValidation=Strict"
    colour = {"apiVersion": "tests.example/v1", "kind": "Colour", "metadata": {"name": "one"}}

    good = kubernetes_server.request("POST", path, colour | {"name": "red"})
    beige = kubernetes_server.request("POST", path, colour | {"name": "beige"})
    unknown = kubernetes_server.request("POST", path, colour | {"name": "red", "nmae": "red"})

    assert good.status == 201
    assert (beige.status, "beige is no colour" in beige.json()["message"]) == (422, True)
    assert (unknown.status, 'unknown field "nmae"' in unknown.json()["message"]) == (400, True)


def test_kubernetes_controllers(controlled_kubernetes_server: KubernetesServer) -> None:
    """On demand, accounts appear, what lost its owner is collected, and a namespace ends."""
    server = controlled_kubernetes_server
    server.start_controllers()  # a second time: nothing happens
    server.create_namespace("controlled")
    base = "/api/v1/namespaces/controlled"
    kind = {"apiVersion": "v1", "kind": "ConfigMap"}
    owner = f"{base}/configmaps/owner"
    owned = f"{base}/configmaps/owned"
    server.apply(owner, kind | {"metadata": {"name": "owner"}})
    uid = server.request("GET", owner).json()["metadata"]["uid"]
    reference = kind | {"name": "owner", "uid": uid}
    metadata = {"name": "owned", "ownerReferences": [reference]}
    server.apply(owned, kind | {"metadata": metadata})

    server.request("DELETE", owner)
    wait_until(lambda: not exists(server, owned), "the owned object is collected")
    account = f"{base}/serviceaccounts/default"
    wait_until(lambda: exists(server, account), "the default account is there")
    server.request("DELETE", base)
    wait_until(lambda: not exists(server, base), "the namespace is gone")


def test_two_clusters(
    kubernetes_server: KubernetesServer, second_kubernetes_server: KubernetesServer
) -> None:
    """What is made in one cluster is not in the other, and neither trusts the other's users."""
    kubernetes_server.create_namespace("only-here")

    assert exists(kubernetes_server, "/api/v1/namespaces/only-here")
    assert not exists(second_kubernetes_server, "/api/v1/namespaces/only-here")
    assert kubernetes_server.token != second_kubernetes_server.token


def test_moto_stores_secrets(moto_server: MotoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 finds the server by the environment; a reset forgets what it wrote."""
    import boto3

    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    client = boto3.session.Session().client("secretsmanager")

    client.create_secret(Name="db", SecretString="hunter2")
    assert client.get_secret_value(SecretId="db")["SecretString"] == "hunter2"
    moto_server.reset()
    assert client.list_secrets()["SecretList"] == []
    client.close()


@pytest.mark.parametrize("version", [1, 2])
def test_openbao_stores_secrets(openbao_server: OpenBaoServer, version: int) -> None:
    """The official client reads what it wrote, by HTTP and HTTPS, in both engine versions."""
    import hvac

    mount = openbao_server.mount_kv(version)
    plain = hvac.Client(openbao_server.url, token=openbao_server.token)
    secure = hvac.Client(
        openbao_server.tls_url, token=openbao_server.token, verify=str(openbao_server.ca)
    )
    engines = [getattr(client.secrets.kv, f"v{version}") for client in (plain, secure)]

    engines[0].create_or_update_secret("db", {"password": "hunter2"}, mount_point=mount)
    options = {"raise_on_deleted_version": True} if version == 2 else {}
    reader = engines[1].read_secret_version if version == 2 else engines[1].read_secret
    answer = reader("db", mount_point=mount, **options)

    assert (answer["data"]["data"] if version == 2 else answer["data"]) == {"password": "hunter2"}
    plain.adapter.close()
    secure.adapter.close()


def google_client(server: GcpServer, transport: str) -> Any:
    """Return the official client, over gRPC and nobody, or over HTTP as the service account."""
    import grpc  # type: ignore[import-untyped]  # grpcio brings no types
    from google.auth.transport.requests import Request
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient as Client
    from google.oauth2.credentials import Credentials
    from google.oauth2.service_account import Credentials as ServiceAccount

    kind = Client.get_transport_class(transport)
    if transport == "grpc":
        return Client(transport=kind(channel=grpc.insecure_channel(server.target)))
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    info = server.service_account_key()
    account = ServiceAccount.from_service_account_info(info, scopes=scopes)
    account.refresh(Request())
    # The account's own credentials would ask Google in the background where its data may live.
    return Client(transport=kind(host=server.url, credentials=Credentials(account.token)))


@pytest.mark.parametrize("transport", ["grpc", "rest"])
def test_gcp_stores_secrets(gcp_server: GcpServer, transport: str) -> None:
    """The official client reads what it wrote; `latest` is the newest version, even if disabled."""
    from google.api_core.exceptions import BadRequest

    gcp_server.reset()
    client = google_client(gcp_server, transport)
    parent = f"projects/{gcp_server.project}"
    labels = {"team": "a"}
    secret = {"replication": {"automatic": {}}, "labels": labels}
    client.create_secret(parent=parent, secret_id="db", secret=secret)
    name = f"{parent}/secrets/db"
    for data in (b"one", b"two"):
        client.add_secret_version(parent=name, payload={"data": data})
    client.disable_secret_version(name=f"{name}/versions/2")

    with pytest.raises(BadRequest, match="DISABLED state"):
        client.access_secret_version(name=f"{name}/versions/latest")
    request = {"parent": name, "filter": "state:ENABLED"}
    (enabled,) = client.list_secret_versions(request=request)
    payload = client.access_secret_version(name=enabled.name).payload
    (found,) = client.list_secrets(request={"parent": parent, "filter": "labels.team=a name:d"})

    assert (payload.data, found.labels) == (b"one", labels)
    assert enabled.name.endswith("/secrets/db/versions/1")
    client.transport.close()


def test_gcp_knows_its_callers(gcp_server: GcpServer) -> None:
    """The gate has who called for what, and turns away what a test wants refused."""
    from google.api_core.exceptions import Forbidden, NotFound

    gcp_server.reset()
    client = google_client(gcp_server, "rest")
    name = f"projects/{gcp_server.project}/secrets/db"
    gcp_server.gate.refuse("db", Refusal.DENIED, times=1)

    with pytest.raises(Forbidden):
        client.get_secret(name=name)
    with pytest.raises(NotFound):
        client.get_secret(name=name)

    email = gcp_server.service_account_key()["client_email"]
    assert [call.caller for call in gcp_server.gate.calls] == [email, email]
    assert {call.operation for call in gcp_server.gate.calls} == {"GetSecret"}
    client.transport.close()


def azure_credential(server: AzureServer) -> Any:
    """Return the credential of the server's service principal."""
    from azure.identity import ClientSecretCredential

    return ClientSecretCredential(
        server.tenant,
        server.client_id,
        server.client_secret,
        authority=server.authority,
        disable_instance_discovery=True,
        connection_verify=str(server.ca),
    )


def test_azure_stores_secrets(azure_server: AzureServer) -> None:
    """The official client signs in, finds the vault trustworthy, and reads what it wrote."""
    from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
    from azure.keyvault.secrets import SecretClient

    azure_server.reset()
    credential = azure_credential(azure_server)
    ca = str(azure_server.ca)
    with credential, SecretClient(azure_server.url, credential, connection_verify=ca) as client:
        first = client.set_secret("db", "one", tags={"team": "a"})
        client.set_secret("db", "two")
        client.set_secret("off", "x", enabled=False)

        assert client.get_secret("db").value == "two"
        assert client.get_secret("db", first.properties.version).value == "one"
        assert [item.name for item in client.list_properties_of_secrets()] == ["db", "off"]
        with pytest.raises(HttpResponseError) as disabled:
            client.get_secret("off")
        client.begin_delete_secret("db").wait()
        with pytest.raises(ResourceNotFoundError):
            client.get_secret("db")

    assert disabled.value.status_code == 403
    assert {call.caller for call in azure_server.gate.calls} == {azure_server.client_id}


def test_azure_stores_keys_and_certificates(azure_server: AzureServer, tmp_path: Path) -> None:
    """An imported certificate is there, and the secret of its name holds the private key."""
    from azure.keyvault.certificates import CertificateClient, CertificatePolicy
    from azure.keyvault.keys import KeyClient
    from azure.keyvault.secrets import SecretClient

    from tests.servers.certificates import Authority

    azure_server.reset()
    credential = azure_credential(azure_server)
    pair = Authority(tmp_path).issue("web")
    pem = pair.key.read_bytes() + pair.certificate.read_bytes()
    policy = CertificatePolicy(content_type="application/x-pem-file")
    url, verify = azure_server.url, {"connection_verify": str(azure_server.ca)}
    with (
        credential,
        CertificateClient(url, credential, **verify) as certificates,
        KeyClient(url, credential, **verify) as keys,
        SecretClient(url, credential, **verify) as secrets,
    ):
        imported = certificates.import_certificate("web", pem, policy=policy)
        made = keys.create_rsa_key("signing", size=2048)

        assert certificates.get_certificate("web").cer == imported.cer
        assert secrets.get_secret("web").value == pem.decode()
        assert keys.get_key("signing").key.n == made.key.n
        assert [item.name for item in keys.list_properties_of_keys()] == ["web", "signing"]


def test_azure_turns_away(azure_server: AzureServer) -> None:
    """A refusal that lasts for one call is over when the official client tries again."""
    from azure.keyvault.secrets import SecretClient

    azure_server.reset()
    credential = azure_credential(azure_server)
    ca = str(azure_server.ca)
    with credential, SecretClient(azure_server.url, credential, connection_verify=ca) as client:
        client.set_secret("db", "one")
        azure_server.gate.refuse("db", Refusal.THROTTLED, times=1)
        assert client.get_secret("db").value == "one"

    operations = [call.operation for call in azure_server.gate.calls]
    assert operations == ["PUT secrets", "GET secrets", "GET secrets"]

"""The client against a real API server: who signs in, what is written, what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from esync.cluster.client import PAGE, ApiCluster
from esync.cluster.connect import connect
from esync.cluster.contract import (
    NAMESPACES,
    SECRETS,
    SERVICE_ACCOUNTS,
    Conflict,
    Forbidden,
    Invalid,
    Object,
    Resource,
    Unauthorized,
    Unreachable,
)
from esync.cluster.options import ConnectOptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration

LAMPS = Resource("tests.example", "v1", "lamps", "Lamp")
LAMP_DEFINITION: Mapping[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "lamps.tests.example"},
    "spec": {
        "group": LAMPS.group,
        "scope": "Namespaced",
        "names": {"kind": LAMPS.kind, "plural": LAMPS.plural, "singular": "lamp"},
        "versions": [
            {
                "name": LAMPS.version,
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {"watts": {"type": "integer"}},
                            },
                            "status": {
                                "type": "object",
                                "x-kubernetes-preserve-unknown-fields": True,
                            },
                        },
                    }
                },
            }
        ],
    },
}


@pytest.fixture
def cluster(kubernetes_server: KubernetesServer) -> ApiCluster:
    """Return the server as its administrator sees it."""
    return connect(ConnectOptions(kubeconfig=str(kubernetes_server.kubeconfig)))


@pytest.fixture
def namespace(kubernetes_server: KubernetesServer) -> str:
    """Return the name of a new namespace."""
    name = f"t-{uuid4().hex[:12]}"
    kubernetes_server.create_namespace(name)
    return name


def _secret(namespace: str, name: str, **data: str) -> Object:
    metadata = {"namespace": namespace, "name": name}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}


def _as(kubeconfig: Path, **options: Any) -> ApiCluster:
    return connect(ConnectOptions(kubeconfig=str(kubeconfig), **options))


def test_the_context_is_known(cluster: ApiCluster, kubernetes_server: KubernetesServer) -> None:
    """Its name, its server and its namespace."""
    assert (cluster.context, cluster.namespace) == ("test", "default")
    assert cluster.server == kubernetes_server.url


def test_writes_are_seen_under_their_manager(
    cluster: ApiCluster, kubernetes_server: KubernetesServer, namespace: str
) -> None:
    """The audit log shows who wrote, and that nothing else was asked."""
    with kubernetes_server.audited() as events:
        first = cluster.create(SECRETS, _secret(namespace, "db", a="1"), manager="esync/db")
        cluster.update(SECRETS, {**first, "data": {}}, manager="esync/db")

    assert [(event.verb, event.resource, event.name, event.status) for event in events] == [
        ("create", "secrets", "db", 201),
        ("update", "secrets", "db", 200),
    ]
    assert {event.query["fieldManager"] for event in events} == {"esync/db"}
    assert {event.agent.split("/")[0] for event in events} == {"esync"}


def test_a_client_certificate(kubernetes_server: KubernetesServer, namespace: str) -> None:
    """Kubeconfigs with certificates and no token."""
    cluster = _as(kubernetes_server.kubeconfig_for("ann", ["system:masters"]))

    assert cluster.get(NAMESPACES, "", namespace) is not None


def test_who_may_not_is_told(kubernetes_server: KubernetesServer, namespace: str) -> None:
    """User, verb, resource and namespace are named."""
    cluster = _as(kubernetes_server.kubeconfig_for("bob"))

    with pytest.raises(Forbidden) as caught:
        cluster.create(SECRETS, _secret(namespace, "db", a="1"), manager="m")

    assert caught.value.message == (
        f'user "bob" may not create secrets "db" in namespace "{namespace}" (Forbidden)'
    )


def test_impersonation(kubernetes_server: KubernetesServer, namespace: str) -> None:
    """With --as the rights are those of the other; groups count, all of them."""
    path = kubernetes_server.kubeconfig
    with pytest.raises(Forbidden, match='user "jane" may not get'):
        _as(path, as_user="jane").get(SECRETS, namespace, "db")

    groups = ("developers", "system:masters", "others")
    assert _as(path, as_user="jane", as_groups=groups).get(SECRETS, namespace, "db") is None


def test_a_token_of_ours_signs_in(
    cluster: ApiCluster, kubernetes_server: KubernetesServer, namespace: str
) -> None:
    """A requested token is that of the service account."""
    metadata = {"namespace": namespace, "name": "app"}
    account: Object = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    cluster.create(SERVICE_ACCOUNTS, account, manager="tests")
    token = cluster.token(namespace, "app", [])

    other = _as(kubernetes_server.kubeconfig_with_token("app", token.reveal().decode()))

    with pytest.raises(Forbidden, match=f"system:serviceaccount:{namespace}:app"):
        other.get(SECRETS, namespace, "db")


def test_a_lifetime_that_is_too_short(cluster: ApiCluster, namespace: str) -> None:
    """The API server wants ten minutes at least, and the field is named."""
    metadata = {"namespace": namespace, "name": "app"}
    account: Object = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    cluster.create(SERVICE_ACCOUNTS, account, manager="tests")

    with pytest.raises(Invalid, match=r"spec\.expirationSeconds is not accepted"):
        cluster.token(namespace, "app", [], 1)


def test_a_pod_signs_in(
    cluster: ApiCluster, kubernetes_server: KubernetesServer, namespace: str, tmp_path: Path
) -> None:
    """The files of its service account are enough."""
    metadata = {"namespace": namespace, "name": "app"}
    account: Object = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    cluster.create(SERVICE_ACCOUNTS, account, manager="tests")
    host, _, port = kubernetes_server.url.removeprefix("https://").partition(":")
    (tmp_path / "ca.crt").write_bytes(kubernetes_server.ca.read_bytes())
    (tmp_path / "namespace").write_text(namespace)
    (tmp_path / "token").write_bytes(cluster.token(namespace, "app", []).reveal())
    environ = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
    inside = connect(ConnectOptions(environ=environ, service_account=tmp_path))

    assert (inside.context, inside.namespace) == ("in-cluster", namespace)
    with pytest.raises(Forbidden, match=f"system:serviceaccount:{namespace}:app"):
        inside.get(SECRETS, namespace, "db")


def test_a_token_that_is_none(kubernetes_server: KubernetesServer) -> None:
    """The credentials are at fault, not the rights."""
    cluster = _as(kubernetes_server.kubeconfig_with_token("nobody", "wrong"))

    with pytest.raises(Unauthorized, match="does not accept the credentials"):
        cluster.get(SECRETS, "default", "db")


def test_a_foreign_authority(kubernetes_server: KubernetesServer, tmp_path: Path) -> None:
    """A server whose certificate is not signed by the kubeconfig's CA gets no token."""
    text = kubernetes_server.kubeconfig.read_text()
    lines = [line for line in text.splitlines() if "certificate-authority-data" not in line]
    path = tmp_path / "kubeconfig"
    path.write_text("\n".join(lines))

    with pytest.raises(Unreachable, match="its certificate is not accepted"):
        _as(path).get(SECRETS, "default", "db")


def test_long_lists_come_whole(cluster: ApiCluster, namespace: str) -> None:
    """More objects than a page holds, each once."""
    names = _create_many(cluster, namespace)

    assert [one["metadata"]["name"] for one in cluster.list(SECRETS, namespace)] == names


def test_a_list_that_expires_comes_whole(
    cluster: ApiCluster, kubernetes_server: KubernetesServer, namespace: str
) -> None:
    """After the first page etcd forgets it: the list is read again, and each comes once."""
    names = _create_many(cluster, namespace)
    found = cluster.list(SECRETS, namespace)
    seen = [next(found)]
    cluster.create(SECRETS, _secret(namespace, "s-9999"), manager="tests")
    kubernetes_server.forget_the_past()

    with kubernetes_server.audited() as events:
        seen += found

    assert [one["metadata"]["name"] for one in seen] == [*names, "s-9999"]
    lists = [event for event in events if event.resource == "secrets"]
    assert [(event.status, "continue" in event.query) for event in lists] == [
        (410, True),
        (200, False),
    ]


def _create_many(cluster: ApiCluster, namespace: str) -> list[str]:
    """Create one Secret more than a page holds, and return their names."""
    names = [f"s-{number:04}" for number in range(PAGE + 1)]

    def create(name: str) -> None:
        cluster.create(SECRETS, _secret(namespace, name), manager="tests")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(create, names))
    return names


def test_writers_at_the_same_time(cluster: ApiCluster, namespace: str) -> None:
    """Every writer gets through by reading again, and nobody's write is lost."""
    cluster.create(SECRETS, _secret(namespace, "db"), manager="tests")

    def write(number: int) -> None:
        while True:
            live = cluster.get(SECRETS, namespace, "db")
            assert live is not None
            data = {**live.get("data", {}), f"k{number}": ""}
            try:
                cluster.update(SECRETS, {**live, "data": data}, manager=f"m{number}")
            except Conflict:
                continue
            return

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))

    live = cluster.get(SECRETS, namespace, "db")
    assert live is not None
    assert sorted(live["data"]) == [f"k{number}" for number in range(8)]


def test_status_is_patched(
    cluster: ApiCluster, kubernetes_server: KubernetesServer, namespace: str
) -> None:
    """Only what is named changes, and the spec stays out of reach."""
    kubernetes_server.install_crds([LAMP_DEFINITION])
    metadata = {"namespace": namespace, "name": "desk"}
    lamp: Object = {
        "apiVersion": LAMPS.api_version,
        "kind": LAMPS.kind,
        "metadata": metadata,
        "spec": {"watts": 5},
    }
    cluster.create(LAMPS, lamp, manager="tests")

    cluster.patch_status(LAMPS, namespace, "desk", {"on": True, "since": "now"})
    cluster.patch_status(LAMPS, namespace, "desk", {"on": False, "since": None})

    live = cluster.get(LAMPS, namespace, "desk")
    assert live is not None
    assert (live["spec"], live["status"]) == ({"watts": 5}, {"on": False})


def test_parts_of_a_definition_are_named(
    cluster: ApiCluster, kubernetes_server: KubernetesServer, namespace: str
) -> None:
    """A wrong type is told without its value, and without what may be the key of a map."""
    kubernetes_server.install_crds([LAMP_DEFINITION])
    metadata = {"namespace": namespace, "name": "desk"}
    lamp: Object = {
        "apiVersion": LAMPS.api_version,
        "kind": LAMPS.kind,
        "metadata": metadata,
        "spec": {"watts": "geheim"},
    }

    with pytest.raises(Invalid) as caught:
        cluster.create(LAMPS, lamp, manager="tests")

    assert "spec has the wrong type" in caught.value.message
    assert "geheim" not in caught.value.message


def test_a_namespace_that_ends(
    cluster: ApiCluster, kubernetes_server: KubernetesServer, namespace: str
) -> None:
    """While it is being deleted, nothing new goes in, and that is said."""
    path = f"/api/v1/namespaces/{namespace}"
    held = {"metadata": {"name": "held", "namespace": namespace, "finalizers": ["tests.example/x"]}}
    cluster.create(SECRETS, {"apiVersion": "v1", "kind": "Secret", **held}, manager="tests")
    kubernetes_server.request("DELETE", path)

    with pytest.raises(Forbidden, match="the namespace is being deleted"):
        cluster.create(SECRETS, _secret(namespace, "db"), manager="tests")

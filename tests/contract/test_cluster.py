"""One suite for every cluster: the one in memory behaves as the API server does."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64decode
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from esync.cluster.connect import connect
from esync.cluster.contract import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    NAMESPACES,
    SECRETS,
    SERVICE_ACCOUNTS,
    Cluster,
    ClusterError,
    Conflict,
    Invalid,
    NotServed,
    Object,
    Resource,
)
from esync.cluster.options import ConnectOptions
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.kubernetes import KubernetesServer

# A kind that nobody defines, whatever other tests do to the server.
UNHEARD = Resource("example.com", "v1", "unheards", "Unheard")
PLAIN = "c2VjcmV0LXZhbHVl"  # secret-value
OTHER = "b3RoZXI="
HIDDEN = "geheim"
ENTRY = {"name": "KEPT", "value": "1"}


@pytest.fixture(params=["memory", pytest.param("server", marks=pytest.mark.integration)])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """Return a cluster that lacks the definition of one kind."""
    if request.param == "memory":
        return MemoryCluster(not_served=(UNHEARD,))
    server: KubernetesServer = request.getfixturevalue("kubernetes_server")
    return connect(ConnectOptions(kubeconfig=str(server.kubeconfig)))


@pytest.fixture
def namespace(cluster: Cluster) -> str:
    """Return the name of a new, empty namespace."""
    name = f"t-{uuid4().hex[:12]}"
    cluster.create(NAMESPACES, {"metadata": {"name": name}}, manager="tests")
    return name


def _secret(namespace: str, name: str = "db", **rest: Any) -> Object:
    metadata = {"namespace": namespace, "name": name, **rest.pop("metadata", {})}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, **rest}


def _owned(written: Object) -> dict[str, Any]:
    entries = written["metadata"].get("managedFields", [])
    return {entry["manager"]: entry["fieldsV1"] for entry in entries}


def _changed(written: Object, **rest: Any) -> Object:
    metadata = {**written["metadata"], **rest.pop("metadata", {})}
    return {**written, "metadata": metadata, **rest}


def test_what_was_created_is_read(cluster: Cluster, namespace: str) -> None:
    """A new Secret gets a uid, a resourceVersion and the type Opaque."""
    written = cluster.create(SECRETS, _secret(namespace, data={"password": PLAIN}), manager="esync")

    assert written["metadata"]["uid"]
    assert written["metadata"]["resourceVersion"]
    assert written["type"] == "Opaque"
    assert cluster.get(SECRETS, namespace, "db") == written


def test_what_is_not_there_is_none(cluster: Cluster, namespace: str) -> None:
    """Neither the object, nor its namespace, nor its kind has to exist."""
    assert cluster.get(SECRETS, namespace, "db") is None
    assert cluster.get(SECRETS, "there-is-none", "db") is None
    assert cluster.get(NAMESPACES, "", "there-is-none") is None
    assert cluster.get(UNHEARD, namespace, "db") is None


def test_namespace_is_labelled_with_its_name(cluster: Cluster, namespace: str) -> None:
    """Conditions of stores compare this label."""
    found = cluster.get(NAMESPACES, "", namespace)

    assert found is not None
    assert found["metadata"]["labels"] == {"kubernetes.io/metadata.name": namespace}


def test_create_of_existing_is_a_conflict(cluster: Cluster, namespace: str) -> None:
    """Nothing is overwritten."""
    cluster.create(SECRETS, _secret(namespace), manager="esync")

    with pytest.raises(Conflict, match=r"it exists already \(AlreadyExists\)"):
        cluster.create(SECRETS, _secret(namespace), manager="esync")


def test_create_in_a_missing_namespace(cluster: Cluster) -> None:
    """The namespace is named, not the Secret alone."""
    with pytest.raises(ClusterError) as caught:
        cluster.create(SECRETS, _secret("there-is-none"), manager="esync")

    assert caught.value.message == (
        'cannot create secrets "db" in namespace "there-is-none":'
        ' there is no namespace "there-is-none"'
    )
    assert caught.value.hint == "try: kubectl create namespace there-is-none"


def test_kind_that_is_not_served(cluster: Cluster, namespace: str) -> None:
    """Listing and creating say that the definition is missing."""
    body: Object = {
        "apiVersion": UNHEARD.api_version,
        "kind": UNHEARD.kind,
        "metadata": {"namespace": namespace, "name": "db"},
    }

    with pytest.raises(NotServed):
        list(cluster.list(UNHEARD, namespace))
    with pytest.raises(NotServed, match=r"no unheards of example\.com/v1"):
        cluster.create(UNHEARD, body, manager="esync")


def test_create_with_a_resource_version_is_refused(cluster: Cluster, namespace: str) -> None:
    """A new object has none; the API server answers 500."""
    body = _secret(namespace, metadata={"resourceVersion": "1"})

    with pytest.raises(ClusterError, match="the API server answers 500"):
        cluster.create(SECRETS, body, manager="esync")


def test_update_replaces(cluster: Cluster, namespace: str) -> None:
    """What the new object lacks is gone; uid and creation stay."""
    body = _secret(namespace, data={"a": PLAIN, "b": PLAIN}, metadata={"labels": {"x": "y"}})
    first = cluster.create(SECRETS, body, manager="esync")

    second = cluster.update(
        SECRETS, _changed(first, data={"b": OTHER}, metadata={"labels": {}}), manager="esync"
    )

    assert second["data"] == {"b": OTHER}
    assert "labels" not in second["metadata"]
    assert second["metadata"]["uid"] == first["metadata"]["uid"]
    assert second["metadata"]["resourceVersion"] != first["metadata"]["resourceVersion"]


def test_update_without_change_writes_nothing(cluster: Cluster, namespace: str) -> None:
    """The resourceVersion stays the same."""
    first = cluster.create(SECRETS, _secret(namespace, data={"a": PLAIN}), manager="esync")

    assert cluster.update(SECRETS, first, manager="esync") == first


def test_stale_update_is_a_conflict(cluster: Cluster, namespace: str) -> None:
    """Who read before somebody else wrote has to read again."""
    first = cluster.create(SECRETS, _secret(namespace, data={"a": PLAIN}), manager="esync")
    cluster.update(SECRETS, _changed(first, data={"a": OTHER}), manager="other")

    with pytest.raises(Conflict, match="it was changed since it was read"):
        cluster.update(SECRETS, _changed(first, data={"b": PLAIN}), manager="esync")


def test_update_of_a_missing_object(cluster: Cluster, namespace: str) -> None:
    """An update never creates."""
    first = cluster.create(SECRETS, _secret(namespace), manager="esync")
    cluster.delete(SECRETS, namespace, "db", uid="", resource_version="")

    with pytest.raises(ClusterError) as caught:
        cluster.update(SECRETS, first, manager="esync")

    assert caught.value.message.endswith("it does not exist (NotFound)")


def test_dry_run_writes_nothing(cluster: Cluster, namespace: str) -> None:
    """Create, update and delete are judged, and nothing changes."""
    cluster.create(SECRETS, _secret(namespace), manager="esync", dry_run=True)
    assert cluster.get(SECRETS, namespace, "db") is None

    first = cluster.create(SECRETS, _secret(namespace, data={"a": PLAIN}), manager="esync")
    shown = cluster.update(
        SECRETS, _changed(first, data={"a": OTHER}), manager="esync", dry_run=True
    )
    cluster.delete(SECRETS, namespace, "db", uid="", resource_version="", dry_run=True)

    assert shown["data"] == {"a": OTHER}
    assert cluster.get(SECRETS, namespace, "db") == first
    with pytest.raises(Conflict):
        cluster.create(SECRETS, _secret(namespace), manager="esync", dry_run=True)


def test_delete_holds_to_its_preconditions(cluster: Cluster, namespace: str) -> None:
    """Only the object that was read is deleted; one that is gone is no error."""
    metadata = cluster.create(SECRETS, _secret(namespace), manager="esync")["metadata"]
    uid, version = metadata["uid"], metadata["resourceVersion"]

    with pytest.raises(Conflict):
        cluster.delete(SECRETS, namespace, "db", uid=str(uuid4()), resource_version=version)
    with pytest.raises(Conflict):
        cluster.delete(SECRETS, namespace, "db", uid=uid, resource_version="1")
    assert cluster.get(SECRETS, namespace, "db") is not None

    cluster.delete(SECRETS, namespace, "db", uid=uid, resource_version=version)
    assert cluster.get(SECRETS, namespace, "db") is None
    cluster.delete(SECRETS, namespace, "db", uid=uid, resource_version=version)


def test_an_object_with_finalizers_is_marked(cluster: Cluster, namespace: str) -> None:
    """It stays until its finalizers are gone."""
    held = _secret(namespace, metadata={"finalizers": ["tests.example/hold"]})
    cluster.create(SECRETS, held, manager="esync")

    cluster.delete(SECRETS, namespace, "db", uid="", resource_version="")

    found = cluster.get(SECRETS, namespace, "db")
    assert found is not None
    assert found["metadata"]["deletionTimestamp"]


def test_list_chooses_by_namespace_and_labels(cluster: Cluster, namespace: str) -> None:
    """Objects come by name, each with its kind."""
    for name, app in (("b", "shop"), ("a", "shop"), ("c", "cart")):
        labels = {"app": app, "test": namespace}
        cluster.create(SECRETS, _secret(namespace, name, metadata={"labels": labels}), manager="e")

    inside = list(cluster.list(SECRETS, namespace, "app=shop"))
    everywhere = list(cluster.list(SECRETS, "", f"test in ({namespace}),app!=shop"))

    assert [one["metadata"]["name"] for one in inside] == ["a", "b"]
    assert [one["metadata"]["name"] for one in everywhere] == ["c"]
    assert {(one["apiVersion"], one["kind"]) for one in inside} == {("v1", "Secret")}
    assert list(cluster.list(SECRETS, "there-is-none")) == []


def test_data_is_normalised(cluster: Cluster, namespace: str) -> None:
    """Data takes stringData in, which wins; line ends in base64 are dropped; null is empty."""
    body = _secret(
        namespace,
        data={"a": "b3Ro\nZXI=", "b": PLAIN, "c": None},
        stringData={"b": "other", "d": "ä"},
    )

    written = cluster.create(SECRETS, body, manager="esync")

    assert written["data"] == {"a": OTHER, "b": OTHER, "c": "", "d": "w6Q="}
    assert "stringData" not in written


def test_empty_mappings_are_left_out(cluster: Cluster, namespace: str) -> None:
    """As the API server's JSON does."""
    body = _secret(namespace, data={}, metadata={"labels": {}, "annotations": {}})

    written = cluster.create(SECRETS, body, manager="esync")

    assert "data" not in written
    assert not {"labels", "annotations"} & written["metadata"].keys()


def test_new_fields_belong_to_their_writer(cluster: Cluster, namespace: str) -> None:
    """The creator owns the maps and what is in them."""
    body = _secret(
        namespace,
        data={"a": PLAIN},
        metadata={
            "labels": {"x": "y"},
            "annotations": {"n": "m"},
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u-1"}],
            "finalizers": ["tests.example/hold"],
        },
        immutable=False,
    )

    written = cluster.create(SECRETS, body, manager="esync")

    assert _owned(written) == {
        "esync": {
            "f:data": {".": {}, "f:a": {}},
            "f:immutable": {},
            "f:metadata": {
                "f:annotations": {".": {}, "f:n": {}},
                "f:finalizers": {".": {}, 'v:"tests.example/hold"': {}},
                "f:labels": {".": {}, "f:x": {}},
                "f:ownerReferences": {".": {}, 'k:{"uid":"u-1"}': {}},
            },
            "f:type": {},
        }
    }
    assert written["metadata"]["managedFields"][0] | {"time": ""} == {
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": _owned(written)["esync"],
        "manager": "esync",
        "operation": "Update",
        "time": "",
    }


def test_a_changed_field_goes_to_its_last_writer(cluster: Cluster, namespace: str) -> None:
    """Unchanged fields keep their manager, whoever sends them; the map stays with its maker."""
    body = _secret(
        namespace, data={"a": PLAIN, "b": PLAIN}, metadata={"labels": {"x": "1", "y": "1"}}
    )
    first = cluster.create(SECRETS, body, manager="one")

    second = cluster.update(
        SECRETS,
        _changed(
            first,
            data={"a": PLAIN, "b": OTHER, "c": OTHER},
            metadata={"labels": {"x": "2", "y": "1"}, "annotations": {"n": "m"}},
        ),
        manager="two",
    )

    assert _owned(second) == {
        "one": {
            "f:data": {".": {}, "f:a": {}},
            "f:metadata": {"f:labels": {".": {}, "f:y": {}}},
            "f:type": {},
        },
        "two": {
            "f:data": {"f:b": {}, "f:c": {}},
            "f:metadata": {"f:annotations": {".": {}, "f:n": {}}, "f:labels": {"f:x": {}}},
        },
    }


def test_a_manager_without_fields_vanishes(cluster: Cluster, namespace: str) -> None:
    """A removed field leaves everybody, and one that comes back belongs to who brought it."""
    first = cluster.create(SECRETS, _secret(namespace, data={"a": PLAIN}), manager="one")
    second = cluster.update(SECRETS, _changed(first, data={"a": PLAIN, "b": PLAIN}), manager="two")

    third = cluster.update(SECRETS, _changed(second, data={"a": PLAIN}), manager="three")
    fourth = cluster.update(SECRETS, _changed(third, data={"b": PLAIN}), manager="three")

    assert _owned(third) == {"one": {"f:data": {".": {}, "f:a": {}}, "f:type": {}}}
    assert _owned(fourth) == {
        "one": {"f:data": {}, "f:type": {}},
        "three": {"f:data": {"f:b": {}}},
    }


def test_managers_do_not_depend_on_what_is_sent(cluster: Cluster, namespace: str) -> None:
    """An update that leaves managedFields out changes no ownership."""
    first = cluster.create(SECRETS, _secret(namespace, data={"a": PLAIN}), manager="one")
    metadata = {key: one for key, one in first["metadata"].items() if key != "managedFields"}

    second = cluster.update(
        SECRETS, {**first, "metadata": metadata, "data": {"a": PLAIN, "b": OTHER}}, manager="two"
    )

    assert _owned(second) == {
        "one": {"f:data": {".": {}, "f:a": {}}, "f:type": {}},
        "two": {"f:data": {"f:b": {}}},
    }


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ({"metadata": {"name": f"Upper-{HIDDEN}!"}}, "metadata.name is not accepted"),
        ({"metadata": {"labels": {"x": f"{HIDDEN} y"}}}, "metadata.labels is not accepted"),
        ({"metadata": {"labels": {f"-{HIDDEN}": ""}}}, "metadata.labels is not accepted"),
        (
            {"metadata": {"annotations": {f"a {HIDDEN}": ""}}},
            "metadata.annotations is not accepted",
        ),
        ({"metadata": {"annotations": {"a": HIDDEN * 50000}}}, "metadata.annotations is too long"),
        ({"data": {f"{HIDDEN}!": ""}}, "data is not accepted"),
        ({"data": {"..": ""}}, "data is not accepted"),
        ({"data": {"a" * 254: ""}}, "data is not accepted"),
        ({"data": {"a": f"{HIDDEN}!"}}, "the API server does not accept it (BadRequest)"),
        ({"data": {"a": 1}}, "the API server does not accept it (BadRequest)"),
        ({"type": "kubernetes.io/tls"}, "data[tls.crt] is missing; data[tls.key] is missing"),
        ({"stringData": {"a": HIDDEN * 180000}}, "data is too long"),
    ],
)
def test_what_is_not_accepted(
    cluster: Cluster, namespace: str, rest: dict[str, Any], said: str
) -> None:
    """The field at fault is named; values and keys are not."""
    body = _secret(namespace, **rest)

    with pytest.raises(Invalid) as caught:
        cluster.create(SECRETS, body, manager="esync")

    assert said in caught.value.message
    name = body["metadata"]["name"]
    assert HIDDEN not in caught.value.message.replace(name, "") + caught.value.hint


def test_the_largest_secret(cluster: Cluster, namespace: str) -> None:
    """1 MiB of values is accepted; keys do not count."""
    most = b64encode(b"x" * (1 << 20)).decode()

    cluster.create(SECRETS, _secret(namespace, data={"a": most}), manager="esync")
    with pytest.raises(Invalid) as caught:
        cluster.create(
            SECRETS, _secret(namespace, "more", data={"a": most, "b": PLAIN}), manager="e"
        )

    assert caught.value.hint == "a Secret holds at most 1 MiB"


def test_type_cannot_be_changed(cluster: Cluster, namespace: str) -> None:
    """Also not by leaving it out: that means Opaque."""
    first = cluster.create(SECRETS, _secret(namespace, type="tests.example/x"), manager="esync")

    for changed in (_changed(first, type="tests.example/y"), _changed(first, type="")):
        with pytest.raises(Invalid) as caught:
            cluster.update(SECRETS, changed, manager="esync")
        assert caught.value.hint == "the type of a Secret cannot be changed; delete it first"


@pytest.mark.parametrize("resource", [SECRETS, CONFIG_MAPS])
def test_immutable_data_cannot_be_changed(
    cluster: Cluster, namespace: str, resource: Resource
) -> None:
    """Data and the flag are frozen; labels are not."""
    metadata = {"namespace": namespace, "name": "frozen"}
    body: Object = {"metadata": metadata, "data": {"a": PLAIN}, "immutable": True}
    named = {"apiVersion": "v1", "kind": resource.kind}
    first = cluster.create(resource, {**named, **body}, manager="esync")

    changes: list[dict[str, Any]] = [{"data": {"a": OTHER}}, {"immutable": False}, {"data": {}}]
    for changed in changes:
        with pytest.raises(Invalid, match="may not be set or changed"):
            cluster.update(resource, _changed(first, **changed), manager="esync")

    labelled = _changed(first, metadata={"labels": {"x": "y"}})
    assert cluster.update(resource, labelled, manager="esync")["metadata"]["labels"] == {"x": "y"}


def test_token_of_a_service_account(cluster: Cluster, namespace: str) -> None:
    """It carries the audiences that were asked for, and names the account."""
    account: Object = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"namespace": namespace, "name": "app"},
    }
    cluster.create(SERVICE_ACCOUNTS, account, manager="tests")

    token = cluster.token(namespace, "app", ["sts.amazonaws.com"], 600)

    payload = token.reveal().split(b".")[1]
    claims = json.loads(urlsafe_b64decode(payload + b"=="))
    assert claims["aud"] == ["sts.amazonaws.com"]
    assert claims["sub"] == f"system:serviceaccount:{namespace}:app"
    assert claims["kubernetes.io"]["serviceaccount"]["name"] == "app"


def test_token_of_no_service_account(cluster: Cluster, namespace: str) -> None:
    """The account is named."""
    with pytest.raises(ClusterError) as caught:
        cluster.token(namespace, "nobody", [])

    assert caught.value.message == (
        f'cannot create serviceaccounts/token "nobody" in namespace "{namespace}":'
        " it does not exist (NotFound)"
    )


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a%2fb"])
def test_a_name_is_never_another_path(cluster: Cluster, namespace: str, name: str) -> None:
    """An empty or crooked name must not read, replace or delete a whole collection."""
    calls: list[Callable[[], object]] = [
        lambda: cluster.get(SECRETS, namespace, name),
        lambda: cluster.get(SECRETS, name, "db"),
        lambda: cluster.delete(SECRETS, namespace, name, uid="", resource_version=""),
        lambda: cluster.token(namespace, name, []),
    ]

    for call in calls:
        with pytest.raises(Invalid, match="is no name of an object"):
            call()


def test_a_patch_merges_lists_by_name(cluster: Cluster, namespace: str) -> None:
    """One variable of one container is added, and then replaced; everything else stays."""
    labels = {"app": "web"}
    containers = [{"name": name, "image": "image", "env": [ENTRY]} for name in ("one", "two")]
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
    }
    cluster.create(DEPLOYMENTS, body, manager="t")

    for value in ("a", "b"):
        entry = {"name": "two", "env": [{"name": "MARK", "value": value}]}
        template = {"metadata": {"annotations": {"at": value}}, "spec": {"containers": [entry]}}
        written = cluster.patch(
            DEPLOYMENTS, namespace, "web", {"spec": {"template": template}}, manager="marker"
        )

    found = written["spec"]["template"]
    assert found["metadata"] == {
        "labels": labels,
        "annotations": {"at": "b"},
        **({"creationTimestamp": None} if "creationTimestamp" in found["metadata"] else {}),
    }
    env = {
        one["name"]: {e["name"]: e["value"] for e in one["env"]}
        for one in found["spec"]["containers"]
    }
    assert env == {"one": {"KEPT": "1"}, "two": {"KEPT": "1", "MARK": "b"}}
    assert "marker" in _owned(written)


def test_what_is_not_there_is_not_patched(cluster: Cluster, namespace: str) -> None:
    """It is not created by a patch either."""
    with pytest.raises(ClusterError, match=r'cannot patch deployments\.apps "web"'):
        cluster.patch(DEPLOYMENTS, namespace, "web", {"metadata": {}}, manager="t")

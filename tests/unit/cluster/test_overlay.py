"""Documents of the input are used as if they were in the cluster."""

from __future__ import annotations

from typing import Any

import pytest

from esync.cluster.contract import (
    CONFIG_MAPS,
    EXTERNAL_SECRETS,
    NAMESPACES,
    SECRETS,
    SERVICE_ACCOUNTS,
    Invalid,
    Object,
    Resource,
)
from esync.cluster.overlay import BrokenInInput, InputFirst, NotInInput
from esync.errors import Location
from esync.flow.catalog import Gaps
from esync.manifests.document import Document, ObjectRef, Path
from tests.fakes.memory_cluster import MemoryCluster


def _document(kind: str, name: str, **rest: Any) -> Document:
    metadata = {"name": name, "labels": rest.pop("labels", {})}
    namespace = "" if kind == "Namespace" else "orders"
    body = {"apiVersion": "v1", "kind": kind, "metadata": metadata, **rest}
    lines: dict[Path, int] = {("data",): 5, ("data", "password"): 6}
    return Document("v1", kind, namespace, name, body, Location("in.yaml", 1), lines)


def _input(*documents: Document) -> dict[ObjectRef, Document]:
    return {document.ref: document for document in documents}


def _live(cluster: MemoryCluster, resource: Resource, name: str, **rest: Any) -> None:
    namespace = {"namespace": "orders"} if resource.namespaced else {}
    metadata = {"name": name, **namespace, "labels": rest.pop("labels", {})}
    cluster.create(resource, {"metadata": metadata, **rest}, manager="tests")


def _secret(data: dict[str, str]) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "namespace": "orders"},
        "data": data,
    }


def test_input_wins_over_the_cluster() -> None:
    """What stands in the input is used, whatever is live under its name."""
    cluster = MemoryCluster("orders")
    _live(cluster, CONFIG_MAPS, "ca", data={"ca.crt": "live"})
    reader = InputFirst(_input(_document("ConfigMap", "ca", data={"ca.crt": "input"})), cluster)

    found = reader.get(CONFIG_MAPS, "orders", "ca")

    assert found is not None
    assert found["data"] == {"ca.crt": "input"}
    assert found["metadata"]["namespace"] == "orders"


def test_the_cluster_has_what_the_input_lacks() -> None:
    """A missing object is looked up; None means that neither has it."""
    cluster = MemoryCluster("orders")
    _live(cluster, SERVICE_ACCOUNTS, "app")
    reader = InputFirst({}, cluster)

    assert reader.get(SERVICE_ACCOUNTS, "orders", "app") is not None
    assert reader.get(SERVICE_ACCOUNTS, "orders", "other") is None


def test_offline_a_missing_object_is_an_error() -> None:
    """With --offline the cluster is not asked, and nobody can tell whether it has the object."""
    reader = InputFirst({}, None)

    with pytest.raises(NotInInput) as caught:
        reader.get(SECRETS, "orders", "db")

    assert caught.value.message == "Secret orders/db is not in the input"
    assert caught.value.hint == "pass its file with -f, or drop --offline"
    assert caught.value.rule == "ES0205"
    assert list(reader.list(SECRETS, "orders")) == []


def test_string_data_is_merged_as_the_api_server_does() -> None:
    """It goes into data as base64, wins over a key of the same name, and is gone itself."""
    document = _document(
        "Secret",
        "db",
        data={"user": "YXBw", "password": "b2xk"},
        stringData={"password": "new", "umlaut": "ä"},
    )

    found = InputFirst(_input(document), None).get(SECRETS, "orders", "db")

    assert found is not None
    assert found["data"] == {"user": "YXBw", "password": "bmV3", "umlaut": "w6Q="}
    assert "stringData" not in found
    assert found["type"] == "Opaque"
    assert "stringData" in document.body


def test_base64_of_a_block_scalar_is_read() -> None:
    """Line ends in base64 are not seen, as in Go."""
    document = _document("Secret", "db", data={"password": "bm\nV3\n", "empty": None})

    found = InputFirst(_input(document), None).get(SECRETS, "orders", "db")

    assert found is not None
    assert found["data"] == {"password": "bmV3", "empty": ""}


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        ({"password": "geheim!"}, 'data of Secret orders/db: "password" is not base64', 6),
        ({"password": 1}, 'data of Secret orders/db: "password" is no text', 6),
        (["geheim"], "data of Secret orders/db is no mapping", 5),
    ],
)
def test_data_that_is_none_is_an_error_with_its_line(data: object, message: str, line: int) -> None:
    """The key and its place are told, the value is not."""
    reader = InputFirst(_input(_document("Secret", "db", data=data)), None)

    with pytest.raises(Invalid) as caught:
        reader.get(SECRETS, "orders", "db")

    assert caught.value.message == message
    assert caught.value.at == Location("in.yaml", line)
    assert "geheim" not in str(caught.value) + caught.value.hint


def test_config_map_has_texts_and_bytes() -> None:
    """Data stays text; binaryData is base64."""
    document = _document("ConfigMap", "ca", data={"a": "b"}, binaryData={"c": "ZA=="})

    found = InputFirst(_input(document), None).get(CONFIG_MAPS, "orders", "ca")

    assert found is not None
    assert (found["data"], found["binaryData"]) == ({"a": "b"}, {"c": "ZA=="})


def test_namespace_has_the_label_of_its_name() -> None:
    """The API server sets kubernetes.io/metadata.name; so do we."""
    reader = InputFirst(_input(_document("Namespace", "orders", labels={"team": "a"})), None)

    found = reader.get(NAMESPACES, "", "orders")

    assert found is not None
    assert found["metadata"]["labels"] == {"team": "a", "kubernetes.io/metadata.name": "orders"}


def test_what_this_run_made_is_seen_first() -> None:
    """A Secret that a store needs may come from another ExternalSecret of the same run."""
    cluster = MemoryCluster("orders")
    _live(cluster, SECRETS, "db", data={"password": "bGl2ZQ=="})
    reader = InputFirst(_input(_document("Secret", "db", data={"password": "aW5wdXQ="})), cluster)
    reader.add(_secret({"password": "bWFkZQ=="}))

    found = reader.get(SECRETS, "orders", "db")

    assert found is not None
    assert found["data"] == {"password": "bWFkZQ=="}
    assert [one["data"]["password"] for one in reader.list(SECRETS)] == ["bWFkZQ=="]


def test_list_joins_input_and_cluster() -> None:
    """Each name comes once, and the selector holds for the object that is seen."""
    cluster = MemoryCluster("orders")
    _live(cluster, CONFIG_MAPS, "live", labels={"app": "shop"})
    _live(cluster, CONFIG_MAPS, "both", labels={"app": "shop"})
    documents = _input(
        _document("ConfigMap", "both", labels={"app": "cart"}),
        _document("ConfigMap", "input", labels={"app": "shop"}),
        _document("Secret", "other", labels={"app": "shop"}),
    )
    reader = InputFirst(documents, cluster)

    names = [one["metadata"]["name"] for one in reader.list(CONFIG_MAPS, "orders", "app=shop")]

    assert names == ["input", "live"]
    assert list(reader.list(CONFIG_MAPS, "elsewhere")) == []


def test_other_kinds_are_those_of_the_cluster() -> None:
    """An ExternalSecret of the input does not look like a live one."""
    document = _document("ExternalSecret", "db")
    cluster = MemoryCluster("orders")
    _live(cluster, EXTERNAL_SECRETS, "db", spec={})
    reader = InputFirst(_input(document), cluster)

    found = reader.get(EXTERNAL_SECRETS, "orders", "db")

    assert found is not None
    assert found["metadata"]["uid"]
    assert [one["metadata"]["name"] for one in reader.list(EXTERNAL_SECRETS)] == ["db"]
    cluster.delete(EXTERNAL_SECRETS, "orders", "db", uid="", resource_version="")
    assert reader.get(EXTERNAL_SECRETS, "orders", "db") is None


def test_a_kind_of_another_group_is_not_used() -> None:
    """A document of kind Secret in a foreign API group is no Secret."""
    document = _document("Secret", "db")
    foreign = Document(
        "example.com/v1", "Secret", "orders", "db", document.body, document.at, document.lines
    )

    with pytest.raises(NotInInput):
        InputFirst(_input(foreign), None).get(SECRETS, "orders", "db")


@pytest.mark.parametrize("resource", [SECRETS, CONFIG_MAPS, SERVICE_ACCOUNTS, NAMESPACES])
@pytest.mark.parametrize("is_live", [True, False])
def test_nothing_takes_the_place_of_what_is_broken(resource: Resource, *, is_live: bool) -> None:
    """The input wins over the cluster, also when its document has errors."""
    cluster = MemoryCluster("orders")
    _live(cluster, resource, "db")
    ref = ObjectRef(resource.kind, "orders" if resource.namespaced else "", "db")
    reader = InputFirst({}, cluster if is_live else None, Gaps(frozenset({ref})))

    for read in (reader, reader.seen_by(cluster if is_live else None)):
        with pytest.raises(BrokenInInput, match=f"{ref} is in the input, and has errors"):
            read.get(resource, "orders", "db")
        with pytest.raises(BrokenInInput):
            list(read.list(resource))


def test_what_this_run_makes_is_seen_over_what_is_broken() -> None:
    """The ExternalSecret that makes a Secret stands for it."""
    gaps = Gaps(frozenset({ObjectRef("Secret", "orders", "db")}))
    reader = InputFirst({}, None, gaps)
    reader.add(_secret({"password": "bWFkZQ=="}))

    assert reader.get(SECRETS, "orders", "db") is not None


def test_the_hint_tells_what_is_not_trusted() -> None:
    """With `--trust`, the object may stand in the input and not count."""
    db = ObjectRef("Secret", "orders", "db")
    gaps = Gaps(untrusted={db: Location("pr/db.yaml", 3)}, guarded=True)
    hints = {}
    for behind in (None, MemoryCluster("orders")):
        with pytest.raises(NotInInput) as found:
            InputFirst({}, behind, gaps).get(SECRETS, "orders", "db")
        hints[behind is None] = found.value.hint
    with pytest.raises(NotInInput) as other:
        InputFirst({}, None, gaps).get(SECRETS, "orders", "other")

    trust = "it stands at pr/db.yaml:3, which is not trusted: pass its file with --trust"
    assert hints == {True: trust, False: trust}
    assert other.value.hint == "pass its file with --trust"

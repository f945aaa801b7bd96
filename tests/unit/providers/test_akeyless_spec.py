"""What is wrong with a store of Akeyless is told with its place, before anybody is asked."""

from __future__ import annotations

from typing import Any

import pytest

from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import Find, FindName, StoreKind
from esync.providers.akeyless import Akeyless
from esync.providers.akeyless.spec import read_spec
from tests.fakes.akeyless import ref, settings
from tests.fakes.stores import make_store

CLUSTER_WIDE = StoreKind.CLUSTER_SECRET_STORE
URL = "https://gateway.example:8000/v2"


def errors(wanted: dict[str, Any], kind: StoreKind = StoreKind.SECRET_STORE) -> list[str]:
    """Return what is wrong with a store, and where."""
    found = Akeyless.check(make_store("akeyless", wanted, kind=kind))
    assert all(error.at is not None and error.at.line for error in found)
    return [error.message for error in found]


def kubernetes(**more: Any) -> dict[str, Any]:
    """Return settings of a store that signs in as a service account."""
    method = {"accessID": "p-1", "k8sConfName": "blue"} | more
    return {"akeylessGWApiURL": URL, "authSecretRef": {"kubernetesAuth": method}}


def with_secret(**more: Any) -> dict[str, Any]:
    """Return settings with other selectors."""
    wanted = settings(URL)
    wanted["authSecretRef"]["secretRef"] |= more
    return wanted


@pytest.mark.parametrize(
    "wanted",
    [
        settings(URL),
        settings(""),
        kubernetes(),
        kubernetes(serviceAccountRef={"name": "app"}),
        kubernetes(secretRef={"name": "token"}),
        # Where that block is there, nothing else is looked at.
        {
            "akeylessGWApiURL": URL,
            "authSecretRef": {
                "kubernetesAuth": {"accessID": "p-1", "k8sConfName": "blue"},
                "secretRef": {"accessID": {"name": "a", "namespace": "other"}},
            },
        },
    ],
)
def test_what_is_right(wanted: dict[str, Any]) -> None:
    """An empty URL is that of the service itself."""
    assert errors(wanted) == []


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (settings("gateway.example"), "akeylessGWApiURL"),
        (settings("https://"), "akeylessGWApiURL"),
        (settings("https://user:pass@gateway.example"), "akeylessGWApiURL"),
        ({"akeylessGWApiURL": URL}, "authSecretRef"),
        ({"akeylessGWApiURL": URL, "authSecretRef": {}}, "accessID: name is missing"),
        (with_secret(accessID={"name": "a"}), "accessID: key is missing"),
        (with_secret(accessID=ref("id") | {"namespace": "other"}), 'namespace "other"'),
        (with_secret(accessType=ref("type") | {"namespace": "other"}), 'namespace "other"'),
        (with_secret(accessTypeParam=ref("param") | {"namespace": "other"}), 'namespace "other"'),
        (kubernetes(accessID=""), "accessID is empty"),
        (kubernetes(k8sConfName=""), "k8sConfName is empty"),
        (kubernetes(secretRef={"name": "t", "namespace": "other"}), 'namespace "other"'),
        (kubernetes(serviceAccountRef={"name": "a", "namespace": "other"}), 'namespace "other"'),
    ],
)
def test_what_is_wrong(wanted: dict[str, Any], said: str) -> None:
    """As the operator's admission has it."""
    assert said in errors(wanted)[0]


def test_a_cluster_store_names_the_namespace_of_secrets() -> None:
    """Not that of service accounts, which may be those of each ExternalSecret."""
    assert len(errors(settings(URL), CLUSTER_WIDE)) == 3
    assert errors(with_secret(accessTypeParam={}), CLUSTER_WIDE)[0].startswith("authSecretRef")
    assert errors(kubernetes(serviceAccountRef={"name": "app"}), CLUSTER_WIDE) == []
    assert len(errors(kubernetes(secretRef={"name": "t"}), CLUSTER_WIDE)) == 1


def test_unknown_fields_are_refused() -> None:
    """As the API server does; so is an auth block that is not there."""
    for wanted in (settings(URL, ignorecache=True), {"akeylessGWApiURL": URL}):
        with pytest.raises(Rejected):
            read_spec(make_store("akeyless", wanted))


def test_a_plan_counts_a_call_for_twenty_items_and_a_list_for_each_tag() -> None:
    """A search by name lists once."""
    calling = Akeyless.calling(make_store("akeyless", settings(URL)))
    assert calling.read == calling.metadata == ("get-secret-value",)
    assert (calling.read_many, calling.batch_size) == ("get-secret-value", 20)
    assert calling.can_batch("/a", "")
    assert not calling.can_batch("/a", "3")
    by_name = Find(name=FindName("x"), tags={"a": "1", "b": "2"})
    assert calling.find(by_name) == ("list-items",)
    assert calling.find(Find(tags={"a": "1", "b": "2"})) == ("list-items", "list-items")

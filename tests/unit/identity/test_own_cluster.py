"""Who may see the cluster of the run through a store, and whose word a host is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from esync.cluster.contract import Login
from esync.identity.hosts import HostNotInPolicy, HostRefused, Origin, Rules, require_allowed
from esync.identity.references import AmbientRefused, BadReference, StoreAccess
from esync.providers import provider_of
from esync.secret import SecretValue
from tests.fakes.memory_cluster import MemoryCluster
from tests.fakes.stores import MemoryCredentials, make_store

SEVERAL = Rules(several_namespaces=True)
LOGIN = Login(SecretValue(b"t"))


def access(
    credentials: MemoryCredentials, rules: Rules = SEVERAL, *, trusted: bool = True
) -> StoreAccess:
    """Return what a SecretStore of namespace orders may use."""
    store = make_store("kubernetes", {}, trusted=trusted)
    return StoreAccess(store, "orders", credentials, rules)


def test_with_its_own_login_a_store_needs_no_leave() -> None:
    """The cluster decides."""
    credentials = MemoryCredentials(server="https://own.example", visitor=MemoryCluster())
    assert access(credentials).cluster_as(LOGIN) is credentials.visitor
    assert credentials.logins == [LOGIN]


@pytest.mark.parametrize("namespace", ["orders", "other", ""])
def test_as_ourselves_a_store_of_a_namespace_needs_leave(namespace: str) -> None:
    """Also for its own namespace: its service account may see less of it."""
    credentials = MemoryCredentials(server="https://own.example", visitor=MemoryCluster())
    with pytest.raises(AmbientRefused):
        access(credentials).cluster_as(None, namespace)
    assert credentials.logins == []
    allowed = Rules(several_namespaces=True, allow_ambient={"orders/main"})
    access(credentials, allowed).cluster_as(None, namespace)
    assert credentials.logins == [None]


def test_without_a_cluster_a_store_sees_its_own_namespace() -> None:
    """Nobody else's, and only if it is trusted."""
    credentials = MemoryCredentials(visitor=MemoryCluster())
    access(credentials).cluster_as(None, "orders")
    with pytest.raises(AmbientRefused):
        access(credentials).cluster_as(None, "other")
    with pytest.raises(AmbientRefused):
        access(credentials, trusted=False).cluster_as(None, "orders")


def test_a_host_that_a_key_names_is_nobodys_word() -> None:
    """Not even a trusted store's; a flag allows it."""
    url = "https://named.example/x"
    with pytest.raises(HostRefused, match="a key would send"):
        require_allowed(url, Origin.REFERENCE, Rules(), trusted=True, at=None)
    rules = Rules(allow_hosts={"named.example"})
    require_allowed(url, Origin.REFERENCE, rules, trusted=False, at=None)


def test_a_secret_may_have_to_be_meant_for_it() -> None:
    """By a label."""
    credentials = MemoryCredentials()
    credentials.add_secret("login", {"token": "t"})
    with pytest.raises(BadReference, match="lacks the label"):
        access(credentials).secret_data("login", "", "secrets", type_label="webhook")
    labels = {"external-secrets.io/type": "webhook"}
    credentials.objects["Secret", "orders", "login"]["metadata"]["labels"] = labels
    assert access(credentials).secret_data("login", type_label="webhook").keys() == {"token"}


@pytest.mark.parametrize("hosts", [("own.example",), ("other.example",)])
def test_a_policy_covers_the_cluster_of_the_run(hosts: tuple[str, ...]) -> None:
    """Also for the identity of the process."""
    credentials = MemoryCredentials(server="https://own.example", visitor=MemoryCluster())
    store = replace(make_store("kubernetes", {"server": {}}), only_hosts=hosts)
    allowed = StoreAccess(store, "orders", credentials, ambient=True)
    provider = provider_of(store)

    if "own.example" in hosts:
        provider.open(store, allowed)
        assert credentials.logins == [None]
        return
    with pytest.raises(HostNotInPolicy, match=r"own\.example"):
        provider.open(store, allowed).read("db")
    assert credentials.logins == []

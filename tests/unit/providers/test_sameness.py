"""Two stores are one only if whatever their providers read of them is equal."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from esync.errors import EsyncError
from esync.identity.hosts import Rules
from esync.identity.references import StoreAccess
from esync.manifests.externalsecret import StoreKind
from esync.manifests.store import RetrySettings, Store
from esync.providers import provider_class
from esync.providers.sameness import StoreDoor, credentials, likeness
from tests.fakes.stores import MemoryCredentials, make_store
from tests.unit.providers.test_references import STORES, secret

VAULT = {
    "server": "https://vault.example",
    "path": "kv",
    "caProvider": {"type": "ConfigMap", "name": "ca", "key": "k"},
    "auth": {"tokenSecretRef": secret("token")},
}
SHARED = [row for row in STORES if row[0] != "webhook"]
PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"


def access(
    store: Store, cluster: MemoryCredentials | None = None, rules: Rules | None = None, **rest: Any
) -> StoreAccess:
    """Return what a store may use."""
    namespace = store.namespace or "orders"
    return StoreAccess(store, namespace, cluster or MemoryCredentials(), rules or Rules(), **rest)


def like(store: Store, **rest: Any) -> str:
    """Return its likeness."""
    return likeness(store, access(store, **rest))


def holder(value: str, namespace: str) -> MemoryCredentials:
    """Return a cluster that has everything that a row of stores may point at."""
    cluster = MemoryCredentials()
    for _, _, expected in STORES:
        for kind, name, _ in expected:
            if kind == "Secret":
                cluster.add_secret(name, {"k": value, "token": value}, namespace)
            elif kind == "ConfigMap":
                cluster.add_config_map(name, {"k": PEM.format(value)}, namespace)
    return cluster


@pytest.mark.parametrize(("provider", "settings", "expected"), SHARED)
def test_what_is_compared_is_what_is_read(
    provider: str, settings: dict[str, Any], expected: set[tuple[str, str, bool]]
) -> None:
    """No object that a provider reads when it signs in is left out; and nothing else is read."""
    store = make_store(provider, settings, retry=RetrySettings(max_retries=0))
    compared, opened = holder("c2VjcmV0", "orders"), holder("c2VjcmV0", "orders")
    if provider in {"aws", "azurekv"}:  # clouds would be asked: what they lack ends it before
        opened = MemoryCredentials()
    with suppress(EsyncError):  # certificates of a test are none
        credentials(store, access(store, compared))

    with suppress(EsyncError):
        found = provider_class(provider).open(store, access(store, opened))
        found.read("k")

    accounts = {name for kind, name, _ in expected if kind == "ServiceAccount"}
    assert {one for one in opened.asked if one[2] not in accounts} <= set(compared.asked)
    assert {(one[0], one[2]) for one in compared.asked} <= {(one[0], one[1]) for one in expected}
    assert compared.tokens == []


@pytest.mark.parametrize(("provider", "settings", "expected"), SHARED)
def test_stores_of_two_namespaces(
    provider: str, settings: dict[str, Any], expected: set[tuple[str, str, bool]]
) -> None:
    """They are alike unless they sign in with a service account, which is each one's own."""
    one, other = (make_store(provider, settings, namespace=name) for name in ("a", "b"))
    accounts = any(kind == "ServiceAccount" for kind, _, _ in expected)

    assert like(one) != ""
    assert (like(one) == like(other)) is not accounts


def test_places_of_credentials_do_not_count() -> None:
    """Another name, key and namespace for the same token: alike, and equal."""
    other_auth = {"tokenSecretRef": {"name": "other", "key": "x", "namespace": "b"}}
    one = make_store("vault", VAULT, namespace="a")
    other = make_store("vault", {**VAULT, "auth": other_auth}, namespace="b")
    clusters = {name: MemoryCredentials() for name in "ab"}
    clusters["a"].add_secret("token", {"k": "t"}, "a")
    clusters["b"].add_secret("other", {"x": "t"}, "b")
    for name, cluster in clusters.items():
        cluster.add_config_map("ca", {"k": CERTIFICATE}, name)

    assert like(one) == like(other)
    first = credentials(one, access(one, clusters["a"]))
    assert first == credentials(other, access(other, clusters["b"]))
    clusters["b"].add_secret("other", {"x": "t2"}, "b")
    assert first != credentials(other, access(other, clusters["b"]))


def test_another_authority_is_another_store() -> None:
    """Whom to trust counts as a credential does."""
    store = make_store("vault", VAULT, namespace="a")
    found = []
    for certificate in (CERTIFICATE, CERTIFICATE * 2):
        cluster = MemoryCredentials()
        cluster.add_secret("token", {"k": "t"}, "a")
        cluster.add_config_map("ca", {"k": certificate}, "a")
        found.append(credentials(store, access(store, cluster)))

    assert found[0] != found[1]
    assert "BEGIN" not in repr(found)


def test_what_cannot_be_read_is_an_error() -> None:
    """So that it equals nothing."""
    store = make_store("vault", VAULT)

    with pytest.raises(EsyncError):
        StoreDoor(store, access(store)).credentials()


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {**VAULT, "path": "other"}},
        {"settings": {**VAULT, "auth": {"tokenSecretRef": {**secret("token"), "odd": "x"}}}},
        {"provider": "openBao"},
        {"retry": RetrySettings(max_retries=3)},
        {"may_be_plugin": True},
    ],
    ids=["path", "unknown member", "provider", "retries", "plug-in"],
)
def test_all_else_counts(change: dict[str, Any]) -> None:
    """A field that nobody thought of keeps stores apart."""
    store = make_store("vault", VAULT)

    assert like(replace(store, **change)) != like(store)


def test_trust_counts() -> None:
    """A store that is not trusted is never one with a store that is."""
    assert like(make_store("vault", VAULT)) != like(make_store("vault", VAULT, trusted=False))


def test_leave_for_the_process_identity_counts() -> None:
    """In a run over several namespaces, only the named store has it."""
    rules = Rules(several_namespaces=True, allow_ambient=frozenset({"a/main"}))
    one, other, third = (make_store("vault", VAULT, namespace=name) for name in "abc")

    assert like(one, rules=rules) != like(other, rules=rules)
    assert like(other, rules=rules) == like(third, rules=rules)


def test_the_kind_does_not_count() -> None:
    """A ClusterSecretStore and a SecretStore may be one."""
    both = (
        make_store("vault", VAULT),
        make_store("vault", VAULT, kind=StoreKind.CLUSTER_SECRET_STORE),
    )

    assert like(both[0]) == like(both[1])


@pytest.mark.parametrize(
    ("provider", "settings"),
    [
        ("webhook", {"url": "https://x.example/{{ .remoteRef.namespace }}", "result": {}}),
        ("aws", {"service": "SecretsManager", "region": "r", "sessionTagsPolicy": "Simple"}),
        ("kubernetes", {"remoteNamespace": "orders", "auth": {"token": {"bearerToken": {}}}}),
        ("vault", {**VAULT, "auth": {"cert": {"clientCert": {"name": "x"}}}}),
        ("crd", {"resource": {"version": "v1", "kind": "X"}, "authRef": secret("k")}),
    ],
    ids=["asks by namespace", "tags", "own namespace", "odd reference", "kind of the cluster"],
)
def test_like_no_other(provider: str, settings: dict[str, Any]) -> None:
    """Where more than references may differ, or what looks like one is none that is known."""
    assert like(make_store(provider, settings)) == ""


def test_a_provider_of_another_package_is_not_compared() -> None:
    """Nobody knows how its settings name credentials."""
    store = replace(make_store("elsewhere", {"secretName": "x"}), may_be_plugin=True)

    assert like(store) == ""


def test_the_identity_of_the_process_is_one_for_all() -> None:
    """With `--store-auth ambient` what stands under `auth` is neither read nor compared."""
    account = {"kubernetes": {"role": "r", "serviceAccountRef": {"name": "robot"}}}
    one, other = (
        make_store("vault", {"server": VAULT["server"], "auth": account}, namespace=name)
        for name in "ab"
    )
    cluster = MemoryCredentials()

    assert like(one) != like(other)
    assert like(one, ambient=True) == like(other, ambient=True)
    assert credentials(one, access(one, cluster, ambient=True)) == ()
    assert cluster.asked == []


CERTIFICATE = PEM.format("aGVsbG8=")

"""What the admission of the operator says of stores that are clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.manifests.externalsecret import StoreKind
from esync.providers.kubernetes import Crd, Kubernetes
from esync.providers.kubernetes.sign_in import is_own_name
from tests.fakes.stores import make_store

if TYPE_CHECKING:
    from collections.abc import Mapping

CLUSTER = StoreKind.CLUSTER_SECRET_STORE
STORE = StoreKind.SECRET_STORE
SELECTOR = {"name": "x", "key": "k"}
TOKEN = {"token": {"bearerToken": SELECTOR}}
SA = {"serviceAccount": {"name": "sa"}}
CA = {"type": "Secret", "name": "ca", "key": "k"}
VAULT = {"group": "stores.example", "version": "v1", "kind": "Vault"}


def elsewhere(selector: Mapping[str, str]) -> dict[str, str]:
    """Return a selector that names another namespace."""
    return {**selector, "namespace": "other"}


@pytest.mark.parametrize(
    ("settings", "kind", "said"),
    [
        ({"auth": TOKEN}, STORE, ""),
        ({"auth": SA}, CLUSTER, ""),
        ({"authRef": SELECTOR}, STORE, ""),
        ({"auth": TOKEN}, CLUSTER, "needs a namespace here"),
        ({"auth": {"token": {"bearerToken": elsewhere(SELECTOR)}}}, CLUSTER, ""),
        ({"auth": {"token": {"bearerToken": elsewhere(SELECTOR)}}}, STORE, "not the store's own"),
        ({"auth": {"token": {"bearerToken": {"name": "x"}}}}, STORE, "needs a name and a key"),
        (
            {"auth": {"cert": {"clientCert": {"key": "k"}, "clientKey": SELECTOR}}},
            STORE,
            "needs a name and a key",
        ),
        (
            # The namespace of the key is not looked at, as with the operator.
            {"auth": {"cert": {"clientCert": SELECTOR, "clientKey": elsewhere(SELECTOR)}}},
            STORE,
            "",
        ),
        ({"auth": {"serviceAccount": elsewhere({"name": "sa"})}}, STORE, "not the store's own"),
        ({"auth": TOKEN, "authRef": SELECTOR}, STORE, "cannot both be set"),
        ({}, STORE, "no auth provider given"),
        ({"auth": {}}, STORE, "auth"),
        ({"auth": {**TOKEN, **SA}}, STORE, "auth"),
        ({"auth": SA, "server": {"caProvider": CA}}, STORE, ""),
        (
            {"auth": SA, "server": {"caProvider": {**CA, "namespace": "orders"}}},
            STORE,
            "must not name a namespace",
        ),
        ({"auth": SA, "server": {"caProvider": CA}}, CLUSTER, "needs a namespace here"),
        ({"auth": SA, "remoteNamespace": "Not a name"}, STORE, "remoteNamespace"),
        ({"auth": SA, "unknown": 1}, STORE, "unknown"),
    ],
)
def test_admission(settings: Mapping[str, Any], kind: StoreKind, said: str) -> None:
    """One error or none; the same for both providers."""
    errors = [
        one.message for one in Kubernetes.check(make_store("kubernetes", settings, kind=kind))
    ]
    assert len(errors) == bool(said), errors
    assert all(said in error for error in errors)
    if "remoteNamespace" not in settings:
        full = {**settings, "resource": VAULT}
        same = [one.message for one in Crd.check(make_store("crd", full, kind=kind))]
        assert len(same) == len(errors)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"resource": {**VAULT, "group": ""}}, ""),
        ({"resource": {"group": "", "version": "v1", "kind": "secret"}}, "Secrets are not read"),
        ({"resource": {"group": "core", "version": "v1", "kind": "SECRET"}}, "Secrets are not"),
        ({"resource": {"group": "x.example", "version": "v1", "kind": "Secret"}}, ""),
        ({"resource": {"group": "", "version": "", "kind": "X"}}, "version"),
        ({"whitelist": {"rules": [{}]}}, "neither name, namespace nor properties"),
        ({"whitelist": {"rules": [{"namespace": "x"}]}}, "for a ClusterSecretStore only"),
        ({"whitelist": {"rules": [{"name": "(?=x)"}]}}, "Go does not accept"),
        ({"whitelist": {"rules": [{"name": "x", "properties": ["a"]}]}}, ""),
    ],
)
def test_admission_of_objects(settings: Mapping[str, Any], said: str) -> None:
    """What is read, and what may be."""
    full = {"auth": SA, "resource": VAULT, **settings}
    errors = [one.message for one in Crd.check(make_store("crd", full))]
    assert len(errors) == bool(said), errors
    assert all(said in error for error in errors)


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("kubernetes.default", True),
        ("https://Kubernetes.Default.svc:443", True),
        ("https://kubernetes.default.svc.cluster.local/", True),
        ("kubernetes.default.svc.evil.example", False),
        ("https://kubernetes.default@evil.example", False),
        ("https://evil.example/kubernetes.default", False),
        ("kubernetes", False),
        ("", False),
    ],
)
def test_names_of_the_own_cluster(url: str, answer: bool) -> None:  # noqa: FBT001
    """These and no others."""
    assert is_own_name(url) is answer


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"auth": SA}, ("default", True)),
        ({"auth": SA, "server": {}}, ("default", True)),
        ({"auth": SA, "remoteNamespace": "x"}, ("x", True)),
        ({"auth": SA, "server": {"url": "https://other.example"}}, ("default", False)),
        ({"authRef": SELECTOR}, ("default", False)),
    ],
)
def test_what_a_store_may_hold_of_this_run(
    settings: Mapping[str, Any], found: tuple[str, bool]
) -> None:
    """A foreign address may still lead here, which is not certain."""
    assert Kubernetes.own_secrets(make_store("kubernetes", settings)) == found

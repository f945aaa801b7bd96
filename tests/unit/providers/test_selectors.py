"""The namespaces that selectors may name, as the operator's admission judges them."""

from __future__ import annotations

import pytest

from esync.manifests.externalsecret import StoreKind
from esync.manifests.store import SecretSelector
from esync.providers.selectors import selector_errors
from tests.fakes.stores import make_store

CLUSTER_WIDE = StoreKind.CLUSTER_SECRET_STORE


@pytest.mark.parametrize(
    ("kind", "namespace", "strict", "wrong"),
    [
        (StoreKind.SECRET_STORE, "", False, False),
        (StoreKind.SECRET_STORE, "", True, False),
        (StoreKind.SECRET_STORE, "orders", True, False),
        (StoreKind.SECRET_STORE, "vault", False, True),
        (StoreKind.SECRET_STORE, "vault", True, True),
        (CLUSTER_WIDE, "vault", True, False),
        (CLUSTER_WIDE, "", False, False),
        (CLUSTER_WIDE, "", True, True),
    ],
)
def test_the_namespace_of_a_selector(
    kind: StoreKind,
    namespace: str,
    strict: bool,  # noqa: FBT001
    wrong: bool,  # noqa: FBT001
) -> None:
    """Strict ones must name it in a ClusterSecretStore; a SecretStore names its own at most."""
    store = make_store("vault", {"auth": {"tokenSecretRef": {}}}, kind=kind)
    selector = SecretSelector("creds", namespace, "token")
    found = list(selector_errors(store, selector, "auth", "tokenSecretRef", strict=strict))
    assert [str(error.at) for error in found] == (["store.yaml:11"] if wrong else [])


def test_an_absent_selector_is_right() -> None:
    """What has to be there is another rule."""
    store = make_store("vault", {}, kind=CLUSTER_WIDE)
    assert list(selector_errors(store, None, "auth", strict=True)) == []

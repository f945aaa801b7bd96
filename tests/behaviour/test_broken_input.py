"""The input wins over the cluster, also where it is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.cluster.contract import CONFIG_MAPS, NAMESPACES

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench

TEXTS = {"text": "{{ .k }}"}


def _templated(bench: Workbench, kind: str) -> None:
    bench.store("vault", {"k": "v"})
    bench.external_secret(f"""
        secretStoreRef: {{name: vault}}
        data: [{{secretKey: k, remoteRef: {{key: k}}}}]
        target:
          template:
            templateFrom: [{{{kind}: {{name: texts, items: [{{key: text}}]}}}}]
    """)


def _laid(bench: Workbench, kind: str, file: str = "texts", **rest: Any) -> None:
    metadata = {"name": "texts", "namespace": bench.namespace}
    bench.document(file, {"apiVersion": "v1", "kind": kind, "metadata": metadata, **rest})


def _told(bench: Workbench) -> list[str]:
    return [failure.error.message for failure in bench.apply().failures]


@pytest.mark.parametrize("broken", [{"stringData": {"text": ["x"]}}, {"data": 5}])
def test_a_broken_secret_is_not_replaced(bench: Workbench, broken: dict[str, Any]) -> None:
    """The cluster's own of that name is not used."""
    bench.foreign(TEXTS, name="texts")
    _templated(bench, "secret")
    _laid(bench, "Secret", **broken)

    ref = f"Secret {bench.namespace}/texts"
    assert f"{ref} is in the input, and has errors of its own" in _told(bench)
    assert bench.live() is None


def test_an_object_that_is_defined_twice_is_not_replaced(bench: Workbench) -> None:
    """None of the two counts, and the cluster's neither."""
    metadata = {"name": "texts", "namespace": bench.namespace}
    bench.cluster.create(CONFIG_MAPS, {"metadata": metadata, "data": TEXTS}, manager="tests")
    _templated(bench, "configMap")
    _laid(bench, "ConfigMap", data=TEXTS)
    _laid(bench, "ConfigMap", "texts-2", data=TEXTS)

    ref = f"ConfigMap {bench.namespace}/texts"
    assert f"{ref} is in the input, and has errors of its own" in _told(bench)
    assert bench.live() is None


def test_a_broken_namespace_is_not_replaced(bench: Workbench) -> None:
    """A store that chooses by label is refused: the live labels do not count."""
    body = bench.cluster.get(NAMESPACES, "", bench.namespace)
    assert body is not None
    body["metadata"]["labels"] = {"team": "a"}
    bench.cluster.update(NAMESPACES, body, manager="tests")
    condition = {"namespaceSelector": {"matchLabels": {"team": "a"}}}
    bench.document(
        "shared",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ClusterSecretStore",
            "metadata": {"name": "shared"},
            "spec": {
                "conditions": [condition],
                "provider": {"fake": {"data": [{"key": "k", "value": "v"}]}},
            },
        },
    )
    bench.external_secret("""
        secretStoreRef: {name: shared, kind: ClusterSecretStore}
        data: [{secretKey: k, remoteRef: {key: k}}]
    """)
    metadata = {"name": bench.namespace, "labels": {"team": ["a"]}}
    bench.document("namespace", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})

    hints = {one.error.rule: one.error.hint for one in bench.apply().failures}

    told = f"Namespace {bench.namespace} is in the input, and has errors of its own"
    assert hints["ES0015"] == told
    assert bench.live() is None


def test_a_broken_store_is_not_replaced(bench: Workbench) -> None:
    """Its ExternalSecrets fail, and say that the store has errors."""
    bench.store("vault", {"k": "v"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        data: [{secretKey: k, remoteRef: {key: k}}]
    """)
    bench.document(
        "again",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "SecretStore",
            "metadata": {"name": "vault", "namespace": bench.namespace},
            "spec": 5,
        },
    )

    assert 'SecretStore "vault" has errors of its own' in _told(bench)
    assert bench.live() is None

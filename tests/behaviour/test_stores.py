"""Which store serves an entry, from where, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.cluster.contract import NAMESPACES
from esync.resolve import Options

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench

VALUE = {"fake": {"data": [{"key": "k", "value": "v"}]}}


def store(bench: Workbench, name: str = "shared", **spec: Any) -> None:
    """Lay a ClusterSecretStore."""
    bench.document(
        f"store-{name}",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ClusterSecretStore",
            "metadata": {"name": name},
            "spec": {"provider": VALUE, **spec},
        },
    )


def consumer(bench: Workbench, name: str = "app") -> None:
    """Lay an ExternalSecret that uses the ClusterSecretStore."""
    bench.external_secret(
        """
        secretStoreRef: {name: shared, kind: ClusterSecretStore}
        data: [{secretKey: k, remoteRef: {key: k}}]
    """,
        name=name,
    )


def namespace(bench: Workbench, **labels: str) -> None:
    """Lay the Namespace of the bench with these labels."""
    metadata = {"name": bench.namespace, "labels": labels}
    bench.document("namespace", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def selector(key: str, operator: str, *values: str) -> dict[str, Any]:
    """Return a condition with one expression."""
    expression = {"key": key, "operator": operator, **({"values": values} if values else {})}
    return {"namespaceSelector": {"matchExpressions": [expression]}}


TEAM_A = {"namespaceSelector": {"matchLabels": {"team": "a"}}}
NAME = "kubernetes.io/metadata.name"


@pytest.mark.parametrize(
    ("conditions", "allowed"),
    [
        (None, True),
        ([], True),
        ([{}], False),
        ([{"namespaceSelector": {}}], True),
        ([TEAM_A], True),
        ([{"namespaceSelector": {"matchLabels": {"team": "b"}}}], False),
        ([{"namespaces": ["NS"]}], True),
        ([{"namespaces": ["other"]}], False),
        ([{"namespaceRegexes": ["^t-"]}], True),
        ([{"namespaceRegexes": ["^-"]}], False),
        ([{"namespaceRegexes": ["-"]}], True),  # searched, and not matched as a whole
        ([{"namespaces": ["other"], **TEAM_A}], True),  # ORed within one
        ([{"namespaces": ["other"]}, {"namespaceRegexes": ["nope", "^t"]}], True),
        ([{"namespaceSelector": {"matchLabels": {NAME: "NS"}}}], True),
        ([selector("team", "In", "a", "b")], True),
        ([selector("team", "NotIn", "a")], False),
        ([selector("team", "Exists")], True),
        ([selector("env", "DoesNotExist")], True),
        ([{"namespaceSelector": {"matchLabels": {"team": "a", "env": "x"}}}], False),
    ],
)
def test_conditions_of_a_cluster_store(
    bench: Workbench, conditions: list[dict[str, Any]] | None, *, allowed: bool
) -> None:
    """Any match allows; a condition with nothing in it matches nothing."""
    namespace(bench, team="a")
    spec: dict[str, Any] = {} if conditions is None else {"conditions": conditions}
    store(bench, **spec)
    path = bench.folder / "store-shared.yaml"
    path.write_text(path.read_text().replace('"NS"', f'"{bench.namespace}"'))
    consumer(bench)

    if allowed:
        assert bench.rendered() == {"k": "v"}
    else:
        bench.failure(rule="ES0014")


@pytest.mark.parametrize(
    ("condition", "rule"),
    [
        ({"namespaceSelector": {}}, ""),
        (selector(NAME, "Exists"), ""),
        (selector(NAME, "NotIn", "kube-system"), ""),
        (selector("team", "Exists"), "ES0015"),
        (selector("restricted", "DoesNotExist"), "ES0015"),
        (selector("team", "NotIn", "evil"), "ES0015"),
        (TEAM_A, "ES0015"),
        ({"namespaces": ["other"]}, "ES0014"),
        ({"namespaceRegexes": ["^t-"], **TEAM_A}, ""),
    ],
)
def test_labels_that_nobody_knows_allow_nothing(
    bench: Workbench, condition: dict[str, Any], rule: str
) -> None:
    """Offline and without the Namespace, only its name is known."""
    store(bench, conditions=[condition])
    consumer(bench)

    if rule:
        bench.failure(rule=rule)
    else:
        assert bench.rendered() == {"k": "v"}


def test_labels_come_from_the_cluster(both: Workbench) -> None:
    """The live Namespace tells, unless the input has one of the name."""
    body = both.cluster.get(NAMESPACES, "", both.namespace)
    assert body is not None
    body["metadata"]["labels"]["team"] = "a"
    both.cluster.update(NAMESPACES, body, manager="tests")
    store(both, conditions=[TEAM_A])
    consumer(both)
    assert both.applied().result.value == "created"

    namespace(both, team="b")
    assert [one.error.rule for one in both.apply().failures] == ["ES0014"]


def test_conditions_of_a_namespaced_store_do_nothing(bench: Workbench) -> None:
    """Except that their expressions must compile."""
    spec: dict[str, Any] = {"provider": VALUE, "conditions": [{"namespaces": ["other"]}]}
    body = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {"name": "vault"},
        "spec": spec,
    }
    bench.document("store", body)
    bench.external_secret("""
        secretStoreRef: {name: vault}
        data: [{secretKey: k, remoteRef: {key: k}}]
    """)
    assert bench.rendered() == {"k": "v"}

    spec["conditions"] = [{"namespaceRegexes": ["("]}]
    bench.document("store", body)
    assert {one.error.rule for one in bench.render().failures} == {"ES0150", "ES0011"}


def test_a_namespaced_store_serves_its_own_namespace(bench: Workbench) -> None:
    """One of the same name elsewhere is not seen."""
    bench.document(
        "store",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "SecretStore",
            "metadata": {"name": "vault", "namespace": "elsewhere"},
            "spec": {"provider": VALUE},
        },
    )
    bench.external_secret("""
        secretStoreRef: {name: vault}
        data: [{secretKey: k, remoteRef: {key: k}}]
    """)

    bench.failure(rule="ES0012")


@pytest.mark.parametrize(
    ("controller", "ours", "skipped"),
    [
        ("", "default", False),
        ("default", "default", False),
        ("x", "default", True),
        ("x", "x", False),
    ],
)
def test_controller_classes(bench: Workbench, controller: str, ours: str, *, skipped: bool) -> None:
    """A store without one is everybody's; another one's is skipped without an error."""
    bench.options = Options(controller_class=ours)
    store(bench, controller=controller)
    consumer(bench)

    outcome = bench.render()

    assert outcome.failures == ()
    assert bool(outcome.skipped) is skipped
    assert bool(outcome.secrets) is not skipped


def vault(bench: Workbench, kind: str, **selected: str) -> None:
    """Lay a Vault store that signs in with a token from a Secret, and who uses it."""
    token = {"name": "login", "key": "token", **selected}
    provider = {"server": "https://vault.example.com", "auth": {"tokenSecretRef": token}}
    body = {
        "apiVersion": "external-secrets.io/v1",
        "kind": kind,
        "metadata": {"name": "shared"},
        "spec": {"provider": {"vault": provider}},
    }
    bench.document("store", body)
    bench.external_secret(f"""
        secretStoreRef: {{name: shared, kind: {kind}}}
        data: [{{secretKey: k, remoteRef: {{key: k}}}}]
    """)


def test_a_namespaced_store_reads_no_other_namespace(bench: Workbench) -> None:
    """A selector with another namespace is refused before anything is read."""
    vault(bench, "SecretStore", namespace="kube-system")

    [failure] = bench.render().failures

    assert "namespace" in failure.error.message


@pytest.mark.parametrize(
    ("selected", "namespace"), [({}, "its own"), ({"namespace": "central"}, "central")]
)
def test_referent_authentication(
    bench: Workbench, selected: dict[str, str], namespace: str
) -> None:
    """A cluster store without a namespace reads credentials where the ExternalSecret is."""
    vault(bench, "ClusterSecretStore", **selected)

    [failure] = bench.render().failures

    expected = bench.namespace if namespace == "its own" else namespace
    assert f"{expected}/login" in failure.error.message


@pytest.mark.parametrize(
    ("providers", "rule"),
    [
        ({}, "ES0122"),
        ({**VALUE, "vault": {"server": "https://x", "auth": {}}}, "ES0122"),
        ({"nobody": {}}, "ES0123"),
    ],
)
def test_exactly_one_known_provider(bench: Workbench, providers: dict[str, Any], rule: str) -> None:
    """None, two and an unknown one are errors of the store."""
    store(bench, provider=providers)
    consumer(bench)

    found = {one.error.rule for one in bench.render().failures}

    assert rule in found


def test_a_generator_names_its_field(bench: Workbench) -> None:
    """Generators are known; until they are served they fail by name."""
    bench.external_secret("""
        dataFrom: [{sourceRef: {generatorRef: {kind: Password, name: p}}}]
    """)

    assert "spec.dataFrom[0].sourceRef.generatorRef" in bench.failure(rule="ES0017")

"""ClusterExternalSecrets from files: their Secrets are delivered to every chosen namespace."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from esync import report
from esync.cluster.contract import EXTERNAL_SECRETS, NAMESPACES, SECRETS
from esync.flow.change import Action
from esync.flow.kubernetes import CREATED_BY_LABEL
from esync.gocompat.digest import created_by

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench


def lay(bench: Workbench, **spec: Any) -> None:
    """Lay a ClusterExternalSecret called ``shared`` over a cluster store."""
    bench.document(
        "store",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ClusterSecretStore",
            "metadata": {"name": "everywhere"},
            "spec": {"provider": {"fake": {"data": [{"key": "k", "value": "v"}]}}},
        },
    )
    body = {
        "externalSecretSpec": {
            "secretStoreRef": {"name": "everywhere", "kind": "ClusterSecretStore"},
            "data": [{"secretKey": "k", "remoteRef": {"key": "k"}}],
        },
        **spec,
    }
    bench.document(
        "ces",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ClusterExternalSecret",
            "metadata": {"name": "shared"},
            "spec": body,
        },
    )


@pytest.fixture
def teams(both: Workbench) -> list[str]:
    """Make two namespaces of a team that only this test knows, and return their names."""
    names = [f"{both.namespace}-{suffix}" for suffix in ("a", "b")]
    for name in names:
        metadata = {"name": name, "labels": {"team": both.namespace}}
        both.cluster.create(NAMESPACES, {"metadata": metadata}, manager="tests")
    return names


def test_every_chosen_namespace_gets_its_secret(both: Workbench, teams: list[str]) -> None:
    """Chosen from the live cluster; a second run changes nothing; the report tells the origin."""
    lay(both, namespaceSelectors=[{"matchLabels": {"team": both.namespace}}])

    seen = both.diff()
    assert [(one.ref.namespace, one.action) for one in seen.changes] == [
        (name, Action.CREATE) for name in teams
    ]
    assert "from ClusterExternalSecret shared" in report.as_text(seen, report.Look())
    outcome = both.apply()
    told = report.as_text(outcome, report.Look())
    assert told.count("from ClusterExternalSecret shared") == len(teams)
    items = json.loads(report.as_json(outcome))["items"]
    assert {one["externalSecret"]["clusterExternalSecret"] for one in items} == {"shared"}

    for name in teams:
        live = both.cluster.get(SECRETS, name, "shared")
        assert live is not None
        assert live["metadata"]["labels"][CREATED_BY_LABEL] == created_by(name, "shared")
    assert not any(change.is_real for change in both.diff().changes)


def test_namespaces_of_the_input_are_chosen_offline(bench: Workbench) -> None:
    """By label and by name, in one render; the name of what is made can be told."""
    for name, labels in (("one", {"team": "x"}), ("two", {"team": "x"}), ("three", {})):
        metadata = {"name": name, "labels": labels}
        bench.document(name, {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    lay(
        bench,
        externalSecretName="app",
        namespaceSelector={"matchLabels": {"team": "x"}},
        namespaces=["unknown"],
    )

    outcome = bench.render()

    assert [one.error.message for one in outcome.failures] == []
    assert [(one.ref.namespace, one.ref.name) for one in outcome.secrets] == [
        ("one", "app"),
        ("two", "app"),
        ("unknown", "app"),
    ]


def test_choosing_nothing_is_a_note(bench: Workbench) -> None:
    """Nothing is made, nothing fails, and it is said."""
    lay(bench, namespaceSelectors=[{"matchLabels": {"team": "nobody"}}])

    outcome = bench.render()

    assert (outcome.secrets, outcome.failures) == ((), ())
    assert any("chooses none" in note for note in outcome.notes)


def test_an_explicit_external_secret_stays(bench: Workbench) -> None:
    """The clash is an error that names both places; the other namespaces are served."""
    bench.store("vault", {"k": "mine"})
    bench.external_secret(
        """
        secretStoreRef: {name: vault}
        data: [{secretKey: k, remoteRef: {key: k}}]
    """,
        name="shared",
    )
    lay(bench, namespaces=[bench.namespace, "other"])

    outcome = bench.render()

    assert [one.error.rule for one in outcome.failures] == ["ES0119"]
    assert "es-shared.yaml" in outcome.failures[0].error.hint
    assert {one.ref.namespace for one in outcome.secrets} == {bench.namespace, "other"}


@pytest.mark.parametrize("by_operator", [True, False])
def test_one_that_the_cluster_has(both: Workbench, *, by_operator: bool) -> None:
    """What the operator made of it owns the Secret; somebody else's is left alone."""
    owner = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterExternalSecret",
        "name": "shared",
        "uid": str(uuid4()),
        "controller": True,
    }
    metadata: dict[str, Any] = {"name": "shared", "namespace": both.namespace}
    if by_operator:
        metadata["ownerReferences"] = [owner]
    made = both.cluster.create(
        EXTERNAL_SECRETS,
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ExternalSecret",
            "metadata": metadata,
            "spec": {"secretStoreRef": {"name": "x"}},
        },
        manager="tests",
    )
    lay(both, namespaces=[both.namespace])

    outcome = both.apply()

    if by_operator:
        assert outcome.failures == ()
        live = both.live("shared")
        assert live is not None
        assert live.controller is not None
        assert live.controller.uid == made["metadata"]["uid"]
    else:
        assert [one.error.rule for one in outcome.failures] == ["ES0211"]
        assert both.live("shared") is None


def test_metadata_goes_onto_the_secrets(bench: Workbench) -> None:
    """That of externalSecretMetadata; the ClusterExternalSecret keeps its own."""
    lay(
        bench,
        namespaces=["one"],
        externalSecretMetadata={"labels": {"l": "1"}, "annotations": {"a": "1"}},
    )
    body = json.loads((bench.folder / "ces.yaml").read_text())
    force = "external-secrets.io/force-sync"
    body["metadata"] |= {"labels": {"own": "x"}, "annotations": {"own": "x", force: "7"}}
    bench.document("ces", body)

    [secret] = bench.render().secrets

    assert secret.labels["l"] == "1"
    assert {"a": "1", force: "7"}.items() <= secret.annotations.items()
    assert "own" not in {*secret.labels, *secret.annotations}


def test_rules_of_admission_hold_for_what_it_makes(bench: Workbench) -> None:
    """They are told once, at the ClusterExternalSecret."""
    lay(bench, namespaces=["one", "two"])
    body = json.loads((bench.folder / "ces.yaml").read_text())
    body["spec"]["externalSecretSpec"]["target"] = {
        "creationPolicy": "None",
        "deletionPolicy": "Merge",
    }
    bench.document("ces", body)

    bench.failure(rule="ES0131")

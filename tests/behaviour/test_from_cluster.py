"""ExternalSecrets as the cluster has them: chosen, synced when due, and told about."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from esync import pipeline
from esync.cluster.contract import EVENTS, EXTERNAL_SECRETS, SECRET_STORES, ClusterError
from esync.flow.change import Result
from esync.load import LoadRequest, Selection
from esync.manifests.document import ObjectRef
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench

NOW = 1_700_000_000
SPEC: dict[str, Any] = {
    "secretStoreRef": {"name": "vault"},
    "data": [{"secretKey": "password", "remoteRef": {"key": "db"}}],
}


def lay(bench: Workbench, name: str = "app", **spec: Any) -> None:
    """Create an ExternalSecret, and the store if there is none, in the cluster."""
    if bench.cluster.get(SECRET_STORES, bench.namespace, "vault") is None:
        store = {"provider": {"fake": {"data": [{"key": "db", "value": "v"}]}}}
        bench.cluster.create(SECRET_STORES, body(bench, SECRET_STORES, "vault", store), manager="t")
    made = body(bench, EXTERNAL_SECRETS, name, {**SPEC, **spec})
    bench.cluster.create(EXTERNAL_SECRETS, made, manager="t")


def body(bench: Workbench, resource: Any, name: str, spec: Any) -> dict[str, Any]:
    """Spell one object of the bench's namespace."""
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": {"name": name, "namespace": bench.namespace, "labels": {"name": name}},
        "spec": spec,
    }


def run(bench: Workbench, *, at: int = NOW, told: bool = True, **selection: Any) -> Outcome:
    """Apply from the cluster, honouring what is due, and write status."""
    chosen = Selection(**{"namespaces": (bench.namespace,), **selection})
    request = pipeline.Request(
        LoadRequest(selection=chosen), concurrency=4, only_due=True, write_status=told
    )
    world = bench.world()
    clock = replace(world.chance, clock=lambda: at * 10**9)
    return pipeline.apply(request, replace(world, chance=clock))


def status(bench: Workbench, name: str = "app") -> dict[str, Any]:
    """Return the status of an ExternalSecret."""
    found = bench.cluster.get(EXTERNAL_SECRETS, bench.namespace, name)
    assert found is not None
    got: dict[str, Any] = found.get("status") or {}
    return got


def events(bench: Workbench) -> list[tuple[str, str, str]]:
    """Return type, reason and text of the events of the namespace."""
    found = bench.cluster.list(EVENTS, bench.namespace)
    return [(one["type"], one["reason"], one["message"]) for one in found]


def test_a_sync_is_told_as_the_operator_tells_it(both: Workbench) -> None:
    """Ready is True, version and time of the sync are there, the target is bound, an event."""
    lay(both)

    outcome = run(both)

    assert [one.result for one in outcome.done] == [Result.CREATED]
    found = status(both)
    assert found["conditions"] == [
        {
            "type": "Ready",
            "status": "True",
            "reason": "SecretSynced",
            "message": "secret synced",
            "lastTransitionTime": "2023-11-14T22:13:20Z",
        }
    ]
    assert found["refreshTime"] == "2023-11-14T22:13:20Z"
    assert found["binding"] == {"name": "app"}
    assert re.fullmatch("[01]-[0-9a-f]{56}", found["syncedResourceVersion"])
    assert events(both) == [("Normal", "Created", "secret created")]
    live = both.live()
    assert live is not None
    assert live.controller is not None


def test_what_a_killed_run_left_unsaid_is_told(both: Workbench) -> None:
    """The Secret stands and the status is empty: the next run tells everything but the event."""
    lay(both)
    run(both, told=False)
    assert status(both) == {}

    [done] = run(both).done

    assert done.result is Result.UNCHANGED
    assert status(both)["binding"] == {"name": "app"}
    assert status(both)["conditions"][0]["reason"] == "SecretSynced"
    assert events(both) == []


def test_what_is_not_due_is_left_alone(both: Workbench) -> None:
    """Within the interval nothing is fetched or written; after it the time is written anew."""
    lay(both, refreshInterval="1h")
    run(both)
    before = both.cluster.get(EXTERNAL_SECRETS, both.namespace, "app")

    outcome = run(both, at=NOW + 60)
    assert (outcome.done, len(outcome.skipped)) == ((), 1)
    assert both.cluster.get(EXTERNAL_SECRETS, both.namespace, "app") == before

    outcome = run(both, at=NOW + 7200)
    assert [one.result for one in outcome.done] == [Result.UNCHANGED]
    assert status(both)["refreshTime"] == "2023-11-15T00:13:20Z"
    assert status(both)["conditions"][0]["lastTransitionTime"] == "2023-11-14T22:13:20Z"


def test_an_edited_secret_is_repaired_although_it_is_not_due(both: Workbench) -> None:
    """A target that is no longer valid is synced whatever the interval."""
    lay(both, refreshInterval="1h")
    run(both)
    both.edit(password="theirs")

    outcome = run(both, at=NOW + 60)

    assert [one.result for one in outcome.done] == [Result.CONFIGURED]
    assert both.data() == {"password": "v"}


def test_a_failure_is_told_without_detail_in_the_condition(both: Workbench) -> None:
    """The condition has the operator's words; the event names what went wrong."""
    lay(both, data=[{"secretKey": "k", "remoteRef": {"key": "missing"}}])

    outcome = run(both)

    assert len(outcome.failures) == 1
    condition = status(both)["conditions"][0]
    assert (condition["status"], condition["reason"]) == ("False", "SecretSyncedError")
    assert condition["message"] == "could not get secret data from provider"
    assert "refreshTime" not in status(both)
    [(kind, reason, text)] = events(both)
    assert (kind, reason) == ("Warning", "UpdateFailed")
    assert 'no key "missing"' in text


def test_an_orphan_that_cannot_be_deleted_is_told(bench: Workbench) -> None:
    """The new Secret stands, the old one stays: that is no success, and the next run is due."""
    assert isinstance(bench.cluster, MemoryCluster)
    lay(bench, refreshInterval="1h", target={"name": "old"})
    run(bench)
    one = bench.cluster.get(EXTERNAL_SECRETS, bench.namespace, "app")
    assert one is not None
    one["spec"]["target"]["name"] = "new"
    one["metadata"]["annotations"] = {"turn": "2"}
    bench.cluster.update(EXTERNAL_SECRETS, one, manager="t")
    ref = ObjectRef("Secret", bench.namespace, "old")
    bench.cluster.fail("delete", ref, ClusterError("cannot: it is broken"))

    run(bench, at=NOW + 60)
    condition = status(bench)["conditions"][0]
    assert (condition["status"], condition["message"]) == (
        "False",
        "could not delete orphaned secrets",
    )
    run(bench, at=NOW + 120)

    assert (bench.live("old"), bench.data("new")) == (None, {"password": "v"})
    assert status(bench)["conditions"][0]["status"] == "True"
    assert ("Normal", "Deleted", "secret deleted because it was orphaned") in events(bench)


@pytest.mark.parametrize(
    ("selection", "synced"),
    [
        ({}, {"a", "b"}),
        ({"names": ("a",)}, {"a"}),
        ({"selector": "name=b"}, {"b"}),
        ({"selector": "name=b", "names": ("a",)}, set()),
    ],
)
def test_a_choice_is_synced(both: Workbench, selection: Any, synced: set[str]) -> None:
    """By names, by labels, by both."""
    lay(both, "a")
    lay(both, "b")

    outcome = run(both, **selection)

    assert {one.ref.name for one in outcome.done} == synced


def test_all_namespaces_are_read(bench: Workbench) -> None:
    """An empty choice of namespaces means all of them."""
    lay(bench)

    assert [one.ref.namespace for one in run(bench, namespaces=()).done] == [bench.namespace]

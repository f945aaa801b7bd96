"""The operator on the same objects: noticed, told once, and not fought with from files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from esync import deliver, pipeline, report, resolve
from esync.cli import exits
from esync.cluster.contract import DEPLOYMENTS, EXTERNAL_SECRETS, SECRET_STORES, Unreachable
from esync.explain import explain
from esync.explain.choose import Wanted
from esync.flow.change import Result
from esync.flow.explanation import Stage, Verdict
from esync.load import LoadRequest, Selection
from esync.manifests.document import ObjectRef
from esync.report.summary import counts
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.cluster.contract import Cluster, Resource
    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench
    from tests.servers.kubernetes import KubernetesServer

OPERATOR = "external-secrets"
REFRESHED = "2023-11-14T22:00:00Z"
SOON, LATER = 1_700_000_000, 2_000_000_000
SPEC: dict[str, Any] = {
    "secretStoreRef": {"name": "vault"},
    "data": [{"secretKey": "k", "remoteRef": {"key": "db"}}],
}
FILE = "secretStoreRef: {name: vault}\ndata: [{secretKey: k, remoteRef: {key: db}}]\n"


@pytest.fixture
def tells(both: Workbench, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return what writes the status of an ExternalSecret as somebody."""

    def tell(name: str = "app", manager: str = OPERATOR, **status: Any) -> None:
        told = {"refreshTime": REFRESHED, **status}
        if isinstance(both.cluster, MemoryCluster):
            body = both.cluster.get(EXTERNAL_SECRETS, both.namespace, name)
            assert body is not None
            body["status"] = {**body.get("status", {}), **told}
            both.cluster.update(EXTERNAL_SECRETS, body, manager=manager)
            return
        server: KubernetesServer = request.getfixturevalue("served_external_secrets")
        path = f"/apis/external-secrets.io/v1/namespaces/{both.namespace}/externalsecrets/{name}"
        query = f"/status?fieldManager={manager}"
        answer = server.request("PATCH", path + query, {"status": told}, kind="merge-patch+json")
        assert answer.status == 200, answer.body

    return tell


def lay(bench: Workbench, name: str = "app", **spec: Any) -> None:
    """Create an ExternalSecret in the cluster, and its store in cluster and files."""
    store = {"provider": {"fake": {"data": [{"key": "db", "value": "v"}]}}}
    if bench.cluster.get(SECRET_STORES, bench.namespace, "vault") is None:
        create(bench, SECRET_STORES, "vault", store)
    bench.store("vault", {"db": "v"})
    create(bench, EXTERNAL_SECRETS, name, {**SPEC, **spec})


def create(bench: Workbench, resource: Resource, name: str, spec: Any) -> None:
    """Create one object of the bench's namespace."""
    named = {"apiVersion": resource.api_version, "kind": resource.kind}
    meta = {"name": name, "namespace": bench.namespace}
    body = {**named, "metadata": meta, "spec": spec}
    bench.cluster.create(resource, body, manager="tests")


def from_cluster(bench: Workbench, cluster: Cluster | None = None) -> Outcome:
    """Apply from the cluster, whatever is due."""
    chosen = LoadRequest(selection=Selection((bench.namespace,)))
    request = pipeline.Request(chosen, concurrency=4, write_status=True)
    world = bench.world()
    return pipeline.apply(request, replace(world, cluster=cluster or world.cluster))


def notes(outcome: Outcome) -> list[str]:
    """Return what is told of the operator."""
    return [one.error.message for one in outcome.remarks if one.error.rule == "ES0512"]


def test_the_operator_is_noticed_once(both: Workbench, tells: Callable[..., None]) -> None:
    """One note names how many, the first of them, what happens and what to do."""
    names = ["a", "b", "c", "d"]
    for name in names:
        lay(both, name)
        tells(name)

    outcome = from_cluster(both)

    where = both.namespace
    [note] = notes(outcome)
    assert note == (
        "4 ExternalSecrets are reconciled by the operator too, by what their status shows: "
        f"{where}/a, {where}/b, {where}/c and 1 more; each of the two undoes what the other one "
        "writes differently"
    )
    [told] = [text for kind, text in report.findings(outcome) if kind == "note"]
    assert "esync handover" in told
    assert exits.of(outcome) is exits.Exit.DONE
    assert [one.result for one in outcome.done] == [Result.CREATED] * 4
    assert counts(outcome) == {"created": 4}


def test_esync_is_not_taken_for_the_operator(both: Workbench) -> None:
    """What it told itself is no sign of anybody else, on the second run and the third."""
    lay(both)
    for _ in range(3):
        assert notes(from_cluster(both)) == []


def test_what_esync_told_last_is_its_own(both: Workbench, tells: Callable[..., None]) -> None:
    """The operator was there before, and has not written since."""
    lay(both)
    tells()
    assert notes(from_cluster(both)) != []

    both.seconds += 7200
    assert notes(from_cluster(both)) == []


@pytest.mark.parametrize(
    ("spec", "seconds", "noticed"),
    [
        ({}, SOON, True),
        ({}, LATER, False),
        ({"refreshInterval": "200000h"}, LATER, True),
        ({"refreshPolicy": "CreatedOnce"}, LATER, True),
        ({"refreshPolicy": "OnChange"}, LATER, True),
        ({"refreshInterval": "0"}, LATER, True),
    ],
)
def test_one_that_has_been_silent_for_too_long_is_gone(
    both: Workbench,
    tells: Callable[..., None],
    spec: dict[str, Any],
    seconds: int,
    *,
    noticed: bool,
) -> None:
    """It writes at each interval; where it need not, its silence says nothing."""
    lay(both, **spec)
    tells()
    both.seconds = seconds

    assert bool(notes(from_cluster(both))) is noticed


@pytest.mark.parametrize("manager", ["kubectl-edit", "kubectl"])
def test_people_are_no_operator(both: Workbench, tells: Callable[..., None], manager: str) -> None:
    """Somebody who corrected a status by hand does not write again."""
    lay(both)
    tells(manager=manager)

    assert notes(from_cluster(both)) == []


def test_stores_of_another_class_are_left_alone_by_it(
    both: Workbench, tells: Callable[..., None]
) -> None:
    """Whoever takes stores over by a class of their own has one writer from then on."""
    lay(both)
    tells()
    store = both.cluster.get(SECRET_STORES, both.namespace, "vault")
    assert store is not None
    store["spec"]["controller"] = "esync"
    both.cluster.update(SECRET_STORES, store, manager="tests")
    both.options = resolve.Options(controller_class="esync")
    chosen = LoadRequest(selection=Selection((both.namespace,)))
    request = pipeline.Request(chosen, both.options, concurrency=4)

    outcome = pipeline.apply(request, both.world())

    assert [one.result for one in outcome.done] == [Result.CREATED]
    assert notes(outcome) == []


def deployed(bench: Workbench, replicas: int) -> None:
    """Create the operator's Deployment."""
    meta = {
        "name": "eso",
        "namespace": bench.namespace,
        "labels": {"app.kubernetes.io/name": "external-secrets"},
    }
    body = {"metadata": meta, "spec": {"replicas": replicas}}
    bench.cluster.create(DEPLOYMENTS, body, manager="tests")


@pytest.mark.parametrize(("replicas", "noticed"), [(0, False), (1, True)])
def test_a_deployment_settles_it(bench: Workbench, replicas: int, *, noticed: bool) -> None:
    """Scaled to nothing it writes no more; running, it is told where."""
    lay(bench)
    body = bench.cluster.get(EXTERNAL_SECRETS, bench.namespace, "app")
    assert body is not None
    body["status"] = {"refreshTime": REFRESHED}
    bench.cluster.update(EXTERNAL_SECRETS, body, manager=OPERATOR)
    deployed(bench, replicas)

    told = notes(from_cluster(bench))

    assert bool(told) is noticed
    assert not told or f"which runs in namespace {bench.namespace}" in told[0]


class Closed:
    """A cluster where nobody may list Deployments."""

    def __init__(self, cluster: MemoryCluster) -> None:
        self._cluster = cluster

    def __getattr__(self, name: str) -> Any:
        """Return what the cluster has of that name."""
        return getattr(self._cluster, name)

    def may(self, verb: str, resource: Resource, namespace: str = "") -> bool:
        """Permit everything else."""
        return resource != DEPLOYMENTS and self._cluster.may(verb, resource, namespace)


def test_deployments_are_listed_only_where_that_is_permitted(bench: Workbench) -> None:
    """And only where there is something to settle."""
    memory = bench.cluster
    assert isinstance(memory, MemoryCluster)
    lay(bench)
    from_cluster(bench)
    assert memory.calls["list", "deployments"] == 0
    body = memory.get(EXTERNAL_SECRETS, bench.namespace, "app")
    assert body is not None
    body["status"]["refreshTime"] = REFRESHED
    memory.update(EXTERNAL_SECRETS, body, manager=OPERATOR)
    deployed(bench, 0)
    closed: Any = Closed(memory)

    assert len(notes(from_cluster(bench, closed))) == 1
    assert memory.calls["list", "deployments"] == 0


@pytest.mark.parametrize(
    ("live", "refused"),
    [
        ({}, False),
        ({"refreshInterval": "1h0m0s", "target": {"creationPolicy": "Owner"}}, False),
        ({"refreshInterval": "2h"}, True),
        ({"data": [{"secretKey": "k2", "remoteRef": {"key": "db"}}]}, True),
        ({"unknown": "field"}, True),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_files_that_say_something_else_are_refused(
    both: Workbench,
    tells: Callable[..., None],
    live: dict[str, Any],
    *,
    refused: bool,
    force: bool,
) -> None:
    """What the operator writes otherwise is left to it, unless --force is given; exit code 3."""
    lay(both, **live)
    tells()
    both.external_secret(FILE)
    both.external_secret(FILE, name="other")
    both.guards = deliver.Guards(force=force)

    seen = both.diff()
    outcome = both.apply()

    assert len(notes(outcome)) == 1
    if refused and not force:
        assert [one.error.rule for one in outcome.failures] == ["ES0511"]
        assert exits.of(outcome) is exits.of(seen) is exits.Exit.REFUSED
        assert both.live("app") is None
    else:
        assert outcome.failures == seen.failures == ()
        assert both.data("app") == {"k": "v"}
    assert both.data("other") == {"k": "v"}


def test_explain_tells_of_the_other_spec(both: Workbench, tells: Callable[..., None]) -> None:
    """As a matter of ownership, with what to do next."""
    lay(both, refreshInterval="2h")
    tells()
    both.external_secret(FILE)
    request = pipeline.Request(
        LoadRequest(files=(str(both.folder),), default_namespace=both.namespace)
    )

    found = explain(request, both.world(), Wanted("app"))

    [failed] = [step for step in found.steps if step.verdict is Verdict.FAILED]
    assert failed.stage is Stage.OWNERSHIP
    assert [error.rule for error in failed.errors] == ["ES0511"]


def test_a_list_that_fails_settles_nothing(bench: Workbench) -> None:
    """The note stands, without a place."""
    memory = bench.cluster
    assert isinstance(memory, MemoryCluster)
    lay(bench)
    body = memory.get(EXTERNAL_SECRETS, bench.namespace, "app")
    assert body is not None
    body["status"] = {"refreshTime": REFRESHED}
    memory.update(EXTERNAL_SECRETS, body, manager=OPERATOR)
    deployed(bench, 0)
    memory.fail("list", ObjectRef("Deployment", "", ""), Unreachable("nobody answers"))

    [note] = notes(from_cluster(bench))

    assert "by what their status shows" in note


def test_files_are_not_refused_where_nobody_reconciles(both: Workbench) -> None:
    """An ExternalSecret of another spec alone is no writer."""
    lay(both, refreshInterval="2h")
    both.external_secret(FILE)

    outcome = both.apply()

    assert (outcome.failures, notes(outcome)) == ((), [])


def test_the_note_is_in_the_json(bench: Workbench) -> None:
    """Among the notes, with its rule."""
    lay(bench)
    body = bench.cluster.get(EXTERNAL_SECRETS, bench.namespace, "app")
    assert body is not None
    body["status"] = {"conditions": [{"type": "Ready", "status": "False"}]}
    bench.cluster.update(EXTERNAL_SECRETS, body, manager=OPERATOR)

    read = report.as_json(from_cluster(bench))

    assert '"rule": "ES0512"' in read

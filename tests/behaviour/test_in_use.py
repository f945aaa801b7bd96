"""``esync status`` tells who still runs with an older value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from esync import rollouts
from esync.cluster.contract import PODS, SERVICE_ACCOUNTS, Forbidden
from esync.manifests.document import ObjectRef
from esync.report import status as report
from esync.rollouts.marks import spelled
from tests.behaviour.rotating import Rotating, env_of
from tests.behaviour.test_results import described
from tests.behaviour.test_status import look, table
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from esync.flow.rollout import InUse
    from tests.behaviour.workbench import Workbench

DEPLOYMENT = {"kind": "ReplicaSet", "name": "web-5d4", "apiVersion": "apps/v1"}


@pytest.fixture
def scene(both: Workbench) -> Rotating:
    """Return a bench whose Secret was rotated once, a minute after it was made."""
    made = Rotating(both)
    account = {"metadata": made.named("default")}
    both.cluster.create(SERVICE_ACCOUNTS, account, manager="t")
    made.value("first")
    made.apply()
    made.rotate("second")
    made.apply()
    return made


def pod(
    scene: Rotating,
    owner: dict[str, str] | None,
    container: dict[str, Any],
    *,
    started: int,
    restarted: int | None = None,
    **spec: Any,
) -> None:
    """Create a Pod whose containers run since ``started``; seconds from the rotation on."""
    name = f"p-{uuid4().hex[:8]}"
    owners = [{**owner, "uid": str(uuid4()), "controller": True}] if owner else []
    metadata = scene.named(name, ownerReferences=owners, labels={"pod-template-hash": "5d4"})
    containers = [{"name": "c", "image": "image", **container}]
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": containers, **spec},
    }
    scene.cluster.create(PODS, body, manager="t")
    status: dict[str, Any] = {"startTime": spelled(scene.bench.seconds + started)}
    if restarted is not None:
        running = {"startedAt": spelled(scene.bench.seconds + restarted)}
        more = {"image": "image", "imageID": "", "ready": True, "restartCount": 1}
        status["containerStatuses"] = [{"name": "c", "state": {"running": running}, **more}]
    scene.cluster.patch_status(PODS, scene.bench.namespace, name, {"phase": "Running", **status})


def found(scene: Rotating) -> InUse:
    """Return who uses the Secret."""
    outcome = look(scene.bench, at=scene.bench.seconds + 3600, from_files=True)
    [standing] = outcome.standings
    assert standing.in_use is not None
    return standing.in_use


def names(refs: tuple[ObjectRef, ...]) -> list[str]:
    """Spell workloads."""
    return [f"{one.kind}/{one.name}" for one in refs]


def test_who_started_before_the_rotation_is_older(scene: Rotating) -> None:
    """By its owner; a workload with one older Pod is older."""
    db = {"kind": "StatefulSet", "name": "db", "apiVersion": "apps/v1"}
    pod(scene, DEPLOYMENT, env_of(), started=-30)
    pod(scene, DEPLOYMENT, env_of(), started=30)
    pod(scene, db, env_of(), started=30)
    pod(scene, None, env_of("other"), started=-30)

    used = found(scene)

    assert names(used.consumers) == ["Deployment/web", "StatefulSet/db"]
    assert names(used.older) == ["Deployment/web"]
    assert used.is_certain
    assert used.since == scene.bench.seconds


def test_a_container_that_started_anew_has_the_new_value(scene: Rotating) -> None:
    """The kubelet reads the environment for each start."""
    pod(scene, DEPLOYMENT, env_of(), started=-30, restarted=5)

    assert names(found(scene).older) == []


MOUNT = {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}
PART = {"volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "password"}]}
VOLUMES = [{"name": "v", "secret": {"secretName": "app"}}]


def test_what_is_mounted_is_refreshed(scene: Rotating) -> None:
    """By the kubelet, unless it is mounted with subPath."""
    pod(scene, {**DEPLOYMENT, "name": "whole-5d4"}, MOUNT, started=-30, volumes=VOLUMES)
    pod(scene, {**DEPLOYMENT, "name": "part-5d4"}, PART, started=-30, volumes=VOLUMES)

    used = found(scene)

    assert names(used.consumers) == names(used.older) == ["Deployment/part"]


def test_pods_that_are_over_do_not_count(scene: Rotating) -> None:
    """A finished Job's Pod runs with nothing."""
    pod(scene, None, env_of(), started=-30)
    [body] = scene.cluster.list(PODS, scene.bench.namespace)
    name = body["metadata"]["name"]
    scene.cluster.patch_status(PODS, scene.bench.namespace, name, {"phase": "Succeeded"})

    assert found(scene).consumers == ()


def test_the_table_and_the_document(scene: Rotating) -> None:
    """A column that is there when there are consumers; machines learn since when."""
    pod(scene, DEPLOYMENT, env_of(), started=-30)
    pod(scene, None, env_of(), started=30)
    outcome = look(scene.bench, at=scene.bench.seconds + 3600, from_files=True)

    head, row = table(outcome, scene.bench.seconds + 3600)
    assert (head[-1], row[-1]) == ("CONSUMERS", "1 of 2 older: deployment/web")
    [item] = described(report.as_json(outcome))["items"]
    assert item["consumers"]["since"] == "2023-11-14T22:14:20Z"
    assert item["consumers"]["certain"] is True
    assert item["consumers"]["older"] == [{"kind": "Deployment", "name": "web"}]
    assert [one["kind"] for one in item["consumers"]["current"]] == ["Pod"]


def test_the_table_names_a_few(scene: Rotating) -> None:
    """The document names all."""
    for number in range(5):
        pod(scene, {**DEPLOYMENT, "name": f"w{number}-5d4"}, env_of(), started=-30)
    outcome = look(scene.bench, at=scene.bench.seconds + 3600, from_files=True)

    cell = table(outcome, scene.bench.seconds + 3600)[1][-1]
    assert cell == "5 of 5 older: deployment/w0, deployment/w1, deployment/w2, …"
    [item] = described(report.as_json(outcome))["items"]
    assert len(item["consumers"]["older"]) == 5


def test_after_the_restart_nobody_is_older(scene: Rotating) -> None:
    """The table says how many there are."""
    pod(scene, DEPLOYMENT, env_of(), started=10)
    outcome = look(scene.bench, at=scene.bench.seconds + 3600, from_files=True)

    assert table(outcome, scene.bench.seconds + 3600)[1][-1] == "1 current"


def test_without_a_mark_it_is_a_guess(bench: Workbench) -> None:
    """The time of the last write of any field is what the API server knows."""
    made = Rotating(bench)
    assert isinstance(bench.cluster, MemoryCluster)
    made.value("first")
    made.apply(rollouts.Options())
    bench.cluster.now = spelled(bench.seconds + 60)
    made.rotate("second")
    made.apply(rollouts.Options())
    pod(made, DEPLOYMENT, env_of(), started=-30)

    outcome = look(bench, at=bench.seconds + 3600, from_files=True)

    assert table(outcome)[1][-1] == "1 of 1 older?: deployment/web"


def test_who_may_not_list_pods_is_told_once(bench: Workbench) -> None:
    """The rows are there without the column."""
    made = Rotating(bench)
    assert isinstance(bench.cluster, MemoryCluster)
    made.value("first", "app", "tls")
    made.apply()
    ref = ObjectRef("Pod", bench.namespace, "")
    bench.cluster.fail("list", ref, Forbidden("may not list pods"))

    outcome = look(bench, from_files=True)

    assert [note for note in outcome.notes if "pods" in note] == [
        "who runs with older values is not told: may not list pods"
    ]
    assert [one.in_use for one in outcome.standings] == [None, None]
    assert bench.cluster.calls["list", "pods"] == 1

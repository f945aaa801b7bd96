"""Roll-outs are followed to their end, and told how they failed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from esync import report
from esync.cli import exits
from esync.cluster.contract import (
    DAEMON_SETS,
    DEPLOYMENTS,
    PODS,
    STATEFUL_SETS,
)
from esync.flow.rollout import RestartResult
from tests.behaviour.rotating import (
    ALL,
    AUTO,
    PLAIN,
    Rotating,
    begun,
    ends,
    env_of,
)

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench


@pytest.fixture
def scene(both: Workbench) -> Rotating:
    """Return a bench on which the first value is in use, in memory and on the API server."""
    return begun(both)


@pytest.fixture
def alone(bench: Workbench) -> Rotating:
    """Return the same in memory alone."""
    return begun(bench)


WAIT = replace(PLAIN, wait=True)
NEW = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1, "readyReplicas": 1}


def test_a_roll_out_is_followed_to_its_end(scene: Rotating) -> None:
    """Old status does not count as the end: the controller has to see the change."""
    scene.workload(container=env_of(), annotations=AUTO)
    scene.told(NEW)
    scene.rotate("second")
    scene.pauses = [
        lambda: scene.told({**NEW, "replicas": 2}),
        lambda: scene.told(NEW),
    ]

    outcome = scene.apply(WAIT)

    assert scene.pauses == []
    assert ends(outcome) == {"web": RestartResult.ROLLED_OUT}
    assert exits.of(outcome) is exits.Exit.DONE


def test_every_kind_is_followed(scene: Rotating) -> None:
    """With the status that each of them has."""
    for resource in ALL:
        scene.workload(resource.kind.lower(), env_of(), resource, AUTO)
    scene.rotate("second")

    numbers = ("currentNumberScheduled", "desiredNumberScheduled", "numberReady")
    more = ("updatedNumberScheduled", "numberAvailable")
    scheduled = {"numberMisscheduled": 0, **dict.fromkeys((*numbers, *more), 1)}

    def rolled_out() -> None:
        scene.told(NEW, "deployment", DEPLOYMENTS)
        ready = {"replicas": 1, "readyReplicas": 1, "updatedReplicas": 1}
        scene.told(ready, "statefulset", STATEFUL_SETS)
        scene.told(scheduled, "daemonset", DAEMON_SETS)

    scene.pauses = [rolled_out]

    found = ends(scene.apply(WAIT))

    assert set(found.values()) == {RestartResult.ROLLED_OUT}
    assert len(found) == 3


def condition(kind: str, status: str, reason: str) -> dict[str, Any]:
    """Spell a condition of a Deployment."""
    return {"type": kind, "status": status, "reason": reason, "message": "quotes S3CRET"}


def test_a_roll_out_that_fails(scene: Rotating) -> None:
    """Exit code 1, with the reason; the Secret stays in its new state, and is not pending."""
    scene.workload(container=env_of(), annotations=AUTO)
    scene.rotate("second")
    late = condition("Progressing", "False", "ProgressDeadlineExceeded")
    scene.pauses = [lambda: scene.told({"conditions": [late]})]

    outcome = scene.apply(WAIT)

    [failure] = outcome.failures
    assert failure.error.rule == "ES0541"
    where = scene.bench.namespace
    assert failure.error.message == (
        f"Deployment {where}/web is not rolled out: ProgressDeadlineExceeded"
    )
    assert exits.of(outcome) is exits.Exit.NEGATIVE
    assert not scene.mark().endswith("pending")


def test_a_replica_that_cannot_be_made(alone: Rotating) -> None:
    """At two looks in a row it is more than a hitch; the message of the condition stays out."""
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    failing = condition("ReplicaFailure", "True", "FailedCreate")
    alone.pauses = [lambda: alone.told({"conditions": [failing]})] * 2

    outcome = alone.apply(WAIT)

    [failure] = outcome.failures
    assert failure.error.message.endswith("0 of 1 new replicas have been updated (FailedCreate)")
    assert "S3CRET" not in report.as_json(outcome)


def test_the_time_runs_out(scene: Rotating) -> None:
    """Exit code 1, with what it was waiting for."""
    scene.workload(container=env_of(), annotations=AUTO)
    scene.rotate("second")
    scene.pauses = [lambda: scene.told({"replicas": 2, "updatedReplicas": 1})]

    outcome = scene.apply(WAIT)

    [failure] = outcome.failures
    assert failure.error.rule == "ES0542"
    assert failure.error.message.endswith(
        "1 old replicas are pending termination; the time for this run is over (--timeout)"
    )
    assert exits.of(outcome) is exits.Exit.NEGATIVE


def test_a_signal_ends_the_waiting(alone: Rotating) -> None:
    """At the next look."""
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")

    def came() -> None:
        alone.signal = "SIGTERM came"

    alone.pauses = [came]

    outcome = alone.apply(WAIT)

    assert outcome.failures[0].error.message.endswith("SIGTERM came")


def test_pods_say_why_they_wait(alone: Rotating) -> None:
    """Where they may be listed; by the word that Kubernetes has for it."""
    alone.workload(container=env_of(), annotations=AUTO)
    waiting = {"reason": "CreateContainerConfigError", "message": "quotes S3CRET"}
    status = {"containerStatuses": [{"name": "c", "state": {"waiting": waiting}}]}
    pod = {"metadata": alone.named("web-1", labels={"app": "web"}), "status": status}
    alone.cluster.create(PODS, pod, manager="kubelet")
    alone.rotate("second")
    late = condition("Progressing", "False", "ProgressDeadlineExceeded")
    alone.pauses = [lambda: alone.told({"conditions": [late]})]

    outcome = alone.apply(WAIT)

    [failure] = outcome.failures
    assert failure.error.message.endswith("; its Pods wait: CreateContainerConfigError")

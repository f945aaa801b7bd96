"""When a roll-out is done or has failed; as ``kubectl rollout status`` says."""

from __future__ import annotations

from typing import Any

import pytest

from esync.rollouts.progress import Stage, kept_back, progress

WAITING, STALLED, DONE, FAILED = Stage.WAITING, Stage.STALLED, Stage.DONE, Stage.FAILED
SEEN = {"observedGeneration": 2}
DEADLINE = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
FAILURE = {
    "type": "ReplicaFailure",
    "status": "True",
    "reason": "FailedCreate",
    "message": "s3cret",
}
ROLLING: dict[str, Any] = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
PARTITION: dict[str, Any] = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
ON_DELETE = {"type": "OnDelete"}


def body(kind: str, spec: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
    """Spell a workload whose change has generation 2."""
    return {"kind": kind, "metadata": {"generation": 2}, "spec": spec, "status": status}


DEPLOYMENT = [
    ({"replicas": 3}, {"observedGeneration": 1, "updatedReplicas": 3}, WAITING),
    ({"replicas": 3}, {}, WAITING),
    ({"replicas": 3}, {**SEEN, "updatedReplicas": 1, "replicas": 4}, WAITING),
    ({"replicas": 3}, {**SEEN, "updatedReplicas": 3, "replicas": 4}, WAITING),
    ({"replicas": 3}, {**SEEN, "updatedReplicas": 3, "replicas": 3}, WAITING),
    (
        {"replicas": 3},
        {**SEEN, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 2},
        WAITING,
    ),
    ({"replicas": 3}, {**SEEN, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 3}, DONE),
    ({"replicas": 0}, SEEN, DONE),
    ({"replicas": 3}, {**SEEN, "conditions": [DEADLINE]}, FAILED),
    ({"replicas": 3}, {"observedGeneration": 1, "conditions": [DEADLINE]}, WAITING),
    ({"replicas": 3}, {**SEEN, "conditions": [FAILURE]}, STALLED),
    (
        {"replicas": 1},
        {
            **SEEN,
            "updatedReplicas": 1,
            "replicas": 1,
            "availableReplicas": 1,
            "conditions": [FAILURE],
        },
        DONE,
    ),
]
STATEFUL_SET = [
    ({"replicas": 3, "updateStrategy": ROLLING}, {"observedGeneration": 1}, WAITING),
    ({"replicas": 3, "updateStrategy": ROLLING}, {**SEEN, "readyReplicas": 2}, WAITING),
    (
        {"replicas": 3, "updateStrategy": ROLLING},
        {**SEEN, "readyReplicas": 3, "updatedReplicas": 2},
        WAITING,
    ),
    (
        {"replicas": 3, "updateStrategy": ROLLING},
        {**SEEN, "readyReplicas": 3, "updatedReplicas": 3},
        DONE,
    ),
    (
        {"replicas": 3, "updateStrategy": PARTITION},
        {**SEEN, "readyReplicas": 3, "updatedReplicas": 0},
        WAITING,
    ),
    (
        {"replicas": 3, "updateStrategy": PARTITION},
        {**SEEN, "readyReplicas": 3, "updatedReplicas": 1},
        DONE,
    ),
    (
        {"replicas": 1},
        {**SEEN, "readyReplicas": 1, "updateRevision": "b", "currentRevision": "a"},
        WAITING,
    ),
    (
        {"replicas": 1},
        {**SEEN, "readyReplicas": 1, "updateRevision": "b", "currentRevision": "b"},
        DONE,
    ),
    ({"replicas": 3, "updateStrategy": ON_DELETE}, {**SEEN, "readyReplicas": 3}, FAILED),
]
DAEMON_SET = [
    ({}, {"observedGeneration": 1, "desiredNumberScheduled": 0}, WAITING),
    ({}, {**SEEN, "desiredNumberScheduled": 3, "updatedNumberScheduled": 2}, WAITING),
    (
        {},
        {
            **SEEN,
            "desiredNumberScheduled": 3,
            "updatedNumberScheduled": 3,
            "numberAvailable": 2,
        },
        WAITING,
    ),
    (
        {},
        {
            **SEEN,
            "desiredNumberScheduled": 3,
            "updatedNumberScheduled": 3,
            "numberAvailable": 3,
        },
        DONE,
    ),
    ({}, SEEN, DONE),
    ({"updateStrategy": ON_DELETE}, SEEN, FAILED),
]


@pytest.mark.parametrize(("spec", "status", "stage"), DEPLOYMENT)
def test_deployments(spec: dict[str, Any], status: dict[str, Any], stage: Stage) -> None:
    """Seen by the controller, all replicas new, old ones gone, new ones available."""
    assert progress(body("Deployment", spec, status)).stage is stage


@pytest.mark.parametrize(("spec", "status", "stage"), STATEFUL_SET)
def test_stateful_sets(spec: dict[str, Any], status: dict[str, Any], stage: Stage) -> None:
    """All ready, and as many new ones as lie above the partition."""
    assert progress(body("StatefulSet", spec, status)).stage is stage


@pytest.mark.parametrize(("spec", "status", "stage"), DAEMON_SET)
def test_daemon_sets(spec: dict[str, Any], status: dict[str, Any], stage: Stage) -> None:
    """As many new and available ones as nodes want."""
    assert progress(body("DaemonSet", spec, status)).stage is stage


def test_the_reason_is_a_word() -> None:
    """Messages of conditions may quote what admission saw."""
    found = progress(
        body("Deployment", {"replicas": 3}, {**SEEN, "conditions": [FAILURE, DEADLINE]})
    )

    assert found.words == "ProgressDeadlineExceeded (FailedCreate)"


def test_pods_that_stay_as_they_are() -> None:
    """OnDelete, and below a partition."""
    assert kept_back(body("StatefulSet", {"updateStrategy": ROLLING}, {})) == ""
    assert kept_back(body("Deployment", {}, {})) == ""
    on_delete = kept_back(body("DaemonSet", {"updateStrategy": ON_DELETE}, {}))
    assert on_delete == "updateStrategy OnDelete: its Pods change when deleted"
    partitioned = kept_back(body("StatefulSet", {"updateStrategy": PARTITION}, {}))
    assert partitioned == "partition 2: Pods with a lower ordinal stay as they are"

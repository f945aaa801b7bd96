"""How far a roll-out is, as ``kubectl rollout status`` decides. Pure.

Source:
    Kubernetes 1.36, status of Deployments, StatefulSets and DaemonSets; ``kubectl rollout status``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEADLINE: Final = "ProgressDeadlineExceeded"
_ROLLING: Final = "RollingUpdate"
_UNSEEN: Final = "its controller has not seen the change yet"


class Stage(StrEnum):
    """Where a roll-out is.

    ``STALLED`` may pass: no Pod could be made, and the controller tries again.
    """

    WAITING = "waiting"
    STALLED = "stalled"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a roll-out is, and what it waits for or failed by."""

    stage: Stage
    words: str = ""


_DONE: Final = Progress(Stage.DONE)


def progress(workload: Mapping[str, Any]) -> Progress:
    """Return how far the roll-out of a Deployment, StatefulSet or DaemonSet is."""
    spec, status = workload.get("spec") or {}, workload.get("status") or {}
    generation = (workload.get("metadata") or {}).get("generation", 0)
    unseen = generation > status.get("observedGeneration", 0)
    kind = workload.get("kind")
    if kind == "Deployment":
        return _waiting(_UNSEEN) if unseen else _deployment(spec, status)
    if not _rolls(spec):
        strategy = spec["updateStrategy"]["type"]
        return Progress(Stage.FAILED, f"updateStrategy {strategy}: Pods have to be deleted by hand")
    if unseen:
        return _waiting(_UNSEEN)
    return _stateful_set(spec, status) if kind == "StatefulSet" else _daemon_set(status)


def kept_back(workload: Mapping[str, Any]) -> str:
    """Return why Pods of a workload keep what they have although its template changes."""
    spec = workload.get("spec") or {}
    if not _rolls(spec):
        return f"updateStrategy {spec['updateStrategy']['type']}: its Pods change when deleted"
    partition = _partition(spec)
    return f"partition {partition}: Pods with a lower ordinal stay as they are" if partition else ""


def _deployment(spec: Mapping[str, Any], status: Mapping[str, Any]) -> Progress:
    conditions = {one.get("type"): one for one in status.get("conditions") or ()}
    failure = conditions.get("ReplicaFailure") or {}
    failed = failure.get("reason", "") if failure.get("status") == "True" else ""
    because = f" ({failed})" if failed else ""
    if (conditions.get("Progressing") or {}).get("reason") == _DEADLINE:
        return Progress(Stage.FAILED, f"{_DEADLINE}{because}")
    replicas = spec.get("replicas", 1)
    updated, all_of = status.get("updatedReplicas", 0), status.get("replicas", 0)
    available = status.get("availableReplicas", 0)
    if updated < replicas:
        words = f"{updated} of {replicas} new replicas have been updated{because}"
    elif all_of > updated:
        words = f"{all_of - updated} old replicas are pending termination"
    elif available < updated:
        words = f"{available} of {updated} updated replicas are available"
    else:
        return _DONE
    return Progress(Stage.STALLED, words) if failed else _waiting(words)


def _stateful_set(spec: Mapping[str, Any], status: Mapping[str, Any]) -> Progress:
    replicas, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    updated, partition = status.get("updatedReplicas", 0), _partition(spec)
    if not status.get("observedGeneration", 0):
        return _waiting(_UNSEEN)
    if ready < replicas:
        return _waiting(f"{ready} of {replicas} Pods are ready")
    if partition is not None:
        if updated < replicas - partition:
            return _waiting(f"{updated} of {replicas - partition} new Pods have been updated")
        return _DONE
    if status.get("updateRevision") != status.get("currentRevision"):
        return _waiting(f"{updated} Pods are at the new revision")
    return _DONE


def _daemon_set(status: Mapping[str, Any]) -> Progress:
    desired, updated = (
        status.get("desiredNumberScheduled", 0),
        status.get("updatedNumberScheduled", 0),
    )
    available = status.get("numberAvailable", 0)
    if updated < desired:
        return _waiting(f"{updated} of {desired} new Pods have been updated")
    if available < desired:
        return _waiting(f"{available} of {desired} updated Pods are available")
    return _DONE


def _rolls(spec: Mapping[str, Any]) -> bool:
    return bool((spec.get("updateStrategy") or {}).get("type", _ROLLING) == _ROLLING)


def _partition(spec: Mapping[str, Any]) -> int | None:
    """Return the partition of a StatefulSet, which the API server sets to 0 where there is none."""
    rolling = (spec.get("updateStrategy") or {}).get("rollingUpdate") or {}
    partition = rolling.get("partition")
    return None if partition is None else int(partition)


def _waiting(words: str) -> Progress:
    return Progress(Stage.WAITING, words)

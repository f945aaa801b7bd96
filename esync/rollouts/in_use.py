"""Who still runs with an older value of a Secret, by when the containers of Pods started.

One list of Pods for each namespace: what a Pod uses stands in its own spec, and who made it in its
owner. What is merely mounted is refreshed by the kubelet, and never older.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.cluster.contract import PODS, Forbidden
from esync.flow.rollout import InUse
from esync.manifests.document import ObjectRef
from esync.records import dataclass, field
from esync.rollouts.marks import changed_at, seconds
from esync.rollouts.uses import secrets_of, uses

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from esync.cluster.contract import Object, Reader
    from esync.flow.kubernetes import SecretObject

_OVER = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class Found:
    """Who uses each Secret whose last change is known; and what could not be found out."""

    in_use: Mapping[ObjectRef, InUse] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Changed:
    """A Secret and when its data last changed."""

    name: str
    since: int
    is_certain: bool


def in_use(cluster: Reader, secrets: Iterable[SecretObject], now: int) -> Found:
    """Return who uses ``secrets``, and which of them started before their data last changed.

    Args:
        cluster: is asked for the Pods of each namespace once.
        secrets: as they are live.
        now: seconds since 1970.
    """
    by_namespace: dict[str, list[_Changed]] = {}
    for secret in secrets:
        known = changed_at(secret, now)
        if known:
            by_namespace.setdefault(secret.namespace, []).append(_Changed(secret.name, *known))
    found: dict[ObjectRef, InUse] = {}
    refused = []
    for namespace, some in sorted(by_namespace.items()):
        try:
            found |= _judged(some, cluster.list(PODS, namespace), namespace)
        except Forbidden as error:
            refused.append(error.message)
    more = f", and in {len(refused) - 1} more namespaces" if refused[1:] else ""
    notes = (f"who runs with older values is not told: {refused[0]}{more}",) if refused else ()
    return Found(found, notes)


@dataclass(frozen=True, slots=True)
class _Pod:
    """A Pod: who made it, its spec, and when each container started, in seconds since 1970."""

    owner: ObjectRef
    spec: Mapping[str, Any]
    started: int | None
    containers: Mapping[str, int]

    @classmethod
    def of(cls, body: Object) -> _Pod:
        """Read a Pod."""
        status, metadata = body.get("status") or {}, body["metadata"]
        began = status.get("startTime") or metadata.get("creationTimestamp") or ""
        containers = {}
        for kind in ("initContainerStatuses", "containerStatuses"):
            for one in status.get(kind) or ():
                running = (one.get("state") or {}).get("running") or {}
                moment = seconds(str(running.get("startedAt") or ""))
                if moment is not None:
                    containers[str(one.get("name"))] = moment
        return cls(_owner(metadata), body.get("spec") or {}, seconds(str(began)), containers)

    def read_before(self, secret: _Changed) -> bool | None:
        """Tell whether a container read the Secret before it changed; None if none reads it."""
        starts = [
            self.containers.get(use.container, self.started)
            for use in uses(self.spec, secret.name)
            if use.read_at_start
        ]
        known = [start for start in starts if start is not None]
        return min(known) < secret.since if known else None


def _judged(
    secrets: Iterable[_Changed], pods: Iterable[Object], namespace: str
) -> dict[ObjectRef, InUse]:
    """Look at each Pod as it comes: a namespace can have very many."""
    by_name = {one.name: one for one in secrets}
    read: dict[str, dict[ObjectRef, bool]] = {name: {} for name in by_name}
    for body in pods:
        used = secrets_of(body.get("spec") or {}) & by_name.keys()
        if not (used and _runs(body)):
            continue
        pod = _Pod.of(body)
        for name in used:
            before = pod.read_before(by_name[name])
            if before is not None:
                read[name][pod.owner] = before or read[name].get(pod.owner, False)
    return {
        ObjectRef("Secret", namespace, name): InUse(
            one.since,
            one.is_certain,
            tuple(sorted(read[name])),
            tuple(sorted(owner for owner, before in read[name].items() if before)),
        )
        for name, one in by_name.items()
    }


def _runs(body: Object) -> bool:
    phase = (body.get("status") or {}).get("phase")
    return phase not in _OVER and not body["metadata"].get("deletionTimestamp")


def _owner(metadata: Mapping[str, Any]) -> ObjectRef:
    """Return who made a Pod: the Deployment behind its ReplicaSet, a controller, or itself."""
    namespace = metadata["namespace"]
    owners = metadata.get("ownerReferences") or ()
    controller = next((one for one in owners if one.get("controller")), None)
    if controller is None:
        return ObjectRef("Pod", namespace, metadata["name"])
    kind, name = str(controller.get("kind")), str(controller.get("name"))
    part = (metadata.get("labels") or {}).get("pod-template-hash")
    if kind == "ReplicaSet" and part and name.endswith(f"-{part}"):
        return ObjectRef("Deployment", namespace, name.removesuffix(f"-{part}"))
    return ObjectRef(kind, namespace, name)

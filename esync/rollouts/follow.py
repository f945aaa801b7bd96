"""Follow roll-outs until all have ended, asking seldom and for many at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import PODS
from esync.errors import EsyncError
from esync.rollouts.errors import RolloutFailed, RolloutNotFinished
from esync.rollouts.progress import Progress, Stage, progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from esync.cluster.contract import Cluster, Object, Resource
    from esync.manifests.document import ObjectRef

# Seconds between looks: roll-outs take longer the longer they have taken.
_PAUSES: Final = (1.0, 2.0, 4.0)
_LONGEST: Final = 5.0
# From so many workloads of a kind in a namespace on, one list is cheaper than asking for each.
_FEW: Final = 3
_WORD: Final = re.compile("[A-Za-z]{1,64}")


class Follower:
    """Follows some roll-outs.

    Args:
        cluster: is asked.
        over: says why nothing more shall be started, else nothing.
        pause: waits for so many seconds.
    """

    def __init__(
        self, cluster: Cluster, over: Callable[[], str], pause: Callable[[float], None]
    ) -> None:
        self._cluster = cluster
        self._over = over
        self._pause = pause
        self._last: dict[ObjectRef, Progress] = {}

    def follow(
        self, started: Iterable[tuple[Resource, ObjectRef]]
    ) -> dict[ObjectRef, EsyncError | None]:
        """Return what each roll-out failed by, or None for each that came to its end."""
        waiting = {ref: resource for resource, ref in started}
        ends: dict[ObjectRef, EsyncError | None] = {}
        looks = 0
        while waiting:
            reason = self._over()
            if reason:
                return ends | {ref: self._not_finished(ref, reason) for ref in waiting}
            for ref, end in self._look(waiting):
                del waiting[ref]
                ends[ref] = end
            if waiting:
                self._pause(_PAUSES[looks] if looks < len(_PAUSES) else _LONGEST)
                looks += 1
        return ends

    def _look(
        self, waiting: Mapping[ObjectRef, Resource]
    ) -> list[tuple[ObjectRef, EsyncError | None]]:
        groups: dict[tuple[Resource, str], list[ObjectRef]] = {}
        for ref, resource in waiting.items():
            groups.setdefault((resource, ref.namespace), []).append(ref)
        ended: list[tuple[ObjectRef, EsyncError | None]] = []
        for (resource, namespace), refs in groups.items():
            parts = [refs] if len(refs) >= _FEW else [[ref] for ref in refs]
            for part in parts:
                ended.extend(self._judged_part(resource, namespace, part))
        return ended

    def _judged_part(
        self, resource: Resource, namespace: str, refs: Sequence[ObjectRef]
    ) -> Iterator[tuple[ObjectRef, EsyncError | None]]:
        """Yield those of some workloads whose roll-out is over, and how it failed if it did."""
        try:
            bodies = self._bodies(resource, namespace, refs)
        except EsyncError as error:
            yield from ((ref, error) for ref in refs)
            return
        for ref in refs:
            is_over, end = self._judged(ref, bodies.get(ref.name))
            if is_over:
                yield ref, end

    def _bodies(
        self, resource: Resource, namespace: str, refs: Sequence[ObjectRef]
    ) -> dict[str, Object]:
        if len(refs) > 1:
            listed = self._cluster.list(resource, namespace)
            return {one["metadata"]["name"]: one for one in listed}
        found = {one.name: self._cluster.get(resource, namespace, one.name) for one in refs}
        return {name: body for name, body in found.items() if body is not None}

    def _judged(self, ref: ObjectRef, body: Object | None) -> tuple[bool, EsyncError | None]:
        """Tell whether a roll-out is over, and how it failed if it did."""
        if body is None:
            return True, RolloutFailed(f"{ref} is gone")
        found = progress({"kind": ref.kind, **body})
        # No Pod could be made, at two looks in a row: more than a hitch.
        again = self._last.get(ref, found) if ref in self._last else None
        stuck = found.stage is Stage.STALLED and again and again.stage is Stage.STALLED
        self._last[ref] = found
        if found.stage is Stage.DONE:
            return True, None
        if found.stage is Stage.FAILED or stuck:
            return True, self._failed(ref, found, body)
        return False, None

    def _failed(self, ref: ObjectRef, found: Progress, body: Object) -> RolloutFailed:
        reasons = sorted(set(self._waiting_reasons(body)))
        told = f"; its Pods wait: {', '.join(reasons)}" if reasons else ""
        return RolloutFailed(
            f"{ref} is not rolled out: {found.words}{told}",
            hint=f"kubectl -n {ref.namespace} describe {ref.kind.lower()} {ref.name}",
        )

    def _not_finished(self, ref: ObjectRef, reason: str) -> RolloutNotFinished:
        found = self._last.get(ref)
        words = f"{found.words}; " if found and found.words else ""
        return RolloutNotFinished(
            f"{ref} is not rolled out yet: {words}{reason}",
            hint=f"kubectl -n {ref.namespace} rollout status {ref.kind.lower()}/{ref.name}",
        )

    def _waiting_reasons(self, body: Object) -> Iterator[str]:
        """Yield why containers of a workload wait, where Pods may be listed."""
        chosen = ((body.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
        selector = ",".join(f"{key}={value}" for key, value in sorted(chosen.items()))
        if not selector:
            return
        try:
            for pod in self._cluster.list(PODS, body["metadata"]["namespace"], selector):
                yield from _reasons(pod.get("status") or {})
        except EsyncError:
            return  # it is an extra that nobody has to permit


def _reasons(status: Mapping[str, Any]) -> Iterator[str]:
    for field in ("initContainerStatuses", "containerStatuses"):
        for one in status.get(field) or ():
            reason = str(((one.get("state") or {}).get("waiting") or {}).get("reason") or "")
            if _WORD.fullmatch(reason):  # a message could quote anything
                yield reason

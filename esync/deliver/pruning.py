"""Delete what no manifest asks for any more, each object only if it is still the one judged."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from esync.cluster.contract import Conflict
from esync.deliver.applyset import why_kept
from esync.deliver.errors import KeptChanging
from esync.deliver.members import told
from esync.errors import EsyncError
from esync.flow.change import Done, Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esync.cluster.contract import Cluster
    from esync.deliver.apply import Writing
    from esync.flow.applyset import ApplySet, Prune

_log = logging.getLogger(__name__)
_ATTEMPTS: Final = 5
_ANEW: Final = "kept: somebody made it anew meanwhile"


def prune(
    cluster: Cluster, of: ApplySet, prunes: Sequence[Prune], writing: Writing
) -> Iterator[Done]:
    """Delete members one after the other; those that Pods use are named before anything is."""
    for one in prunes:
        if one.pods:
            fields = {"run": writing.run_id, "object": str(one.ref), "pods": ",".join(one.pods)}
            _log.warning("in use", extra={"fields": fields})
    for one in prunes:
        reason = writing.over()
        if reason:
            yield pruned(one, Result.NOT_DONE, note=reason)
            continue
        try:
            done = _deleted(cluster, of, one, dry_run=writing.dry_run)
        except EsyncError as error:
            done = pruned(one, Result.FAILED, error)
        told(writing.run_id, cluster.context, done.ref, done.result, dry_run=writing.dry_run)
        yield done


def pruned(
    one: Prune, result: Result = Result.PRUNED, error: EsyncError | None = None, note: str = ""
) -> Done:
    """Return the end of one deletion."""
    return Done(one.ref, result, error=error, notes=(*one.notes, *((note,) if note else ())))


def _deleted(cluster: Cluster, of: ApplySet, one: Prune, *, dry_run: bool) -> Done:
    version, (namespace, name) = one.resource_version, (one.ref.namespace, one.ref.name)
    for _ in range(_ATTEMPTS):
        try:
            cluster.delete(
                one.resource,
                namespace,
                name,
                uid=one.uid,
                resource_version=version,
                dry_run=dry_run,
            )
        except Conflict:
            live = cluster.get(one.resource, namespace, name)
            if live is None:
                break
            if live["metadata"]["uid"] != one.uid:
                return pruned(one, Result.RETAINED, note=_ANEW)
            kept = why_kept({**live, "kind": one.ref.kind}, of)
            if kept:
                return pruned(one, Result.RETAINED, note=f"kept: {kept}")
            version = live["metadata"]["resourceVersion"]
        else:
            break
    else:
        raise KeptChanging(f"{one.ref} was written by somebody else {_ATTEMPTS} times in a row")
    return pruned(one)

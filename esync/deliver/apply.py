"""Send changes to the cluster: several at once, conflicts answered by reading again."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from esync.cluster.contract import SECRETS, Conflict
from esync.deliver.errors import KeptChanging
from esync.errors import EsyncError
from esync.flow.change import Action, Change, Done, Result
from esync.flow.kubernetes import secret_to_object
from esync.gocompat.digest import field_manager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from esync.cluster.contract import Cluster

_log = logging.getLogger(__name__)
ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Writing:
    """How to write.

    Attributes:
        concurrency: writes under way at once.
        dry_run: ask the server to check and not to keep.
        run_id: names this run in the log.
        over: says why no further write shall be started, else nothing.
        again: observes the object of a change anew and recomputes the change.
    """

    concurrency: int
    dry_run: bool
    run_id: str
    over: Callable[[], str]
    again: Callable[[Change], Change]


class Writer:
    """Writes changes to one cluster."""

    def __init__(self, cluster: Cluster, writing: Writing) -> None:
        self._cluster = cluster
        self._writing = writing

    def write(self, changes: Iterable[Change]) -> Iterator[Done]:
        """Write ``changes``, and yield what became of each, in their order."""
        with ThreadPoolExecutor(self._writing.concurrency, "write") as pool:
            yield from pool.map(self._one, changes)

    def _one(self, change: Change) -> Done:
        if not change.is_real:
            return Done(change.ref, Result.UNCHANGED, change.planned, change, notes=_notes(change))
        reason = self._writing.over()
        if reason:
            return Done(change.ref, Result.NOT_DONE, change.planned, change, notes=(reason,))
        try:
            done = self._persist(change)
        except EsyncError as error:
            done = Done(change.ref, Result.FAILED, change.planned, change, error)
        self._tell(done)
        return done

    def _persist(self, change: Change) -> Done:
        for _ in range(ATTEMPTS):
            try:
                self._send(change)
            except Conflict:
                change = self._writing.again(change)
                if not change.is_real:
                    return Done(change.ref, Result.UNCHANGED, change.planned, change)
            else:
                return Done(
                    change.ref,
                    _RESULTS[change.action],
                    change.planned,
                    change,
                    notes=_notes(change),
                )
        raise KeptChanging(
            f"{change.ref} was written by somebody else {ATTEMPTS} times in a row",
            hint="find out who fights over it: see its metadata.managedFields",
        )

    def _send(self, change: Change) -> None:
        manager = field_manager(change.planned.external_secret.name)
        dry_run = self._writing.dry_run
        match change.action:
            case Action.CREATE if change.secret:
                body = secret_to_object(change.secret)
                self._cluster.create(SECRETS, body, manager=manager, dry_run=dry_run)
            case Action.UPDATE if change.secret:
                body = secret_to_object(change.secret)
                self._cluster.update(SECRETS, body, manager=manager, dry_run=dry_run)
            case Action.DELETE if change.live:
                self._cluster.delete(
                    SECRETS,
                    change.ref.namespace,
                    change.ref.name,
                    uid=change.live.uid,
                    resource_version=change.live.resource_version,
                    dry_run=dry_run,
                )
            case Action.CREATE | Action.UPDATE | Action.DELETE | Action.NONE:
                raise AssertionError(f"{change.action} without its object")
            case _:
                assert_never(change.action)

    def _tell(self, done: Done) -> None:
        change = done.change
        keys = sorted({one.key for one in change.fields if one.field == "data"}) if change else []
        _log.info(
            "wrote",
            extra={
                "fields": {
                    "run": self._writing.run_id,
                    "context": self._cluster.context,
                    "object": str(done.ref),
                    "outcome": done.result.value,
                    "keys": ",".join(keys),
                }
            },
        )


_RESULTS: Final = {
    Action.CREATE: Result.CREATED,
    Action.UPDATE: Result.CONFIGURED,
    Action.DELETE: Result.DELETED,
    Action.NONE: Result.UNCHANGED,
}


def _notes(change: Change) -> tuple[str, ...]:
    return change.desired.notes if change.desired else ()

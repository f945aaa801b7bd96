"""Send changes to the cluster: several at once, conflicts answered by reading again."""

from __future__ import annotations

import logging
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from esync.cluster.contract import SECRETS, Conflict
from esync.deliver.errors import KeptChanging
from esync.errors import EsyncError
from esync.flow.change import Action, Change, Done, Result
from esync.flow.kubernetes import secret_to_object
from esync.gocompat.digest import field_manager
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from esync.cluster.contract import Cluster, Object
    from esync.manifests.document import Resource

_log = logging.getLogger(__name__)
ATTEMPTS: Final = 5
# The operator writes targets of other kinds without naming a manager of their own.
GENERIC_MANAGER: Final = "external-secrets"
# Changes that wait in line for a thread, beyond those being written.
AHEAD: Final = 2


@dataclass(frozen=True, slots=True)
class Writing:
    """How to write.

    Attributes:
        concurrency: writes under way at once.
        dry_run: ask the server to check and not to keep.
        run_id: names this run in the log.
        over: says why no further write shall be started, else nothing.
        again: observes the object of a change anew and recomputes the change.
        written: takes a change and the object that the API server made of it.
    """

    concurrency: int
    dry_run: bool
    run_id: str
    over: Callable[[], str]
    again: Callable[[Change], Change]
    written: Callable[[Change, Object], None] = lambda _change, _body: None


class Writer:
    """Writes changes to one cluster."""

    def __init__(self, cluster: Cluster, writing: Writing) -> None:
        self._cluster = cluster
        self._writing = writing

    def write(self, changes: Iterable[Change]) -> Iterator[Done]:
        """Write ``changes`` as they come, and yield what became of each as it is known.

        The next change is asked for while others are being written; a bounded number is held.
        """
        most = self._writing.concurrency * AHEAD
        with ThreadPoolExecutor(self._writing.concurrency, "write") as pool:
            running: set[Future[Done]] = set()
            for change in changes:
                if not change.is_written:
                    yield _unchanged(change)
                    continue
                running.add(pool.submit(self._one, change))
                if len(running) >= most:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (one.result() for one in done)
            yield from (one.result() for one in running)

    def _one(self, change: Change) -> Done:
        reason = self._writing.over()
        if reason:
            return replace(done_with(change, Result.NOT_DONE), notes=(reason,))
        try:
            done = self._persist(change)
        except EsyncError as error:
            done = done_with(change, Result.FAILED, error)
        self._tell(done)
        return done

    def _persist(self, change: Change) -> Done:
        for _ in range(ATTEMPTS):
            try:
                self._send(change)
            except Conflict as conflict:
                again = self._writing.again(change)
                if not again.is_written:
                    # As it should be: by somebody else, or by us, and the answer was lost.
                    ours = conflict.may_be_ours
                    return done_with(change, _RESULTS[change.action]) if ours else _unchanged(again)
                change = again
            else:
                return done_with(change, _RESULTS[change.action])
        raise KeptChanging(
            f"{change.ref} was written by somebody else {ATTEMPTS} times in a row",
            hint="find out who fights over it: see its metadata.managedFields",
        )

    def _send(self, change: Change) -> None:
        dry_run = self._writing.dry_run
        match change.action:
            case Action.CREATE:
                resource, body, manager = _written(change)
                body = self._cluster.create(resource, body, manager=manager, dry_run=dry_run)
                self._writing.written(change, body)
            case Action.UPDATE:
                resource, body, manager = _written(change)
                body = self._cluster.update(resource, body, manager=manager, dry_run=dry_run)
                self._writing.written(change, body)
            case Action.DELETE:
                resource, uid, version = _doomed(change)
                self._cluster.delete(
                    resource,
                    change.ref.namespace,
                    change.ref.name,
                    uid=uid,
                    resource_version=version,
                    dry_run=dry_run,
                )
            case Action.NONE:
                raise AssertionError("nothing is to be sent")
            case _:
                assert_never(change.action)

    def _tell(self, done: Done) -> None:
        change = done.change
        keys = sorted({one.key for one in change.fields if one.field == "data"}) if change else []
        _log.info(
            "would write" if self._writing.dry_run else "wrote",
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


def _written(change: Change) -> tuple[Resource, Object, str]:
    """Return where a change is written, the object, and as which field manager."""
    if change.secret is not None:
        manager = field_manager(change.planned.external_secret.name)
        return SECRETS, secret_to_object(change.secret), manager
    if change.manifest is None or change.resource is None:
        raise AssertionError(f"{change.action} without its object")
    return change.resource, dict(change.manifest.body), GENERIC_MANAGER


def _doomed(change: Change) -> tuple[Resource, str, str]:
    """Return where an object is deleted, and which one: its uid and resourceVersion."""
    if change.live is not None:
        return SECRETS, change.live.uid, change.live.resource_version
    if change.manifest is None or change.resource is None:
        raise AssertionError(f"{change.action} without its object")
    metadata = change.manifest.metadata
    return change.resource, metadata["uid"], metadata["resourceVersion"]


def done_with(change: Change, result: Result, error: EsyncError | None = None) -> Done:
    """Return the end of a change. Its values are let go: a report needs names and marks only."""
    notes = change.desired.notes if change.desired else ()
    if change.action is Action.NONE and change.reason:
        notes = (*notes, change.reason)
    bare = replace(change, live=None, secret=None, desired=None, manifest=None)
    return Done(change.ref, result, change.planned, bare, error, notes)


def _unchanged(change: Change) -> Done:
    return done_with(change, Result.UNCHANGED)

"""Changes metadata of objects one by one, and keeps what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from esync.cluster.contract import Conflict, NotServed
from esync.errors import EsyncError
from esync.flow.change import Done, Result
from esync.flow.failure import Failure
from esync.manifests.document import ObjectRef

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.cluster.contract import Cluster, Object, Resource

    T = TypeVar("T")

MANAGER: Final = "esync-handover"
_ATTEMPTS: Final = 5


class Ledger:
    """Writes to the cluster, unless it is a dry run.

    Attributes:
        dry_run: nothing is written.
        failures: what could not be looked at.
        notes: what is worth knowing.
    """

    def __init__(self, cluster: Cluster, *, dry_run: bool) -> None:
        self._cluster = cluster
        self._done: dict[ObjectRef, Done] = {}
        self.dry_run = dry_run
        self.failures: list[Failure] = []
        self.notes: list[str] = []

    def done(self) -> tuple[Done, ...]:
        """Return what became of each object."""
        return tuple(self._done[ref] for ref in sorted(self._done))

    def listed(self, resource: Resource, namespace: str = "", selector: str = "") -> list[Object]:
        """Return objects; none where the cluster has no such kind, or after a failure."""

        def read(cluster: Cluster) -> list[Object]:
            try:
                return list(cluster.list(resource, namespace, selector))
            except NotServed:
                return []

        return self.trying(read) or []

    def trying(self, look: Callable[[Cluster], T]) -> T | None:
        """Return what ``look`` finds; its error becomes a failure, and None."""
        try:
            return look(self._cluster)
        except EsyncError as error:
            self.failures.append(Failure(None, error))
            return None

    def edit(
        self,
        resource: Resource,
        body: Object,
        change: Callable[[Object], Object],
        note: str,
        *,
        silent: bool = False,
    ) -> None:
        """Change an object; after somebody else wrote it, what is there then.

        Args:
            resource: its kind.
            body: as it was last read.
            change: returns the object as it should be; the same one if it is so already.
            note: what that means, in words.
            silent: an object that needs no change is not worth a line.
        """
        ref = _ref(resource, body)
        try:
            changed = self._send(resource, body, change)
        except EsyncError as error:
            self.fail(resource, body, error)
            return
        if changed:
            before = self._done.get(ref)
            notes = (*(before.notes if before else ()), note)
            self._done[ref] = Done(ref, Result.CONFIGURED, notes=notes)
        elif not silent:
            self._done.setdefault(ref, Done(ref, Result.UNCHANGED))

    def fail(self, resource: Resource, body: Object, error: EsyncError) -> None:
        """Let an object fail; what was done before stays done."""
        ref = _ref(resource, body)
        self._done[ref] = Done(ref, Result.FAILED, error=error)

    def _send(self, resource: Resource, body: Object, change: Callable[[Object], Object]) -> bool:
        ref = _ref(resource, body)
        live: Object | None = body
        for attempt in range(_ATTEMPTS):
            if live is None:
                return False
            wanted = change(live)
            if wanted == live:
                return False
            if self.dry_run:
                return True
            try:
                self._cluster.update(resource, wanted, manager=MANAGER)
            except Conflict:
                if attempt == _ATTEMPTS - 1:
                    raise
                live = self._cluster.get(resource, ref.namespace, ref.name)
            else:
                return True
        return False


def _ref(resource: Resource, body: Object) -> ObjectRef:
    meta = body["metadata"]
    return ObjectRef(resource.kind, meta.get("namespace", ""), meta["name"])

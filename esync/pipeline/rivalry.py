"""The operator beside esync: noticed where it reconciles the same ExternalSecrets."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from esync import resolve
from esync.cluster.contract import DEPLOYMENTS
from esync.errors import EsyncError, Refused
from esync.flow.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from esync.cluster.contract import Cluster
    from esync.flow.plan import Planned
    from esync.flow.snapshot import Existing, Snapshot
    from esync.manifests.document import ObjectRef
    from esync.manifests.store import Store
    from esync.pipeline.world import Request

_NAMED: Final = 3
_SELECTOR: Final = "app.kubernetes.io/name=external-secrets"
_HINT: Final = (
    "let one of the two write: suspend this run, scale the operator down, or hand over with "
    "esync handover; stores of a controller class of their own are left alone by the operator"
)


class TwoWriters(EsyncError):
    """The operator writes the targets of this run too."""

    rule = "ES0512"

    def __init__(self, refs: Iterable[ObjectRef], where: str) -> None:
        names = [f"{ref.namespace}/{ref.name}" for ref in sorted(refs)]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        many = "1 ExternalSecret is" if len(names) == 1 else f"{len(names)} ExternalSecrets are"
        runs = f"which runs in namespace {where}" if where else "by what their status shows"
        super().__init__(
            f"{many} reconciled by the operator too, {runs}: {', '.join(names[:_NAMED])}{more}; "
            "each of the two undoes what the other one writes differently",
            hint=_HINT,
        )


class OtherSpec(Refused):
    """The operator reconciles an ExternalSecret of this name with another spec."""

    rule = "ES0511"

    def __init__(self, planned: Planned) -> None:
        super().__init__(
            f"the operator reconciles {planned.ref} with another spec than this one",
            at=planned.place(),
            hint="apply the manifest to the cluster and let the operator write, or pass --force",
        )


class Rivalry:
    """Whether the operator is there, and at which ExternalSecrets of this run.

    Nothing is asked until a status shows another writer; then it is asked once, where that is
    permitted, whether a controller runs at all.
    """

    def __init__(
        self,
        request: Request,
        cluster: Cluster | None,
        stores: Mapping[ObjectRef, Store],
        now: int,
    ) -> None:
        self._cluster = cluster
        self._stores = stores
        self._now = now
        self._from_files = request.load.selection is None
        self._force = request.guards.force
        self._found: set[ObjectRef] = set()

    def look(self, wave: Iterable[Planned], snapshot: Snapshot) -> None:
        """Note which ExternalSecrets of a wave the operator reconciles."""
        for planned in wave:
            existing = snapshot.existing.get(planned.ref)
            if existing and self._is_reconciled(planned, existing):
                self._found.add(planned.ref)

    def refuse(self, planned: Planned, existing: Existing | None) -> None:
        """Refuse to write what the operator writes otherwise.

        Raises:
            OtherSpec: the cluster has this ExternalSecret with another spec than the files.
        """
        if planned.ref not in self._found or not self._from_files or self._force:
            return
        if existing and resolve.says_other(planned.external_secret, existing):
            raise OtherSpec(planned)

    def remarks(self) -> Iterator[Failure]:
        """Yield the one note of a run, if there is anything to note."""
        if self._found:
            yield Failure(None, TwoWriters(self._found, self._controllers or ""))

    def _is_reconciled(self, planned: Planned, existing: Existing) -> bool:
        one = planned.external_secret
        if not resolve.is_reconciled(one, existing, self._stores, self._now):
            return False
        return self._controllers is not None

    @cached_property
    def _controllers(self) -> str | None:
        """The namespace in which the operator runs; empty if unknown, None if it is stopped."""
        if self._cluster is None:
            return ""
        try:
            if not self._cluster.may("list", DEPLOYMENTS):
                return ""
            found = list(self._cluster.list(DEPLOYMENTS, "", _SELECTOR))
        except EsyncError:
            return ""
        running = [one for one in found if (one.get("spec") or {}).get("replicas", 1)]
        if running:
            return str(running[0]["metadata"]["namespace"])
        return None if found else ""

"""ExternalSecrets that ClusterExternalSecrets ask for: what one run makes, changes and removes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from esync import deliver, load
from esync.cluster.contract import EXTERNAL_SECRETS
from esync.flow.change import Action, Change, Result
from esync.flow.failure import Failure
from esync.manifests import typed
from esync.manifests.document import ObjectRef
from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import ExternalSecret, Pending

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from esync.cluster.contract import Cluster, Object
    from esync.errors import EsyncError
    from esync.flow.catalog import Catalog
    from esync.flow.change import Done
    from esync.flow.plan import Planned
    from esync.flow.provision import Provision, Wanted
    from esync.manifests.externalsecret import ClusterExternalSecret
    from esync.pipeline.world import Request

# Stands in owner references for a uid that the API server has not given yet; it is never sent.
TO_BE_GIVEN: Final = "to be given by the API server"
_OWNED_BY_ANOTHER: Final = "ES0407"


class Provisioning:
    """The ExternalSecrets of one run that are not yet as their ClusterExternalSecrets want them.

    Attributes:
        changes: those to be created or changed.
        removals: those that nothing asks for any more; they go last, with all other deletions.
    """

    def __init__(self, catalog: Catalog, request: Request, cluster: Cluster | None) -> None:
        self._cluster = cluster
        # What the policy refuses is in the catalog no more.
        allowed = {_ref(one) for one in catalog.external_secrets}
        refusals = {one.ref: one.error for one in catalog.failures}
        self._provisions = tuple(_allowed(one, allowed, refusals) for one in catalog.provisions)
        self._carried_out = False
        self._bodies: dict[ObjectRef, Object] = {}
        self._ends: dict[ObjectRef, Done] = {}
        holds = request.resolve.shard.holds
        self._wanted: dict[ObjectRef, tuple[Provision, Wanted]] = {
            one.ref: (provision, one) for provision in self._provisions for one in provision.wanted
        }
        self._stale: dict[ObjectRef, tuple[Provision, ExternalSecret]] = {
            _ref(one): (provision, one) for provision in self._provisions for one in provision.stale
        }
        found = (deliver.provisioning(wanted) for _, wanted in self._wanted.values())
        self.changes: tuple[Change, ...] = tuple(
            one for one in found if one and holds(one.ref.namespace, one.ref.name)
        )
        self.removals: tuple[Change, ...] = tuple(
            deliver.removal(one)
            for _, one in self._stale.values()
            if holds(one.namespace, one.name)
        )

    def uid(self, ref: ObjectRef) -> str:
        """Return the uid of what this run made, or what stands for it; else nothing."""
        if ref in self._bodies:
            return str(self._bodies[ref]["metadata"]["uid"])
        wanted = self._wanted.get(ref)
        creates = wanted and wanted[1].external_secret.pending is Pending.CREATE
        return TO_BE_GIVEN if creates else ""

    def written(self, change: Change, body: Object) -> None:
        """Note what the API server made of a change."""
        self._bodies[change.ref] = body

    def knows(self, change: Change) -> bool:
        """Tell whether a change is of an ExternalSecret itself, rather than of a target."""
        return change.is_of_maker and (change.ref in self._wanted or change.ref in self._stale)

    def again(self, change: Change) -> Change:
        """Judge one change anew, because somebody else wrote the ExternalSecret.

        Raises:
            ExistsAlready: it is somebody else's by now.
        """
        if self._cluster is None:
            raise AssertionError("a run without a cluster writes nothing")
        ref = change.ref
        live = self._cluster.get(EXTERNAL_SECRETS, ref.namespace, ref.name)
        if change.action is Action.DELETE:
            provision, _ = self._stale[ref]
            one = load.stale(provision.of, live)
            return deliver.removal(one) if one else replace(change, action=Action.NONE)
        provision, _ = self._wanted[ref]
        anew = deliver.provisioning(load.wanted(provision.of, ref.namespace, live))
        if anew is None and live is not None:
            self._bodies[ref] = live  # somebody else made it so in between
        return anew or replace(change, action=Action.NONE)

    def ended(self, send: Callable[[Iterable[Change]], Iterator[Done]]) -> Iterator[Done]:
        """Yield what became of the changes; they are sent now if they were not before."""
        if not self._carried_out:
            self._carry_out(send)
        yield from [self._ends[one.ref] for one in self.changes]

    def _carry_out(self, send: Callable[[Iterable[Change]], Iterator[Done]]) -> None:
        self._carried_out = True
        self._ends.update({end.ref: end for end in send(self.changes)})

    def carried_out(
        self, catalog: Catalog, send: Callable[[Iterable[Change]], Iterator[Done]]
    ) -> Catalog:
        """Send the changes; return the catalog with the ExternalSecrets as they are then."""
        self._carry_out(send)
        every: list[ExternalSecret] = []
        failures: list[Failure] = []
        for one in catalog.external_secrets:
            try:
                every.extend(self._after(one))
            except Rejected as rejected:
                failures.extend(Failure(_ref(one), error) for error in rejected.errors)
        return replace(
            catalog, external_secrets=tuple(every), failures=(*catalog.failures, *failures)
        )

    def has_made(self, ref: ObjectRef) -> bool:
        """Tell whether this run wrote an ExternalSecret after its target was judged."""
        return ref in self._bodies

    def told(self, every: Iterable[Planned]) -> Iterator[Planned]:
        """Yield those whose status can be written, as the cluster has them by now."""
        for planned in every:
            one = planned.external_secret
            body = self._bodies.get(planned.ref)
            if one.pending is Pending.NOTHING:
                yield planned
            elif body is not None:
                yield replace(planned, external_secret=_typed(body, one.origin))

    def predecessors(
        self, failed: Collection[ObjectRef], failures: Iterable[Failure]
    ) -> list[Done]:
        """Return what is not removed yet, because the one under the new name was not synced.

        Where that one failed because this one owns its target, only the removal helps.
        """
        unsynced = {one.ref for one in failures if one.error.rule != _OWNED_BY_ANOTHER}
        kept = []
        for change in self.removals:
            name = self._stale[change.ref][0].of.external_secret_name
            successor = ObjectRef(change.ref.kind, change.ref.namespace, name)
            is_unsynced = successor in unsynced or successor in failed
            if successor in self._wanted and is_unsynced:
                done = deliver.done_with(change, Result.NOT_DONE)
                kept.append(replace(done, notes=(f"{successor} comes first, and failed",)))
        return kept

    def verdicts(
        self, done: Iterable[Done]
    ) -> Iterator[tuple[ClusterExternalSecret, Mapping[str, Any]]]:
        """Yield the status of each ClusterExternalSecret of which everything was looked at."""
        ends = {one.ref: one for one in done if one.ref.kind == EXTERNAL_SECRETS.kind}
        for provision in self._provisions:
            if provision.whole:
                yield provision.of, deliver.cluster_wide_status(provision, ends)

    def _after(self, one: ExternalSecret) -> Iterator[ExternalSecret]:
        ref = _ref(one)
        if one.pending is Pending.NOTHING or ref not in self._wanted:
            yield one
        elif ref in self._bodies:
            yield _typed(self._bodies[ref], one.origin)
        elif one.pending is Pending.UPDATE:
            # As under the operator: what could not be changed is synced as it is.
            live = self._wanted[ref][1].live
            yield _typed(live or {}, one.origin)


def _allowed(
    provision: Provision,
    allowed: Collection[ObjectRef],
    refusals: Mapping[ObjectRef | None, EsyncError],
) -> Provision:
    """Return ``provision`` with what the policy refuses among its failures."""
    refused = {one.ref.namespace: one.ref for one in provision.wanted if one.ref not in allowed}
    failed = {name: refusals[ref] for name, ref in refused.items() if ref in refusals}
    wanted = tuple(one for one in provision.wanted if one.ref in allowed)
    return replace(provision, wanted=wanted, failed={**provision.failed, **failed})


def _typed(body: Mapping[str, Any], origin: str) -> ExternalSecret:
    return replace(typed.external_secret(load.document_of(body, _ref_of(body))), origin=origin)


def _ref(one: ExternalSecret) -> ObjectRef:
    return ObjectRef(EXTERNAL_SECRETS.kind, one.namespace, one.name)


def _ref_of(body: Mapping[str, Any]) -> ObjectRef:
    return ObjectRef(EXTERNAL_SECRETS.kind, body["metadata"]["namespace"], body["metadata"]["name"])

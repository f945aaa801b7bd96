"""The corridor of ``status``: load, resolve, observe, and judge by digest; no store is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync import observe, pipeline, resolve, shape
from esync.cluster.overlay import InputFirst
from esync.errors import EsyncError
from esync.flow.failure import Failure
from esync.flow.outcome import Outcome, Where
from esync.flow.snapshot import Ready
from esync.flow.standing import Standing, Sync
from esync.manifests.externalsecret import CreationPolicy
from esync.rollouts.in_use import in_use

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esync.flow.kubernetes import SecretObject
    from esync.flow.manifest import ManifestObject
    from esync.flow.plan import Planned
    from esync.flow.snapshot import Existing, Snapshot
    from esync.pipeline import Request, World
    from esync.rollouts.in_use import Found

    Live = SecretObject | ManifestObject

# What the operator says in ``Ready`` when it is right that there is no target.
_RIGHTLY_MISSING: Final = frozenset(
    {"SecretDeleted", "SecretMissing", "ResourceDeleted", "ResourceMissing"}
)
_PLAIN: Final = frozenset({"Secret", "ConfigMap"})
_NANOSECONDS: Final = 10**9


def status(request: Request, world: World) -> Outcome:
    """Tell how each ExternalSecret stands in the cluster; write nothing, ask no store."""
    if world.cluster is None:
        raise AssertionError("the command line asks for a cluster first")
    catalog = pipeline.loaded(request, world)
    plan = resolve.resolve(catalog, request.resolve)
    inputs = InputFirst(catalog.objects, pipeline.trusted(request, world), catalog.gaps)
    snapshot = observe.observe(plan.planned, inputs=inputs, cluster=world.cluster)
    now = world.chance.clock()
    used = in_use(world.cluster, snapshot.secrets.values(), now // _NANOSECONDS)
    return Outcome(
        "status",
        standings=tuple(
            _standing(one, snapshot, used, now) for one in sorted(plan.planned, key=_name)
        ),
        failures=(*plan.failures, *_unreadable(plan.planned, snapshot)),
        skipped=plan.skipped,
        notes=(*catalog.notes, *plan.notes, *snapshot.notes, *used.notes),
        where=Where(world.cluster.context, world.cluster.server),
        judged=len(plan.planned),
        ignored=pipeline.ignored(catalog),
    )


def _unreadable(planned: Sequence[Planned], snapshot: Snapshot) -> Iterator[Failure]:
    for one in planned:
        if one.target in snapshot.errors:
            yield Failure(one.ref, snapshot.errors[one.target])


def _name(planned: Planned) -> tuple[str, str]:
    return planned.ref.namespace, planned.ref.name


def _standing(planned: Planned, snapshot: Snapshot, used: Found, now: int) -> Standing:
    existing = snapshot.existing.get(planned.ref)
    error = snapshot.errors.get(planned.target)
    generic = snapshot.manifests.get(planned.target)
    live = generic.object if generic else snapshot.secrets.get(planned.target)
    sync = Sync.UNREADABLE if error else _sync(planned, live, existing)
    controller = next((owner for owner in live.owners if owner.controller), None) if live else None
    due = resolve.due_at(planned.external_secret, existing, now) if existing else None
    return Standing(
        planned,
        tuple(_stores(planned)),
        sync,
        owner=f"{controller.kind} {controller.name}" if controller else "",
        refreshed=existing.refresh_time if existing else "",
        due=due,
        is_due=due == now,
        known=existing is not None,
        ready=existing.ready if existing else Ready(),
        error=error,
        in_use=used.in_use.get(planned.target),
    )


def _stores(planned: Planned) -> Iterator[str]:
    uses = {entry.ask.use.store: None for entry in planned.entries if entry.ask}
    yield from (f"{store.kind} {store.name}" for store in uses)


def _sync(planned: Planned, live: Live | None, existing: Existing | None) -> Sync:
    if planned.external_secret.spec.target.creation_policy is CreationPolicy.NONE:
        return Sync.UNJUDGED
    if live is None:
        return _without_target(existing)
    sync = _of_target(planned, live)
    changed = sync is Sync.YES and existing is not None and resolve.is_changed(existing)
    return Sync.CHANGED if changed else sync


def _of_target(planned: Planned, live: Live) -> Sync:
    if not _is_ours(planned, live):
        return Sync.FOREIGN
    if not live.is_managed:
        return Sync.NOT_MANAGED
    if live.is_intact:
        return Sync.YES
    # The digest of other kinds covers what the API server fills in by itself.
    return Sync.EDITED if planned.target.kind in _PLAIN else Sync.UNJUDGED


def _without_target(existing: Existing | None) -> Sync:
    rightly = existing and existing.ready.reason in _RIGHTLY_MISSING
    return Sync.YES if rightly else Sync.MISSING


def _is_ours(planned: Planned, live: Live) -> bool:
    try:
        shape.refuse_foreign(live.owners, live.labels, planned.external_secret, planned.target)
    except EsyncError:
        return False
    return True

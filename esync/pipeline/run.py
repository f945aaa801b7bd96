"""One walk through the rooms: from the input to what was written."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from esync import deliver, observe, resolve, shape
from esync.cluster.overlay import InputFirst
from esync.deliver import status
from esync.deliver.errors import AllOrNothing
from esync.errors import EsyncError
from esync.fetch import Door, Limits, Runner, calling_of, forecast
from esync.flow.applyset import JOINS
from esync.flow.change import Action, Result
from esync.flow.desired import Intent
from esync.flow.failure import Failure
from esync.flow.kubernetes import SecretObject, secret_to_object
from esync.flow.outcome import Outcome, Where
from esync.flow.plan import Skipped
from esync.manifests.externalsecret import CreationPolicy
from esync.pipeline.anew import Judge
from esync.pipeline.keeping import belonging
from esync.pipeline.provisioning import Provisioning
from esync.pipeline.reading import allowed, ignored, loaded, trusted
from esync.pipeline.rivalry import Rivalry
from esync.pipeline.rotating import Rotating

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from esync.flow.applyset import Prune
    from esync.flow.change import Change, Done
    from esync.flow.desired import Desired
    from esync.flow.forecast import Forecast
    from esync.flow.manifest import ManifestObject
    from esync.flow.plan import Planned, StoreUse
    from esync.flow.rollout import Restart
    from esync.flow.snapshot import Snapshot
    from esync.manifests.document import ObjectRef
    from esync.pipeline.world import Request, World

# More writers than this gain nothing against one API server.
WRITERS: Final = 16
_UNDONE: Final = frozenset({Result.FAILED, Result.NOT_DONE})
NO_OWNER: Final = "it has no owner reference: the cluster has no such ExternalSecret"
HANDED_OVER: Final = "it gets no owner reference: its ExternalSecret was handed over"


class Run:
    """One walk through the rooms: what is known so far, and what went wrong."""

    def __init__(
        self,
        request: Request,
        world: World,
        *,
        looks: bool = True,
        exact: bool = True,
        makes: bool = False,
    ) -> None:
        catalog = loaded(request, world)
        self._request = request
        self._world = world
        self.set = belonging(request, world.cluster if looks else None)
        self._rotating = Rotating(request, world)
        self._provisioning = Provisioning(catalog, request, world.cluster)
        if makes:
            # What could not be changed is as somebody else left it, and was not judged.
            catalog = allowed(self._provisioning.carried_out(catalog, self._sent), request)
        self._live = world.cluster if looks else None
        self._inputs = InputFirst(catalog.objects, trusted(request, world), catalog.gaps)
        self._plan = resolve.resolve(catalog, request.resolve)
        self._ignored = ignored(catalog)
        self._exact = exact
        # Several writers of one target are judged one on top of the other where nothing is sent
        # in between.
        self._sends_later = (exact or request.atomic) and not request.server_dry_run
        self._shared: dict[ObjectRef, SecretObject] = {}
        self._notes: list[str] = [*catalog.notes, *self._plan.notes]
        self._not_due: list[Skipped] = []
        self._began = world.chance.clock()
        self._rivalry = Rivalry(request, self._live, self._plan.stores, self._began)
        self._uids: dict[ObjectRef, str] = {}
        self._runner = self._new_runner(request.concurrency)
        self.failures = list(self._plan.failures)
        if self.set:
            self.set.learn(catalog, self.failures)
        self.built: dict[ObjectRef, SecretObject | ManifestObject] = {}

    def waves(self) -> Iterator[Iterator[Change]]:
        """Yield the changes of each wave as they come; what one makes, the next one sees."""
        with self._runner:
            for wave in self._plan.waves:
                yield self._wave(wave)

    def write(self, waves: Iterable[Iterable[Change]]) -> Iterator[Done]:
        """Write changes as they come; what is left behind goes after everything else is there."""
        removed: list[Change] = list(self._provisioning.removals)
        failed: set[ObjectRef] = set()
        for done in self._provisioning.ended(self._sent):
            failed.update([done.ref] if done.result in _UNDONE else ())
            yield done
        for wave in waves:
            for done in self._sent(deliver.setting_aside(wave, removed)):
                if done.result in _UNDONE and done.planned:
                    failed.add(done.planned.ref)
                yield done
        kept = self._provisioning.predecessors(failed, self.failures)
        yield from kept
        waiting = {one.ref for one in kept}
        failed |= waiting
        going = [
            change
            for change in removed
            if change.ref not in waiting
            and (change.is_of_maker or change.planned.ref not in failed)
        ]
        prunes = self.prunes(removed, failed=bool(failed))
        refusal = self._limit_refusal([*going, *prunes])
        if refusal:
            yield from (deliver.done_with(change, Result.FAILED, refusal) for change in going)
            yield from self.set.refused(prunes, refusal) if self.set else ()
        else:
            sent = self._sent(going)
            yield from self.set.pruned(prunes, self._writing(), after=sent) if self.set else sent

    def prunes(self, changes: Iterable[Change], *, failed: bool = False) -> tuple[Prune, ...]:
        """Return what is to be pruned beside ``changes``; why nothing is, the outcome tells."""
        if self.set is None:
            return ()
        removed = {one.ref for one in changes if one.action is Action.DELETE}
        return self.set.prunes(failed=failed or bool(self.failures), besides=removed)

    def hold_to_limit(self, changes: Iterable[Change]) -> tuple[Prune, ...]:
        """Fail the run if it would delete more than it may, before anything is written.

        Returns:
            what would be pruned.
        """
        removed = [one for one in changes if one.action is Action.DELETE]
        prunes = self.prunes(removed)
        refusal = self._limit_refusal([*removed, *prunes])
        if refusal:
            self.failures.append(Failure(None, refusal))
        return prunes

    def _limit_refusal(self, removed: Sequence[Change | Prune]) -> EsyncError | None:
        return deliver.over_limit(removed, self._request.guards, scope=len(self._plan.planned))

    def _sent(self, changes: Iterable[Change]) -> Iterator[Done]:
        if self._world.cluster is None:
            raise AssertionError("a run without a cluster writes nothing")
        if self._request.dry_run and not self._request.server_dry_run:
            return (would_be(change) for change in changes)
        marked = self._rotating.marking(changes)
        return deliver.Writer(self._world.cluster, self._writing()).write(marked)

    def _writing(self) -> deliver.Writing:
        return deliver.Writing(
            concurrency=min(self._request.concurrency, WRITERS),
            dry_run=self._request.server_dry_run,
            run_id=self._request.run_id,
            over=self._world.over,
            again=self._rotating.then(self._again),
            written=self._provisioning.written,
        )

    @property
    def provisions(self) -> tuple[Change, ...]:
        """The changes of ExternalSecrets that ClusterExternalSecrets ask for."""
        return (*self._provisioning.changes, *self._provisioning.removals)

    def tell(self, done: Sequence[Done]) -> None:
        """Write status and events on what came from the cluster."""
        if self._world.cluster is None:
            raise AssertionError("a run without a cluster writes nothing")
        errors = {failure.ref: failure.error for failure in reversed(self.failures)}
        skipped = {one.ref for one in self._not_due}
        every = self._provisioning.told(self._plan.planned)
        told = [one for one in every if one.ref not in skipped]
        verdicts = status.verdicts(told, done, errors, self._began)
        concurrency = min(self._request.concurrency, WRITERS)
        cluster = self._world.cluster
        self._notes.extend(deliver.tell(cluster, verdicts, concurrency, self._began))
        self._notes.extend(deliver.tell_cluster_wide(cluster, self._provisioning.verdicts(done)))

    def restarts(self, ended: Sequence[Change | Done], *, acts: bool) -> tuple[Restart, ...]:
        """Restart what uses the Secrets that changed, or tell what would be restarted."""
        return self._rotating.restarts(ended, self.failures, self._notes, acts=acts)

    def judged_again(self, wave: Iterable[Change]) -> Iterator[Change]:
        """Hold what several write against what is live when its turn has come."""
        sends = not self._request.dry_run
        for change in wave:
            try:
                if self._provisioning.has_made(change.planned.ref):
                    yield self._owned(change)
                elif sends and change.ref in self._plan.shared and change.secret:
                    yield self._again(change)
                else:
                    yield change
            except EsyncError as error:
                self.failures.append(Failure(change.planned.ref, error))

    def refused(self, waves: Iterable[Iterable[Change]]) -> Iterator[Done]:
        """Write nothing, because something failed and all or nothing was asked for."""
        for change in chain.from_iterable(waves):
            error = AllOrNothing(f"{change.ref} was not written: something else failed")
            if change.is_real:
                yield deliver.done_with(change, Result.FAILED, error)
            else:
                yield would_be(change)

    def outcome(self, command: str, **results: tuple[object, ...]) -> Outcome:
        """Return the end of this run."""
        cluster = self._live
        return Outcome(
            command,
            failures=tuple(sorted(self.failures, key=place_of)),
            warnings=tuple(self.set.warnings) if self.set else (),
            remarks=(*self._rivalry.remarks(), *(self.set.remarks if self.set else ())),
            skipped=(*self._plan.skipped, *self._not_due),
            notes=tuple(dict.fromkeys([*self._notes, *self._runner.notes()])),
            calls=self._runner.calls(),
            where=Where(cluster.context, cluster.server) if cluster else Where(),
            judged=len(self._plan.planned),
            ignored=self._ignored,
            **results,  # type: ignore[arg-type] # done, changes or secrets, by their names
        )

    def _new_runner(self, concurrency: int) -> Runner:
        limits = Limits(concurrency, self._world.over)
        stores = self._plan.stores
        return Runner(self._door, limits, lambda use: calling_of(stores[use.store]))

    def _door(self, use: StoreUse) -> Door:
        store = self._plan.stores[use.store]
        return self._world.door_of(store, use, self._inputs, several=self._plan.several)

    def _wave(self, wave: Sequence[Planned]) -> Iterator[Change]:
        exact = self._exact
        snapshot = observe.observe(wave, inputs=self._inputs, cluster=self._live, exact=exact)
        self._notes.extend(snapshot.notes)
        self._rotating.saw(wave, snapshot)
        self._rivalry.look(wave, snapshot)
        due = [one for one in wave if self._is_due(one, snapshot)]
        yield from self.set.joining() if self.set else ()
        for planned, fetched in self._runner.stream(due):
            try:
                desired = shape.shape(planned, fetched, snapshot, self._world.chance)
                yield from self._judged(desired, snapshot)
            except EsyncError as error:
                self.failures.append(Failure(planned.ref, error.located(planned.place())))

    def forecasts(self) -> tuple[Forecast, ...]:
        """Count what the stores would be asked; none is, and no credential is read for it."""
        plan, looks = self._plan, self._live is not None
        waves = tuple(tuple(self._due(wave)) for wave in plan.waves) if looks else plan.waves
        # What this run makes first is not what the input has of that name.
        known = self._inputs.alone(hidden=plan.needed)

        def door_of(use: StoreUse) -> Door:
            store = plan.stores[use.store]
            return self._world.door_of(store, use, known, several=plan.several)

        return forecast(replace(plan, waves=waves), door_of)

    def _due(self, wave: Sequence[Planned]) -> Iterator[Planned]:
        nothing = InputFirst({}, None)
        snapshot = observe.observe(wave, inputs=nothing, cluster=self._live, exact=False)
        self._notes.extend(snapshot.notes)
        yield from (one for one in wave if self._is_due(one, snapshot))

    def _is_due(self, one: Planned, snapshot: Snapshot) -> bool:
        if not self._request.only_due or one.target in snapshot.errors:
            return True
        generic = snapshot.manifests.get(one.target)
        live = generic.object if generic else snapshot.secrets.get(one.target)
        existing, now = snapshot.existing.get(one.ref), self._world.chance.clock()
        if resolve.is_due(one.external_secret, existing, live, now):
            return True
        if self.set:
            self.set.keep(one, live, generic)
        self._not_due.append(Skipped(one.ref, "it is not due"))
        return False

    def _judged(self, desired: Desired, snapshot: Snapshot) -> Iterator[Change]:
        planned = desired.planned
        if self._live is None:
            emitted = shape.emit(desired, self._shared.get(planned.target))
            self._made(emitted)
            made = emitted.secret or emitted.manifest
            self.built.update({made.ref: made} if made else {})
            return
        for ref in (planned.ref, planned.target):
            if ref in snapshot.errors:
                raise snapshot.errors[ref]
        existing = snapshot.existing.get(planned.ref)
        self._rivalry.refuse(planned, existing)
        given = self._provisioning.uid(planned.ref)
        self._uids[planned.ref] = existing.owner_uid if existing else given
        uid = self._uids[planned.ref]
        if planned.target in snapshot.manifests:
            settled = shape.settle_manifest(desired, snapshot.manifests[planned.target], uid)
        else:
            live = self._shared.get(planned.target, snapshot.secrets.get(planned.target))
            settled = shape.settle(desired, live, uid)
        if settled.secret and not uid and _owns(planned):
            note = HANDED_OVER if existing else NO_OWNER
            settled = replace(settled, notes=(*settled.notes, note))
        change = self._changed(settled)
        self._made(settled)
        yield change
        if desired.intent is Intent.WRITE:
            if planned.ref in snapshot.unsearched:
                self.failures.append(Failure(planned.ref, snapshot.unsearched[planned.ref]))
            orphans = list(self._allowed(planned, snapshot.orphans.get(planned.ref, ())))
            yield from deliver.removals(planned, orphans)

    def _allowed(self, planned: Planned, orphans: Iterable[SecretObject]) -> Iterator[SecretObject]:
        """Yield what the policy lets be deleted; the rest stays, and is told."""
        for one in orphans:
            at = planned.place(("spec", "target", "name"))
            refusal = resolve.target_refusal(self._request.policy, one.ref, at=at)
            if refusal:
                self.failures.append(Failure(planned.ref, refusal))
            else:
                yield one

    def _changed(self, settled: Desired) -> Change:
        if self.set:
            settled = self.set.joined(settled)
        change = deliver.change(settled, self._request.guards)
        return self._rotating.judged(replace(change, due=self._request.only_due))

    def _made(self, desired: Desired) -> None:
        """Show what is made to the waves that need it, and to other writers of the same."""
        made = desired.secret or desired.manifest
        if made is None:
            return
        if made.ref in self._plan.needed:
            body = secret_to_object(made) if isinstance(made, SecretObject) else dict(made.body)
            self._inputs.add(body)
        if isinstance(made, SecretObject) and made.ref in self._plan.shared and self._sends_later:
            self._shared[made.ref] = made

    def _owned(self, change: Change) -> Change:
        """Judge one change anew, because its ExternalSecret has its uid only now."""
        self._uids[change.planned.ref] = self._provisioning.uid(change.planned.ref)
        return self._again(change)

    def _again(self, change: Change) -> Change:
        """Judge one change anew, because somebody else wrote its object."""
        if self._world.cluster is None:
            raise AssertionError("a run without a cluster writes nothing")
        if self._provisioning.knows(change):
            return self._provisioning.again(change)
        if change.reason == JOINS:  # it was not read for its data: the next run sees what it is
            return replace(change, action=Action.NONE)
        cluster, chance = self._world.cluster, self._world.chance
        judge = Judge(cluster, self._inputs, chance, self._new_runner, self._changed)
        return judge.judged(change, self._uids[change.planned.ref])


def _owns(planned: Planned) -> bool:
    return planned.external_secret.spec.target.creation_policy is CreationPolicy.OWNER


def place_of(failure: Failure) -> tuple[str, int]:
    """Return where a failure belongs among others."""
    at = failure.error.at
    return (at.file, at.line) if at else ("", 0)


def would_be(change: Change) -> Done:
    """Return what a change comes to when nothing is sent."""
    words = {
        Action.CREATE: Result.CREATED,
        Action.UPDATE: Result.CONFIGURED,
        Action.DELETE: Result.DELETED,
        Action.NONE: Result.UNCHANGED,
    }
    result = words[change.action] if change.is_written else Result.UNCHANGED
    return deliver.done_with(change, result)

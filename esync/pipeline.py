"""The corridor: one short function per command, calling the rooms in their order.

``load`` → Catalog → ``resolve`` → Plan → ``observe`` → Snapshot → ``fetch`` → Fetched → ``shape``
→ Desired → ``deliver`` → Done; all of them meet here and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import field, replace
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol

from esync import deliver, load, observe, resolve, shape
from esync.cluster.overlay import InputFirst
from esync.deliver import status
from esync.deliver.errors import AllOrNothing
from esync.errors import EsyncError
from esync.fetch import Limits, Runner, calling_of, forecast
from esync.flow.change import Action, Result
from esync.flow.desired import Intent
from esync.flow.failure import Failure
from esync.flow.kubernetes import SecretObject, secret_to_object
from esync.flow.outcome import Outcome, Where
from esync.flow.plan import Skipped
from esync.manifests.externalsecret import CreationPolicy
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from esync import deploy
    from esync.cluster.contract import Cluster, Reader
    from esync.flow.catalog import Catalog
    from esync.flow.change import Change, Done
    from esync.flow.desired import Content, Desired
    from esync.flow.manifest import ManifestObject
    from esync.flow.plan import Planned, StoreUse
    from esync.flow.snapshot import Snapshot
    from esync.load import LoadRequest
    from esync.manifests.document import ObjectRef
    from esync.manifests.store import Store
    from esync.providers.contract import Provider
    from esync.secret import SecretValue


# More writers than this gain nothing against one API server.
WRITERS: Final = 16
NO_OWNER: Final = "it has no owner reference: the cluster has no such ExternalSecret"


class OpenStore(Protocol):
    """Opens the client of a store; made by the command line, or by a test."""

    def __call__(
        self, store: Store, use: StoreUse, inputs: InputFirst, *, several: bool
    ) -> Provider:
        """Return a client for the ExternalSecrets of one namespace.

        Args:
            store: what is opened.
            use: for which namespace.
            inputs: where credentials are read: the input first, then the cluster.
            several: whether the run covers several namespaces.

        Raises:
            EsyncError: the store cannot be opened, or may not be.
        """


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside: made once by the command line, or of small working fakes by a test.

    Attributes:
        cluster: None with ``--offline``.
        open_store: opens the client of a store.
        chance: time and chance, as templates see them.
        over: says why nothing more shall be started, else nothing.
    """

    cluster: Cluster | None
    open_store: OpenStore
    chance: shape.Chance
    over: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for, past the choice of the command."""

    load: LoadRequest
    resolve: resolve.Options = field(default_factory=resolve.Options)
    guards: deliver.Guards = field(default_factory=deliver.Guards)
    concurrency: int = 16
    atomic: bool = False
    dry_run: bool = False
    server_dry_run: bool = False
    closed: bool = False
    only_due: bool = False
    write_status: bool = False
    run_id: str = ""


def render(request: Request, world: World) -> Outcome:
    """Build every Secret from the input alone; write nothing, look at nothing live."""
    run = _Run(request, world, looks=False)
    for wave in run.waves():
        for _ in wave:
            raise AssertionError("what looks at nothing live changes nothing")
    ordered = sorted(run.built.values(), key=_ref)
    return run.outcome("render", secrets=tuple(ordered))


def diff(request: Request, world: World) -> Outcome:
    """Find out what apply would change; write nothing."""
    run = _Run(request, world)
    changes = sorted((change for wave in run.waves() for change in wave), key=_ref)
    run.hold_to_limit(changes)
    return run.outcome("diff", changes=tuple(changes))


def apply(request: Request, world: World) -> Outcome:
    """Write what differs, and tell what became of each object."""
    run = _Run(request, world, exact=request.dry_run)
    if request.atomic or request.dry_run:
        judged = [list(wave) for wave in run.waves()]
        if request.atomic:
            run.hold_to_limit(chain.from_iterable(judged))
        refused = request.atomic and run.failures
        done = list(run.refused(judged) if refused else run.write(map(run.judged_again, judged)))
    else:
        done = list(run.write(run.waves()))
    done.sort(key=_ref)
    if request.write_status:
        run.tell(done)
    return run.outcome("apply", done=tuple(done))


def plan(request: Request, world: World) -> Outcome:
    """Count what a run would ask of the stores; ask none of them."""
    catalog = loaded(request, world)
    planned = resolve.resolve(catalog, request.resolve)
    return Outcome(
        "plan",
        failures=tuple(sorted(planned.failures, key=_place)),
        skipped=planned.skipped,
        notes=(*catalog.notes, *planned.notes),
        forecasts=forecast(planned),
        judged=len(planned.planned),
        ignored=ignored(catalog),
    )


def validate(request: Request, world: World) -> Outcome:
    """Check manifests without asking any store."""
    from esync import lint  # no other command needs its rules

    catalog = loaded(request, world)
    plan = resolve.resolve(catalog, request.resolve)
    findings = lint.check(catalog, plan, closed=request.closed)
    return Outcome(
        "validate",
        failures=findings.errors,
        warnings=findings.warnings,
        remarks=findings.remarks,
        judged=catalog.read,
        ignored=ignored(catalog),
    )


def manifests(
    request: Request, world: World, options: deploy.Options
) -> tuple[Sequence[deploy.Part], Outcome]:
    """Make what running esync in a cluster takes; no store is asked, nothing is written."""
    from esync import deploy  # no other command needs it, nor its YAML: 30 ms

    catalog = loaded(request, world)
    planned = resolve.resolve(catalog, request.resolve)
    failures = tuple(sorted(planned.failures, key=_place))
    parts = deploy.manifests(catalog, planned, options)
    judged = len(planned.planned)
    return parts, Outcome("manifests", failures=failures, skipped=planned.skipped, judged=judged)


def template(request: Request, world: World, name: str, data: Mapping[str, SecretValue]) -> Content:
    """Render the templates of one ExternalSecret with ``data`` in place of fetched keys.

    Raises:
        EsyncError: there is no such ExternalSecret, or a template fails.
    """
    catalog = loaded(request, world)
    one = resolve.pick(catalog, name)
    inputs = InputFirst(catalog.objects, trusted(request, world), catalog.gaps)
    snapshot = observe.observe([one], inputs=inputs, cluster=None)
    return shape.fill(one, data, snapshot, world.chance)


def loaded(request: Request, world: World) -> Catalog:
    """Return the input with the stores and Namespaces that it names and lacks."""
    selection, plugins = request.load.selection, request.load.plugins
    if selection is None:
        return load.complete(load.load(request.load), trusted(request, world), plugins)
    if world.cluster is None:
        raise AssertionError("the command line asks for a cluster first")
    return load.complete(load.from_cluster(world.cluster, selection), world.cluster, plugins)


def trusted(request: Request, world: World) -> Reader | None:
    """Return the cluster, unless ``--trust`` names other places only."""
    guarded = request.load.is_guarded and not request.load.trust_cluster
    return None if guarded else world.cluster


def ignored(catalog: Catalog) -> tuple[tuple[str, int], ...]:
    """Count the documents that esync has no use for, by kind."""
    return tuple(sorted(Counter(one.kind for one in catalog.others).items()))


class _Run:
    """One walk through the rooms: what is known so far, and what went wrong."""

    def __init__(
        self, request: Request, world: World, *, looks: bool = True, exact: bool = True
    ) -> None:
        catalog = loaded(request, world)
        self._request = request
        self._world = world
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
        self._uids: dict[ObjectRef, str] = {}
        self._runner = Runner(
            self._open,
            Limits(request.concurrency, world.over),
            lambda use: calling_of(self._plan.stores[use.store]),
        )
        self.failures = list(self._plan.failures)
        self.built: dict[ObjectRef, SecretObject | ManifestObject] = {}

    def waves(self) -> Iterator[Iterator[Change]]:
        """Yield the changes of each wave as they come; what one makes, the next one sees."""
        with self._runner:
            for wave in self._plan.waves:
                yield self._wave(wave)

    def write(self, waves: Iterable[Iterable[Change]]) -> Iterator[Done]:
        """Write changes as they come; what is left behind goes after everything else is there."""
        removed: list[Change] = []
        failed: set[ObjectRef] = set()
        for wave in waves:
            for done in self._sent(deliver.setting_aside(wave, removed)):
                if done.result in {Result.FAILED, Result.NOT_DONE} and done.planned:
                    failed.add(done.planned.ref)
                yield done
        allowed = [change for change in removed if change.planned.ref not in failed]
        refusal = self._limit_refusal(allowed)
        if refusal:
            yield from (deliver.done_with(change, Result.FAILED, refusal) for change in allowed)
        else:
            yield from self._sent(allowed)

    def hold_to_limit(self, changes: Iterable[Change]) -> None:
        """Fail the run if it would delete more than it may, before anything is written."""
        refusal = self._limit_refusal([one for one in changes if one.action is Action.DELETE])
        if refusal:
            self.failures.append(Failure(None, refusal))

    def _limit_refusal(self, removed: Sequence[Change]) -> EsyncError | None:
        return deliver.over_limit(removed, self._request.guards, scope=len(self._plan.planned))

    def _sent(self, changes: Iterable[Change]) -> Iterator[Done]:
        if self._world.cluster is None:
            raise AssertionError("a run without a cluster writes nothing")
        if self._request.dry_run and not self._request.server_dry_run:
            return (_would_be(change) for change in changes)
        return deliver.Writer(self._world.cluster, self._writing()).write(changes)

    def _writing(self) -> deliver.Writing:
        return deliver.Writing(
            concurrency=min(self._request.concurrency, WRITERS),
            dry_run=self._request.server_dry_run,
            run_id=self._request.run_id,
            over=self._world.over,
            again=self._again,
        )

    def tell(self, done: Sequence[Done]) -> None:
        """Write status and events on the ExternalSecrets that came from the cluster."""
        if self._world.cluster is None:
            raise AssertionError("a run without a cluster writes nothing")
        verdicts: dict[str, tuple[Planned, status.Verdict]] = {}
        errors = {failure.ref: failure.error for failure in reversed(self.failures)}
        ends = {(one.planned.ref, one.ref): one for one in done if one.planned}
        skipped = {one.ref for one in self._not_due}
        for planned in self._plan.planned:
            if planned.ref in skipped:
                continue
            end = ends.get((planned.ref, planned.target))
            error = errors.get(planned.ref) or (end.error if end else None)
            if error:
                verdicts[str(planned.ref)] = planned, status.failed(planned, error, self._began)
            elif end and end.result is not Result.NOT_DONE:
                verdicts[str(planned.ref)] = planned, status.succeeded(planned, end, self._began)
        concurrency = min(self._request.concurrency, WRITERS)
        cluster = self._world.cluster
        self._notes.extend(deliver.tell(cluster, verdicts, concurrency, self._began))

    def judged_again(self, wave: Iterable[Change]) -> Iterator[Change]:
        """Hold what several write against what is live when its turn has come."""
        sends = not self._request.dry_run
        for change in wave:
            if not (sends and change.ref in self._plan.shared and change.secret):
                yield change
                continue
            try:
                yield self._again(change)
            except EsyncError as error:
                self.failures.append(Failure(change.planned.ref, error))

    def refused(self, waves: Iterable[Iterable[Change]]) -> Iterator[Done]:
        """Write nothing, because something failed and all or nothing was asked for."""
        for change in chain.from_iterable(waves):
            error = AllOrNothing(f"{change.ref} was not written: something else failed")
            if change.is_real:
                yield deliver.done_with(change, Result.FAILED, error)
            else:
                yield _would_be(change)

    def outcome(self, command: str, **results: tuple[object, ...]) -> Outcome:
        """Return the end of this run."""
        cluster = self._live
        return Outcome(
            command,
            failures=tuple(sorted(self.failures, key=_place)),
            skipped=(*self._plan.skipped, *self._not_due),
            notes=tuple(dict.fromkeys([*self._notes, *self._runner.notes()])),
            calls=self._runner.calls(),
            where=Where(cluster.context, cluster.server) if cluster else Where(),
            judged=len(self._plan.planned),
            ignored=self._ignored,
            **results,  # type: ignore[arg-type] # done, changes or secrets, by their names
        )

    def _open(self, use: StoreUse) -> Provider:
        store = self._plan.stores[use.store]
        return self._world.open_store(store, use, self._inputs, several=self._plan.several)

    def _wave(self, wave: Sequence[Planned]) -> Iterator[Change]:
        exact = self._exact
        snapshot = observe.observe(wave, inputs=self._inputs, cluster=self._live, exact=exact)
        self._notes.extend(snapshot.notes)
        due = [one for one in wave if self._is_due(one, snapshot)]
        for planned, fetched in self._runner.stream(due):
            try:
                desired = shape.shape(planned, fetched, snapshot, self._world.chance)
                yield from self._judged(desired, snapshot)
            except EsyncError as error:
                self.failures.append(Failure(planned.ref, error.located(planned.place())))

    def _is_due(self, one: Planned, snapshot: Snapshot) -> bool:
        if not self._request.only_due or one.target in snapshot.errors:
            return True
        generic = snapshot.manifests.get(one.target)
        live = generic.object if generic else snapshot.secrets.get(one.target)
        existing, now = snapshot.existing.get(one.ref), self._world.chance.clock()
        if resolve.is_due(one.external_secret, existing, live, now):
            return True
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
        self._uids[planned.ref] = existing.uid if existing else ""
        uid = self._uids[planned.ref]
        if planned.target in snapshot.manifests:
            settled = shape.settle_manifest(desired, snapshot.manifests[planned.target], uid)
        else:
            live = self._shared.get(planned.target, snapshot.secrets.get(planned.target))
            settled = shape.settle(desired, live, uid)
        if settled.secret and not uid and _owns(planned):
            settled = replace(settled, notes=(*settled.notes, NO_OWNER))
        change = self._changed(settled)
        self._made(settled)
        yield change
        if desired.intent is Intent.WRITE:
            yield from deliver.removals(planned, snapshot.orphans.get(planned.ref, ()))

    def _changed(self, settled: Desired) -> Change:
        change = deliver.change(settled, self._request.guards)
        return replace(change, due=self._request.only_due)

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

    def _again(self, change: Change) -> Change:
        """Judge one change anew, because somebody else wrote its object."""
        if self._world.cluster is None:
            raise AssertionError("a run without a cluster writes nothing")
        cluster, uid = self._world.cluster, self._uids[change.planned.ref]
        if change.desired and change.manifest:
            found = observe.read_manifest(cluster, change.planned)
            again = shape.settle_manifest(change.desired, found, uid)
            return self._changed(again)
        live = observe.read_secret(cluster, change.ref)
        if change.desired is None:
            return deliver.deletion(change.planned, change.ref, live, change.reason)
        return self._changed(shape.settle(change.desired, live, uid))


def _owns(planned: Planned) -> bool:
    return planned.external_secret.spec.target.creation_policy is CreationPolicy.OWNER


def _ref(one: Change | Done | SecretObject | ManifestObject) -> ObjectRef:
    return one.ref


def _place(failure: Failure) -> tuple[str, int]:
    at = failure.error.at
    return (at.file, at.line) if at else ("", 0)


def _would_be(change: Change) -> Done:
    words = {
        Action.CREATE: Result.CREATED,
        Action.UPDATE: Result.CONFIGURED,
        Action.DELETE: Result.DELETED,
        Action.NONE: Result.UNCHANGED,
    }
    result = words[change.action] if change.is_written else Result.UNCHANGED
    return deliver.done_with(change, result)

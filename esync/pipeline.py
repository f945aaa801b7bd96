"""The corridor: one short function per command, calling the rooms in their order.

``load`` → Catalog → ``resolve`` → Plan → ``observe`` → Snapshot → ``fetch`` → Fetched → ``shape``
→ Desired → ``deliver`` → Done; all of them meet here and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from esync import deliver, lint, load, observe, resolve, shape
from esync.cluster.overlay import InputFirst
from esync.deliver.errors import AllOrNothing
from esync.errors import EsyncError
from esync.fetch import Limits, Runner
from esync.flow.change import Action, Done, Result
from esync.flow.failure import Failure
from esync.flow.kubernetes import secret_to_object
from esync.flow.outcome import Outcome, Where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from esync.cluster.contract import Cluster, Reader
    from esync.flow.catalog import Catalog
    from esync.flow.change import Change
    from esync.flow.desired import Content, Desired
    from esync.flow.kubernetes import SecretObject
    from esync.flow.plan import Planned, StoreUse
    from esync.flow.snapshot import Snapshot
    from esync.load import LoadRequest
    from esync.manifests.document import ObjectRef
    from esync.manifests.store import Store
    from esync.providers.contract import Provider
    from esync.secret import SecretValue


class OpenStore(Protocol):
    """Opens the client of a store; made by the command line, or by a test."""

    def __call__(self, store: Store, use: StoreUse, inputs: Reader, *, several: bool) -> Provider:
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
    run_id: str = ""


def render(request: Request, world: World) -> Outcome:
    """Build every Secret from the input alone; write nothing, look at nothing live."""
    run = _Run(request, world, looks=False)
    for _ in run.waves():
        pass
    return run.outcome("render", secrets=tuple(run.built))


def diff(request: Request, world: World) -> Outcome:
    """Find out what apply would change; write nothing."""
    run = _Run(request, world)
    changes = tuple(change for wave in run.waves() for change in wave)
    return run.outcome("diff", changes=changes)


def apply(request: Request, world: World) -> Outcome:
    """Write what differs, and tell what became of each object."""
    run = _Run(request, world, exact=request.dry_run)
    if request.atomic or request.dry_run:
        everything = [change for wave in run.waves() for change in wave]
        done = run.refused(everything) if run.failures else run.write(everything)
        return run.outcome("apply", done=tuple(done))
    return run.outcome("apply", done=tuple(one for wave in run.waves() for one in run.write(wave)))


def validate(request: Request, world: World) -> Outcome:
    """Check manifests without asking any store."""
    catalog = _loaded(request, world)
    plan = resolve.resolve(catalog, request.resolve)
    findings = lint.check(catalog, plan, closed=request.closed)
    return Outcome(
        "validate",
        failures=findings.errors,
        warnings=findings.warnings,
        remarks=findings.remarks,
        judged=len(catalog.external_secrets),
        ignored=_ignored(catalog),
    )


def template(request: Request, world: World, name: str, data: Mapping[str, SecretValue]) -> Content:
    """Render the templates of one ExternalSecret with ``data`` in place of fetched keys.

    Raises:
        EsyncError: there is no such ExternalSecret, or a template fails.
    """
    catalog = _loaded(request, world)
    one = resolve.pick(catalog, name)
    inputs = InputFirst(catalog.objects, _trusted(request, world))
    snapshot = observe.observe([one], inputs=inputs, cluster=None)
    return shape.fill(one, data, snapshot, world.chance)


def _loaded(request: Request, world: World) -> Catalog:
    return load.complete(load.load(request.load), _trusted(request, world))


def _trusted(request: Request, world: World) -> Reader | None:
    """Return the cluster, unless ``--trust`` names other places only."""
    guarded = request.load.is_guarded and not request.load.trust_cluster
    return None if guarded else world.cluster


def _ignored(catalog: Catalog) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(one.kind for one in catalog.others).items()))


class _Run:
    """One walk through the rooms: what is known so far, and what went wrong."""

    def __init__(
        self, request: Request, world: World, *, looks: bool = True, exact: bool = True
    ) -> None:
        catalog = _loaded(request, world)
        self._request = request
        self._world = world
        self._live = world.cluster if looks else None
        self._inputs = InputFirst(catalog.objects, _trusted(request, world))
        self._plan = resolve.resolve(catalog, request.resolve)
        self._ignored = _ignored(catalog)
        self._exact = exact
        self._notes: list[str] = []
        self._uids: dict[ObjectRef, str] = {}
        self._limits = Limits(request.concurrency, world.over)
        self._runner = Runner(self._open, self._limits)
        self.failures = list(self._plan.failures)
        self.built: list[SecretObject] = []

    def waves(self) -> Iterator[list[Change]]:
        """Yield the changes of each wave; what one makes, the next one sees."""
        with self._runner:
            for wave in self._plan.waves:
                yield list(self._wave(wave))

    def write(self, changes: Sequence[Change]) -> Iterator[Done]:
        """Write changes; what an object leaves behind is removed after its new Secret is there."""
        if self._world.cluster is None:
            raise AssertionError("a run without a cluster writes nothing")
        if self._request.dry_run and not self._request.server_dry_run:
            yield from (_would_be(change) for change in changes)
            return
        writing = deliver.Writing(
            concurrency=self._request.concurrency,
            dry_run=self._request.server_dry_run,
            run_id=self._request.run_id,
            over=self._world.over,
            again=self._again,
        )
        writer = deliver.Writer(self._world.cluster, writing)
        kept, removed = deliver.split(changes)
        failed: set[ObjectRef] = set()
        for done in writer.write(kept):
            if done.result is Result.FAILED and done.change:
                failed.add(done.change.planned.ref)
            yield done
        allowed = [change for change in removed if change.planned.ref not in failed]
        refusal = deliver.over_limit(allowed, self._request.guards, scope=len(self._plan.planned))
        if refusal:
            yield from (_failed(change, refusal) for change in allowed)
        else:
            yield from writer.write(allowed)

    def refused(self, changes: Iterable[Change]) -> Iterator[Done]:
        """Write nothing, because something failed and all or nothing was asked for."""
        for change in changes:
            error = AllOrNothing(f"{change.ref} was not written: something else failed")
            yield _failed(change, error) if change.is_real else _would_be(change)

    def outcome(self, command: str, **results: tuple[object, ...]) -> Outcome:
        """Return the end of this run."""
        cluster = self._live
        return Outcome(
            command,
            failures=tuple(self.failures),
            skipped=self._plan.skipped,
            notes=tuple(dict.fromkeys(self._notes)),
            calls=self._runner.calls(),
            where=Where(cluster.context, cluster.server) if cluster else Where(),
            judged=len(self._plan.planned),
            ignored=self._ignored,
            **results,  # type: ignore[arg-type] # done, changes or secrets, by their names
        )

    def _open(self, use: StoreUse) -> Provider:
        several = len({one.target.namespace for one in self._plan.planned}) > 1
        store = self._plan.stores[use.store]
        return self._world.open_store(store, use, self._inputs, several=several)

    def _wave(self, wave: Sequence[Planned]) -> Iterator[Change]:
        exact = self._exact
        snapshot = observe.observe(wave, inputs=self._inputs, cluster=self._live, exact=exact)
        self._notes.extend(snapshot.notes)
        fetched = self._runner.fetch(wave)
        for planned in wave:
            try:
                desired = shape.shape(planned, fetched, snapshot, self._world.chance)
                yield from self._judged(desired, snapshot)
            except EsyncError as error:
                self.failures.append(Failure(planned.ref, error.located(planned.place())))

    def _judged(self, desired: Desired, snapshot: Snapshot) -> Iterator[Change]:
        planned = desired.planned
        if self._live is None:
            self._made(shape.emit(desired))
            return
        if planned.target in snapshot.errors:
            raise snapshot.errors[planned.target]
        existing = snapshot.existing.get(planned.ref)
        self._uids[planned.ref] = existing.uid if existing else ""
        settled = shape.settle(
            desired, snapshot.secrets.get(planned.target), self._uids[planned.ref]
        )
        change = deliver.change(settled, self._request.guards)
        self._made(settled)
        yield change
        yield from deliver.removals(planned, snapshot.orphans.get(planned.ref, ()))

    def _made(self, desired: Desired) -> None:
        if desired.secret is not None:
            self.built.append(desired.secret)
            self._inputs.add(secret_to_object(desired.secret))

    def _again(self, change: Change) -> Change:
        """Judge one change anew, because somebody else wrote its object."""
        if change.desired is None or self._world.cluster is None:
            return change
        live = observe.read_secret(self._world.cluster, change.ref)
        settled = shape.settle(change.desired, live, self._uids[change.planned.ref])
        return deliver.change(settled, self._request.guards)


def _would_be(change: Change) -> Done:
    words = {
        Action.CREATE: Result.CREATED,
        Action.UPDATE: Result.CONFIGURED,
        Action.DELETE: Result.DELETED,
        Action.NONE: Result.UNCHANGED,
    }
    result = words[change.action] if change.is_real else Result.UNCHANGED
    return Done(change.ref, result, change.planned, change)


def _failed(change: Change, error: EsyncError) -> Done:
    return Done(change.ref, Result.FAILED, change.planned, change, error)

"""Walk the rooms for one ExternalSecret, and tell of each step how it went and why.

The rooms are those of every run; here their errors are only sorted by the step that they belong
to. The first step that fails ends the walk, and the rest is told as not reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync import deliver, observe, pipeline, resolve, shape
from esync.cluster.contract import SECRETS, Unreachable
from esync.cluster.overlay import InputFirst
from esync.errors import EsyncError, Refused
from esync.explain import evidence, near, placing
from esync.explain.choose import broken, choose
from esync.explain.errors import NotPermitted, Skips
from esync.fetch import Door, Limits, Runner, calling_of
from esync.flow.change import Action
from esync.flow.explanation import Explanation, Stage, Step, Verdict
from esync.flow.kubernetes import secret_to_object
from esync.flow.outcome import Where
from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import DeletionPolicy
from esync.pipeline.rivalry import Rivalry
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

    from esync.cluster.contract import Cluster
    from esync.errors import Location
    from esync.explain.choose import Wanted
    from esync.flow.catalog import Catalog
    from esync.flow.change import Change
    from esync.flow.desired import Desired
    from esync.flow.fetched import Answer
    from esync.flow.plan import Ask, Plan, Planned, StoreUse
    from esync.flow.snapshot import Snapshot
    from esync.manifests.externalsecret import ExternalSecret
    from esync.manifests.store import Store
    from esync.pipeline import Request, World
    from esync.providers.contract import Provider


def explain(
    request: Request, world: World, wanted: Wanted, *, suggest: bool = False
) -> Explanation:
    """Tell why one ExternalSecret syncs or does not; write nothing.

    Args:
        request: what is read.
        world: everything outside.
        wanted: which one.
        suggest: ``--suggest-remote``: tell names that only a store knows.

    Raises:
        EsyncError: there is no such ExternalSecret.
    """
    catalog = pipeline.loaded(request, world)
    cluster = world.cluster
    where = Where(cluster.context, cluster.server) if cluster else Where()
    unread = broken(catalog, wanted)
    if unread:
        ref, errors = unread
        at = next((error.at for error in errors if error.at), None)
        steps = _all(_unread(errors))
        return Explanation(ref, ObjectRef("Secret", ref.namespace, ""), at, steps, where)
    one = choose(catalog, wanted)
    walk = _Walk(request, world, catalog, one, suggest=suggest)
    target = ObjectRef("Secret", one.namespace, one.target_name)
    return Explanation(walk.ref, target, one.place(), _all(walk.steps()), where)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A store that is opened for itself, and that tells why it could not be."""

    door: Door
    tell: Callable[[EsyncError], None]
    likeness: str = ""

    @property
    def store(self) -> Store:
        return self.door.store

    def credentials(self) -> Hashable:
        return self.door.credentials()

    def open(self) -> Provider:
        try:
            return self.door.open()
        except EsyncError as error:
            self.tell(error)
            raise


def _unread(errors: tuple[EsyncError, ...]) -> Iterator[Step]:
    """Tell of one that is not in the catalog: it has errors, or a policy refuses it."""
    if any(isinstance(error, Refused) for error in errors):
        yield Step(Stage.SCHEMA, Verdict.OK)
        yield Step(Stage.STORE, Verdict.SKIPPED, ("the policy is asked before",))
        yield Step(Stage.CONDITIONS, Verdict.FAILED, errors=errors)
    else:
        yield Step(Stage.SCHEMA, Verdict.FAILED, errors=errors)


def _all(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Take steps until one fails, and add those that were not reached."""
    taken: list[Step] = []
    for step in steps:
        taken.append(step)
        if step.verdict is Verdict.FAILED:
            break
    done = {step.stage for step in taken}
    rest = [Step(stage, Verdict.NOT_REACHED) for stage in Stage if stage not in done]
    return (*taken, *rest)


class _Walk:
    """One walk; each part yields its steps, and is not entered once a step has failed."""

    def __init__(
        self,
        request: Request,
        world: World,
        catalog: Catalog,
        one: ExternalSecret,
        *,
        suggest: bool,
    ) -> None:
        self.ref = ObjectRef("ExternalSecret", one.namespace, one.name)
        self._request = request
        self._world = world
        self._catalog = catalog
        self._one = one
        self._suggest = suggest
        self._inputs = InputFirst(catalog.objects, pipeline.trusted(request, world))
        self._plan: Plan = resolve.resolve(catalog, request.resolve)
        self._not_opened: dict[StoreUse, EsyncError] = {}

    def steps(self) -> Iterator[Step]:
        """Yield the steps in their order."""
        yield from self._planned()
        planned = next(one for one in self._plan.planned if one.ref == self.ref)
        limits = Limits(self._request.concurrency, self._world.over)
        stores = self._plan.stores
        with Runner(self._door, limits, lambda use: calling_of(stores[use.store])) as runner:
            self._prepare(planned, runner)
            cluster = self._world.cluster
            snapshot = observe.observe([planned], inputs=self._inputs, cluster=cluster)
            [(_, fetched)] = runner.stream([planned])
            yield from self._fetched(planned, fetched.answers, runner)
            try:
                desired = shape.shape(planned, fetched, snapshot, self._world.chance)
            except EsyncError as error:
                yield from self._not_shaped(planned, fetched.answers, error)
                return
        yield from self._shaped(planned, desired)
        yield from self._compared(cluster, desired, snapshot)

    def _planned(self) -> Iterator[Step]:
        """Schema, store, and whether the store may be used: what is told without asking."""
        refs = set(self._store_refs())
        found: dict[Stage, list[EsyncError]] = {}
        for failure in self._plan.failures:
            if failure.ref == self.ref or failure.ref in refs:
                stage = placing.of_planning(failure.error, of_store=failure.ref != self.ref)
                found.setdefault(stage, []).append(failure.error)
        for skipped in self._plan.skipped:
            if skipped.ref == self.ref:
                found.setdefault(Stage.CONDITIONS, []).append(Skips(skipped.reason))
        stores = [self._catalog.stores[ref] for ref in sorted(refs & self._catalog.stores.keys())]
        namespace = self._one.namespace
        told = {
            Stage.SCHEMA: evidence.of_manifest(self._one),
            Stage.STORE: (evidence.of_store(store) for store in stores),
            Stage.CONDITIONS: (evidence.of_conditions(store, namespace) for store in stores),
        }
        for stage, words in told.items():
            yield _step(stage, words if stage not in found else (), found.get(stage, ()))

    def _store_refs(self) -> Iterator[ObjectRef]:
        for ref in self._one.store_refs():
            cluster_wide = ref.kind.value == "ClusterSecretStore"
            yield ObjectRef(ref.kind.value, "" if cluster_wide else self._one.namespace, ref.name)

    def _door(self, use: StoreUse) -> Door:
        store = self._plan.stores[use.store]
        door = self._world.door_of(store, use, self._inputs, several=self._plan.several)
        return _Watched(door, lambda error: self._not_opened.update({use: error}))

    def _prepare(self, planned: Planned, runner: Runner) -> None:
        """Make what this one needs of others of the same run; their own failures are not told."""
        for wave in self._plan.waves:
            if planned in wave:
                return
            before = [one for one in wave if one.target in self._plan.needed]
            snapshot = observe.observe(before, inputs=self._inputs, cluster=None)
            for one, fetched in runner.stream(before):
                try:
                    made = shape.emit(shape.shape(one, fetched, snapshot, self._world.chance))
                except EsyncError:
                    continue
                if made.secret:
                    self._inputs.add(secret_to_object(made.secret))

    def _fetched(
        self, planned: Planned, answers: Mapping[Ask, Answer], runner: Runner
    ) -> Iterator[Step]:
        """Credentials, sign-in and key: what the stores said."""
        found: dict[Stage, list[EsyncError]] = {}
        tolerant = self._one.spec.target.deletion_policy is not DeletionPolicy.RETAIN
        for ask, answer in answers.items():
            if answer.error is None or (tolerant and answer.no_secret):
                continue
            opening = ask.use in self._not_opened
            stage = (placing.of_opening if opening else placing.of_answer)(answer.error)
            errors = found.setdefault(stage, [])
            if not any(error.message == answer.error.message for error in errors):
                errors.append(answer.error.located(self._place(planned, ask)))
        yield self._credentials(found.get(Stage.CREDENTIALS, ()))
        yield _step(
            Stage.SIGN_IN, map(evidence.of_calls, runner.calls()), found.get(Stage.SIGN_IN, ())
        )
        missing = found.get(Stage.KEY, ())
        if missing:
            yield self._missing(planned, answers, runner, missing)
        else:
            yield _step(Stage.KEY, evidence.of_keys(planned, answers))

    @staticmethod
    def _place(planned: Planned, ask: Ask) -> Location:
        return next(planned.place(one.path) for one in planned.entries if one.ask == ask)

    def _credentials(self, errors: Iterable[EsyncError]) -> Step:
        words = [
            words
            for store in self._stores()
            for words in evidence.of_credentials(store, self._one.namespace)
        ]
        return _step(Stage.CREDENTIALS, words, errors)

    def _stores(self) -> Iterator[Store]:
        for ref in sorted(set(self._store_refs())):
            yield self._catalog.stores[ref]

    def _missing(
        self,
        planned: Planned,
        answers: Mapping[Ask, Answer],
        runner: Runner,
        errors: Iterable[EsyncError],
    ) -> Step:
        if not self._suggest:
            action = "--suggest-remote shows names in the store that are near"
            lacks = any(answer.no_secret for answer in answers.values())
            return Step(Stage.KEY, Verdict.FAILED, (), tuple(errors), action if lacks else "")
        words = tuple(near.near_keys(planned, answers, runner))
        return Step(Stage.KEY, Verdict.FAILED, words, tuple(errors))

    def _not_shaped(
        self, planned: Planned, answers: Mapping[Ask, Answer], error: EsyncError
    ) -> Iterator[Step]:
        """Tell at which step the answers could not be made into a target."""
        stage = placing.of_shaping(error)
        for before in (Stage.PROPERTY, Stage.DECODING, Stage.TEMPLATE):
            if before is stage:
                break
            yield Step(before, Verdict.OK)
        words: tuple[str, ...] = ()
        action = ""
        if stage is Stage.PROPERTY and self._suggest:
            words = tuple(near.near_properties(planned, answers))
        elif stage is Stage.PROPERTY:
            action = "--suggest-remote shows members that are near"
        yield Step(stage, Verdict.FAILED, words, (error.located(planned.place()),), action)

    @staticmethod
    def _shaped(planned: Planned, desired: Desired) -> Iterator[Step]:
        """Property, decoding and template: what the answers became."""
        properties = tuple(evidence.of_properties(planned))
        verdict = Verdict.OK if properties else Verdict.SKIPPED
        yield Step(Stage.PROPERTY, verdict, properties or ("no entry names one",))
        keys = len(desired.content.data)
        yield _step(Stage.DECODING, (*evidence.of_decoding(planned, keys), *desired.notes))
        templates = tuple(evidence.of_template(planned))
        verdict = Verdict.OK if templates else Verdict.SKIPPED
        yield Step(Stage.TEMPLATE, verdict, templates or ("there is none",))

    def _compared(
        self, cluster: Cluster | None, desired: Desired, snapshot: Snapshot
    ) -> Iterator[Step]:
        """Ownership, permissions and write: the target against what is live."""
        planned = desired.planned
        error = snapshot.errors.get(planned.target) or snapshot.errors.get(planned.ref)
        if cluster is None or isinstance(error, Unreachable):
            why = error.message if error else "no cluster is asked (--offline)"
            for stage in (Stage.OWNERSHIP, Stage.PERMISSIONS, Stage.WRITE):
                yield Step(stage, Verdict.SKIPPED, (why,))
            return
        if error:
            yield _step(Stage.OWNERSHIP, (), (error,))
        change, refused = self._change(desired, snapshot)
        live = snapshot.secrets.get(planned.target)
        owned = (evidence.of_owner(planned.target, live),)
        stage = placing.of_delivery(refused) if refused else Stage.WRITE
        yield _step(
            Stage.OWNERSHIP, owned, [refused] if stage is Stage.OWNERSHIP and refused else ()
        )
        yield self._permissions(cluster, change, planned)
        if refused or change is None:
            yield _step(Stage.WRITE, (), [refused] if refused else ())
            return
        yield _written(change)

    def _change(
        self, desired: Desired, snapshot: Snapshot
    ) -> tuple[Change | None, EsyncError | None]:
        planned = desired.planned
        existing = snapshot.existing.get(planned.ref)
        uid = existing.uid if existing else ""
        now = self._world.chance.clock()
        rivalry = Rivalry(self._request, self._world.cluster, self._plan.stores, now)
        rivalry.look([planned], snapshot)
        try:
            rivalry.refuse(planned, existing)
            if planned.target in snapshot.manifests:
                settled = shape.settle_manifest(desired, snapshot.manifests[planned.target], uid)
            else:
                settled = shape.settle(desired, snapshot.secrets.get(planned.target), uid)
            return deliver.change(settled, self._request.guards), None
        except EsyncError as error:
            return None, error.located(planned.place())

    @staticmethod
    def _permissions(cluster: Cluster, change: Change | None, planned: Planned) -> Step:
        """Ask the API server whether we may do what the change takes."""
        resource = (change.resource if change else None) or SECRETS
        namespace = planned.target.namespace
        action = change.action if change else Action.NONE
        verbs = ["get", *([] if action is Action.NONE else [action.value])]
        try:
            refused = [verb for verb in verbs if not cluster.may(verb, resource, namespace)]
        except EsyncError as error:
            return _step(Stage.PERMISSIONS, (), (error,))
        errors = [NotPermitted(verb, resource.plural, namespace) for verb in refused]
        words = f"you may {' and '.join(verbs)} {resource.plural} in namespace {namespace}"
        return _step(Stage.PERMISSIONS, () if errors else (words,), errors)


def _step(stage: Stage, words: Iterable[str], errors: Iterable[EsyncError] = ()) -> Step:
    found = tuple(errors)
    verdict = Verdict.FAILED if found else Verdict.OK
    return Step(stage, verdict, tuple(words), found)


def _written(change: Change) -> Step:
    words = tuple(evidence.of_change(change))
    if not change.is_real:
        return Step(Stage.WRITE, Verdict.OK, (change.reason or "nothing to change", *words))
    told = f"{change.ref}: {change.action}"
    return Step(Stage.WRITE, Verdict.DIFFERS, (told, *words), action="esync apply writes it")

"""Make the plan: each ExternalSecret with what it asks of which store, or why it cannot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from esync.flow.failure import Failure
from esync.flow.kubernetes import UNTOUCHABLE_TYPES
from esync.flow.plan import Ask, Entry, Operation, Plan, Planned, Skipped, StoreUse
from esync.manifests.document import ObjectRef
from esync.manifests.errors import spelled
from esync.manifests.externalsecret import ManifestTarget, MetadataPolicy, StoreKind
from esync.manifests.kinds import is_cluster_scoped
from esync.providers import provider_of
from esync.providers.contract import BadStore
from esync.records import dataclass
from esync.resolve import conditions
from esync.resolve.errors import (
    ClusterScopedTarget,
    ForbiddenType,
    GeneratorUnderData,
    GenericTargetsOff,
    NotBuiltYet,
    SecretAsManifest,
    StoreNotDefined,
    StoreNotNamed,
    StoreNotOurs,
    StoreNotUsable,
)
from esync.resolve.shards import WHOLE, failures_of, share_of, skipped_of
from esync.resolve.sharing import is_one_identity
from esync.resolve.waves import into_waves, needs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.errors import EsyncError, Location
    from esync.flow.catalog import Catalog
    from esync.manifests.document import Path
    from esync.manifests.externalsecret import (
        DataFrom,
        ExternalSecret,
        Find,
        RemoteRef,
        SourceRef,
        StoreRef,
    )
    from esync.manifests.store import Store
    from esync.resolve.shards import Shard, Share


# Not a service account's token: the API server makes none that a template can ask for.
_MADE_BY_OTHERS: Final = UNTOUCHABLE_TYPES - {"kubernetes.io/service-account-token"}


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says of planning."""

    controller_class: str = "default"
    generic_targets: bool = False
    shard: Shard = WHOLE


def resolve(catalog: Catalog, options: Options) -> Plan:
    """Return the plan for every ExternalSecret of ``catalog``.

    Nothing is read: stores, namespaces and sources are those of the catalog. An ExternalSecret
    that breaks an admission rule, or names what is not there, is a failure of the plan.
    """
    room = _Resolver(catalog, options)
    planned: list[Planned] = []
    skipped: list[Skipped] = []
    failures: list[Failure] = list(catalog.failures)
    for one in sorted(catalog.external_secrets, key=lambda es: (es.namespace, es.name)):
        ref = ObjectRef("ExternalSecret", one.namespace, one.name)
        foreign = room.foreign_store(one)
        if foreign:
            skipped.append(Skipped(ref, f'its store is of controller class "{foreign}"'))
            continue
        errors = list(room.unsupported(one))
        entries = tuple(room.entries(one, errors))
        if errors:
            failures.extend(Failure(ref, error) for error in errors)
        else:
            planned.append(Planned(one, target_of(one), entries))
    needs = needs_of(planned, catalog.stores)
    share = share_of(options.shard, planned, needs.possible)
    order = into_waves(share.planned, needs)
    return Plan(
        order.waves,
        catalog.stores,
        order.needed,
        needs.shared,
        skipped_of(options.shard, skipped),
        (*failures_of(options.shard, failures), *order.cycles),
        several=len({one.target.namespace for one in planned}) > 1,
        notes=_notes(options.shard, share),
    )


def _notes(shard: Shard, share: Share) -> tuple[str, ...]:
    if shard.is_whole or not share.together:
        return ()
    why = "they wait for one another or write one target"
    return (f"shard {shard}: {share.together} ExternalSecrets are here because {why}",)


def target_of(one: ExternalSecret) -> ObjectRef:
    """Return the name of what an ExternalSecret builds."""
    manifest = one.spec.target.manifest
    return ObjectRef(manifest.kind if manifest else "Secret", one.namespace, one.target_name)


class _Resolver:
    """Looks names up in one catalog; each store is checked once."""

    def __init__(self, catalog: Catalog, options: Options) -> None:
        self._catalog = catalog
        self._class = options.controller_class
        self._gaps = catalog.gaps
        self._generic_targets = options.generic_targets
        self._checked: dict[ObjectRef, tuple[EsyncError, ...]] = {}
        self._one_identity: dict[ObjectRef, bool] = {}
        self._uses: dict[tuple[ObjectRef, str], StoreUse] = {}

    def foreign_store(self, one: ExternalSecret) -> str:
        """Return the controller class of the first store that is not ours, else nothing.

        The operator skips such an ExternalSecret as a whole, without an error.
        """
        for ref in one.store_refs():
            store = self._catalog.stores.get(_store_name(one, ref))
            if store and store.controller and store.controller != self._class:
                return store.controller
        return ""

    def unsupported(self, one: ExternalSecret) -> Iterator[EsyncError]:
        """Yield an error for each field that is not served yet."""
        if one.spec.target.manifest and not self._generic_targets:
            yield GenericTargetsOff(at=one.place("spec", "target", "manifest"))
        if one.spec.target.manifest == ManifestTarget("v1", "Secret"):
            yield SecretAsManifest(at=one.place("spec", "target", "manifest"))
        manifest = one.spec.target.manifest
        if manifest and is_cluster_scoped(manifest.api_version, manifest.kind):
            yield ClusterScopedTarget(manifest.kind, at=one.place("spec", "target", "manifest"))
        template = one.spec.target.template
        if template and template.type in _MADE_BY_OTHERS:
            at = one.place("spec", "target", "template", "type")
            yield ForbiddenType(template.type, at=at)
        for index, entry in enumerate(one.spec.data_from):
            if entry.source_ref and entry.source_ref.generator_ref:
                path = ("spec", "dataFrom", index, "sourceRef", "generatorRef")
                yield NotBuiltYet(
                    f"spec.dataFrom[{index}].sourceRef.generatorRef", at=one.place(*path)
                )

    def entries(self, one: ExternalSecret, errors: list[EsyncError]) -> Iterator[Entry]:
        """Yield the entries in the order in which they count: dataFrom first, then data."""
        for index, many in enumerate(one.spec.data_from):
            path: Path = ("spec", "dataFrom", index)
            if many.find or many.extract:
                use = self._use(one, path, many.source_ref, errors)
                if use:
                    yield Entry(path, _ask_many(use, many), data_from=many)
            else:
                yield Entry(path, None, data_from=many)
        for index, single in enumerate(one.spec.data):
            path = ("spec", "data", index)
            use = self._use(one, path, single.source_ref, errors)
            if use:
                yield Entry(path, _ask_one(use, single.remote_ref), data=single)

    def _use(
        self, one: ExternalSecret, path: Path, source: SourceRef | None, errors: list[EsyncError]
    ) -> StoreUse | None:
        ref = one.spec.secret_store_ref
        at = one.place("spec", "secretStoreRef", "name")
        if source:
            # The operator does so too: a generatorRef here resolves a store without a name.
            ref, at = source.store_ref, one.place(*path, "sourceRef", "storeRef", "name")
        if ref is None or not ref.name:
            errors.append(_unnamed(one, path, source))
            return None
        name = _store_name(one, ref)
        store = self._catalog.stores.get(name)
        if store is None:
            _append_once(errors, self._missing(name, at=at))
            return None
        problems = [*self._check(store), *self._refusals(one, store, at=at)]
        for problem in problems:
            _append_once(errors, problem)
        return None if problems else self._used(store, one.namespace)

    def _used(self, store: Store, namespace: str) -> StoreUse:
        used = store.ref, namespace
        if used not in self._uses:
            if store.ref not in self._one_identity:
                self._one_identity[store.ref] = is_one_identity(store)
            identity = "" if self._one_identity[store.ref] else namespace
            self._uses[used] = StoreUse(store.ref, identity)
        return self._uses[used]

    def _missing(self, name: ObjectRef, *, at: Location) -> EsyncError:
        if name in self._gaps.broken:
            return StoreNotUsable(name, at=at)
        return StoreNotDefined(name, at=at, known=self._catalog.stores, gaps=self._gaps)

    def _check(self, store: Store) -> tuple[EsyncError, ...]:
        if store.ref not in self._checked:
            self._checked[store.ref] = tuple(store_problems(store))
        return self._checked[store.ref]

    def _refusals(self, one: ExternalSecret, store: Store, *, at: Location) -> Iterator[EsyncError]:
        if store.controller and store.controller != self._class:
            yield StoreNotOurs(store.name, store.controller, at=at)
        labels = self._namespace_labels(one.namespace)
        refused = conditions.refusal(store, one.namespace, labels, self._gaps, at=at)
        if refused:
            yield refused

    def _namespace_labels(self, name: str) -> Mapping[str, str] | None:
        document = self._catalog.objects.get(ObjectRef("Namespace", "", name))
        if document is None:
            return None
        labels = (document.body.get("metadata") or {}).get("labels") or {}
        return {str(key): str(value) for key, value in labels.items()}


def store_problems(store: Store) -> Iterator[EsyncError]:
    """Yield what the operator's admission says of a store's provider block."""
    try:
        provider = provider_of(store)
    except BadStore as error:
        yield error.located(store.place())
    else:
        yield from provider.check(store)


def _unnamed(one: ExternalSecret, path: Path, source: SourceRef | None) -> EsyncError:
    if source is None or source.generator_ref is None:
        return StoreNotNamed(at=one.place(*path))
    at = one.place(*path, "sourceRef", "generatorRef")
    return GeneratorUnderData(f"{spelled(path)}.sourceRef.generatorRef", at=at)


def _append_once(errors: list[EsyncError], error: EsyncError) -> None:
    if not any(
        (one.rule, one.message, one.at) == (error.rule, error.message, error.at) for one in errors
    ):
        errors.append(error)


def _store_name(one: ExternalSecret, ref: StoreRef) -> ObjectRef:
    namespace = "" if ref.kind is StoreKind.CLUSTER_SECRET_STORE else one.namespace
    return ObjectRef(ref.kind.value, namespace, ref.name)


def _ask_one(use: StoreUse, ref: RemoteRef) -> Ask:
    fetch = ref.metadata_policy is MetadataPolicy.FETCH
    return Ask(use, Operation.METADATA if fetch else Operation.READ, ref.key, ref.version)


def _ask_many(use: StoreUse, many: DataFrom) -> Ask:
    if many.find:
        return Ask(use, Operation.FIND, find_key=_spell(many.find), find=many.find)
    if many.extract is None:
        raise AssertionError("an entry with neither find nor extract asks nothing")
    return _ask_one(use, many.extract)


def _spell(find: Find) -> str:
    name = find.name.regexp if find.name else None
    tags = None if find.tags is None else dict(find.tags)
    # Conversion belongs to the question: some providers convert the names that they find.
    words = [find.path, name, tags, find.conversion_strategy.value]
    return json.dumps(words, sort_keys=True)

"""Who waits for whom: an ExternalSecret that needs a Secret of the same run comes after it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from esync.flow.failure import Failure
from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import CreationPolicy
from esync.records import dataclass
from esync.resolve.errors import DependencyCycle
from esync.resolve.own_cluster import asked_of_own_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from esync.flow.plan import Planned
    from esync.manifests.store import Store


# Of several writers, those that wipe come first, then those that make, then those that merge.
_ORDER: Final = (
    CreationPolicy.OWNER,
    CreationPolicy.ORPHAN,
    CreationPolicy.CREATE_OR_MERGE,
    CreationPolicy.MERGE,
    CreationPolicy.NONE,
)


@dataclass(frozen=True, slots=True)
class Waves:
    """The order of a run.

    Attributes:
        waves: those of one wave need nothing of each other.
        needed: targets that something in a later wave needs.
        cycles: those that can never come; each failure names two places.
    """

    waves: tuple[tuple[Planned, ...], ...]
    needed: frozenset[ObjectRef]
    cycles: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Needs:
    """Who waits for whom.

    Attributes:
        certain: by ExternalSecret, those that must come before it.
        possible: the same, and those that it may need.
        targets: what they make that others wait for.
        shared: targets that several of them write.
    """

    certain: Mapping[ObjectRef, set[ObjectRef]]
    possible: Mapping[ObjectRef, set[ObjectRef]]
    targets: frozenset[ObjectRef]
    shared: frozenset[ObjectRef] = frozenset()


def needs_of(planned: Sequence[Planned], stores: Mapping[ObjectRef, Store]) -> Needs:
    """Return what each needs of the others.

    Needed are Secrets that hold a store's credentials, a template, or what a store of this cluster
    is asked for. Of those that write one target each comes after the one before.
    """
    makers = _makers(planned)
    needs: dict[ObjectRef, set[ObjectRef]] = {}
    hopes: dict[ObjectRef, set[ObjectRef]] = {}
    needed: set[ObjectRef] = set()
    selected = {ref: tuple(_selectors(store.settings)) for ref, store in stores.items()}
    for one in planned:
        read = asked_of_own_cluster(one, stores, makers)
        # Taken from the few: what all make, less one, is a large set for each of them.
        certain = ({*_needed(one, stores, selected), *read.certain} & makers.keys()) - {one.target}
        possible = (read.possible & makers.keys()) - {one.target}
        needs[one.ref] = {ref for target in certain for ref in makers[target]}
        hopes[one.ref] = needs[one.ref] | {ref for target in possible for ref in makers[target]}
        needed |= certain | possible
    for writers in makers.values():
        for before, after in pairwise(writers):
            hopes[after].add(before)
    shared = frozenset(target for target, writers in makers.items() if len(writers) > 1)
    return Needs(needs, hopes, frozenset(needed), shared)


def _makers(planned: Sequence[Planned]) -> dict[ObjectRef, list[ObjectRef]]:
    """Return who writes each target: those that make it come before those that only merge."""
    makers: dict[ObjectRef, list[ObjectRef]] = {}
    ordered = sorted(
        planned, key=lambda one: _ORDER.index(one.external_secret.spec.target.creation_policy)
    )
    for one in ordered:
        makers.setdefault(one.target, []).append(one.ref)
    return makers


def into_waves(planned: Sequence[Planned], needs: Needs) -> Waves:
    """Order ``planned`` so that whatever is needed was made in an earlier wave.

    What only may be needed is waited for unless that would be for ever.
    """
    waves: list[tuple[Planned, ...]] = []
    waiting = list(planned)
    done: set[ObjectRef] = set()
    while waiting:
        ready = _ready(waiting, needs.possible, done) or _ready(waiting, needs.certain, done)
        if not ready:
            cycles = tuple(_cycle(one, needs.certain, waiting) for one in waiting)
            return Waves(tuple(waves), needs.targets, cycles)
        waves.append(ready)
        done.update(one.ref for one in ready)
        waiting = [one for one in waiting if one.ref not in done]
    return Waves(tuple(waves), needs.targets)


def _ready(
    waiting: Sequence[Planned], needs: Mapping[ObjectRef, set[ObjectRef]], done: set[ObjectRef]
) -> tuple[Planned, ...]:
    return tuple(one for one in waiting if needs[one.ref] <= done)


def _cycle(
    one: Planned, needs: Mapping[ObjectRef, set[ObjectRef]], waiting: Sequence[Planned]
) -> Failure:
    by_ref = {other.ref: other for other in waiting}
    needed = next(by_ref[ref] for ref in sorted(needs[one.ref]) if ref in by_ref)
    error = DependencyCycle(one.ref, needed.ref, at=one.place(), there=needed.place())
    return Failure(one.ref, error)


def _needed(
    one: Planned,
    stores: Mapping[ObjectRef, Store],
    selected: Mapping[ObjectRef, tuple[tuple[str, str], ...]],
) -> Iterator[ObjectRef]:
    namespace = one.external_secret.namespace
    template = one.external_secret.spec.target.template
    for source in template.template_from if template else ():
        if source.secret:
            yield ObjectRef("Secret", namespace, source.secret.name)
        if source.config_map:
            yield ObjectRef("ConfigMap", namespace, source.config_map.name)
    for ref in {entry.ask.use.store for entry in one.entries if entry.ask}:
        store = stores[ref]
        for name, named_namespace in selected[ref]:
            theirs = named_namespace if store.is_cluster_wide and named_namespace else namespace
            yield ObjectRef("Secret", theirs, name)


def _selectors(settings: Any) -> Iterator[tuple[str, str]]:  # the block of any provider
    """Yield name and namespace of everything in a provider block that may select a Secret."""
    if isinstance(settings, dict):
        name, namespace = settings.get("name"), settings.get("namespace")
        if isinstance(name, str):
            yield name, namespace if isinstance(namespace, str) else ""
        for key, value in settings.items():
            if key not in {"serviceAccountRef", "serviceAccount"}:
                yield from _selectors(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from _selectors(value)

"""One run split over several machines: which ExternalSecrets are this one's.

The split depends on nothing but names, so that it is the same on every machine and every day.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from esync.flow.failure import Failure
    from esync.flow.plan import Planned, Skipped
    from esync.manifests.document import ObjectRef


@dataclass(frozen=True, slots=True)
class Shard:
    """The part ``index`` (from 0) of ``count``; the default is everything."""

    index: int = 0
    count: int = 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    @property
    def is_whole(self) -> bool:
        """Whether nothing is split."""
        return self.count == 1

    def holds(self, namespace: str, name: str) -> bool:
        """Tell whether an object of this name is in the part."""
        digest = sha256(f"{namespace}/{name}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.index

    def portion(self, number: int) -> int:
        """Return this part's portion of a number that all parts share; at least 1."""
        more = 1 if self.index < number % self.count else 0
        return max(1, number // self.count + more)


WHOLE: Final = Shard()


@dataclass(frozen=True, slots=True)
class Share:
    """What one shard does.

    Attributes:
        planned: its ExternalSecrets, in the order in which they came.
        together: how many of them are there because they belong together.
    """

    planned: tuple[Planned, ...]
    together: int = 0


def share_of(
    shard: Shard, planned: Sequence[Planned], needs: Mapping[ObjectRef, Collection[ObjectRef]]
) -> Share:
    """Return the part of ``planned`` that is this shard's.

    Those that wait for one another, or write one target, are in one shard: that of the first of
    them by namespace and name.

    Args:
        shard: which part.
        planned: all of the run.
        needs: by ExternalSecret, those that must be made before it.
    """
    if shard.is_whole:
        return Share(tuple(planned))
    groups = _groups(planned, needs)
    kept = tuple(one for one in planned if shard.holds(*groups[one.ref]))
    sizes: dict[tuple[str, str], int] = {}
    for one in kept:
        sizes[groups[one.ref]] = sizes.get(groups[one.ref], 0) + 1
    return Share(kept, sum(size for size in sizes.values() if size > 1))


def failures_of(shard: Shard, failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """Return the failures that this shard tells: those of its ExternalSecrets, and of no one's."""
    return tuple(one for one in failures if one.ref is None or _is_told(shard, one.ref))


def skipped_of(shard: Shard, skipped: Iterable[Skipped]) -> tuple[Skipped, ...]:
    """Return what this shard tells of the ExternalSecrets that are not ours to sync."""
    return tuple(one for one in skipped if _is_told(shard, one.ref))


def _is_told(shard: Shard, ref: ObjectRef) -> bool:
    return ref.kind != "ExternalSecret" or shard.holds(ref.namespace, ref.name)


def _groups(
    planned: Sequence[Planned], needs: Mapping[ObjectRef, Collection[ObjectRef]]
) -> dict[ObjectRef, tuple[str, str]]:
    """Return for each the namespace and name of the first of those that it belongs to."""
    leaders = {one.ref: one.ref for one in planned}

    def leader(ref: ObjectRef) -> ObjectRef:
        while leaders[ref] != ref:
            leaders[ref] = leaders[leaders[ref]]
            ref = leaders[ref]
        return ref

    def join(one: ObjectRef, other: ObjectRef) -> None:
        first, second = sorted((leader(one), leader(other)))
        leaders[second] = first

    writers: dict[ObjectRef, ObjectRef] = {}
    for one in planned:
        join(one.ref, writers.setdefault(one.target, one.ref))
        for needed in needs.get(one.ref, ()):
            join(one.ref, needed)
    found = {ref: leader(ref) for ref in leaders}
    return {ref: (first.namespace, first.name) for ref, first in found.items()}

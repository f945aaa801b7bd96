"""What a run will ask of which store, for which target: the value that ``resolve`` hands on."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from esync.manifests.document import ObjectRef
from esync.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.errors import Location
    from esync.flow.failure import Failure
    from esync.manifests.document import Path
    from esync.manifests.externalsecret import Data, DataFrom, ExternalSecret, Find, GeneratorRef
    from esync.manifests.store import Store


@dataclass(frozen=True, slots=True, order=True)
class StoreUse:
    """A store as the ExternalSecrets of one namespace use it: one client, one identity."""

    store: ObjectRef
    namespace: str


class Operation(StrEnum):
    """What is asked of a store."""

    READ = "read"
    METADATA = "read metadata"
    FIND = "find"


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to one store; equal questions are asked once.

    ``find_key`` spells out ``find`` so that equal searches are equal.
    """

    use: StoreUse
    operation: Operation
    key: str = ""
    version: str = ""
    find_key: str = ""
    find: Find | None = field(default=None, compare=False)

    def __hash__(self) -> int:
        # Questions are looked up very often; keys alone tell nearly all of them apart.
        return hash((self.key, self.version, self.find_key))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of ``data`` or ``dataFrom``: what it asks, and what becomes of the answer.

    Exactly one of ``data`` and ``data_from`` is set. ``ask`` is None for an entry that brings
    nothing (a ``storeRef`` alone) and for a generator.
    """

    path: Path
    ask: Ask | None
    data: Data | None = None
    data_from: DataFrom | None = None
    generator: GeneratorRef | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One ExternalSecret that can be synced: what to ask, in the order in which answers count."""

    external_secret: ExternalSecret
    target: ObjectRef
    entries: tuple[Entry, ...]

    @property
    def ref(self) -> ObjectRef:
        """The ExternalSecret's name."""
        return ObjectRef(
            "ExternalSecret", self.external_secret.namespace, self.external_secret.name
        )

    def place(self, path: Path = ()) -> Location:
        """Return where a field of the ExternalSecret stands."""
        return self.external_secret.place(*path)


@dataclass(frozen=True, slots=True)
class Skipped:
    """An ExternalSecret that is not ours to sync, and why."""

    ref: ObjectRef
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run will do.

    Attributes:
        waves: those of one wave need nothing of each other; each wave may need the ones before.
        stores: the stores that are used.
        needed: targets of one wave that a later one needs.
        shared: targets that several ExternalSecrets write.
        several: whether the run, with all its shards, makes objects in several namespaces.
        notes: what is worth knowing of the plan.
    """

    waves: tuple[tuple[Planned, ...], ...]
    stores: Mapping[ObjectRef, Store]
    needed: frozenset[ObjectRef] = frozenset()
    shared: frozenset[ObjectRef] = frozenset()
    skipped: tuple[Skipped, ...] = ()
    failures: tuple[Failure, ...] = ()
    several: bool = False
    notes: tuple[str, ...] = ()

    @property
    def planned(self) -> tuple[Planned, ...]:
        """All that will be synced, in order."""
        return tuple(one for wave in self.waves for one in wave)

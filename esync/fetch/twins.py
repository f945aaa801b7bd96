"""Which stores of a run are one: those of equal settings and equal credentials. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from esync.errors import EsyncError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from esync.flow.plan import Planned, StoreUse
    from esync.manifests.store import Store
    from esync.providers.contract import Provider


class Door(Protocol):
    """One store for the ExternalSecrets of one namespace, before it is opened.

    What is read of credentials is read once: comparing and opening see the same.
    """

    @property
    def store(self) -> Store:
        """The store."""

    @property
    def likeness(self) -> str:
        """A text that is equal for stores of equal settings; empty for one like no other."""

    def credentials(self) -> Hashable:
        """Return what it signs in with, to be compared.

        Raises:
            EsyncError: it cannot be read.
        """

    def open(self) -> Provider:
        """Return a client.

        Raises:
            EsyncError: the store cannot be opened, or may not be.
        """


def uses_of(planned: Iterable[Planned]) -> tuple[StoreUse, ...]:
    """Return the stores that are asked, in the order of first need."""
    used = {entry.ask.use: None for one in planned for entry in one.entries if entry.ask}
    return tuple(used)


def families(doors: Mapping[StoreUse, Door]) -> list[list[StoreUse]]:
    """Group stores of equal settings; one that is like no other is a group of its own."""
    found: dict[object, list[StoreUse]] = {}
    for use, door in doors.items():
        found.setdefault(door.likeness or use, []).append(use)
    return list(found.values())


def same(
    family: Sequence[StoreUse], known: Mapping[StoreUse, Hashable]
) -> Iterator[list[StoreUse]]:
    """Divide stores of equal settings into those of equal credentials.

    Args:
        family: stores of equal settings.
        known: their credentials; what is absent could not be read, and equals no other.
    """
    found: dict[object, list[StoreUse]] = {}
    for use in family:
        key = ("known", known[use]) if use in known else ("unknown", use)
        found.setdefault(key, []).append(use)
    yield from found.values()


def compared(
    doors: Mapping[StoreUse, Door],
) -> tuple[Mapping[StoreUse, StoreUse], frozenset[StoreUse]]:
    """Compare stores without opening any.

    Returns:
        For a store that is the same as another, which one is asked in its place; and those of
        which that cannot be told, because their credentials cannot be read here.
    """
    instead: dict[StoreUse, StoreUse] = {}
    unknown: set[StoreUse] = set()
    for family in families(doors):
        if len(family) < 2:  # noqa: PLR2004 - a pair
            continue
        known: dict[StoreUse, Hashable] = {}
        for use in family:
            try:
                known[use] = doors[use].credentials()
            except EsyncError:
                unknown.add(use)
        for first, *others in same(family, known):
            instead.update(dict.fromkeys(others, first))
    return instead, frozenset(unknown)

"""The fake store: nothing plays it, it is what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.identity.references import StoreAccess
from esync.providers.fake import Fake
from tests.contract.case import Ability, Case, Fault
from tests.fakes.stores import MemoryCredentials, make_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    import pytest

    from esync.providers.contract import Provider


class FakeCase:
    """A store whose manifest is written as the test goes."""

    proven_on = "itself"
    abilities = frozenset(
        {
            Ability.ANY_VALUE,
            Ability.NO_SECRET,
            Ability.EMPTY,
            Ability.VERSIONS,
            Ability.EXTRACT,
            Ability.INSIDE,
            Ability.FIND_NAME,
        }
    )
    faults: frozenset[Fault] = frozenset()
    longest = 1 << 20
    tags_at = ""
    separator = "/"

    def __init__(self) -> None:
        self._items: list[dict[str, Any]] = []

    def open(self) -> Provider:
        """Return the provider."""
        store = make_store("fake", {"data": self._items})
        return Fake.open(store, StoreAccess(store, "orders", MemoryCredentials()))

    def name(self, short: str) -> str:
        """Every name is taken."""
        return short

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Add an item, and one with the version's number, since there is no newest."""
        assert not tags
        number = sum(item["key"] == name and "version" in item for item in self._items) + 1
        self._items += [
            {"key": name, "value": value.decode()},
            {"key": name, "value": value.decode(), "version": str(number)},
        ]
        return name

    def version(self, name: str, number: int) -> str:  # noqa: ARG002 - the case's contract
        """Its number."""
        return str(number)

    def broken(self, fault: Fault) -> AbstractContextManager[Provider]:
        """Refuse: it has no faults."""
        raise AssertionError(fault)


def fake(request: pytest.FixtureRequest) -> Iterator[Case]:  # noqa: ARG001 - needs no server
    """Yield an empty fake store."""
    yield FakeCase()

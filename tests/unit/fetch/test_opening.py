"""Stores are opened once; equal ones as one, and nothing is compared before a host is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from esync.errors import EsyncError, Location
from esync.fetch.crew import Crew
from esync.fetch.opening import TRIES, Stores
from esync.flow.fetched import Answer, Fetched
from esync.flow.plan import Ask, Operation, StoreUse
from esync.identity.hosts import HostRefused
from esync.manifests.document import ObjectRef
from esync.payload.payload import JsonPayload, Lookup
from esync.providers.contract import AccessDenied, BadStore, Provider
from esync.secret import SecretValue
from tests.fakes.stores import make_store

if TYPE_CHECKING:
    from esync.manifests.store import Store


class Client:
    """A client that answers nothing."""

    converts_found_keys: ClassVar[bool] = False
    closed = False

    def read(self, key: str, version: str = "") -> JsonPayload:
        """Return the key."""
        return JsonPayload(SecretValue(f"{key}{version}".encode()), Lookup.PATH)

    def close(self) -> None:
        """Remember it."""
        self.closed = True


@dataclass
class Street:
    """Doors by namespace, and what was done at them.

    Attributes:
        secrets: what the store of a namespace signs in with; without it, that cannot be read.
        refused: errors of opening, by namespace.
        done: opened and compared, in order.
    """

    secrets: dict[str, str]
    refused: dict[str, EsyncError] = field(default_factory=dict)
    likeness: str = "alike"
    done: list[str] = field(default_factory=list)

    def __call__(self, use: StoreUse) -> StreetDoor:
        """Return the door of a store."""
        return StreetDoor(self, use.namespace)

    def open(self, stores: Stores, *namespaces: str, over: str = "") -> dict[str, str]:
        """Open; return which is asked in whose place."""
        with Crew(2, lambda: over) as crew:
            instead = stores.open(map(use, namespaces), crew)
        return {one.namespace: other.namespace for one, other in instead.items()}


@dataclass
class StreetDoor:
    """One of them."""

    street: Street
    namespace: str

    @property
    def store(self) -> Store:
        """The store of a namespace."""
        store = make_store("vault", {"auth": {"x": "y"}}, namespace=self.namespace)
        file = Location(f"{self.namespace}.yaml", 1)
        return replace(store, document=replace(store.document, at=file))

    @property
    def likeness(self) -> str:
        """The same for all of a street."""
        return self.street.likeness

    def credentials(self) -> SecretValue:
        """Return what it signs in with."""
        self.street.done.append(f"compare {self.namespace}")
        if self.namespace not in self.street.secrets:
            raise EsyncError("it cannot be read")
        return SecretValue(self.street.secrets[self.namespace].encode())

    def open(self) -> Provider:
        """Open it, or not."""
        self.street.done.append(f"open {self.namespace}")
        if self.namespace in self.street.refused:
            raise self.street.refused[self.namespace]
        return Client()


def use(namespace: str) -> StoreUse:
    """Return the store of a namespace."""
    return StoreUse(ObjectRef("SecretStore", namespace, "main"), namespace)


def test_equal_ones_are_opened_once() -> None:
    """Three signs-in with one secret and two with another are two clients."""
    street = Street({"a": "x", "b": "y", "c": "x", "d": "y", "e": "x"})
    stores = Stores(street)

    assert street.open(stores, *"abcde") == {"c": "a", "d": "b", "e": "a"}
    assert [one for one in street.done if one.startswith("open")] == ["open a", "open b"]


def test_those_like_no_other_are_not_compared() -> None:
    """Each is opened; no credential is read for it."""
    street = Street({}, likeness="")

    assert street.open(Stores(street), *"ab") == {}
    assert sorted(street.done) == ["open a", "open b"]


def test_nothing_is_compared_where_the_host_is_refused() -> None:
    """All of the same settings are refused, each by itself, and no credential is read."""
    names = [f"n{number}" for number in range(TRIES + 3)]
    refusals = {name: HostRefused("no", at=Location(name, 1)) for name in names}
    street = Street(dict.fromkeys(names, "x"), dict(refusals))
    stores = Stores(street)

    assert street.open(stores, *names) == {}
    assert sorted(street.done) == sorted(f"open {name}" for name in names)
    assert [stores[use(name)] for name in names] == list(refusals.values())


def test_one_that_cannot_be_opened_does_not_keep_others_apart() -> None:
    """The next one is tried."""
    street = Street(dict.fromkeys("abc", "x"), {"a": BadStore("its own fault")})
    stores = Stores(street)

    assert street.open(stores, *"abc") == {"c": "b"}
    assert isinstance(stores[use("a")], BadStore)


def test_unknown_credentials_equal_nothing() -> None:
    """Also not each other."""
    street = Street({"a": "x", "d": "x"})

    assert street.open(Stores(street), *"abcd") == {"d": "a"}


def test_a_later_wave_uses_what_is_open() -> None:
    """Nothing is opened twice; one that comes later is asked through the one that is open."""
    street = Street(dict.fromkeys("abc", "x"))
    stores = Stores(street)

    assert street.open(stores, "a") == {}
    assert street.open(stores, *"abc") == {"b": "a", "c": "a"}
    assert [one for one in street.done if one.startswith("open")] == ["open a"]


def test_clients_are_closed_unless_the_run_is_over() -> None:
    """A store that hangs would hang there, too."""
    for over, closed in (("", True), ("the time is over", False)):
        street = Street({}, likeness="")
        stores = Stores(street)
        street.open(stores, "a")
        client = stores[use("a")]
        assert isinstance(client, Client)
        stores.close(lambda over=over: over)  # type: ignore[misc] # the default binds the loop's
        assert client.closed is closed


def test_an_error_moves_to_the_store_that_was_meant() -> None:
    """The same line of the same settings; errors elsewhere stay."""
    street = Street(dict.fromkeys("ab", "x"))
    stores = Stores(street)
    with Crew(1, lambda: "") as crew:
        instead = stores.open(map(use, "ab"), crew)
    place = street(use("a")).store.place("auth", "x")
    asks = [Ask(use("b"), Operation.READ, key) for key in ("there", "elsewhere")]
    assert place.file == "a.yaml"
    placed = (AccessDenied("no", at=place), AccessDenied("no", at=Location("else.yaml", 3)))
    answers = {ask: Answer(error=error) for ask, error in zip(asks, placed, strict=True)}

    found = stores.in_own_places(Fetched(answers), instead).answers

    errors = [found[ask].error for ask in asks]
    assert [error.at for error in errors if error] == [
        street(use("b")).store.place("auth", "x"),
        Location("else.yaml", 3),
    ]

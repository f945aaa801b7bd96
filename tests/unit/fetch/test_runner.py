"""Stores are asked once, in batches, a bounded number at a time, and no more when they are down."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Barrier, Event, Lock
from typing import TYPE_CHECKING, ClassVar

import pytest

from esync.errors import EsyncError, Location
from esync.fetch import Door, Limits, Runner
from esync.fetch.gate import PATIENCE, TRIES, Gate, wait_before
from esync.flow.plan import Ask, Entry, Operation, Planned, StoreUse
from esync.manifests.document import Document, ObjectRef
from esync.manifests.externalsecret import ExternalSecret, ExternalSecretSpec, Find
from esync.payload.payload import JsonPayload, Lookup
from esync.providers.contract import AccessDenied, NoSecret, Throttled, Unavailable
from esync.providers.tariff import Calling, Limit, Tariff
from esync.secret import SecretValue
from tests.fakes.stores import make_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from esync.flow.fetched import Fetched
    from esync.manifests.store import Store
    from esync.payload.payload import Payload

USE = StoreUse(ObjectRef("SecretStore", "ns", "vault"), "ns")


class OneByOne:
    """A store in memory that answers a key with itself, unless an error is set for it."""

    converts_found_keys: ClassVar[bool] = False

    def __init__(self, **errors: Exception) -> None:
        self.errors = errors
        self.asked: list[str] = []
        self.closed = False
        self.lock = Lock()
        self.during: Callable[[], object] = lambda: None

    def read(self, key: str, version: str = "") -> Payload:
        """Return the key as its value."""
        with self.lock:
            self.asked.append(f"{key}{version}")
            error = self.errors.get(key)
        self.during()
        if error:
            raise error
        return payload(key)

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


class InBatches(OneByOne):
    """The same with a batch call of three."""

    batch_size: ClassVar[int] = 3

    def __init__(self, *, denied: bool = False, **errors: Exception) -> None:
        super().__init__(**errors)
        self.batches: list[Sequence[tuple[str, str]]] = []
        self.denied = denied

    def can_batch(self, key: str, version: str) -> bool:
        """Versions are asked alone."""
        return bool(key) and not version

    def read_many(
        self, wanted: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Payload | EsyncError]:
        """Answer all but those with an error, which are left out."""
        self.batches.append(wanted)
        if self.denied:
            raise AccessDenied("no batches")
        return {one: payload(one[0]) for one in wanted if one[0] not in self.errors}


def payload(text: str) -> Payload:
    """Return a payload."""
    return JsonPayload(SecretValue(text.encode()), Lookup.PATH)


def planned(name: str, *keys: str, version: str = "") -> Planned:
    """Return an ExternalSecret that needs these keys."""
    document = Document("v1", "ExternalSecret", "ns", name, {}, Location("x", 1), {})
    one = ExternalSecret(name, "ns", ExternalSecretSpec(), document)
    entries = [Entry((), Ask(USE, Operation.READ, key, version)) for key in keys]
    return Planned(one, ObjectRef("Secret", "ns", name), tuple(entries))


@dataclass(frozen=True)
class AnyDoor:
    """Opens a store; like no other unless a test says so."""

    store: Store
    opens: Callable[[], OneByOne]
    likeness: str = ""
    secret: str = ""

    def credentials(self) -> str:
        """Return what it signs in with; a store without anything cannot tell."""
        if not self.secret:
            raise EsyncError("it cannot be read")
        return self.secret

    def open(self) -> OneByOne:
        """Open it."""
        return self.opens()


def door(open_store: Callable[[StoreUse], OneByOne]) -> Callable[[StoreUse], Door]:
    """Return what leads to stores that are like no other."""
    return lambda use: AnyDoor(make_store("fake", {"data": []}), lambda: open_store(use))


def run(
    provider: OneByOne | EsyncError, *wanted: Planned, concurrency: int = 4, over: str = ""
) -> tuple[dict[str, Fetched], Runner]:
    """Fetch everything; return what each got."""

    def open_store(use: StoreUse) -> OneByOne:
        assert use == USE
        if isinstance(provider, EsyncError):
            raise provider
        return provider

    runner = Runner(door(open_store), Limits(concurrency, lambda: over), lambda _: Calling())
    with runner:
        found = {one.external_secret.name: fetched for one, fetched in runner.stream(wanted)}
    return found, runner


def values(fetched: Fetched) -> dict[str, str]:
    """Return value or rule by key."""
    found = {}
    for ask, answer in fetched.answers.items():
        if answer.error:
            found[ask.key] = answer.error.rule
        else:
            assert answer.payload is not None
            found[ask.key] = answer.payload.value("").reveal().decode()
    return found


def test_equal_questions_are_asked_once() -> None:
    """Two ExternalSecrets that need one key cost one call, and both get it."""
    store = OneByOne()

    found, runner = run(store, planned("a", "k", "l"), planned("b", "k"))

    assert sorted(store.asked) == ["k", "l"]
    assert values(found["a"]) == {"k": "k", "l": "l"}
    assert values(found["b"]) == {"k": "k"}
    assert [dict(one.calls) for one in runner.calls()] == [{"read": 2}]
    assert store.closed


def test_nothing_to_ask_is_ready_at_once() -> None:
    """An entry that brings nothing keeps nobody waiting."""
    found, _ = run(OneByOne(), planned("empty"))

    assert values(found["empty"]) == {}


def test_batches_are_filled() -> None:
    """Seven keys in batches of three: three calls; a batch of one is a plain call."""
    store = InBatches()

    found, runner = run(store, planned("a", *"abcdefg"))

    assert [len(batch) for batch in store.batches] == [3, 3]
    assert store.asked == ["g"]
    assert len(values(found["a"])) == 7
    assert [dict(one.calls) for one in runner.calls()] == [{"read many": 2, "read": 1}]


def test_what_cannot_be_batched_is_asked_alone() -> None:
    """Only the others share a call."""
    store = InBatches()

    run(store, planned("a", "x", "y"), planned("b", "z", version="7"))

    assert store.batches == [[("x", ""), ("y", "")]]
    assert store.asked == ["z7"]


def test_a_failing_member_never_fails_its_batch() -> None:
    """What the batch leaves out is asked alone, and fails alone."""
    store = InBatches(b=NoSecret("none"))

    found, _ = run(store, planned("a", "a", "b", "c"))

    assert values(found["a"]) == {"a": "a", "b": "ES0301", "c": "c"}
    assert store.asked == ["b"]


def test_a_denied_batch_call_is_tried_once() -> None:
    """From then on keys are asked alone, and the run says so."""
    store = InBatches(denied=True)

    found, runner = run(store, planned("a", *"abcdef"), concurrency=1)

    assert len(store.batches) == 1
    assert sorted(store.asked) == list("abcdef")
    assert len(values(found["a"])) == 6
    assert "does not permit batch calls" in runner.notes()[0]


def test_a_store_that_cannot_be_opened_fails_those_who_need_it() -> None:
    """Its error is everybody's answer."""
    found, _ = run(AccessDenied("no"), planned("a", "k"), planned("b", "l"))

    assert values(found["a"]) == {"k": "ES0304"}
    assert values(found["b"]) == {"l": "ES0304"}


def test_a_store_that_is_down_is_not_asked_for_ever() -> None:
    """After a few calls without an answer the rest fails at once, with that reason."""
    keys = [f"k{number}" for number in range(50)]
    store = OneByOne(**dict.fromkeys(keys, Unavailable("nobody answers")))

    found, _ = run(store, planned("a", *keys), concurrency=1)

    assert len(store.asked) == PATIENCE
    assert set(values(found["a"]).values()) == {"ES0305"}
    messages = {answer.error.message for answer in found["a"].answers.values() if answer.error}
    assert messages == {"nobody answers", "not asked again: nobody answers"}


def test_nothing_is_started_when_the_run_is_over() -> None:
    """The reason is the answer."""
    store = OneByOne()

    found, _ = run(store, planned("a", "k"), over="SIGTERM came")

    assert store.asked == []
    error = next(iter(found["a"].answers.values())).error
    assert error is not None
    assert error.message == "not asked: SIGTERM came"


def test_no_more_calls_than_allowed_are_under_way() -> None:
    """Exactly as many threads meet inside the store as the limit says."""
    store = OneByOne()
    barrier = Barrier(3, timeout=20)
    store.during = barrier.wait

    run(store, planned("a", *"abcdef"), concurrency=3)

    assert len(store.asked) == 6


def test_a_throttled_call_is_made_again() -> None:
    """The store asked to wait no time at all; the second try gets through."""
    slow = Throttled("slow down")
    slow.retry_after = 0
    store = OneByOne(k=slow)
    store.during = store.errors.clear

    found, _ = run(store, planned("a", "k"))

    assert values(found["a"]) == {"k": "k"}
    assert store.asked == ["k", "k"]


def test_a_store_that_throttles_for_ever_fails_in_the_end() -> None:
    """The number of tries is bounded."""
    slow = Throttled("slow down")
    slow.retry_after = 0
    store = OneByOne(k=slow)

    found, _ = run(store, planned("a", "k"))

    assert values(found["a"]) == {"k": "ES0306"}
    assert len(store.asked) == TRIES


def test_find_needs_a_provider_that_finds() -> None:
    """Others say that they cannot, and name the field."""
    ask = Ask(USE, Operation.FIND, find_key="x", find=Find())
    base = planned("a")
    wanted = Planned(base.external_secret, base.target, (Entry((), ask),))

    found, _ = run(OneByOne(), wanted)

    error = found["a"].answers[ask].error
    assert error is not None
    assert error.rule == "ES0308"
    assert error.message.startswith("dataFrom.find: ")
    assert "dataFrom.extract" in error.hint


class Searched(OneByOne):
    """A store whose search makes three calls, and tells each before it makes it."""

    def __init__(self, before: Callable[[str], None] = lambda _: None) -> None:
        super().__init__()
        self.before = before

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return what three calls bring."""
        assert wanted == Find()
        for name in ("List", "Get", "Get"):
            self.before(name)
            self.asked.append(name)
        return {"a": SecretValue(b"b")}

    def announcing(self, before: Callable[[str], None]) -> Searched:
        """Return the same, which tells its calls."""
        same = Searched(before)
        same.asked = self.asked
        return same


@pytest.mark.parametrize(("ends_after", "rule"), [(99, None), (2, "ES0305")])
def test_a_search_is_counted_as_it_goes(ends_after: int, rule: str | None) -> None:
    """Each call of it takes its turn; it ends when the run is over."""
    store = Searched()
    limits = (Limit(("List", "Get"), 1000, 1, "account"),)
    calling = Calling(Tariff("service", "2026-11", (), limits=limits))
    ask = Ask(USE, Operation.FIND, find_key="x", find=Find())
    base = planned("a")
    wanted = Planned(base.external_secret, base.target, (Entry((), ask),))

    def over() -> str:
        return "the time is over" if len(store.asked) >= ends_after else ""

    with Runner(door(lambda _: store), Limits(1, over), lambda _: calling) as runner:
        [(_, fetched)] = runner.stream([wanted])

    assert store.asked == ["List", "Get", "Get"][:ends_after]
    error = fetched.answers[ask].error
    assert (error and error.rule) == rule


def test_the_gate_narrows_and_widens() -> None:
    """Half as much after a throttle, one more after a round of answers, never above the limit."""
    gate = Gate(8)
    gate.throttled()
    assert gate.limit == 4
    for _ in range(5):
        gate.answered()
    assert gate.limit == 5
    for _ in range(100):
        gate.answered()
    assert gate.limit == 8
    for _ in range(10):
        gate.throttled()
    assert gate.limit == 1


@pytest.mark.parametrize(
    ("attempt", "asked", "chance", "seconds"),
    [
        (1, None, 1.0, 0.5),
        (1, None, 0.0, 0.25),
        (3, None, 1.0, 2.0),
        (20, None, 1.0, 20.0),
        (1, 3.0, 0.5, 3.0),
        (1, 999.0, 0.5, 20.0),
    ],
)
def test_waits_grow_and_honour_what_was_asked(
    attempt: int, asked: float | None, chance: float, seconds: float
) -> None:
    """Exponential with a spread; Retry-After as it is, within bounds."""
    assert wait_before(attempt, asked, chance) == seconds


def test_a_store_that_hangs_is_left_behind_when_the_run_is_over() -> None:
    """Whoever waits for it gets the reason; the others have their values."""
    store = OneByOne()
    hangs, reasons = Event(), iter(["", ""])

    def during() -> None:
        if store.asked[-1] == "slow":
            hangs.wait(30)

    store.during = during
    over: list[str] = []

    def open_store(use: StoreUse) -> OneByOne:
        assert use == USE
        return store

    runner = Runner(
        door(open_store),
        Limits(1, lambda: over[0] if over else next(reasons, "")),
        lambda _: Calling(),
    )
    found = {}
    with runner:
        for one, fetched in runner.stream([planned("a", "quick"), planned("b", "slow")]):
            found[one.external_secret.name] = values(fetched)
            over.append("SIGTERM came")
    hangs.set()

    assert found == {"a": {"quick": "quick"}, "b": {"slow": "ES0305"}}
    assert not store.closed

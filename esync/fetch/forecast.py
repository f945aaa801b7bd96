"""Count what a run will ask of its stores, with the planner that the run itself uses. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from esync.fetch import planner, twins
from esync.flow.forecast import Forecast, LimitUse
from esync.flow.plan import Operation
from esync.providers import provider_of
from esync.providers.tariff import Calling, TellsCalls
from esync.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from esync.fetch.twins import Door
    from esync.flow.plan import Ask, Plan, Planned, StoreUse
    from esync.manifests.document import ObjectRef
    from esync.manifests.store import Store
    from esync.providers.tariff import Tariff


def forecast(plan: Plan, door_of: Callable[[StoreUse], Door] | None = None) -> tuple[Forecast, ...]:
    """Return what the waves of ``plan`` will ask of each store, by the store's name.

    As in the run, an equal question of a later wave is asked again: its answer was let go.

    Args:
        plan: what is counted.
        door_of: leads to stores, to compare and not to open them; without it, none are the same.
    """
    counts: dict[ObjectRef, _Count] = {}
    for wave in plan.waves:
        doors = {use: door_of(use) for use in twins.uses_of(wave)} if door_of else {}
        instead, unknown = twins.compared(doors)
        _count_wanted(wave, instead, plan.stores, counts)
        questions = planner.Ledger(wave, instead).questions
        for use, asks in planner.by_store(questions).items():
            counts[use.store].add(use, asks)
        for use in unknown:
            counts[use.store].unknown.add(use)
    return tuple(counts[ref].forecast(str(ref)) for ref in sorted(counts, key=str))


def calling_of(store: Store) -> Calling:
    """Return how a store will be asked: as its provider says, else key by key."""
    provider = provider_of(store)
    return provider.calling(store) if issubclass(provider, TellsCalls) else Calling()


@dataclass(slots=True)
class _Count:
    calling: Calling
    uses: set[StoreUse] = field(default_factory=set)
    unknown: set[StoreUse] = field(default_factory=set)
    wanted: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    questions: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)

    def want(self, asks: Sequence[Ask]) -> None:
        """Count what the operator would ask for one ExternalSecret."""
        remembered = dict.fromkeys(asks) if self.calling.operator_remembers else asks
        for ask in remembered:
            self.asked += 1
            self.wanted.update(self._requests((ask,)))

    def add(self, use: StoreUse, asks: Sequence[Ask]) -> None:
        """Count the calls that answer ``asks``."""
        self.uses.add(use)
        for call in planner.calls(asks, self.calling.batch_size, self.calling.can_batch):
            self.calls[planner.operation_of(call)] += 1
            self.requests.update(self._requests(call.asks))
            self.questions += len(call.asks)

    def _requests(self, asks: Sequence[Ask]) -> tuple[str, ...]:
        if len(asks) > 1:
            return (self.calling.read_many,)
        ask = asks[0]
        if ask.operation is Operation.FIND:
            return self.calling.find(ask.find) if ask.find else ()
        is_read = ask.operation is Operation.READ
        return self.calling.read if is_read else self.calling.metadata

    def forecast(self, store: str) -> Forecast:
        tariff = self.calling.tariff
        return Forecast(
            store,
            tariff.service if tariff else "",
            clients=len(self.uses),
            unknown=len(self.unknown),
            wanted=self.asked,
            questions=self.questions,
            calls=dict(sorted(self.calls.items())),
            requests=dict(sorted(self.requests.items())),
            searches=self.calls[Operation.FIND.value],
            cost=_cost(self.requests, tariff) if tariff else None,
            operator_cost=_cost(self.wanted, tariff) if tariff else None,
            as_of=tariff.as_of if tariff else "",
            limits=tuple(_limits(self.requests, tariff)) if tariff else (),
        )


def _count_wanted(
    wave: Sequence[Planned],
    instead: Mapping[StoreUse, StoreUse],
    stores: Mapping[ObjectRef, Store],
    counts: dict[ObjectRef, _Count],
) -> None:
    for one in wave:
        by_store: dict[ObjectRef, list[Ask]] = {}
        for entry in one.entries:
            if entry.ask:
                use = instead.get(entry.ask.use, entry.ask.use)
                by_store.setdefault(use.store, []).append(entry.ask)
        for ref, asks in by_store.items():
            if ref not in counts:
                counts[ref] = _Count(calling_of(stores[ref]))
            counts[ref].want(asks)


def _cost(requests: Mapping[str, int], tariff: Tariff) -> int:
    return sum(tariff.prices.get(name, 0) * number for name, number in requests.items())


def _limits(requests: Mapping[str, int], tariff: Tariff) -> Iterator[LimitUse]:
    for limit in tariff.limits:
        made = sum(requests.get(name, 0) for name in limit.calls)
        if made:
            calls = tuple(name for name in limit.calls if requests.get(name))
            yield LimitUse(calls, made, limit.allowed, limit.seconds, limit.scope)

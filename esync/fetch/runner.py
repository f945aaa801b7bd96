"""Ask the stores: a bounded number of calls at once, each with its error as a value.

An ExternalSecret is handed on as soon as its own answers are there, while others are still being
asked; an answer is dropped when the last one that needs it has got it.
"""

from __future__ import annotations

from collections import Counter
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING, Self

from esync.errors import EsyncError
from esync.fetch import planner
from esync.fetch.asking import Asking
from esync.fetch.crew import Crew
from esync.fetch.gate import Gate
from esync.fetch.opening import Stores
from esync.fetch.pace import Pace
from esync.fetch.twins import uses_of
from esync.flow.fetched import Answer, Fetched, StoreCalls
from esync.providers.contract import Unavailable
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from esync.fetch.twins import Door
    from esync.flow.plan import Ask, Planned, StoreUse
    from esync.manifests.document import ObjectRef
    from esync.providers.tariff import Calling


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be under way at once, and until when.

    Attributes:
        concurrency: calls under way at once, over all stores.
        over: says why nothing more shall be started (the time is up, a signal came), else nothing.
    """

    concurrency: int
    over: Callable[[], str]


class Runner:
    """Holds the open clients of a run, so that each store is opened once.

    Use it as a context manager: leaving it closes the clients.
    """

    def __init__(
        self,
        door_of: Callable[[StoreUse], Door],
        limits: Limits,
        calling: Callable[[StoreUse], Calling],
    ) -> None:
        self._stores = Stores(door_of)
        self._calling = calling
        self._paces: dict[ObjectRef, Pace] = {}
        self._limits = limits
        self._gates: dict[StoreUse, Gate] = {}
        self._counts: dict[StoreUse, Counter[str]] = {}
        self._no_batches: set[StoreUse] = set()
        self._lock = Lock()
        self._stopped = Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._stores.close(self._limits.over)

    def stream(self, planned: Sequence[Planned]) -> Iterator[tuple[Planned, Fetched]]:
        """Ask everything that ``planned`` needs, each question once; yield each as it is ready."""
        with Crew(self._limits.concurrency, self._limits.over) as crew:
            instead = self._stores.open(uses_of(planned), crew)
            ledger = planner.Ledger(planned, instead)
            yield from ((one, Fetched({})) for one in ledger.ready_at_once())
            grouped = planner.by_store(ledger.questions)
            calls = planner.in_order(
                [call for use, asks in grouped.items() for call in self._calls(use, asks)], ledger
            )
            for found in crew.each(calls, self._ask, _not_answered):
                for ask, answer in found.items():
                    for one, fetched in ledger.answer(ask, answer):
                        yield one, self._stores.in_own_places(fetched, instead)

    def calls(self) -> tuple[StoreCalls, ...]:
        """Return how often each store was called so far."""
        found: dict[str, Counter[str]] = {}
        for use, count in self._counts.items():
            found.setdefault(str(use.store), Counter()).update(count)
        return tuple(StoreCalls(name, dict(count)) for name, count in sorted(found.items()))

    def notes(self) -> tuple[str, ...]:
        """Return what there is to say of the stores."""
        return tuple(
            f"{use.store} does not permit batch calls: its secrets were asked one by one"
            for use in sorted(self._no_batches)
        )

    def _calls(self, use: StoreUse, asks: Sequence[Ask]) -> Iterator[planner.Call]:
        provider = self._stores[use]
        size = 1 if isinstance(provider, EsyncError) else getattr(provider, "batch_size", 1)
        can_batch = getattr(provider, "can_batch", None)
        return planner.calls(asks, size, can_batch or _never)

    def _ask(self, call: planner.Call) -> Mapping[Ask, Answer]:
        """Ask; an error of the store itself tells where the store stands."""
        answers = dict(self._answers(call))
        for ask, answer in answers.items():
            if answer.error and answer.error.is_of_store:
                answers[ask] = Answer(error=self._stores.located(call.use, answer.error))
        return answers

    def _answers(self, call: planner.Call) -> Mapping[Ask, Answer]:
        provider = self._stores[call.use]
        if isinstance(provider, EsyncError):
            return dict.fromkeys(call.asks, Answer(error=provider))
        with self._lock:
            gate = self._gates.setdefault(call.use, Gate(self._limits.concurrency))
            pace = self._paces.get(call.use.store) or Pace(self._calling(call.use), monotonic)
            self._paces[call.use.store] = pace
        asking = Asking(
            provider,
            gate,
            pace,
            count=lambda operation: self._count(call.use, operation),
            over=self._over,
            wait=self._stopped.wait,
        )
        if len(call.asks) == 1:
            return {call.asks[0]: asking.single(call.asks[0])}
        if call.use in self._no_batches:
            return {ask: asking.single(ask) for ask in call.asks}
        answers, permitted = asking.batch(call.asks)
        if not permitted:
            self._no_batches.add(call.use)
        return answers

    def _over(self) -> str:
        return "the run ended" if self._stopped.is_set() else self._limits.over()

    def _count(self, use: StoreUse, operation: str) -> None:
        with self._lock:
            self._counts.setdefault(use, Counter())[operation] += 1


def _never(_key: str, _version: str) -> bool:
    return False


def _not_answered(call: planner.Call, reason: str) -> Mapping[Ask, Answer]:
    error = Unavailable(f"{call.use.store} did not answer: {reason}")
    return dict.fromkeys(call.asks, Answer(error=error))

"""Ask the stores: a bounded number of calls at once, each with its error as a value."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Protocol, Self

from esync.errors import EsyncError
from esync.fetch import planner
from esync.flow.fetched import Answer, Fetched, StoreCalls
from esync.flow.plan import Operation
from esync.payload.keys import convert_keys
from esync.providers.contract import (
    AccessDenied,
    Finds,
    NoSecret,
    Provider,
    ReadsMany,
    ReadsMetadata,
    Unavailable,
    Unsupported,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from esync.flow.plan import Ask, Planned, StoreUse
    from esync.payload.payload import Payload


class OpenStore(Protocol):
    """Opens the client of a store for one namespace; made in ``cli/wiring``."""

    def __call__(self, use: StoreUse) -> Provider:
        """Return a client; raises EsyncError when the store cannot be opened."""


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

    def __init__(self, open_store: OpenStore, limits: Limits) -> None:
        self._open_store = open_store
        self._limits = limits
        self._open: dict[StoreUse, Provider | EsyncError] = {}
        self._counts: dict[StoreUse, Counter[str]] = {}
        self._no_batches: set[StoreUse] = set()
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for provider in self._open.values():
            if not isinstance(provider, EsyncError):
                provider.close()
        self._open.clear()

    def fetch(self, planned: Sequence[Planned]) -> Fetched:
        """Ask everything that ``planned`` needs, each question once."""
        grouped = planner.by_store(planner.questions(planned))
        with ThreadPoolExecutor(self._limits.concurrency, "fetch") as pool:
            for use, provider in pool.map(self._opened, grouped):
                self._open[use] = provider
            calls = [call for use, asks in grouped.items() for call in self._calls(use, asks)]
            answers: dict[Ask, Answer] = {}
            for found in pool.map(self._ask, calls):
                answers.update(found)
        return Fetched(answers, self.calls())

    def calls(self) -> tuple[StoreCalls, ...]:
        """Return how often each store was called so far."""
        return tuple(
            StoreCalls(str(use.store), dict(count)) for use, count in sorted(self._counts.items())
        )

    def _opened(self, use: StoreUse) -> tuple[StoreUse, Provider | EsyncError]:
        if use in self._open:
            return use, self._open[use]
        try:
            return use, self._open_store(use)
        except EsyncError as error:
            return use, error

    def _calls(self, use: StoreUse, asks: Sequence[Ask]) -> Sequence[planner.Call]:
        provider = self._open[use]
        if isinstance(provider, ReadsMany):
            return tuple(planner.calls(asks, provider.batch_size, provider.can_batch))
        return tuple(planner.calls(asks, 1, lambda _key, _version: False))

    def _ask(self, call: planner.Call) -> Mapping[Ask, Answer]:
        provider = self._open[call.use]
        if isinstance(provider, EsyncError):
            return dict.fromkeys(call.asks, Answer(error=provider))
        if len(call.asks) == 1:
            return {call.asks[0]: self._single(provider, call.asks[0])}
        return self._batch(provider, call)

    def _batch(self, provider: Provider, call: planner.Call) -> Mapping[Ask, Answer]:
        """Ask many at once; what the batch leaves open, or may not tell, is asked alone."""
        found: Mapping[tuple[str, str], Payload | EsyncError] = {}
        if call.use not in self._no_batches and isinstance(provider, ReadsMany):
            self._count(call.use, "read many")
            try:
                found = provider.read_many([(ask.key, ask.version) for ask in call.asks])
            except AccessDenied:
                self._no_batches.add(call.use)
            except EsyncError as error:
                return dict.fromkeys(call.asks, Answer(error=error))
        answers = {}
        for ask in call.asks:
            one = found.get((ask.key, ask.version))
            if one is None:
                answers[ask] = self._single(provider, ask)
            elif isinstance(one, EsyncError):
                answers[ask] = _failed(one)
            else:
                answers[ask] = Answer(payload=one)
        return answers

    def _single(self, provider: Provider, ask: Ask) -> Answer:
        reason = self._limits.over()
        if reason:
            return Answer(error=Unavailable(f"not asked: {reason}"))
        try:
            return self._answer(provider, ask)
        except EsyncError as error:
            return _failed(error)

    def _answer(self, provider: Provider, ask: Ask) -> Answer:
        self._count(ask.use, ask.operation.value)
        match ask.operation:
            case Operation.READ:
                return Answer(payload=provider.read(ask.key, ask.version))
            case Operation.METADATA:
                if isinstance(provider, ReadsMetadata):
                    return Answer(payload=provider.read_metadata(ask.key, ask.version))
                # ESO does so too: a store without metadata gives the value instead.
                return Answer(payload=provider.read(ask.key, ask.version))
            case Operation.FIND:
                return self._find(provider, ask)

    def _find(self, provider: Provider, ask: Ask) -> Answer:
        if not isinstance(provider, Finds) or ask.find is None:
            raise Unsupported(f"{ask.use.store}: its provider cannot find secrets")
        found = provider.find(ask.find)
        if provider.converts_found_keys:
            found = convert_keys(found, ask.find.conversion_strategy)
        return Answer(found=found)

    def _count(self, use: StoreUse, operation: str) -> None:
        with self._lock:
            self._counts.setdefault(use, Counter())[operation] += 1


def _failed(error: EsyncError) -> Answer:
    return Answer(error=error, no_secret=isinstance(error, NoSecret))

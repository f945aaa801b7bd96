"""What is asked together: equal questions once, and in batches where a store has them. Pure."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esync.flow.fetched import Answer, Fetched
from esync.flow.plan import Operation
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from esync.flow.plan import Ask, Planned, StoreUse


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a store: a single question, or several that it answers at once."""

    use: StoreUse
    asks: tuple[Ask, ...]


# The operation of a call that asks several questions; a single one has its question's.
READ_MANY: Final = "read many"


def operation_of(call: Call) -> str:
    """Return how a call is counted."""
    return READ_MANY if len(call.asks) > 1 else call.asks[0].operation.value


def asked_of(ask: Ask, instead: Mapping[StoreUse, StoreUse]) -> Ask:
    """Return the question as it is asked: of the store that stands for the one that is meant."""
    other = instead.get(ask.use)
    return replace(ask, use=other) if other else ask


class Ledger:
    """Who waits for which answer, and what was answered so far.

    Args:
        planned: those who ask.
        instead: for a store that is the same as another, which one is asked in its place.

    Attributes:
        questions: every question once, as it is asked, in the order of first need.
    """

    def __init__(
        self,
        planned: Sequence[Planned],
        instead: Mapping[StoreUse, StoreUse] = MappingProxyType({}),
    ) -> None:
        self._planned = planned
        self._needs = [self._asked(one, instead) for one in planned]
        self._waiting: dict[Ask, list[int]] = {}
        for index, needs in enumerate(self._needs):
            for ask in dict.fromkeys(needs.values()):
                self._waiting.setdefault(ask, []).append(index)
        self._open = [len(set(needs.values())) for needs in self._needs]
        self._users = {ask: len(waiting) for ask, waiting in self._waiting.items()}
        self._answers: dict[Ask, Answer] = {}
        self.questions = tuple(self._waiting)

    def first_need(self, ask: Ask) -> int:
        """Return the position of the first ExternalSecret that waits for this answer."""
        return self._waiting[ask][0]

    def ready_at_once(self) -> Iterator[Planned]:
        """Yield those that ask nothing."""
        yield from (one for one, needs in zip(self._planned, self._needs, strict=True) if not needs)

    def answer(self, ask: Ask, answer: Answer) -> Iterator[tuple[Planned, Fetched]]:
        """Take an answer in; yield those for whom it was the last one, and forget what is used."""
        self._answers[ask] = answer
        for index in self._waiting[ask]:
            self._open[index] -= 1
            if not self._open[index]:
                yield self._planned[index], Fetched(self._take(index))

    def _take(self, index: int) -> dict[Ask, Answer]:
        needs = self._needs[index]
        taken = {meant: self._answers[ask] for meant, ask in needs.items()}
        for ask in set(needs.values()):
            self._users[ask] -= 1
            if not self._users[ask]:
                del self._answers[ask]
        return taken

    @staticmethod
    def _asked(one: Planned, instead: Mapping[StoreUse, StoreUse]) -> dict[Ask, Ask]:
        """Return each question as it is asked, by the question that is meant."""
        return {
            entry.ask: asked_of(entry.ask, instead) if instead else entry.ask
            for entry in one.entries
            if entry.ask
        }


def in_order(calls: Iterable[Call], ledger: Ledger) -> list[Call]:
    """Order calls by who needs them first, so that the first ones are ready first."""
    return sorted(calls, key=lambda call: ledger.first_need(call.asks[0]))


def by_store(asks: Iterable[Ask]) -> dict[StoreUse, tuple[Ask, ...]]:
    """Group questions by the store, and the namespace for which it is opened."""
    grouped: dict[StoreUse, list[Ask]] = {}
    for ask in asks:
        grouped.setdefault(ask.use, []).append(ask)
    return {use: tuple(found) for use, found in grouped.items()}


def calls(
    asks: Sequence[Ask], batch_size: int, can_batch: Callable[[str, str], bool]
) -> Iterator[Call]:
    """Yield the calls that answer the questions of one store.

    Args:
        asks: of one store.
        batch_size: how many keys one call answers; below 2 there are no batches.
        can_batch: whether the batch call can ask for a key and version.
    """
    together = [
        ask
        for ask in asks
        if batch_size > 1 and ask.operation is Operation.READ and can_batch(ask.key, ask.version)
    ]
    if len(together) > 1:
        for start in range(0, len(together), batch_size):
            chunk = tuple(together[start : start + batch_size])
            yield Call(chunk[0].use, chunk)
    else:
        together = []
    batched = set(together)
    for ask in asks:
        if ask not in batched:
            yield Call(ask.use, (ask,))

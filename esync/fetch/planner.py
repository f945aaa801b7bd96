"""What is asked together: equal questions once, and in batches where a store has them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from esync.flow.plan import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from esync.flow.plan import Ask, Planned, StoreUse


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a store: a single question, or several that it answers at once."""

    use: StoreUse
    asks: tuple[Ask, ...]


def questions(planned: Iterable[Planned]) -> tuple[Ask, ...]:
    """Return every question of ``planned`` once, in the order of first need."""
    found = dict.fromkeys(
        entry.ask for one in planned for entry in one.entries if entry.ask is not None
    )
    return tuple(found)


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

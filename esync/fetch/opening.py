"""Open the stores of a run: each once, and equal ones as one.

No credential is read to compare it before one store of the same settings was opened, which refuses
hosts that are not allowed; a store that cannot be opened has an error of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.errors import EsyncError
from esync.fetch import twins
from esync.flow.fetched import Answer, Fetched
from esync.providers.contract import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from esync.errors import Location
    from esync.fetch.crew import Crew
    from esync.fetch.twins import Door
    from esync.flow.plan import StoreUse
    from esync.manifests.document import Document, Path
    from esync.providers.contract import Provider

# Of stores that look alike so many are tried; then each of the rest is opened for itself.
TRIES: Final = 5

Opened = list[tuple["StoreUse", "Provider | EsyncError"]]


class Stores:
    """The clients of a run."""

    def __init__(self, door_of: Callable[[StoreUse], Door]) -> None:
        self._door_of = door_of
        self._doors: dict[StoreUse, Door] = {}
        self._open: dict[StoreUse, Provider | EsyncError] = {}

    def __getitem__(self, use: StoreUse) -> Provider | EsyncError:
        """Return the client, or why there is none."""
        return self._open[use]

    def open(self, uses: Iterable[StoreUse], crew: Crew) -> Mapping[StoreUse, StoreUse]:
        """Open what is not open yet.

        Returns:
            For a store that is the same as another, which one is asked in its place.
        """
        doors = {use: self._door(use) for use in uses}
        families = twins.families(doors)
        self._enter(families, crew)
        classes = list(self._classes(families, crew))
        self._enter(classes, crew)
        self._enter([[use] for one in classes if not self._entered(one) for use in one], crew)
        instead: dict[StoreUse, StoreUse] = {}
        for one in classes:
            first = self._entered(one)
            if first:
                equal = (use for use in one if use != first and not self._failed(use))
                instead.update(dict.fromkeys(equal, first))
        for use in instead:
            # Its credentials are not needed any more.
            if use not in self._open:
                del self._doors[use]
        return instead

    def close(self, over: Callable[[], str]) -> None:
        """Close all clients, unless the run is over: a store that hangs would hang here, too."""
        for provider in self._open.values():
            if not isinstance(provider, EsyncError) and not over():
                provider.close()
        self._open.clear()

    def in_own_places(self, fetched: Fetched, instead: Mapping[StoreUse, StoreUse]) -> Fetched:
        """Return answers whose errors tell the place of the store that was meant, not asked."""
        if not instead:
            return fetched
        answers = dict(fetched.answers)
        for ask, answer in fetched.answers.items():
            if answer.error and answer.error.at and ask.use in instead:
                there = self._doors[instead[ask.use]].store.document
                at = _moved(answer.error.at, there, self._door(ask.use).store.document)
                answers[ask] = Answer(error=answer.error.moved(at), no_secret=answer.no_secret)
        return Fetched(answers, fetched.calls)

    def located(self, use: StoreUse, error: EsyncError) -> EsyncError:
        """Return an error with the place of its store, if that is where to look."""
        return error.located(self._door(use).store.place()) if error.is_of_store else error

    def _door(self, use: StoreUse) -> Door:
        if use not in self._doors:
            self._doors[use] = self._door_of(use)
        return self._doors[use]

    def _failed(self, use: StoreUse) -> bool:
        return isinstance(self._open.get(use), EsyncError)

    def _entered(self, group: Sequence[StoreUse]) -> StoreUse | None:
        """Return the first of a group that is open."""
        return next((use for use in group if use in self._open and not self._failed(use)), None)

    def _enter(self, groups: Iterable[Sequence[StoreUse]], crew: Crew) -> None:
        """Open the first of each group that can be opened."""
        closed = [group for group in groups if any(use not in self._open for use in group)]
        for opened in crew.each(closed, self._first, self._none_opened):
            self._open.update(opened)

    def _first(self, group: Sequence[StoreUse]) -> Opened:
        opened: Opened = []
        for use in group[:TRIES]:
            if self._failed(use):
                continue
            if use in self._open:
                break
            try:
                opened.append((use, self._doors[use].open()))
            except EsyncError as error:
                opened.append((use, self.located(use, error.of_store())))
            else:
                break
        return opened

    def _none_opened(self, group: Sequence[StoreUse], reason: str) -> Opened:
        return [
            (use, Unavailable(f"{use.store} did not answer the sign-in: {reason}"))
            for use in group
            if use not in self._open
        ]

    def _classes(
        self, families: Iterable[Sequence[StoreUse]], crew: Crew
    ) -> Iterator[Sequence[StoreUse]]:
        """Yield the stores that are one, for all that were not refused."""
        rest: list[Sequence[StoreUse]] = []
        compared: list[list[StoreUse]] = []
        for family in families:
            open_or_not = [use for use in family if not self._failed(use)]
            if len(open_or_not) > 1 and self._entered(family):
                compared.append(open_or_not)
            else:
                rest.extend([use] for use in open_or_not)
        every = [use for family in compared for use in family]
        known = {
            use: found[0] for use, found in crew.each(every, self._credentials, _unread) if found
        }
        yield from (one for family in compared for one in twins.same(family, known))
        yield from rest

    def _credentials(self, use: StoreUse) -> tuple[StoreUse, tuple[Hashable] | None]:
        try:
            return use, (self._doors[use].credentials(),)
        except EsyncError:  # told when it is opened for itself
            return use, None


def _moved(at: Location, there: Document, here: Document) -> Location:
    """Return the place of the same field in another document of the same settings."""
    if at == there.at:
        return here.at
    paths = (path for path in there.lines if there.place(path) == at)
    path: Path | None = min(paths, key=len, default=None)
    return at if path is None else here.place(path)


def _unread(use: StoreUse, _reason: str) -> tuple[StoreUse, tuple[Hashable] | None]:
    return use, None

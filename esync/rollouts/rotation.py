"""Which Secrets changed: learnt while a run goes on, and marked on them as they are written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esync.flow.change import Action, Done, Result
from esync.flow.kubernetes import DATA_CHANGED_ANNOTATION
from esync.gocompat.digest import field_manager
from esync.rollouts.marks import mark_of, marked
from esync.rollouts.options import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from esync.flow.change import Change
    from esync.flow.kubernetes import SecretObject
    from esync.flow.plan import Planned
    from esync.flow.snapshot import Snapshot
    from esync.manifests.document import ObjectRef
    from esync.rollouts.decide import Rotated
    from esync.rollouts.options import Options

_NANOSECONDS: Final = 10**9
_WRITTEN: Final = frozenset({Result.CREATED, Result.CONFIGURED})
_SPOILT: Final = frozenset({Result.FAILED, Result.NOT_DONE, Result.DELETED})


class Rotation:
    """Remembers Secrets for the restarts at the end; may be told from several threads at once.

    Without restarts it does nothing, and Secrets are written without a mark.
    """

    def __init__(self, options: Options, clock: Callable[[], int]) -> None:
        self._options = options
        self._clock = clock
        self._changing: dict[ObjectRef, Rotated] = {}
        self._pending: dict[ObjectRef, Rotated] = {}

    @property
    def is_on(self) -> bool:
        """Whether anything is to be restarted."""
        return self._options.mode is not Mode.NONE

    def saw(self, planned: Iterable[Planned], snapshot: Snapshot) -> None:
        """Remember what an earlier run changed, and did not restart for."""
        if not self.is_on:
            return
        now = self._clock() // _NANOSECONDS
        for one in planned:
            live = snapshot.secrets.get(one.target)
            mark = mark_of(live.annotations) if live else None
            writer = one.external_secret.name
            if live and mark and mark.pending and mark.since <= now and _wrote_mark(live, writer):
                self._pending[live.ref] = _rotated(live, writer, mark.since)

    def judged(self, change: Change) -> Change:
        """Remember what a change would do to data; return it as it is."""
        if self.is_on and change.secret and self._counts(change):
            writer = change.planned.external_secret.name
            now = self._clock() // _NANOSECONDS
            self._changing[change.ref] = _rotated(change.secret, writer, now)
        return change

    def marked(self, change: Change) -> Change:
        """Return a change that is about to be written, with the mark on its Secret."""
        if not (self.is_on and change.secret and self._counts(change)):
            return change
        return self.judged(replace(change, secret=marked(change.secret, self._clock())))

    def marking(self, changes: Iterable[Change]) -> Iterator[Change]:
        """Mark each change when its turn comes."""
        return map(self.marked, changes)

    def rotated(self, ended: Sequence[Change | Done]) -> list[Rotated]:
        """Return the Secrets that count, by the end of each, or by what would be written."""
        found = dict(self._pending)
        for one in ended:
            change = one.change if isinstance(one, Done) else one
            if isinstance(one, Done) and one.result in _SPOILT:
                found.pop(one.ref, None)
            elif isinstance(one, Done) and one.result not in _WRITTEN:
                continue
            elif change and self._counts(change) and one.ref in self._changing:
                found[one.ref] = self._changing[one.ref]
        return [found[ref] for ref in sorted(found)]

    def _counts(self, change: Change) -> bool:
        """Tell whether data changes that does not change on each run anyway."""
        if change.ref.kind != "Secret":
            return False
        if change.action is Action.CREATE:
            return self._options.on_create
        marks = [one for one in change.fields if one.field == "data" and not one.volatile]
        return change.action is Action.UPDATE and bool(marks)


def _rotated(secret: SecretObject, writer: str, since: int) -> Rotated:
    from esync.rollouts.decide import Rotated  # 5 ms, for runs that restart

    return Rotated(secret.ref, since, writer, secret.annotations, secret.labels)


def _wrote_mark(live: SecretObject, writer: str) -> bool:
    """Tell whether the mark is ours: a list of Secrets in an annotation counts for ours only."""
    manager = field_manager(writer)
    return any(
        one.manager == manager and DATA_CHANGED_ANNOTATION in one.annotations
        for one in live.managed
    )

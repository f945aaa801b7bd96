"""Judge a change anew, because somebody else wrote its object in the meantime.

If another run wrote values of the same ExternalSecret, the store is asked again: that run may have
asked later than this one. To write what this one holds could put an old value back, and the status
would say that all is well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync import deliver, observe, shape
from esync.deliver.errors import KeptChanging
from esync.flow.change import Action
from esync.flow.manifest import LiveManifest
from esync.gocompat.digest import field_manager

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.cluster.contract import Inspector
    from esync.cluster.overlay import InputFirst
    from esync.fetch import Runner
    from esync.flow.change import Change
    from esync.flow.desired import Desired
    from esync.flow.kubernetes import SecretObject
    from esync.flow.plan import Planned


class Judge:
    """Judges changes anew; may be asked by several threads.

    Args:
        cluster: what is written to.
        inputs: where templates are read.
        chance: time and chance, as templates see them.
        runner: makes one that asks the stores.
        changed: makes the change from what is settled.
    """

    def __init__(
        self,
        cluster: Inspector,
        inputs: InputFirst,
        chance: shape.Chance,
        runner: Callable[[int], Runner],
        changed: Callable[[Desired], Change],
    ) -> None:
        self._cluster = cluster
        self._inputs = inputs
        self._chance = chance
        self._runner = runner
        self._changed = changed

    def judged(self, change: Change, uid: str) -> Change:
        """Return the change that ``change`` has become; ``uid`` is of its ExternalSecret.

        Raises:
            EsyncError: it cannot be made any more, or its store does not answer.
        """
        if change.desired and change.manifest:
            found = observe.read_manifest(self._cluster, change.planned)
            again = self._settled(change.desired, found, uid)
        else:
            live = observe.read_secret(self._cluster, change.ref)
            if change.desired is None:
                again = deliver.deletion(change.planned, change.ref, live, change.reason)
            else:
                again = self._settled(change.desired, live, uid)
        return self._asked_again(change, uid) if is_overtaken(change, again) else again

    def _asked_again(self, change: Change, uid: str) -> Change:
        one = change.planned
        snapshot = observe.observe([one], inputs=self._inputs, cluster=self._cluster)
        if one.target in snapshot.errors:
            raise snapshot.errors[one.target]
        live = snapshot.manifests.get(one.target) or snapshot.secrets.get(one.target)
        with self._runner(1) as runner:
            for planned, fetched in runner.stream([one]):
                desired = shape.shape(planned, fetched, snapshot, self._chance)
                return _in_turn(change, self._settled(desired, live, uid))
        raise KeptChanging(f"{one.target} was written by somebody else, and the time is over")

    def _settled(
        self, desired: Desired, live: SecretObject | LiveManifest | None, uid: str
    ) -> Change:
        if isinstance(live, LiveManifest):
            return self._changed(shape.settle_manifest(desired, live, uid))
        return self._changed(shape.settle(desired, live, uid))


def is_overtaken(before: Change, again: Change) -> bool:
    """Tell whether somebody else wrote or removed what this ExternalSecret brings.

    Args:
        before: the change that met a conflict.
        again: the same, held against what is live now.
    """
    if not again.is_written:
        return False
    if before.desired is None:  # a deletion; what a renamed target left behind holds no news
        return before.ref == before.planned.target
    if before.manifest:
        return True
    keys = set(before.desired.content.data) | _managed(again.live, before.planned)
    had = before.live.data if before.live else {}
    has = again.live.data if again.live else {}
    return any(had.get(key) != has.get(key) for key in keys)


def _in_turn(before: Change, again: Change) -> Change:
    """Refuse to delete what was to be written: deletions come last, and are counted."""
    if again.action is Action.DELETE and before.action is not Action.DELETE:
        raise KeptChanging(
            f"{before.ref} was written by somebody else, and now the store has nothing for it",
            hint="run again",
        )
    return again


def _managed(live: SecretObject | None, planned: Planned) -> frozenset[str]:
    manager = field_manager(planned.external_secret.name)
    entries = [one.data for one in live.managed if one.manager == manager] if live else []
    return frozenset[str]().union(*entries)

"""Kill runs at chosen and at random moments, and find out from the audit log where that fell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from signal import SIGKILL
from threading import Timer
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from tests.servers.proxy import NONE, Passing, Trouble
from tests.trouble.grown import LEAVING, SET
from tests.trouble.program import Started
from tests.trouble.scene import ORPHANS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from random import Random

    from tests.servers.audit import AuditEvent
    from tests.servers.kubernetes import KubernetesServer
    from tests.servers.proxy import Proxy

Pair = tuple[str, str]
START, END = "start", "end"
WRITES = frozenset({"create", "update", "patch", "delete"})
_DONE = range(200, 300)
_KINDS = {
    "secrets": "Secret",
    "configmaps": "ConfigMap",
    "deployments.apps": "Deployment",
    "events": "Event",
    "externalsecrets.external-secrets.io": "ExternalSecret",
}
_DELETIONS = {**dict.fromkeys(ORPHANS, "delete orphaned"), **dict.fromkeys(LEAVING, "prune")}


class Place(Protocol):
    """A namespace in which a run can be killed."""

    namespace: str

    @property
    def arguments(self) -> list[str]:
        """What a run over it is called with."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write as the audit log has it: its kind, in words, and the object."""

    kind: str
    name: str


@dataclass(slots=True)
class Kills:
    """What became of the runs that were killed.

    Attributes:
        order: the writes of a run that nobody disturbed.
        fell: how many kills fell between which two kinds of write.
        wide: how many hit a run with several writers, which has no order.
        late: how many runs had come to their end before.
    """

    order: list[Write]
    fell: Counter[Pair] = field(default_factory=Counter)
    wide: int = 0
    late: int = 0

    @property
    def gaps(self) -> list[Pair]:
        """The kinds of write before and after each moment in which a run can end."""
        return list(pairwise([START, *(one.kind for one in self.order), END]))

    @property
    def pairs(self) -> list[Pair]:
        """Every pair of kinds of write that follow each other, with start and end."""
        return list(dict.fromkeys(self.gaps))

    @property
    def total(self) -> int:
        """How many runs were killed."""
        return self.fell.total() + self.wide

    def note(self, writes: list[Write], code: int, writers: int) -> None:
        """Count one run, by the writes that it had made."""
        if code != -SIGKILL:
            self.late += 1
        elif writers > 1:
            self.wide += 1
        else:
            done = len(writes)
            assert writes == self.order[:done], "with one writer, the order is always the same"
            self.fell[self.gaps[done]] += 1

    def add(self, others: Kills) -> None:
        """Count those as well."""
        self.fell += others.fell
        self.wide += others.wide
        self.late += others.late

    def table(self) -> str:
        """Return the histogram, for people."""
        rows = [f"{self.fell[pair]:5}  {pair[0]} | {pair[1]}" for pair in self.pairs]
        several = f"{self.wide:5}  somewhere among several writers"
        late = f"{self.late:5}  runs had ended before"
        return "\n".join([*rows, several, f"{self.total:5}  kills", late])


class Killing:
    """A place to kill runs in: many scenes on one server, each good for one kill.

    Args:
        server: where.
        proxy: stands before it.
        places: where; the last one nobody disturbs.
    """

    def __init__(self, server: KubernetesServer, proxy: Proxy, places: Sequence[Place]) -> None:
        self._server = server
        self._proxy = proxy
        self._left = list(places)
        self._order, self._seconds = self._undisturbed()
        self.kills = Kills(self._order)

    @property
    def left(self) -> int:
        """How many runs can still be killed."""
        return len(self._left)

    def at_every_pair(self) -> None:
        """Kill a run once between every two kinds of write, and before the first, after the last.

        In turns the server has just got the last write, and has just not got the next one.
        """
        gaps = {pair: number for number, pair in reversed(list(enumerate(self.kills.gaps)))}
        assert len(gaps) <= self.left, "more scenes are needed"
        for turn, gap in enumerate(sorted(gaps.values())):
            self.at_gap(gap, carried_out=turn % 2 == 1)

    def at_gap(self, gap: int, *, carried_out: bool) -> None:
        """Kill a run after so many writes.

        Args:
            gap: how many.
            carried_out: when the server has got the last one; else when the next one is on its way.
        """
        if gap == len(self._order) or (gap and carried_out):
            self._killed(partial(_kill_at, write=gap, carried_out=True))
        else:
            self._killed(partial(_kill_at, write=gap + 1, carried_out=False))

    def at_random(self, chance: Random, *, writers: int = 1) -> None:
        """Kill a run at some moment after its first write has set out.

        Only of a run with one writer is it known where that fell.
        """
        seconds = chance.uniform(0, self._seconds)
        self._killed(partial(_kill_after, seconds=seconds), writers)

    def _undisturbed(self) -> tuple[list[Write], float]:
        """Let one run come to its end; return its writes in their order, and how long they took."""
        scene, moments = self._left.pop(), list[float]()
        with self._server.audited() as events:
            self._proxy.make(partial(_noted, moments))
            ended = self._start(scene, 1).ended()
            self._proxy.calm()
        assert ended.code == 0, ended.err
        return writes_of(events, scene), moments[-1] - moments[0]

    def _start(self, scene: Place, writers: int) -> Started:
        arguments = [*scene.arguments, "--concurrency", str(writers)]
        return Started(arguments, self._proxy.kubeconfig)

    def _killed(self, killer: Callable[..., Trouble], writers: int = 1) -> None:
        scene = self._left.pop()
        with self._server.audited() as events:
            started = self._start(scene, writers)
            self._proxy.make(partial(killer, started.kill))  # long before it can ask for anything
            started.process.communicate()
            self._proxy.calm()
        self.kills.note(writes_of(events, scene), started.process.returncode, writers)


def writes_of(events: Iterable[AuditEvent], scene: Place) -> list[Write]:
    """Return the writes that were carried out in a scene, in their order."""
    return [
        Write(_kind(one), one.name.partition(".")[0])
        for one in events
        if one.namespace == scene.namespace and one.verb in WRITES and one.status in _DONE
    ]


def _kind(event: AuditEvent) -> str:
    kind = _KINDS.get(event.resource, event.resource)
    if event.subresource:
        return f"{event.subresource} of {kind}"
    if event.verb == "delete":
        return f"{_DELETIONS.get(event.name, 'delete')} {kind}"
    if event.name == SET:
        return f"{event.verb} parent of the set"
    return f"{event.verb} {kind}"


def _kill_at(
    kill: Callable[[], None], passing: Passing, *, write: int, carried_out: bool
) -> Trouble:
    if passing.write != write:
        return NONE
    return Trouble(passes=carried_out, then=kill, cut=True)


def _kill_after(kill: Callable[[], None], passing: Passing, *, seconds: float) -> Trouble:
    if passing.write == 1:
        Timer(seconds, kill).start()
    return NONE


def _noted(moments: list[float], passing: Passing) -> Trouble:
    if passing.write:
        moments.append(monotonic())
    return NONE

"""Find what uses changed Secrets, and restart each workload once, after all writes."""

from __future__ import annotations

import logging
from base64 import b64decode
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esync.cluster.contract import CRON_JOBS, DAEMON_SETS, DEPLOYMENTS, SECRETS, STATEFUL_SETS
from esync.errors import EsyncError
from esync.flow.failure import Failure
from esync.flow.rollout import Restart, RestartResult
from esync.gocompat.digest import field_manager
from esync.records import dataclass, field
from esync.rollouts.decide import decide, in_order, restart_patch
from esync.rollouts.errors import LeftOpen, TooManyRestarts
from esync.rollouts.follow import Follower
from esync.rollouts.marks import mark_of, settled
from esync.rollouts.progress import kept_back
from esync.rollouts.reloader import digest
from esync.rollouts.scope import find_reloader, scoped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from esync.cluster.contract import Cluster, Object, Resource
    from esync.manifests.document import ObjectRef
    from esync.rollouts.decide import Decision, Rotated
    from esync.rollouts.options import Options
    from esync.rollouts.reloader import Settings

_log = logging.getLogger(__name__)
MANAGER: Final = "esync"
KINDS: Final = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, CRON_JOBS)
_NANOSECONDS: Final = 10**9
_PAUSED_BY: Final = {
    False: "it is paused: resume it, and run again",
    True: "Reloader has paused it, and resumes it: run again afterwards",
}
# With these a Secret is not in use everywhere yet, and the next run tries again.
_OPEN: Final = frozenset({RestartResult.KEPT, RestartResult.FAILED, RestartResult.NOT_DONE})


@dataclass(frozen=True, slots=True)
class Acting:
    """How restarts are made.

    Attributes:
        acts: else it is only told what would be done.
        run_id: names this run in the log.
        clock: nanoseconds since 1970.
        over: says why nothing more shall be started, else nothing.
        pause: waits for so many seconds.
    """

    acts: bool
    run_id: str
    clock: Callable[[], int]
    over: Callable[[], str]
    pause: Callable[[float], None]


@dataclass(slots=True)
class Restarted:
    """What became of everything that uses the Secrets."""

    restarts: list[Restart] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def restart(
    cluster: Cluster, rotated: Sequence[Rotated], options: Options, acting: Acting
) -> Restarted:
    """Restart what uses the Secrets, as the options say; without any, nothing is asked."""
    crew = _Crew(cluster, options, acting)
    if rotated:
        crew.work(rotated)
    crew.told.restarts.sort(key=lambda one: one.ref)
    return crew.told


class _Crew:
    """One round of restarts."""

    def __init__(self, cluster: Cluster, options: Options, acting: Acting) -> None:
        self._cluster = cluster
        self._options = options
        self._acting = acting
        self._now = acting.clock() // _NANOSECONDS
        self._blind: set[str] = set()
        self._hashes: dict[tuple[str, str], str] = {}
        self.told = Restarted()

    def work(self, rotated: Sequence[Rotated]) -> None:
        """Find, decide, restart, note what is done, and follow."""
        settings = find_reloader(self._cluster, self._options.reloader, self.told.notes)
        rotated = scoped(self._cluster, rotated, settings, self.told.notes)
        decisions = in_order(self._decisions(rotated, settings))
        due = [one for one in decisions if not self._is_told(one)]
        number = sum(1 for one in due if one.restarts)
        refused = number > self._options.limit
        if refused:
            self._refuse(number)
        if not self._acting.acts:
            for one in due:
                self._tell_instead(one, RestartResult.WOULD, kept_back(one.body))
        elif refused:
            for one in due:
                self._tell_instead(one, RestartResult.NOT_DONE, "too many would be restarted")
        else:
            started = list(self._started(due))
            self._settle(rotated)
            if self._options.wait:
                self._follow(started)

    def _decisions(self, rotated: Iterable[Rotated], settings: Settings) -> Iterator[Decision]:
        by_namespace: dict[str, list[Rotated]] = {}
        for one in rotated:
            by_namespace.setdefault(one.ref.namespace, []).append(one)
        for namespace, some in by_namespace.items():
            reason = self._acting.over()
            if reason:
                self._blind.add(namespace)
                self.told.failures.append(Failure(None, LeftOpen(namespace, reason)))
                continue
            for resource in KINDS:
                for body in self._listed(resource, namespace):
                    found = decide(resource, body, some, settings, self._options, self._now)
                    if found:
                        yield found

    def _listed(self, resource: Resource, namespace: str) -> Iterator[Object]:
        try:
            yield from self._cluster.list(resource, namespace)
        except EsyncError as error:
            if resource == CRON_JOBS:  # nothing would be done to them
                self.told.notes.append(f"CronJobs are not looked at: {error.message}")
                return
            self._blind.add(namespace)
            self.told.failures.append(Failure(None, error))

    def _is_told(self, one: Decision) -> bool:
        """Tell at once of what nothing is done to."""
        if one.resource == CRON_JOBS:
            self._tell(one, RestartResult.NEXT_JOB if one.restarts else RestartResult.LEFT)
        elif not (one.restarts or one.marks):
            self._tell(one, RestartResult.LEFT)
        elif one.is_paused:
            self._tell(one, RestartResult.KEPT, _PAUSED_BY[one.is_paused_by_reloader])
        else:
            return False
        return True

    def _tell_instead(self, one: Decision, result: RestartResult, reason: str) -> None:
        """Tell what becomes of a workload to which nothing is done now."""
        if one.restarts:
            self._tell(one, result, reason)
        else:
            self._tell(one, RestartResult.LEFT)

    def _refuse(self, number: int) -> None:
        error = TooManyRestarts(
            f"{number} workloads would be restarted, and the limit is {self._options.limit}",
            hint="none is; see them with esync diff --restart, and raise --restart-limit",
        )
        self.told.failures.append(Failure(None, error))

    def _started(self, due: Iterable[Decision]) -> Iterator[Decision]:
        """Patch one after the other; yield those that roll out."""
        for one in due:
            reason = self._acting.over()
            if reason:
                self._tell(one, RestartResult.NOT_DONE, reason)
                continue
            try:
                is_patched = self._patch(one)
            except EsyncError as error:
                self._tell(one, RestartResult.FAILED, error=error)
                self.told.failures.append(Failure(one.ref, error))
                continue
            if is_patched:
                self._tell(one, RestartResult.RESTARTED, kept_back(one.body))
            else:
                self._tell(one, RestartResult.LEFT, "it has been restarted")
            yield one

    def _patch(self, one: Decision) -> bool:
        """Send what makes a workload roll out; nothing if Reloader has done so already."""
        namespace, name = one.ref.namespace, one.ref.name
        hashes = {mark.secret: self._hash(namespace, mark.secret) for mark in one.marks}
        changes = restart_patch(one, hashes, self._now)
        if not changes:
            return False
        self._cluster.patch(one.resource, namespace, name, changes, manager=MANAGER)
        fields = {
            "run": self._acting.run_id,
            "context": self._cluster.context,
            "object": str(one.ref),
            "secrets": ",".join(dict.fromkeys(cause.secret for cause in one.causes)),
        }
        _log.info("restarted", extra={"fields": fields})
        return True

    def _hash(self, namespace: str, secret: str) -> str:
        """Return what Reloader marks a Secret with, so that one that runs finds nothing to do."""
        key = namespace, secret
        if key not in self._hashes:
            body = self._cluster.get(SECRETS, namespace, secret) or {}
            data = {name: b64decode(text) for name, text in (body.get("data") or {}).items()}
            self._hashes[key] = digest(data)
        return self._hashes[key]

    def _settle(self, rotated: Iterable[Rotated]) -> None:
        """Take the mark off each Secret for which nothing is left to be done."""
        pending = {
            (one.ref.namespace, cause.secret)
            for one in self.told.restarts
            if one.result in _OPEN
            for cause in one.causes
        }
        for one in rotated:
            ref = one.ref
            if ref.namespace in self._blind or (ref.namespace, ref.name) in pending:
                continue
            if self._acting.over():  # a mark that stays costs the next run a look
                return
            try:
                _take_off(self._cluster, one)
            except EsyncError as error:
                note = f"{ref}: the next run looks for its consumers again: {error.message}"
                self.told.notes.append(note)

    def _follow(self, started: Sequence[Decision]) -> None:
        follower = Follower(self._cluster, self._acting.over, self._acting.pause)
        ends = follower.follow((one.resource, one.ref) for one in started)
        self.told.restarts[:] = [_followed(one, ends) for one in self.told.restarts]
        self.told.failures.extend(Failure(ref, end) for ref, end in ends.items() if end)

    def _tell(
        self,
        one: Decision,
        result: RestartResult,
        reason: str = "",
        error: EsyncError | None = None,
    ) -> None:
        self.told.restarts.append(Restart(one.ref, result, one.causes, reason, one.notes, error))


def _followed(one: Restart, ends: dict[ObjectRef, EsyncError | None]) -> Restart:
    if one.ref not in ends:
        return one
    error = ends[one.ref]
    result = RestartResult.FAILED if error else RestartResult.ROLLED_OUT
    return replace(one, result=result, error=error)


def _take_off(cluster: Cluster, one: Rotated) -> None:
    """Say on a Secret that nothing is pending; one that changed since keeps what it says."""
    body = cluster.get(SECRETS, one.ref.namespace, one.ref.name)
    annotations = ((body or {}).get("metadata") or {}).get("annotations") or {}
    mark = mark_of(annotations)
    if body and mark and mark.pending and mark.since <= one.since:
        body["metadata"]["annotations"] = settled(annotations)
        cluster.update(SECRETS, body, manager=field_manager(one.writer))

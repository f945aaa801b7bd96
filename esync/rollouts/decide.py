"""From changed Secrets and workloads to what is restarted, each once, and why. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esync.flow.rollout import Cause
from esync.manifests.document import ObjectRef
from esync.records import dataclass, field
from esync.rollouts.marks import seconds, spelled
from esync.rollouts.options import Mode
from esync.rollouts.reloader import (
    ANNOTATIONS,
    Verdict,
    is_excluded,
    is_ignored,
    template_of,
    variable,
    verdict,
)
from esync.rollouts.uses import How, secrets_of, uses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from esync.cluster.contract import Object, Resource
    from esync.rollouts.options import Options
    from esync.rollouts.reloader import Settings

RESTARTED_AT: Final = "kubectl.kubernetes.io/restartedAt"
PAUSED_AT: Final = "deployment.reloader.stakater.com/paused-at"
PAUSE_PERIOD: Final = "deployment.reloader.stakater.com/pause-period"
_CHECKSUM: Final = "checksum/"


@dataclass(frozen=True, slots=True)
class Rotated:
    """A Secret whose data changed, in this run or in one that was ended before its restarts.

    Attributes:
        since: when, in seconds since 1970.
        writer: the name of the ExternalSecret that wrote it.
        minded: Reloader does not leave it alone by its settings.
    """

    ref: ObjectRef
    since: int
    writer: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    minded: bool = True


@dataclass(frozen=True, slots=True)
class Marking:
    """What Reloader sets for a Secret: this variable of that container, to the Secret's hash."""

    secret: str
    container: str
    variable: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of one workload.

    Attributes:
        restarts: why esync restarts it; empty if it does not.
        marks: what a running Reloader sets as well, so that each finds the other's work done.
        left: why a running Reloader restarts it by itself.
    """

    resource: Resource
    body: Object
    restarts: tuple[Cause, ...] = ()
    marks: tuple[Marking, ...] = ()
    left: tuple[Cause, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ref(self) -> ObjectRef:
        """The workload's name."""
        metadata = self.body["metadata"]
        return ObjectRef(self.resource.kind, metadata["namespace"], metadata["name"])

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Every reason, sorted."""
        return tuple(sorted({*self.restarts, *self.left}))

    @property
    def is_paused(self) -> bool:
        """Whether nothing rolls out until somebody resumes it."""
        return bool((self.body.get("spec") or {}).get("paused"))

    @property
    def is_paused_by_reloader(self) -> bool:
        """Whether a Reloader groups changes, and resumes it by its own clock."""
        return PAUSED_AT in (self.body["metadata"].get("annotations") or {})

    @property
    def comes_last(self) -> bool:
        """Whether it may be away while it restarts: others are better tried first."""
        single = (self.body.get("spec") or {}).get("replicas", 1) == 1
        return self.resource.kind == "StatefulSet" or (
            self.resource.kind == "Deployment" and single
        )


def decide(
    resource: Resource,
    body: Object,
    rotated: Iterable[Rotated],
    settings: Settings,
    options: Options,
    now: int,
) -> Decision | None:
    """Return what becomes of one workload, or None if no Secret of ``rotated`` concerns it.

    Args:
        resource: its kind.
        body: the workload.
        rotated: Secrets of its namespace.
        settings: of a Reloader.
        options: of the command line.
        now: seconds since 1970.
    """
    restarts: list[Cause] = []
    left: list[Cause] = []
    marks: list[Marking] = []
    notes: list[str] = []
    for one in _concerning(body, rotated, settings):
        if _is_newer(body, one.since, now):
            continue
        found = verdict(settings, one.ref.name, one.annotations, body) if one.minded else Verdict()
        notes.extend(found.notes)
        if found.rule and settings.running:
            left.append(Cause(one.ref.name, found.rule))
            if settings.strategy != ANNOTATIONS:
                marks.append(Marking(one.ref.name, found.container, variable(one.ref.name)))
        elif found.rule:
            restarts.append(Cause(one.ref.name, found.rule))
        elif options.mode is Mode.CONSUMERS:
            restarts.extend(_consumes(settings, one, body, options))
    if not (restarts or left):
        return None
    notes.extend(_remarks(body, settings))
    return Decision(
        resource, body, tuple(restarts), tuple(marks), tuple(left), tuple(dict.fromkeys(notes))
    )


def restart_patch(decision: Decision, hashes: Mapping[str, str], now: int) -> dict[str, Any]:
    """Return the patch that makes the workload roll out; empty if nothing is left to be set.

    Args:
        decision: what is to become of it.
        hashes: of each Secret that a Reloader marks.
        now: seconds since 1970.
    """
    template: dict[str, Any] = {}
    if decision.restarts:
        before = seconds(_template_annotations(decision.body).get(RESTARTED_AT, ""))
        # Twice in one second would be no change.
        moment = now + 1 if before == now else now
        template["metadata"] = {"annotations": {RESTARTED_AT: spelled(moment)}}
    containers = _marked_containers(decision, hashes)
    if containers:
        template["spec"] = {"containers": containers}
    return {"spec": {"template": template}} if template else {}


def in_order(decisions: Iterable[Decision]) -> list[Decision]:
    """Sort by name; what may be away while it restarts comes last."""
    return sorted(decisions, key=lambda one: (one.comes_last, one.ref))


def _concerning(
    body: Mapping[str, Any], rotated: Iterable[Rotated], settings: Settings
) -> Iterator[Rotated]:
    """Yield the Secrets that the workload uses; all of them if it can name one without using it."""
    used = secrets_of(template_of(body).get("spec") or {})
    own = (body.get("metadata") or {}).get("annotations") or {}
    names = settings.keys.named in own or settings.keys.named in _template_annotations(body)
    yield from (one for one in rotated if names or one.ref.name in used)


def _is_newer(body: Mapping[str, Any], since: int, now: int) -> bool:
    """Tell whether the workload was restarted, or made, after the change: then it has it.

    A restart follows in the same second, where everything is small. A time to come is somebody's
    clock that goes wrong, and no evidence.
    """
    made = seconds(str((body.get("metadata") or {}).get("creationTimestamp") or ""))
    restarted = seconds(_template_annotations(body).get(RESTARTED_AT, ""))
    return (restarted is not None and since <= restarted <= now) or (
        made is not None and since < made <= now
    )


def _consumes(settings: Settings, one: Rotated, body: Object, options: Options) -> Iterator[Cause]:
    own = body["metadata"].get("annotations") or {}
    name = one.ref.name
    if is_ignored(settings, one.annotations) or is_excluded(settings, own, name):
        return
    spec = template_of(body).get("spec") or {}
    for use in uses(spec, name):
        if use.how is not How.VOLUME or options.mounted:
            yield Cause(name, str(use))
            return


def _marked_containers(
    decision: Decision, hashes: Mapping[str, str]
) -> Sequence[Mapping[str, Any]]:
    spec = template_of(decision.body).get("spec") or {}
    live = {
        (container.get("name"), variable.get("name")): variable.get("value")
        for container in spec.get("containers") or ()
        for variable in container.get("env") or ()
    }
    entries: dict[str, list[dict[str, str]]] = {}
    for mark in decision.marks:
        value = hashes.get(mark.secret)
        if value and live.get((mark.container, mark.variable)) != value:
            entry = {"name": mark.variable, "value": value}
            entries.setdefault(mark.container, []).append(entry)
    return [{"name": name, "env": env} for name, env in sorted(entries.items())]


def _remarks(body: Mapping[str, Any], settings: Settings) -> Iterator[str]:
    names = sorted(one for one in _template_annotations(body) if one.startswith(_CHECKSUM))
    if PAUSE_PERIOD in (body["metadata"].get("annotations") or {}) and not settings.running:
        yield f"{PAUSE_PERIOD} is not honoured: a program that ends cannot resume it"
    if names:
        yield f"its template has {', '.join(names)}: rendering its chart anew restarts it as well"


def _template_annotations(body: Mapping[str, Any]) -> Mapping[str, str]:
    return (template_of(body).get("metadata") or {}).get("annotations") or {}

"""The corridor: one short function per command, calling the rooms in their order.

``load`` → Catalog → ``resolve`` → Plan → ``observe`` → Snapshot → ``fetch`` → Fetched → ``shape``
→ Desired → ``deliver`` → Done; all of them meet here and nowhere else.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from esync import observe, resolve, shape
from esync.cluster.overlay import InputFirst
from esync.flow.outcome import Outcome
from esync.pipeline.reading import ignored, loaded, trusted
from esync.pipeline.run import Run, place_of
from esync.pipeline.world import DoorOf, Request, World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync import deploy
    from esync.flow.change import Change, Done
    from esync.flow.desired import Content
    from esync.flow.kubernetes import SecretObject
    from esync.flow.manifest import ManifestObject
    from esync.manifests.document import ObjectRef
    from esync.secret import SecretValue

__all__ = [
    "DoorOf",
    "Request",
    "World",
    "apply",
    "diff",
    "ignored",
    "loaded",
    "manifests",
    "plan",
    "render",
    "template",
    "trusted",
    "validate",
]


def render(request: Request, world: World) -> Outcome:
    """Build every Secret from the input alone; write nothing, look at nothing live."""
    run = Run(request, world, looks=False)
    for wave in run.waves():
        for _ in wave:
            raise AssertionError("what looks at nothing live changes nothing")
    ordered = sorted(run.built.values(), key=_ref)
    return run.outcome("render", secrets=tuple(ordered))


def diff(request: Request, world: World) -> Outcome:
    """Find out what apply would change; write nothing."""
    run = Run(request, world)
    found = chain.from_iterable(run.waves())
    changes = sorted((*run.provisions, *found), key=_ref)
    prunes = run.hold_to_limit(changes)
    restarts = run.restarts(changes, acts=False)
    return run.outcome("diff", restarts=restarts, changes=tuple(changes), prunes=prunes)


def apply(request: Request, world: World) -> Outcome:
    """Write what differs, and tell what became of each object."""
    at_once = not (request.atomic or request.dry_run)
    run = Run(request, world, exact=request.dry_run, makes=at_once)
    if run.set:
        run.set.announce()
    if not at_once:
        judged = [list(wave) for wave in run.waves()]
        everything = [run.provisions, *judged]
        if request.atomic:
            run.hold_to_limit(chain.from_iterable(everything))
        refused = request.atomic and run.failures
        done = list(
            run.refused(everything) if refused else run.write(map(run.judged_again, judged))
        )
    else:
        done = list(run.write(run.waves()))
    done.sort(key=_ref)
    if request.write_status:
        run.tell(done)
    restarts = run.restarts(done, acts=True)
    return run.outcome("apply", restarts=restarts, done=tuple(done))


def plan(request: Request, world: World) -> Outcome:
    """Count what a run would ask of the stores; ask none of them."""
    run = Run(request, world, looks=request.only_due, exact=False)
    return run.outcome("plan", forecasts=run.forecasts())


def validate(request: Request, world: World) -> Outcome:
    """Check manifests without asking any store."""
    from esync import lint  # no other command needs its rules

    catalog = loaded(request, world)
    plan = resolve.resolve(catalog, request.resolve)
    findings = lint.check(catalog, plan, closed=request.closed)
    return Outcome(
        "validate",
        failures=findings.errors,
        warnings=findings.warnings,
        remarks=findings.remarks,
        judged=catalog.read,
        ignored=ignored(catalog),
    )


def manifests(
    request: Request, world: World, options: deploy.Options
) -> tuple[Sequence[deploy.Part], Outcome]:
    """Make what running esync in a cluster takes; no store is asked, nothing is written."""
    from esync import deploy  # no other command needs it, nor its YAML: 30 ms

    catalog = loaded(request, world)
    planned = resolve.resolve(catalog, request.resolve)
    failures = tuple(sorted(planned.failures, key=place_of))
    parts = deploy.manifests(catalog, planned, options)
    judged = len(planned.planned)
    return parts, Outcome("manifests", failures=failures, skipped=planned.skipped, judged=judged)


def template(request: Request, world: World, name: str, data: Mapping[str, SecretValue]) -> Content:
    """Render the templates of one ExternalSecret with ``data`` in place of fetched keys.

    Raises:
        EsyncError: there is no such ExternalSecret, or a template fails.
    """
    catalog = loaded(request, world)
    one = resolve.pick(catalog, name)
    inputs = InputFirst(catalog.objects, trusted(request, world), catalog.gaps)
    snapshot = observe.observe([one], inputs=inputs, cluster=None)
    return shape.fill(one, data, snapshot, world.chance)


def _ref(one: Change | Done | SecretObject | ManifestObject) -> ObjectRef:
    return one.ref

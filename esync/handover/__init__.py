"""The corridor of ``handover``: nothing goes, and nothing hangs, when the operator goes; and back.

Away from the operator, each ExternalSecret is marked first, so that no run of esync gives its
targets an owner reference again; then they lose theirs; and only when none is left does the
ExternalSecret lose its finalizer. Back, the same in the other direction.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import (
    CLUSTER_EXTERNAL_SECRETS,
    CLUSTER_SECRET_STORES,
    EXTERNAL_SECRETS,
    NAMESPACES,
    SECRET_STORES,
)
from esync.errors import EsyncError
from esync.flow.outcome import Outcome, Where
from esync.handover import steps
from esync.handover.ledger import Ledger
from esync.handover.targets import targets
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync.cluster.contract import Cluster, Object, Resource
    from esync.handover.targets import Target
    from esync.load import Selection

# Kinds that only the operator looks after, by group, version and kind.
_OTHERS: Final = (
    ("external-secrets.io", "v1alpha1", "PushSecret"),
    ("external-secrets.io", "v1alpha1", "ClusterPushSecret"),
    ("generators.external-secrets.io", "v1alpha1", "GeneratorState"),
)


class To(StrEnum):
    """Who writes from now on."""

    ESYNC = "esync"
    OPERATOR = "operator"


class PutBack(EsyncError):
    """An ExternalSecret would still take its target along, or hang."""

    rule = "ES0820"


@dataclass(frozen=True, slots=True)
class Request:
    """Which ExternalSecrets change hands, and in which direction.

    Attributes:
        selection: no namespace means all of them, and with them what belongs to none.
        dry_run: nothing is written.
        keep_finalizers: the operator still runs for others; it would put finalizers back, and
            removes them itself.
    """

    to: To
    selection: Selection
    dry_run: bool = False
    keep_finalizers: bool = False


def handover(request: Request, cluster: Cluster) -> Outcome:
    """Let ExternalSecrets change hands; each object tells what became of it."""
    ledger = Ledger(cluster, dry_run=request.dry_run)
    chosen = _chosen(request.selection, ledger)
    for _, some in sorted(chosen.items()):
        if request.to is To.ESYNC:
            _release(some, ledger, keep_finalizers=request.keep_finalizers)
        else:
            _give_back(some, ledger)
    part = request.selection.names or request.selection.selector
    if not (part or request.keep_finalizers):
        _finalizers(request, ledger)
        _tell_of_others(request, ledger)
    return Outcome(
        "handover",
        done=ledger.done(),
        failures=tuple(ledger.failures),
        notes=tuple(ledger.notes),
        where=Where(cluster.context, cluster.server),
        judged=sum(map(len, chosen.values())),
    )


def _chosen(selection: Selection, ledger: Ledger) -> Mapping[str, Sequence[Object]]:
    """Return the chosen ExternalSecrets by namespace, those on their way out among them."""
    found: dict[str, list[Object]] = {}
    for namespace in selection.namespaces or ("",):
        for body in ledger.listed(EXTERNAL_SECRETS, namespace, selection.selector):
            if not selection.names or body["metadata"]["name"] in selection.names:
                found.setdefault(body["metadata"]["namespace"], []).append(body)
    return found


def _release(chosen: Sequence[Object], ledger: Ledger, *, keep_finalizers: bool) -> None:
    names = {one["metadata"]["name"] for one in chosen}
    for one in chosen:
        ledger.edit(EXTERNAL_SECRETS, one, steps.marked, "its targets get no owner reference")
    for target in _targets(chosen, ledger) or ():
        ledger.edit(
            target.resource,
            target.body,
            lambda body: steps.released(body, names),
            "its owner reference is dropped",
            silent=True,
        )
    left = _targets(chosen, ledger)
    if left is None:
        return
    bound = {} if ledger.dry_run else {steps.owner(one.body): one for one in left}
    for one in chosen:
        still = bound.get(one["metadata"]["name"])
        if still:
            ledger.fail(EXTERNAL_SECRETS, one, _put_back(f"{still.ref} still belongs to it"))
        elif not keep_finalizers:
            ledger.edit(EXTERNAL_SECRETS, one, steps.unfinished, "its finalizer is dropped")
    if not (keep_finalizers or ledger.dry_run):
        _look_again(chosen, ledger)


def _give_back(chosen: Sequence[Object], ledger: Ledger) -> None:
    held = _targets(chosen, ledger)
    if held is None:
        return
    for one in chosen:
        for target in held:
            if steps.is_made_by(target.body, one):
                ledger.edit(
                    target.resource,
                    target.body,
                    lambda body, one=one: steps.owned(body, one),  # type: ignore[misc]
                    "its owner reference is back",
                )
        ledger.edit(EXTERNAL_SECRETS, one, steps.restored, "its finalizer is back")


def _targets(chosen: Sequence[Object], ledger: Ledger) -> Sequence[Target] | None:
    """Return what may belong to these ExternalSecrets; None if that cannot be found out."""
    namespace = chosen[0]["metadata"]["namespace"]
    return ledger.trying(lambda cluster: targets(cluster, namespace, chosen))


def _look_again(chosen: Sequence[Object], ledger: Ledger) -> None:
    """Fail what has its finalizer again: the operator puts it back when it sees the loss."""
    names = {one["metadata"]["name"] for one in chosen}
    for body in ledger.listed(EXTERNAL_SECRETS, chosen[0]["metadata"]["namespace"]):
        if body["metadata"]["name"] in names and steps.unfinished(body) != body:
            ledger.fail(EXTERNAL_SECRETS, body, _put_back("it has its finalizer still, or again"))


def _put_back(what: str) -> PutBack:
    return PutBack(
        what, hint="stop the operator and every run of esync for this namespace, then do it again"
    )


def _finalizers(request: Request, ledger: Ledger) -> None:
    """Change what would hang beside ExternalSecrets; what has no namespace only with all."""
    namespaces = request.selection.namespaces
    if request.to is To.OPERATOR:
        if not namespaces:
            for body in ledger.listed(CLUSTER_EXTERNAL_SECRETS):
                note = "its finalizer is back"
                ledger.edit(CLUSTER_EXTERNAL_SECRETS, body, steps.cluster_restored, note)
        return
    places: list[tuple[Resource, str]] = [(SECRET_STORES, one) for one in namespaces or ("",)]
    if not namespaces:
        places += [(CLUSTER_EXTERNAL_SECRETS, ""), (CLUSTER_SECRET_STORES, ""), (NAMESPACES, "")]
    for resource, namespace in places:
        for body in ledger.listed(resource, namespace):
            note = "its finalizer is dropped"
            ledger.edit(resource, body, steps.unfinished, note, silent=True)


def _tell_of_others(request: Request, ledger: Ledger) -> None:
    """Name what hangs for ever once the operator is gone, and what esync does not serve."""
    if request.to is not To.ESYNC:
        return
    for group, version, kind in _OTHERS:
        resource = ledger.trying(lambda cluster: cluster.resource_of(group, version, kind))  # noqa: B023 - called at once
        if resource is None:
            continue
        everywhere = not resource.namespaced
        for namespace in ("",) if everywhere else request.selection.namespaces or ("",):
            held = [one for one in ledger.listed(resource, namespace) if _is_held(one)]
            if held:
                ledger.notes.append(_hangs(kind, namespace, len(held)))


def _is_held(body: Mapping[str, Any]) -> bool:
    return bool(body["metadata"].get("finalizers"))


def _hangs(kind: str, namespace: str, number: int) -> str:
    where = f" of namespace {namespace}" if namespace else ""
    return (
        f"{number} {kind}{where} with a finalizer that only the operator removes: "
        "delete them while it runs, else deleting their definition hangs"
    )

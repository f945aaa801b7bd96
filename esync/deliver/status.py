"""What the operator would write on an ExternalSecret after a sync: status and an event. Pure.

Source:
    External Secrets Operator 2.9: conditions, refreshTime, syncedResourceVersion, binding, events.
    A condition's message never holds the detail of an error; the event holds it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from esync.flow.change import Result
from esync.gocompat.digest import sync_version
from esync.manifests.externalsecret import CreationPolicy
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from esync.errors import EsyncError
    from esync.flow.change import Done
    from esync.flow.plan import Planned
    from esync.manifests.document import ObjectRef

_NANOSECONDS: Final = 10**9
_SYNCED: Final = "SecretSynced"
_FAILED: Final = "SecretSyncedError"
_DATA: Final = "could not get secret data from provider"
_UPDATE: Final = "could not update secret"
_UNDONE: Final = frozenset({Result.FAILED, Result.NOT_DONE})
_ORPHANS: Final = "could not delete orphaned secrets"
# What an error of a rule means to the operator; every other one came from getting the data.
_MESSAGES: Final = {
    "ES0405": _UPDATE,
    "ES0406": _UPDATE,
    "ES0407": "target is owned by another ExternalSecret",
    "ES0408": "could not delete secret",
    "ES0409": _UPDATE,
    "ES0411": _UPDATE,
    "ES0508": "could not update secret, target is immutable",
}
_WRITING: Final = ("ES02", "ES05")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of one ExternalSecret.

    Attributes:
        status: the members of its status that change.
        events: type, reason and text of each event.
    """

    status: Mapping[str, Any]
    events: tuple[tuple[str, str, str], ...]


def succeeded(planned: Planned, done: Done, now: int, *, left_behind: bool = False) -> Verdict:
    """Return the verdict on a sync that worked.

    Args:
        planned: the ExternalSecret, as the cluster has it.
        done: what became of its target.
        now: when the sync began, in nanoseconds since 1970.
        left_behind: what a renamed target left behind was deleted.
    """
    one = planned.external_secret
    reason, message = _success(planned, done)
    status: dict[str, Any] = {
        "refreshTime": _time(now),
        "syncedResourceVersion": sync_version(one.generation, one.annotations, one.labels),
        "conditions": _conditions(planned, "True", reason, message, now),
    }
    if _is_bound(planned, done):
        status["binding"] = {"name": planned.target.name}
    events = [_EVENTS[done.result]] if done.result in _EVENTS else []
    return Verdict(status, (*([_ORPHANED] if left_behind else []), *events))


def failed(planned: Planned, error: EsyncError, now: int, *, left_behind: bool = False) -> Verdict:
    """Return the verdict on a sync that failed; the event names what went wrong, without values.

    Args:
        planned: the ExternalSecret, as the cluster has it.
        error: what went wrong.
        now: when the sync began, in nanoseconds since 1970.
        left_behind: it was about what a renamed target left behind.
    """
    message = _MESSAGES.get(error.rule, _UPDATE if error.rule.startswith(_WRITING) else _DATA)
    message = _ORPHANS if left_behind else message
    status = {"conditions": _conditions(planned, "False", _FAILED, message, now)}
    return Verdict(status, (("Warning", "UpdateFailed", f"{message}: {error.message}"),))


_ORPHANED: Final = ("Normal", "Deleted", "secret deleted because it was orphaned")
_EVENTS: Final = {
    Result.CREATED: ("Normal", "Created", "secret created"),
    Result.CONFIGURED: ("Normal", "Updated", "secret updated"),
    Result.DELETED: ("Normal", "Deleted", "secret deleted due to DeletionPolicy=Delete"),
}


def verdicts(
    every: Iterable[Planned],
    done: Sequence[Done],
    errors: Mapping[ObjectRef | None, EsyncError],
    now: int,
) -> dict[str, tuple[Planned, Verdict]]:
    """Return what is to be said of each ExternalSecret that came to an end, by its name.

    Args:
        every: the ExternalSecrets, as the cluster has them.
        done: what became of targets, and of what renamed targets left behind.
        errors: what else went wrong, by ExternalSecret.
        now: when the sync began, in nanoseconds since 1970.
    """
    # What became of an ExternalSecret itself is its ClusterExternalSecret's to tell.
    ended = [(one.planned, one) for one in done if one.planned and one.ref != one.planned.ref]
    targets = {planned.ref: one for planned, one in ended if one.ref == planned.target}
    behind = {planned.ref: one for planned, one in ended if one.ref != planned.target}
    undone = {planned.ref: one for planned, one in ended if one.result in _UNDONE}
    found: dict[str, tuple[Planned, Verdict]] = {}
    for planned in every:
        end, left = targets.get(planned.ref), undone.get(planned.ref)
        aside = planned.ref in behind
        error = errors.get(planned.ref) or (left.error if left else None)
        if error:
            aside = left is not None and left.ref != planned.target and error is left.error
            found[str(planned.ref)] = planned, failed(planned, error, now, left_behind=aside)
        elif end and not left:
            found[str(planned.ref)] = planned, succeeded(planned, end, now, left_behind=aside)
    return found


def _is_bound(planned: Planned, done: Done) -> bool:
    """Tell whether the target is a Secret that is as it should be.

    The operator says so of one that it writes; a run that was killed could not, and the next one
    finds nothing to write.
    """
    if planned.external_secret.spec.target.manifest:
        return False
    as_found = done.result is Result.UNCHANGED and not (done.change and done.change.reason)
    return as_found or done.result in {Result.CREATED, Result.CONFIGURED}


def _success(planned: Planned, done: Done) -> tuple[str, str]:
    target = planned.external_secret.spec.target
    reason = done.change.reason if done.change else ""
    if done.result is Result.DELETED or reason == "there is nothing to delete":
        return "SecretDeleted", "secret deleted due to DeletionPolicy=Delete"
    if reason == "retain":
        return _SYNCED, "secret retained due to DeletionPolicy=Retain"
    if reason == "nothing" and target.creation_policy is CreationPolicy.MERGE:
        return "SecretMissing", "secret will not be created due to CreationPolicy=Merge"
    return _SYNCED, "secret synced"


def _conditions(
    planned: Planned, status: str, reason: str, message: str, now: int
) -> list[dict[str, Any]]:
    """Return the list of conditions with ``Ready`` as it is now.

    An identical one is left as it is; one of the same status keeps its time; the one that is
    replaced moves to the end.
    """
    before: list[dict[str, Any]] = list(planned.external_secret.status.get("conditions") or ())
    old = next((one for one in before if one.get("type") == "Ready"), None)
    new = {"type": "Ready", "status": status, "reason": reason, "message": message}
    if old and all(old.get(name) == value for name, value in new.items()):
        return before
    same = old is not None and old.get("status") == status and old.get("lastTransitionTime")
    new["lastTransitionTime"] = str(same) if same else _time(now)
    return [*(one for one in before if one.get("type") != "Ready"), new]


def _time(now: int) -> str:
    return datetime.fromtimestamp(now // _NANOSECONDS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

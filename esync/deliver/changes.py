"""From desired to change: what differs, and whether it may be done. Pure.

``diff`` shows these changes and ``apply`` sends them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.deliver.errors import (
    CannotChange,
    TooManyDeletions,
    Untouchable,
    WouldBeEmptied,
    WouldLoseKeys,
)
from esync.deliver.generic import is_ours, manifest_change, without_consequences
from esync.flow.applyset import ID_LABEL
from esync.flow.change import Action, Change, FieldChange, Mark
from esync.flow.desired import Intent
from esync.flow.kubernetes import (
    CREATED_BY_LABEL,
    DATA_HASH_ANNOTATION,
    MANAGED_LABEL,
    UNTOUCHABLE_TYPES,
)
from esync.records import dataclass
from esync.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from esync.flow.applyset import Prune
    from esync.flow.desired import Desired
    from esync.flow.kubernetes import SecretObject
    from esync.flow.plan import Planned
    from esync.manifests.document import ObjectRef

FEW: Final = 5


@dataclass(frozen=True, slots=True)
class Guards:
    """What the user allows."""

    adopt: bool = False
    allow_empty: bool = False
    delete_limit: int | None = None
    force: bool = False


def change(desired: Desired, guards: Guards) -> Change:
    """Return the step from live to desired.

    Raises:
        Refused: a guard rail forbids it.
        DeliverError: the API would not accept it.
    """
    planned = desired.planned
    if planned.external_secret.spec.target.manifest:
        return manifest_change(desired, adopt=guards.adopt)
    live, secret = desired.live, desired.secret
    if desired.intent is Intent.DELETE:
        return deletion(planned, planned.target, live, "the store has nothing")
    if desired.intent is not Intent.WRITE or secret is None:
        return Change(planned.target, Action.NONE, planned, live, None, reason=desired.intent)
    if live is None:
        marks = _all(secret.data, Mark.ADDED, desired)
        return Change(planned.target, Action.CREATE, planned, None, secret, marks, desired)
    _guard(desired, live, secret, guards)
    fields = without_consequences(
        tuple(sorted(_differences(desired, live, secret))), is_intact=live.is_intact
    )
    action = Action.UPDATE if fields else Action.NONE
    return Change(planned.target, action, planned, live, secret, fields, desired)


def removals(planned: Planned, orphans: Sequence[SecretObject]) -> tuple[Change, ...]:
    """Return the deletions of Secrets that an ExternalSecret left behind under an old name."""
    found = (deletion(planned, one.ref, one, "its target was renamed") for one in orphans)
    return tuple(one for one in found if one.action is Action.DELETE)


def setting_aside(changes: Iterable[Change], removed: list[Change]) -> Iterator[Change]:
    """Yield what is written, and put deletions into ``removed``: they come last."""
    for one in changes:
        if one.action is Action.DELETE:
            removed.append(one)
        else:
            yield one


def over_limit(
    removed: Collection[Change | Prune], guards: Guards, *, scope: int
) -> TooManyDeletions | None:
    """Return why ``removed`` are too many, or None.

    Without ``--delete-limit`` it is the larger of 5 and a tenth of the ``scope``: a wrong account
    or region reads as "not found" everywhere.
    """
    limit = guards.delete_limit
    if limit is None:
        limit = max(FEW, scope // 10)
    if len(removed) <= limit:
        return None
    return TooManyDeletions(
        f"{_counted(removed)} would be deleted, and the limit is {limit}",
        hint=f"make sure that {_suspects(removed)} are right, or raise --delete-limit",
    )


def _suspects(removed: Collection[Change | Prune]) -> str:
    """Return what is wrong where much would go by mistake."""
    by_labels = all(_is_maker(one) for one in removed)
    return "the labels of the namespaces" if by_labels else "account and region"


def _is_maker(one: Change | Prune) -> bool:
    return one.ref.kind == "ExternalSecret"


def _counted(removed: Collection[Change | Prune]) -> str:
    """Count what would be deleted; a removed ExternalSecret takes what it owns with it."""
    number = sum(map(_is_maker, removed))
    secrets = f"{len(removed) - number} Secrets"
    if not number:
        return secrets
    makers = f"{number} ExternalSecrets, and with them the Secrets that they own,"
    return makers if number == len(removed) else f"{secrets} and {makers}"


def deletion(planned: Planned, ref: ObjectRef, live: SecretObject | None, reason: str) -> Change:
    """Return the deletion of a Secret, or nothing if it is gone or not this ExternalSecret's.

    The operator deletes whatever has the name; here label and owner must agree.
    """
    if live is None:
        return Change(ref, Action.NONE, planned, reason="there is nothing to delete")
    if not is_ours(planned, live.labels, live.owners):
        return Change(ref, Action.NONE, planned, live, reason="it is not ours to delete")
    masked = _makes_names(planned)
    names = sorted(MASK if masked else key for key in live.data)
    marks = tuple(FieldChange("data", name, Mark.REMOVED) for name in names)
    return Change(ref, Action.DELETE, planned, live, None, marks, reason=reason)


def _guard(desired: Desired, live: SecretObject, secret: SecretObject, guards: Guards) -> None:
    at = desired.planned.place(("spec", "target"))
    if live.type in UNTOUCHABLE_TYPES:
        raise Untouchable(f"{live.ref} is of type {live.type}, which esync never writes", at=at)
    if ID_LABEL in live.labels:
        from esync.deliver.set_errors import IsTheParent  # a run without a set has no need of it

        raise IsTheParent(
            f"{live.ref} is the parent object of an ApplySet",
            at=at,
            hint="choose another target name",
        )
    if live.effective_type != secret.effective_type:
        raise CannotChange(
            f"{live.ref} is of type {live.effective_type}, which cannot be changed in place",
            at=at,
            hint="delete it first, or choose another target name",
        )
    same_data = live.data == secret.data
    if live.immutable and not same_data:
        raise CannotChange(f"{live.ref} is immutable and would have to change", at=at)
    lost = set(live.data) - set(secret.data)
    if lost and not guards.adopt and not live.is_managed and CREATED_BY_LABEL not in live.labels:
        raise WouldLoseKeys(
            f"{live.ref} is managed by nobody and would lose {len(lost)} of its keys",
            at=at,
            hint="pass --adopt to take it over, or use creationPolicy: Merge",
        )
    emptied = [key for key, value in secret.data.items() if not value and live.data.get(key)]
    if emptied and not guards.allow_empty:
        raise WouldBeEmptied(
            f"{live.ref} has a value where the store has an empty one ({len(emptied)} keys)",
            at=at,
            hint="pass --allow-empty if that is meant",
        )


def _differences(
    desired: Desired, live: SecretObject, secret: SecretObject
) -> Iterator[FieldChange]:
    for key, mark in _marks(live.data, secret.data):
        yield _named(desired, "data", key, mark)
    for name, mark in _marks(live.labels, secret.labels):
        yield _named(desired, "labels", name, mark)
    for name, mark in _marks(live.annotations, secret.annotations):
        yield _named(desired, "annotations", name, mark)
    if live.immutable != secret.immutable:
        yield FieldChange("immutable", "", Mark.CHANGED)
    if live.finalizers != secret.finalizers:
        yield FieldChange("finalizers", "", Mark.CHANGED)
    if live.owners != secret.owners:
        yield FieldChange("ownerReferences", "", Mark.CHANGED)


def _marks(live: Mapping[str, object], desired: Mapping[str, object]) -> Iterator[tuple[str, Mark]]:
    for key in sorted(live.keys() | desired.keys()):
        if key not in live:
            yield key, Mark.ADDED
        elif key not in desired:
            yield key, Mark.REMOVED
        elif live[key] != desired[key]:
            yield key, Mark.CHANGED


def _named(desired: Desired, field: str, key: str, mark: Mark) -> FieldChange:
    volatile = mark is Mark.CHANGED and (field, key) in desired.content.volatile
    masked = (field, key) in desired.content.names_are_values or (
        mark is Mark.REMOVED and not _is_bookkeeping(key) and _makes_names(desired.planned)
    )
    return FieldChange(field, MASK if masked else key, mark, volatile)


def _is_bookkeeping(name: str) -> bool:
    return name in {MANAGED_LABEL, CREATED_BY_LABEL, DATA_HASH_ANNOTATION}


def _makes_names(planned: Planned) -> bool:
    """Tell whether the name of something that is gone may have been a value."""
    return planned.external_secret.makes_names


def _all(data: Mapping[str, object], mark: Mark, desired: Desired) -> tuple[FieldChange, ...]:
    return tuple(sorted(_named(desired, "data", key, mark) for key in data))

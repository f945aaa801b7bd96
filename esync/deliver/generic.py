"""What differs between a live target of another kind and the desired one. Pure.

The API server adds fields of its own, so that only what is desired is compared; the digest tells
whether something that was asked for before is asked for no more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from esync.deliver.errors import WouldLoseKeys
from esync.flow.change import Action, Change, FieldChange, Mark
from esync.flow.desired import Intent
from esync.flow.kubernetes import CREATED_BY_LABEL, DATA_HASH_ANNOTATION, MANAGED_LABEL
from esync.gocompat.digest import created_by
from esync.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from esync.flow.desired import Desired
    from esync.flow.kubernetes import OwnerReference
    from esync.flow.manifest import ManifestObject
    from esync.flow.plan import Planned

_TOP = ("data", "spec")
_METADATA = frozenset({"labels", "annotations"})


def manifest_change(desired: Desired, *, adopt: bool) -> Change:
    """Return the step from the live object to the desired one.

    Raises:
        WouldLoseKeys: nobody manages the live object, and ``adopt`` does not allow to take it over.
    """
    planned, live = desired.planned, desired.live_manifest
    made = desired.manifest
    if desired.intent is Intent.DELETE:
        return _deletion(desired)
    if desired.intent is not Intent.WRITE or made is None:
        reason = desired.intent.value
        return Change(planned.target, Action.NONE, planned, desired=desired, reason=reason)
    before: Mapping[str, Any] = live.object.body if live.object else {}
    fields = tuple(sorted(set(_differences(before, made.body, desired))))
    fields = without_consequences(fields, is_intact=_is_intact(live.object))
    if live.object and not adopt:
        _guard(desired, live.object, fields)
    action = Action.CREATE if live.object is None else Action.UPDATE
    return Change(
        planned.target,
        action if fields else Action.NONE,
        planned,
        fields=fields,
        desired=desired,
        manifest=made,
        resource=live.resource,
    )


def is_ours(planned: Planned, labels: Mapping[str, str], owners: Sequence[OwnerReference]) -> bool:
    """Tell whether a live object is this ExternalSecret's to delete: label and owner must agree."""
    one = planned.external_secret
    controller = next((owner for owner in owners if owner.controller), None)
    owned = controller is None or (
        controller.kind == "ExternalSecret" and controller.name == one.name
    )
    mine = labels.get(CREATED_BY_LABEL) == created_by(one.namespace, one.name)
    return mine and owned and labels.get(MANAGED_LABEL) == "true"


def without_consequences(
    fields: tuple[FieldChange, ...], *, is_intact: bool
) -> tuple[FieldChange, ...]:
    """Mark the digest as volatile when everything else is: it merely follows the data.

    If somebody edited the live data nothing is volatile: that is repaired.
    """
    if not is_intact:
        return tuple(replace(one, volatile=False) for one in fields)
    rest = [one for one in fields if one.key != DATA_HASH_ANNOTATION]
    if rest and all(one.volatile for one in rest):
        return tuple(replace(one, volatile=True) for one in fields)
    return fields


def _deletion(desired: Desired) -> Change:
    planned, live = desired.planned, desired.live_manifest
    if live.object is None:
        return Change(planned.target, Action.NONE, planned, reason="there is nothing to delete")
    if not is_ours(planned, live.object.labels, live.object.owners):
        return Change(planned.target, Action.NONE, planned, reason="it is not ours to delete")
    return Change(
        planned.target,
        Action.DELETE,
        planned,
        desired=desired,
        reason="the store has nothing",
        manifest=live.object,
        resource=live.resource,
    )


def _is_intact(live: ManifestObject | None) -> bool:
    """Tell whether nobody edited a live object; of a spec, to which others add, nobody can."""
    return live is None or live.body.get("spec") is not None or live.is_intact


def _guard(desired: Desired, live: ManifestObject, fields: Sequence[FieldChange]) -> None:
    lost = [one for one in fields if one.mark is Mark.REMOVED]
    if lost and not live.is_managed and CREATED_BY_LABEL not in live.labels:
        raise WouldLoseKeys(
            f"{live.ref} is managed by nobody and would lose {len(lost)} of its keys",
            at=desired.planned.place(("spec", "target")),
            hint="pass --adopt to take it over, or choose another target name",
        )


def _differences(
    before: Mapping[str, Any], after: Mapping[str, Any], desired: Desired
) -> Iterator[FieldChange]:
    named = _names_in_manifest(desired)
    volatile = desired.manifest.volatile if desired.manifest else frozenset()
    for top in _others(after):
        yield from _told(_compared((top,), before.get(top), after[top]), named, volatile)
    old, new = before.get("metadata") or {}, after["metadata"]
    for name in ("labels", "annotations"):
        found = _compared((name,), old.get(name) or {}, new.get(name) or {})
        yield from _told(found, named, volatile)
    if (old.get("ownerReferences") or []) != (new.get("ownerReferences") or []):
        mark = Mark.CHANGED if old.get("ownerReferences") else Mark.ADDED
        yield FieldChange("ownerReferences", "", mark)
    for top in _TOP:
        for key in sorted(
            _gone(before.get(top), after.get(top)) if _asked_before(old, new) else ()
        ):
            yield FieldChange(top, key if key in named else MASK, Mark.REMOVED)


def _others(body: Mapping[str, Any]) -> list[str]:
    return [name for name in body if name not in {"apiVersion", "kind", "metadata", "status"}]


def _asked_before(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether something else was asked for when the object was last written."""
    stamped = (old.get("annotations") or {}).get(DATA_HASH_ANNOTATION)
    return bool(stamped != (new.get("annotations") or {}).get(DATA_HASH_ANNOTATION))


def _gone(before: object, after: object) -> set[str]:
    if isinstance(before, dict):
        return set(before) - set(after if isinstance(after, dict) else {})
    return set()


def _compared(
    path: tuple[str, ...], before: object, after: object
) -> Iterator[tuple[tuple[str, ...], Mark]]:
    """Yield what of ``after`` is not in ``before``; what only ``before`` has is left alone."""
    if isinstance(after, dict):
        known = before if isinstance(before, dict) else {}
        for key, value in after.items():
            yield from _compared((*path, key), known.get(key), value)
    elif before != after:
        yield path, Mark.ADDED if before is None else Mark.CHANGED


def _told(
    found: Iterator[tuple[tuple[str, ...], Mark]],
    named: frozenset[str],
    volatile: frozenset[tuple[str, ...]],
) -> Iterator[FieldChange]:
    """Spell differences without the names that are values."""
    for (top, *path), mark in found:
        shown = path if top in _METADATA else [key if key in named else MASK for key in path]
        full = (top, *path)
        moving = any(full[: len(one)] == one for one in volatile)
        yield FieldChange(top, ".".join(shown), mark, moving and mark is Mark.CHANGED)


def _names_in_manifest(desired: Desired) -> frozenset[str]:
    """Return the names that may be shown: those that stand in the manifest or came as keys."""
    names = set(desired.content.data) | {"data", "spec"}
    for piece in desired.pieces:
        names.add(piece.key)
        names.update(part.partition("[")[0] for part in piece.target.split("."))
    return frozenset(names)

"""What differs between a live target of another kind and the desired one. Pure.

The API server adds fields of its own, so that only what is desired is compared; the digest tells
whether something that was asked for before is asked for no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.flow.change import Action, Change, FieldChange, Mark
from esync.flow.desired import Intent
from esync.flow.kubernetes import DATA_HASH_ANNOTATION
from esync.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.flow.desired import Desired

_TOP = ("data", "spec")


def manifest_change(desired: Desired) -> Change:
    """Return the step from the live object to the desired one."""
    planned, live = desired.planned, desired.live_manifest
    made = desired.manifest
    if desired.intent is not Intent.WRITE or made is None:
        reason = desired.intent.value
        return Change(planned.target, Action.NONE, planned, desired=desired, reason=reason)
    before: Mapping[str, Any] = live.object.body if live.object else {}
    fields = tuple(sorted(set(_differences(before, made.body, desired))))
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


def _differences(
    before: Mapping[str, Any], after: Mapping[str, Any], desired: Desired
) -> Iterator[FieldChange]:
    named = _names_in_manifest(desired)
    for top in _others(after):
        yield from _compared(top, (), before.get(top), after[top], named)
    old, new = before.get("metadata") or {}, after["metadata"]
    for name in ("labels", "annotations"):
        yield from _compared(name, (), old.get(name) or {}, new.get(name) or {}, named)
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
    top: str, path: tuple[str, ...], before: object, after: object, named: frozenset[str]
) -> Iterator[FieldChange]:
    """Yield what of ``after`` is not in ``before``; what only ``before`` has is left alone."""
    if isinstance(after, dict):
        known = before if isinstance(before, dict) else {}
        for key, value in after.items():
            yield from _compared(top, (*path, key), known.get(key), value, named)
    elif before != after:
        shown = ".".join(key if key in named else MASK for key in path)
        own = top in {"labels", "annotations"}
        label = ".".join(path) if own else shown
        yield FieldChange(top, label, Mark.ADDED if before is None else Mark.CHANGED)


def _names_in_manifest(desired: Desired) -> frozenset[str]:
    """Return the names that may be shown: those that stand in the manifest or came as keys."""
    names = set(desired.content.data) | {"data", "spec"}
    for piece in desired.pieces:
        names.add(piece.key)
        names.update(part.partition("[")[0] for part in piece.target.split("."))
    return frozenset(names)

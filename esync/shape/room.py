"""From answers to a desired Secret, one ExternalSecret at a time.

``shape`` makes the content, which depends on no live state; ``settle`` holds it against what is
live, and is asked again when that has changed in between.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from esync.flow.desired import Content, Desired, Intent, Piece
from esync.flow.manifest import LiveManifest, ManifestObject
from esync.manifests.externalsecret import (
    CreationPolicy,
    DeletionPolicy,
    MergePolicy,
    Template,
)
from esync.shape.build import build
from esync.shape.collect import Collected, collect
from esync.shape.errors import CannotDelete
from esync.shape.metadata import copied

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.flow.fetched import Fetched
    from esync.flow.kubernetes import SecretObject
    from esync.flow.plan import Planned
    from esync.flow.snapshot import Snapshot
    from esync.manifests.externalsecret import Target
    from esync.secret import SecretValue
    from esync.shape.chance import Chance


_NONE: Final = "creationPolicy is None"


def shape(planned: Planned, fetched: Fetched, snapshot: Snapshot, chance: Chance) -> Desired:
    """Return what the ExternalSecret brings and what shall be done with it.

    Raises:
        EsyncError: an entry, a policy or a template failed; nothing is to be written then.
    """
    target = planned.external_secret.spec.target
    collected = collect(planned, fetched.answers, chance)
    notes = tuple(collected.notes)
    if not collected.data:
        match target.deletion_policy:
            case DeletionPolicy.DELETE:
                if target.creation_policy is not CreationPolicy.OWNER:
                    raise CannotDelete(
                        "deletionPolicy: Delete needs creationPolicy: Owner",
                        at=planned.place(("spec", "target")),
                    )
                return Desired(planned, Intent.DELETE, notes=notes)
            case DeletionPolicy.RETAIN:
                return Desired(
                    planned, Intent.RETAIN, notes=(*notes, "the store has nothing; kept as it is")
                )
            case DeletionPolicy.MERGE:
                pass
            case _:
                assert_never(target.deletion_policy)
    if target.manifest:
        return _for_manifest(planned, collected, snapshot, chance)
    if target.creation_policy is CreationPolicy.NONE:
        return Desired(planned, Intent.NOTHING, notes=(*notes, _NONE))
    made = _content(planned, collected, snapshot, chance)
    return Desired(planned, Intent.WRITE, made, notes=notes)


def _for_manifest(
    planned: Planned, collected: Collected, snapshot: Snapshot, chance: Chance
) -> Desired:
    template = planned.external_secret.spec.target.template
    rendered: tuple[Piece, ...] = ()
    if template:
        from esync.shape.manifest import pieces  # few runs have such targets

        rendered = pieces(planned, template, collected, snapshot, chance)
    data = Content(data=collected.data)
    notes = (*collected.notes, *_without_effect(planned.external_secret.spec.target))
    desired = Desired(planned, Intent.WRITE, data, pieces=rendered, notes=notes)
    if planned.external_secret.spec.target.creation_policy is not CreationPolicy.NONE:
        return desired
    _built(desired, LiveManifest(), "")  # ESO does so too: its errors are told all the same
    return Desired(planned, Intent.NOTHING, notes=(*notes, _NONE))


def _without_effect(target: Target) -> Iterator[str]:
    """Say which fields count for Secrets only, as with the operator."""
    template = target.template or Template()
    given = {
        "immutable": target.immutable,
        "template.type": template.type,
        "template.mergePolicy": template.merge_policy is MergePolicy.MERGE,
        "template.metadata.finalizers": template.metadata.finalizers,
    }
    for field, value in given.items():
        if value:
            yield f"target.{field} has no effect on another kind than Secret"


def fill(
    planned: Planned, data: Mapping[str, SecretValue], snapshot: Snapshot, chance: Chance
) -> Content:
    """Return the content that the templates make of ``data``; errors as in :func:`shape`."""
    return _content(planned, Collected(dict(data)), snapshot, chance)


def settle(desired: Desired, live: SecretObject | None, uid: str = "") -> Desired:
    """Hold a desired content against the live Secret and build the object to write.

    Raises:
        OwnedByAnother: the live Secret is not this ExternalSecret's to write.
    """
    planned = desired.planned
    if desired.intent is not Intent.WRITE:
        return replace(desired, live=live)
    policy = planned.external_secret.spec.target.creation_policy
    if policy is CreationPolicy.MERGE and live is None:
        notes = (*desired.notes, "creationPolicy is Merge and there is no Secret to merge into")
        return replace(desired, intent=Intent.NOTHING, notes=notes)
    return replace(desired, live=live, secret=build(planned, desired.content, live, uid))


def settle_manifest(desired: Desired, live: LiveManifest, uid: str = "") -> Desired:
    """Do as :func:`settle` does, for a target of another kind.

    Raises:
        OwnedByAnother: the live object is not this ExternalSecret's to write.
        BadTarget: the template puts something where it cannot go.
    """
    planned = desired.planned
    if desired.intent is not Intent.WRITE:
        return replace(desired, live_manifest=live)
    made = _built(desired, live, uid)
    policy = planned.external_secret.spec.target.creation_policy
    if policy is CreationPolicy.MERGE and live.object is None:
        notes = (*desired.notes, "creationPolicy is Merge and there is nothing to merge into")
        return replace(desired, intent=Intent.NOTHING, notes=notes)
    return replace(desired, live_manifest=live, manifest=made)


def _built(desired: Desired, live: LiveManifest, uid: str) -> ManifestObject:
    from esync.shape.manifest import build_manifest  # few runs have such targets

    return build_manifest(desired.planned, desired.content.data, desired.pieces, live.object, uid)


def emit(desired: Desired, before: SecretObject | None = None) -> Desired:
    """Build the object without regard to what is live, for manifests that others apply.

    ``before`` is what another ExternalSecret of the run made of the same Secret.

    Raises:
        OwnedByAnother: that one owns it.
    """
    if desired.intent is not Intent.WRITE:
        return desired
    if desired.planned.external_secret.spec.target.manifest:
        return replace(desired, manifest=_built(desired, LiveManifest(), ""))
    return replace(desired, secret=build(desired.planned, desired.content, before, ""))


def _content(planned: Planned, collected: Collected, snapshot: Snapshot, chance: Chance) -> Content:
    one = planned.external_secret
    template = one.spec.target.template
    if template is None:
        return Content(
            data=collected.data,
            labels=copied(one.labels),
            annotations=copied(one.annotations),
            names_are_values=frozenset(("data", key) for key in collected.from_values),
        )
    from esync.shape.content import rendered  # the template engine: 50 ms

    return rendered(planned, template, collected, snapshot, chance)

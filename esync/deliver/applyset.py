"""Who belongs to an ApplySet: its parent object, the label of members, and who may go. Pure.

Source: Kubernetes, ``kubectl apply --applyset --prune``. What esync adds: only objects that it
made itself are pruned, and annotations that switch pruning off are heard.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from esync import __version__
from esync.deliver.apply import GENERIC_MANAGER
from esync.deliver.set_errors import InAnotherSet, IsTheParent, NotOurSet
from esync.flow.applyset import (
    ID_LABEL,
    JOINS,
    KINDS_ANNOTATION,
    NAMESPACES_ANNOTATION,
    PART_OF_LABEL,
    TOOLING_ANNOTATION,
    Scope,
    Wanted,
    kind_word,
)
from esync.flow.change import Action, Change, FieldChange, Mark
from esync.flow.desired import Desired, Intent
from esync.flow.kubernetes import CREATED_BY_LABEL, MANAGED_LABEL, UNTOUCHABLE_TYPES
from esync.flow.manifest import LiveManifest, ManifestObject
from esync.gocompat.digest import created_by
from esync.manifests.externalsecret import CreationPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from esync.flow.applyset import ApplySet
    from esync.flow.kubernetes import SecretObject
    from esync.flow.plan import Planned
    from esync.manifests.externalsecret import ExternalSecret

TOOL: Final = "esync"
PRUNE_ANNOTATION: Final = "esync.dev/prune"
_MAKES: Final = frozenset(
    {CreationPolicy.OWNER, CreationPolicy.ORPHAN, CreationPolicy.CREATE_OR_MERGE}
)
_MANAGER: Final = "externalsecrets.external-secrets.io/"
_HASHED: Final = f"{_MANAGER}sha3/"
_KIND_WORD: Final = r"[A-Za-z][A-Za-z0-9]*(?:\.[a-z0-9]([a-z0-9.-]*[a-z0-9])?)?"
_NAMESPACE: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def makes(one: ExternalSecret) -> bool:
    """Tell whether the target of an ExternalSecret becomes a member: by policy it is made here."""
    return one.spec.target.creation_policy in _MAKES


def wanted(one: ExternalSecret) -> Wanted:
    """Return what an ExternalSecret asks for."""
    manifest = one.spec.target.manifest
    word = kind_word(manifest.kind, manifest.api_version) if manifest else "Secret"
    return Wanted(word, one.namespace, one.target_name)


def scope_of(parent: Mapping[str, Any], of: ApplySet) -> Scope:
    """Return where members may be, as the parent object says.

    Raises:
        NotOurSet: it is no ApplySet, another tool's, or says something that cannot be read.
    """
    metadata = parent.get("metadata") or {}
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    tooling = annotations.get(TOOLING_ANNOTATION, "")
    if not tooling or ID_LABEL not in labels:
        raise NotOurSet(
            f"{of} is there already, and is no ApplySet",
            hint="choose another name for --applyset, or delete the object if nobody needs it",
        )
    if tooling.partition("/")[0] != TOOL:
        raise NotOurSet(
            f"{of} is an ApplySet of another tool: {tooling}",
            hint="two tools would prune each other's objects: choose another name for --applyset",
        )
    if labels[ID_LABEL] != of.id:
        raise NotOurSet(
            f"{of} has the id of another ApplySet",
            hint=f"was it copied? its label {ID_LABEL} should be {of.id}",
        )
    kinds = frozenset(_words(annotations.get(KINDS_ANNOTATION, "")))
    namespaces = frozenset(_words(annotations.get(NAMESPACES_ANNOTATION, "")))
    read = [*(re.fullmatch(_KIND_WORD, one) for one in kinds)]
    read += [re.fullmatch(_NAMESPACE, one) for one in namespaces]
    if not all(read):
        raise NotOurSet(
            f"the annotations of {of} cannot be read",
            hint=f"correct {KINDS_ANNOTATION} and {NAMESPACES_ANNOTATION}",
        )
    return Scope(kinds, namespaces | {of.namespace})


def parent_with(scope: Scope, of: ApplySet, live: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the parent object that says ``scope``, on top of the live one."""
    body = dict(live) if live else _new_parent(of)
    metadata = dict(body["metadata"])
    metadata["annotations"] = {
        **(metadata.get("annotations") or {}),
        TOOLING_ANNOTATION: f"{TOOL}/{__version__}",
        KINDS_ANNOTATION: ",".join(sorted(scope.kinds)),
        NAMESPACES_ANNOTATION: ",".join(sorted(scope.namespaces - {of.namespace})),
    }
    metadata.pop("managedFields", None)
    return {**body, "metadata": metadata}


def joined(desired: Desired, of: ApplySet, *, adopt: bool) -> Desired:
    """Return a settled target as a member of the set, if it is made here.

    Raises:
        IsTheParent: it is the parent object of this set or another one.
        InAnotherSet: it is a member of another set, and ``adopt`` does not allow to take it over.
    """
    planned = desired.planned
    made = desired.secret or desired.manifest
    if made is None:
        return desired
    at = planned.place(("spec", "target"))
    labels = _live_labels(desired)
    if planned.target == of.ref or ID_LABEL in labels:
        raise IsTheParent(
            f"{planned.target} is the parent object of an ApplySet",
            at=at,
            hint="choose another name for --applyset, or for the target",
        )
    if not makes(planned.external_secret):
        return desired
    mark = labels.get(PART_OF_LABEL, "")
    if mark not in {"", of.id} and not adopt:
        raise InAnotherSet(
            f"{planned.target} is a member of another ApplySet",
            at=at,
            hint=f"its label {PART_OF_LABEL} says so; pass --adopt to take it over",
        )
    if isinstance(made, ManifestObject):
        return replace(desired, manifest=_labelled(made, of))
    labels = {**made.labels, PART_OF_LABEL: of.id}
    return replace(desired, secret=replace(made, labels=labels))


def joining(
    planned: Planned,
    live: SecretObject | ManifestObject,
    generic: LiveManifest | None,
    join: Callable[[Desired], Desired],
) -> Iterator[Change]:
    """Yield the step by which a target that is ours joins, and nothing else of it changes.

    Raises:
        Refused: it belongs elsewhere; ``join`` says so.
    """
    one = planned.external_secret
    creator_label = live.labels.get(CREATED_BY_LABEL)
    if not live.is_managed or creator_label not in {None, created_by(one.namespace, one.name)}:
        return
    as_it_is = Desired(planned, Intent.WRITE)
    if isinstance(live, ManifestObject):
        found = generic or LiveManifest()
        after = join(replace(as_it_is, manifest=live, live_manifest=found))
    else:
        after = join(replace(as_it_is, secret=live, live=live))
    made = after.secret or after.manifest
    if made is None or made.labels == live.labels:
        return
    mark = Mark.CHANGED if PART_OF_LABEL in live.labels else Mark.ADDED
    yield Change(
        planned.target,
        Action.UPDATE,
        planned,
        live=after.live,
        secret=after.secret,
        fields=(FieldChange("labels", PART_OF_LABEL, mark),),
        reason=JOINS,
        manifest=after.manifest,
        resource=generic.resource if generic else None,
    )


def why_kept(member: Mapping[str, Any], of: ApplySet) -> str:
    """Say why a member that nobody asks for may not be deleted; nothing if it may.

    Its labels and its field manager must all say that esync made it, for this set.
    """
    metadata = member["metadata"]
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    if labels.get(PART_OF_LABEL) != of.id:
        return "it is no member of the set any more"
    special = next(_special(member, labels, annotations), "")
    if special:
        return special
    if labels.get(MANAGED_LABEL) != "true" or not labels.get(CREATED_BY_LABEL):
        return "its labels do not say that an ExternalSecret owns it"
    if not any(_made(entry, member) for entry in metadata.get("managedFields") or ()):
        return "its field managers do not say that esync made it for this set"
    return ""


def creator(member: Mapping[str, Any]) -> tuple[str, str]:
    """Return namespace and digest of the ExternalSecret that made a member."""
    metadata = member["metadata"]
    return metadata.get("namespace", ""), (metadata.get("labels") or {}).get(CREATED_BY_LABEL, "")


def _new_parent(of: ApplySet) -> dict[str, Any]:
    body: dict[str, Any] = {
        "apiVersion": of.resource.api_version,
        "kind": of.resource.kind,
        "metadata": {"name": of.name, "namespace": of.namespace, "labels": {ID_LABEL: of.id}},
    }
    return {**body, "type": "Opaque"} if of.resource.kind == "Secret" else body


def _words(text: str) -> Iterator[str]:
    return (word for part in text.split(",") if (word := part.strip()))


def _live_labels(desired: Desired) -> Mapping[str, str]:
    if desired.secret:
        return desired.live.labels if desired.live else {}
    live = desired.live_manifest.object
    return live.labels if live else {}


def _labelled(made: ManifestObject, of: ApplySet) -> ManifestObject:
    metadata = dict(made.metadata)
    metadata["labels"] = {**made.labels, PART_OF_LABEL: of.id}
    return replace(made, body={**made.body, "metadata": metadata})


def _special(
    member: Mapping[str, Any], labels: Mapping[str, str], annotations: Mapping[str, str]
) -> Iterator[str]:
    """Yield why an object is kept whoever made it."""
    if ID_LABEL in labels:
        yield "it is the parent of another ApplySet"
    yield from (f"{name} says so" for name in _switched_off(labels, annotations))
    if member.get("type", "") in UNTOUCHABLE_TYPES:
        yield f"it is of type {member['type']}, which esync never touches"


def _switched_off(labels: Mapping[str, str], annotations: Mapping[str, str]) -> Iterator[str]:
    """Yield labels and annotations with which people say that an object is not to be pruned."""
    both = {**labels, **annotations}
    if both.get(PRUNE_ANNOTATION, "enabled") not in {"enabled", "true"}:
        yield PRUNE_ANNOTATION
    if both.get("kustomize.toolkit.fluxcd.io/prune", "").lower() == "disabled":
        yield "kustomize.toolkit.fluxcd.io/prune"
    options = _words(both.get("argocd.argoproj.io/sync-options", "").lower())
    if {"prune=false", "prune=confirm"} & set(options):
        yield "argocd.argoproj.io/sync-options"
    if both.get("helm.sh/resource-policy", "") == "keep":
        yield "helm.sh/resource-policy"


def _made(entry: Mapping[str, Any], member: Mapping[str, Any]) -> bool:
    """Tell whether a field manager of esync wrote both labels: whose it is, and of which set."""
    fields = (entry.get("fieldsV1") or {}).get("f:metadata") or {}
    if not {f"f:{CREATED_BY_LABEL}", f"f:{PART_OF_LABEL}"} <= (fields.get("f:labels") or {}).keys():
        return False
    manager = entry.get("manager", "")
    if member["kind"] != "Secret":
        return bool(manager == GENERIC_MANAGER)
    if manager.startswith(_HASHED):  # of a long name, which a digest does not tell
        return True
    namespace, mark = creator(member)
    return bool(
        manager.startswith(_MANAGER)
        and mark == created_by(namespace, manager.removeprefix(_MANAGER))
    )

"""What a handover changes on one object: finalizers, owner references, and a mark. Pure.

Source:
    External Secrets Operator 2.9: the finalizers that it sets and nobody else removes. Kubernetes:
    an object whose owners are all gone is deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esync.flow.kubernetes import (
    CREATED_BY_LABEL,
    EXTERNAL_SECRETS_GROUP,
    MANAGED_LABEL,
    OWNER_REFERENCE_ANNOTATION,
    controlled_by,
    owner_from_object,
    owner_to_object,
)
from esync.gocompat.digest import created_by
from esync.manifests.externalsecret import CreationPolicy

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from esync.cluster.contract import Object
    from esync.flow.kubernetes import OwnerReference

_EXTERNAL_SECRET: Final = "externalsecrets.external-secrets.io/externalsecret-cleanup"
_CLUSTER_EXTERNAL_SECRET: Final = (
    "externalsecrets.external-secrets.io/clusterexternalsecret-cleanup"
)
_STORE: Final = "secretstore.externalsecrets.io/finalizer"
_FINALIZERS: Final = frozenset({_EXTERNAL_SECRET, _CLUSTER_EXTERNAL_SECRET, _STORE})
# Followed by the name of the ClusterExternalSecret that has an ExternalSecret there.
_NAMESPACE: Final = "externalsecrets.external-secrets.io/ces-"


def marked(body: Object) -> Object:
    """Say on an ExternalSecret that its targets get no owner reference."""
    annotations = body["metadata"].get("annotations") or {}
    return _with(body, "annotations", {**annotations, OWNER_REFERENCE_ANNOTATION: "none"})


def restored(body: Object) -> Object:
    """Take that back from an ExternalSecret, and put its finalizer back."""
    annotations = dict(body["metadata"].get("annotations") or {})
    annotations.pop(OWNER_REFERENCE_ANNOTATION, None)
    return _finishing(_with(body, "annotations", annotations), _EXTERNAL_SECRET)


def cluster_restored(body: Object) -> Object:
    """Put the finalizer of a ClusterExternalSecret back."""
    return _finishing(body, _CLUSTER_EXTERNAL_SECRET)


def unfinished(body: Object) -> Object:
    """Drop every finalizer that the operator alone removes."""
    kept = [
        one
        for one in body["metadata"].get("finalizers") or ()
        if one not in _FINALIZERS and not one.startswith(_NAMESPACE)
    ]
    return _with(body, "finalizers", kept)


def owner(body: Mapping[str, Any]) -> str:
    """Return the ExternalSecret whose end would take the object along; empty if there is none."""
    return next((one.name for one in _owners(body) if _is_external_secret(one)), "")


def released(body: Object, names: Container[str]) -> Object:
    """Drop the owner references to the ExternalSecrets of these names."""
    kept = [one for one in _owners(body) if not (_is_external_secret(one) and one.name in names)]
    return _with(body, "ownerReferences", _spelt(kept))


def owned(body: Object, external_secret: Object) -> Object:
    """Give an object back to the ExternalSecret that made it, unless a controller has it now."""
    owners = _owners(body)
    if any(one.controller for one in owners):
        return body
    meta = external_secret["metadata"]
    return _with(
        body, "ownerReferences", _spelt([*owners, controlled_by(meta["name"], meta["uid"])])
    )


def is_bound(body: Mapping[str, Any]) -> bool:
    """Whether an object belongs to an ExternalSecret, or says that one made it."""
    return bool(owner(body)) or CREATED_BY_LABEL in (body["metadata"].get("labels") or {})


def is_made_by(body: Object, external_secret: Object) -> bool:
    """Whether this ExternalSecret made the object, by its labels, and is to own it."""
    meta, labels = external_secret["metadata"], body["metadata"].get("labels") or {}
    target = (external_secret.get("spec") or {}).get("target") or {}
    return (
        target.get("creationPolicy", CreationPolicy.OWNER) == CreationPolicy.OWNER
        and not meta.get("deletionTimestamp")
        and labels.get(MANAGED_LABEL) == "true"
        and labels.get(CREATED_BY_LABEL) == created_by(meta["namespace"], meta["name"])
    )


def _finishing(body: Object, name: str) -> Object:
    """Put a finalizer back; what is on its way out takes none."""
    there = list(body["metadata"].get("finalizers") or ())
    if name in there or body["metadata"].get("deletionTimestamp"):
        return body
    return _with(body, "finalizers", [*there, name])


def _owners(body: Mapping[str, Any]) -> list[OwnerReference]:
    return [owner_from_object(one) for one in body["metadata"].get("ownerReferences") or ()]


def _is_external_secret(owner: OwnerReference) -> bool:
    return owner.kind == "ExternalSecret" and owner.group == EXTERNAL_SECRETS_GROUP


def _spelt(owners: Sequence[OwnerReference]) -> list[dict[str, Any]]:
    return [owner_to_object(one) for one in owners]


def _with(body: Object, name: str, value: Any) -> Object:
    """Return the object with another member of its metadata; what is empty is left out."""
    metadata = {key: old for key, old in body["metadata"].items() if key != name}
    return {**body, "metadata": {**metadata, name: value} if value else metadata}

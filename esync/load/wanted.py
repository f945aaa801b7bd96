"""One ExternalSecret as a ClusterExternalSecret would have it, beside the one that is there.

Source:
    External Secrets Operator 2.9: labels, annotations and spec are replaced as a whole, foreign
    ones are lost; finalizers and the references of other owners stay.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import CLUSTER_EXTERNAL_SECRETS, EXTERNAL_SECRETS
from esync.flow.kubernetes import (
    OwnerReference,
    creator_of,
    owner_from_object,
    owner_to_object,
)
from esync.flow.provision import Wanted
from esync.load.errors import LoadError
from esync.load.expand import ExistsAlready, annotations_of
from esync.load.live import document_of
from esync.manifests import typed
from esync.manifests.document import ObjectRef
from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import ExternalSecret, ExternalSecretSpec, Pending
from esync.manifests.reader import examine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.cluster.contract import Object
    from esync.manifests.externalsecret import ClusterExternalSecret

# What esync itself notes on ExternalSecrets stays.
_OURS: Final = "esync.dev/"


class BeingDeleted(LoadError):
    """The ExternalSecret of a ClusterExternalSecret is on its way out, and has to be waited for."""

    rule = "ES0213"

    def __init__(self, ref: ObjectRef) -> None:
        hint = "the next run makes it anew; if it stays, see its metadata.finalizers"
        super().__init__(f"{ref} is being deleted", hint=hint)


def wanted(one: ClusterExternalSecret, namespace: str, live: Object | None) -> Wanted:
    """Return the ExternalSecret of ``one`` in ``namespace``, and what is to be done for it.

    Raises:
        ExistsAlready: somebody else made it.
        BeingDeleted: it is on its way out.
    """
    ref = ObjectRef(EXTERNAL_SECRETS.kind, namespace, one.external_secret_name)
    if live is None:
        return Wanted(_typed(one, ref, _body(one, ref, {}), Pending.CREATE))
    if creator_of(live) != one.name:
        raise ExistsAlready(ref, at=one.document.at, there=document_of(live, ref).at)
    if live["metadata"].get("deletionTimestamp"):
        raise BeingDeleted(ref)
    same_spec = _says_the_same(one, ref, live)
    meta = live["metadata"]
    body = _body(one, ref, live)
    if same_spec and body["metadata"] == _bare(meta):
        try:
            there = typed.external_secret(document_of(live, ref))
        except Rejected:
            pass
        else:
            return Wanted(replace(there, origin=one.name), live)
    if not same_spec:  # as the API server will count
        body["metadata"]["generation"] = meta.get("generation", 0) + 1
    return Wanted(_typed(one, ref, body, Pending.UPDATE), live)


def _typed(
    one: ClusterExternalSecret, ref: ObjectRef, body: Object, pending: Pending
) -> ExternalSecret:
    meta = body["metadata"]
    return ExternalSecret(
        name=ref.name,
        namespace=ref.namespace,
        spec=one.spec.external_secret_spec,
        document=document_of(body, ref),
        labels=meta.get("labels") or {},
        annotations=meta.get("annotations") or {},
        uid=meta.get("uid", ""),
        generation=meta.get("generation", 0),
        status=body.get("status") or {},
        origin=one.name,
        pending=pending,
    )


def _body(one: ClusterExternalSecret, ref: ObjectRef, live: Mapping[str, Any]) -> Object:
    """Return the whole object; who wrote which field is the API server's to say."""
    meta = _bare(live.get("metadata") or {})
    own = {
        name: text
        for name, text in (meta.get("annotations") or {}).items()
        if name.startswith(_OURS)
    }
    for field, texts in (
        ("labels", dict(one.spec.external_secret_metadata.labels)),
        ("annotations", {**own, **annotations_of(one)}),
    ):
        meta.pop(field, None)
        if texts:
            meta[field] = texts
    meta["ownerReferences"] = _owners(one, meta.get("ownerReferences") or [])
    return {
        **live,
        "apiVersion": EXTERNAL_SECRETS.api_version,
        "kind": EXTERNAL_SECRETS.kind,
        "metadata": {**meta, "name": ref.name, "namespace": ref.namespace},
        "spec": one.document.body["spec"]["externalSecretSpec"],
    }


def _bare(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata without bookkeeping, and without what is empty."""
    return {name: value for name, value in meta.items() if value and name != "managedFields"}


def _owners(one: ClusterExternalSecret, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the owners with ``one`` as the controller, where it stood if it was one already."""
    controller = OwnerReference(
        CLUSTER_EXTERNAL_SECRETS.api_version,
        CLUSTER_EXTERNAL_SECRETS.kind,
        one.name,
        one.uid,
        controller=True,
        block_owner_deletion=True,
    )
    mine = (controller.group, controller.kind, controller.name)
    owners = [owner_from_object(other) for other in before]
    at = [(owner.group, owner.kind, owner.name) == mine for owner in owners]
    if True not in at:
        return [*before, owner_to_object(controller)]
    place = at.index(True)
    return [*before[:place], owner_to_object(controller), *before[place + 1 :]]


def _says_the_same(one: ClusterExternalSecret, ref: ObjectRef, live: Object) -> bool:
    """Tell whether the specs mean the same, once what they leave out is filled in."""
    if live.get("spec") == one.document.body["spec"]["externalSecretSpec"]:
        return True
    document = document_of(live, ref)
    spec, errors = examine(
        ExternalSecretSpec, live.get("spec") or {}, at_path=("spec",), document=document
    )
    return not errors and spec == one.spec.external_secret_spec

"""A Secret as Kubernetes has it, typed: live ones and desired ones are the same kind of value."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat.digest import data_hash
from esync.manifests.document import ObjectRef
from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

MANAGED_LABEL: Final = "reconcile.external-secrets.io/managed"
CREATED_BY_LABEL: Final = "reconcile.external-secrets.io/created-by"
DATA_HASH_ANNOTATION: Final = "reconcile.external-secrets.io/data-hash"
# When esync last changed the data, where workloads are restarted for it.
DATA_CHANGED_ANNOTATION: Final = "esync.dev/data-changed"
EXTERNAL_SECRETS_GROUP: Final = "external-secrets.io"
# Of ExternalSecrets: with the value "none" their targets get no owner reference.
OWNER_REFERENCE_ANNOTATION: Final = "esync.dev/owner-reference"
# Others keep their own state in these; esync neither makes nor writes one.
UNTOUCHABLE_TYPES: Final = frozenset(
    {
        "kubernetes.io/service-account-token",
        "bootstrap.kubernetes.io/token",
        "helm.sh/release.v1",
    }
)


@dataclass(frozen=True, slots=True)
class OwnerReference:
    """Who owns an object; the API's own words."""

    api_version: str
    kind: str
    name: str
    uid: str
    controller: bool = False
    block_owner_deletion: bool = False

    @property
    def group(self) -> str:
        """The API group without its version."""
        group, slash, _ = self.api_version.rpartition("/")
        return group if slash else ""


@dataclass(frozen=True, slots=True)
class ManagedEntry:
    """What one field manager wrote: names of data keys, labels and annotations; and when."""

    manager: str
    data: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    annotations: frozenset[str] = frozenset()
    time: str = ""


@dataclass(frozen=True, slots=True)
class SecretObject:
    """One Secret. ``type`` is empty when a new one leaves it to the API server (Opaque)."""

    namespace: str
    name: str
    type: str = ""
    data: Mapping[str, SecretValue] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    annotations: Mapping[str, str] = field(default_factory=dict, repr=False)
    finalizers: tuple[str, ...] = ()
    owners: tuple[OwnerReference, ...] = ()
    immutable: bool = False
    uid: str = ""
    resource_version: str = ""
    deleting: bool = False
    managed: tuple[ManagedEntry, ...] = field(default=(), repr=False)

    @property
    def ref(self) -> ObjectRef:
        """The Secret's name."""
        return ObjectRef("Secret", self.namespace, self.name)

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that controls it, if any."""
        return next((owner for owner in self.owners if owner.controller), None)

    @property
    def is_managed(self) -> bool:
        """Whether an ExternalSecret manages it, by its label."""
        return self.labels.get(MANAGED_LABEL) == "true"

    @property
    def is_intact(self) -> bool:
        """Whether the data are those that were stamped when an ExternalSecret was last written."""
        stamp = data_hash({key: value.reveal() for key, value in self.data.items()})
        return self.annotations.get(DATA_HASH_ANNOTATION) == stamp

    @property
    def effective_type(self) -> str:
        """The type, as the API server defaults it."""
        return self.type or "Opaque"


def secret_from_object(body: Mapping[str, Any]) -> SecretObject:
    """Type a Secret as the API server sends it."""
    meta = body.get("metadata") or {}
    return SecretObject(
        namespace=meta.get("namespace", ""),
        name=meta.get("name", ""),
        type=body.get("type", ""),
        data={
            key: SecretValue(b64decode(text or ""))
            for key, text in (body.get("data") or {}).items()
        },
        labels=dict(meta.get("labels") or {}),
        annotations=dict(meta.get("annotations") or {}),
        finalizers=tuple(meta.get("finalizers") or ()),
        owners=tuple(owner_from_object(one) for one in meta.get("ownerReferences") or ()),
        immutable=bool(body.get("immutable")),
        uid=meta.get("uid", ""),
        resource_version=meta.get("resourceVersion", ""),
        deleting=bool(meta.get("deletionTimestamp")),
        managed=tuple(_managed(one) for one in meta.get("managedFields") or ()),
    )


def secret_to_object(secret: SecretObject) -> dict[str, Any]:
    """Spell a Secret as the API server reads it; what is empty is left out.

    The one place where the values of a desired Secret are revealed for writing.
    """
    meta: dict[str, Any] = {"name": secret.name, "namespace": secret.namespace}
    if secret.labels:
        meta["labels"] = dict(sorted(secret.labels.items()))
    if secret.annotations:
        meta["annotations"] = dict(sorted(secret.annotations.items()))
    if secret.finalizers:
        meta["finalizers"] = list(secret.finalizers)
    if secret.owners:
        meta["ownerReferences"] = [owner_to_object(owner) for owner in secret.owners]
    if secret.uid:
        meta["uid"] = secret.uid
    if secret.resource_version:
        meta["resourceVersion"] = secret.resource_version
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": meta}
    if secret.immutable:
        body["immutable"] = True
    body["type"] = secret.effective_type
    body["data"] = {
        key: b64encode(value.reveal()).decode() for key, value in sorted(secret.data.items())
    }
    return body


def owner_from_object(body: Mapping[str, Any]) -> OwnerReference:
    """Type an owner reference as the API server sends it."""
    return OwnerReference(
        api_version=body.get("apiVersion", ""),
        kind=body.get("kind", ""),
        name=body.get("name", ""),
        uid=body.get("uid", ""),
        controller=bool(body.get("controller")),
        block_owner_deletion=bool(body.get("blockOwnerDeletion")),
    )


def controller_of(body: Mapping[str, Any]) -> OwnerReference | None:
    """Return the owner that controls an object, if any."""
    metadata = body.get("metadata") or {}
    owners = [owner_from_object(one) for one in metadata.get("ownerReferences") or ()]
    return next((owner for owner in owners if owner.controller), None)


def creator_of(body: Mapping[str, Any]) -> str:
    """Return the ClusterExternalSecret that controls an object, by its name; else nothing."""
    controller = controller_of(body)
    if controller is None or controller.group != EXTERNAL_SECRETS_GROUP:
        return ""
    return controller.name if controller.kind == "ClusterExternalSecret" else ""


def controlled_by(name: str, uid: str) -> OwnerReference:
    """Return the reference by which an ExternalSecret controls its target."""
    return OwnerReference(
        f"{EXTERNAL_SECRETS_GROUP}/v1",
        "ExternalSecret",
        name,
        uid,
        controller=True,
        block_owner_deletion=True,
    )


def owner_to_object(owner: OwnerReference) -> dict[str, Any]:
    """Spell an owner reference as the API server reads it."""
    body: dict[str, Any] = {
        "apiVersion": owner.api_version,
        "kind": owner.kind,
        "name": owner.name,
        "uid": owner.uid,
    }
    if owner.controller:
        body["controller"] = True
    if owner.block_owner_deletion:
        body["blockOwnerDeletion"] = True
    return body


def _managed(body: Mapping[str, Any]) -> ManagedEntry:
    fields = body.get("fieldsV1") or {}
    metadata = fields.get("f:metadata") or {}
    return ManagedEntry(
        manager=body.get("manager", ""),
        data=_names(fields.get("f:data")),
        labels=_names(metadata.get("f:labels")),
        annotations=_names(metadata.get("f:annotations")),
        time=body.get("time", ""),
    )


def _names(fields: Mapping[str, Any] | None) -> frozenset[str]:
    return frozenset(name[2:] for name in fields or () if name.startswith("f:"))

"""A target of another kind than Secret, as its manifest spells it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from esync.flow.kubernetes import (
    DATA_HASH_ANNOTATION,
    MANAGED_LABEL,
    OwnerReference,
    owner_from_object,
)
from esync.gocompat.digest import digest
from esync.manifests.document import ObjectRef
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.manifests.document import Resource


@dataclass(frozen=True, slots=True)
class ManifestObject:
    """One object; its body is never changed.

    Attributes:
        volatile: beginnings of paths to what comes from templates that change on each run.
    """

    body: Mapping[str, Any] = field(repr=False)
    volatile: frozenset[tuple[str, ...]] = field(default=frozenset(), compare=False)

    @property
    def ref(self) -> ObjectRef:
        """The object's name."""
        meta = self.metadata
        return ObjectRef(self.body["kind"], meta.get("namespace", ""), meta.get("name", ""))

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Its metadata."""
        found: Mapping[str, Any] = self.body.get("metadata") or {}
        return found

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""
        return self.metadata.get("labels") or {}

    @property
    def annotations(self) -> Mapping[str, str]:
        """Its annotations."""
        return self.metadata.get("annotations") or {}

    @property
    def is_managed(self) -> bool:
        """Whether an ExternalSecret manages it, by its label."""
        return self.labels.get(MANAGED_LABEL) == "true"

    @property
    def is_intact(self) -> bool:
        """Whether spec, or else data, is what was stamped when it was last written."""
        spec = self.body.get("spec")
        stamp = digest(self.body.get("data") if spec is None else spec)
        return self.annotations.get(DATA_HASH_ANNOTATION) == stamp

    @property
    def owners(self) -> tuple[OwnerReference, ...]:
        """Who owns it."""
        return tuple(owner_from_object(one) for one in self.metadata.get("ownerReferences") or ())


@dataclass(frozen=True, slots=True)
class LiveManifest:
    """What the cluster has under the name of a manifest target.

    ``resource`` is None when the cluster does not know the kind, or was not asked.
    """

    resource: Resource | None = None
    object: ManifestObject | None = None

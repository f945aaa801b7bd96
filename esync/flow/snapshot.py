"""What is live, read once before anything is fetched."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from esync.flow.kubernetes import OWNER_REFERENCE_ANNOTATION
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.errors import EsyncError
    from esync.flow.kubernetes import SecretObject
    from esync.flow.manifest import LiveManifest
    from esync.flow.teller import Teller
    from esync.manifests.document import ObjectRef
    from esync.secret import SecretValue


@dataclass(frozen=True, slots=True)
class Ready:
    """The condition ``Ready`` of an ExternalSecret; all empty when there is none yet."""

    status: str = ""
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Existing:
    """An ExternalSecret as it is in the cluster: for owner references, and to tell what is due.

    ``creator`` is the ClusterExternalSecret that the operator made it from, if any; ``teller`` is
    who wrote its status last, unless that was esync.
    """

    uid: str
    generation: int
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    synced_version: str = ""
    refresh_time: str = ""
    creator: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict, repr=False)
    ready: Ready = Ready()
    teller: Teller | None = None

    @property
    def owner_uid(self) -> str:
        """The uid for owner references; empty where ``handover`` said that there shall be none."""
        return "" if self.annotations.get(OWNER_REFERENCE_ANNOTATION) == "none" else self.uid


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Live state of one run; a reference that could not be read is in ``errors``.

    Attributes:
        secrets: live targets; a missing one is absent.
        manifests: live targets of other kinds.
        orphans: by ExternalSecret, live Secrets that it created under another name.
        sources: keys of the ConfigMaps and Secrets that hold templates.
        existing: the ExternalSecrets that the cluster has.
        unsearched: by ExternalSecret, why nobody knows whether there are such Secrets: trouble that
            passes, and no lack of permission.
        notes: what could not be found out and fails nothing.
    """

    secrets: Mapping[ObjectRef, SecretObject] = field(default_factory=dict)
    manifests: Mapping[ObjectRef, LiveManifest] = field(default_factory=dict)
    orphans: Mapping[ObjectRef, tuple[SecretObject, ...]] = field(default_factory=dict)
    sources: Mapping[ObjectRef, Mapping[str, SecretValue]] = field(default_factory=dict)
    existing: Mapping[ObjectRef, Existing] = field(default_factory=dict)
    errors: Mapping[ObjectRef, EsyncError] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unsearched: Mapping[ObjectRef, EsyncError] = field(default_factory=dict)

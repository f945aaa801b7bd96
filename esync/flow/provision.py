"""What ClusterExternalSecrets of the cluster ask for, beside what is there."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from esync.manifests.document import ObjectRef
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.errors import EsyncError
    from esync.manifests.externalsecret import ClusterExternalSecret, ExternalSecret


@dataclass(frozen=True, slots=True)
class Wanted:
    """One ExternalSecret as it should be, and as it is.

    Attributes:
        external_secret: as it should be; its document is the whole object, as it is written.
        live: as the cluster has it; None if it has none.
    """

    external_secret: ExternalSecret
    live: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def ref(self) -> ObjectRef:
        """The ExternalSecret's name."""
        one = self.external_secret
        return ObjectRef("ExternalSecret", one.namespace, one.name)


@dataclass(frozen=True, slots=True)
class Provision:
    """One ClusterExternalSecret and its ExternalSecrets.

    Attributes:
        of: the ClusterExternalSecret.
        wanted: what it asks for, in the namespaces that were looked at.
        stale: what it made and asks for no more, as the cluster has it.
        failed: by namespace, why it cannot have its ExternalSecret.
        whole: every namespace was looked at, so that its status can be told.
        is_broken: no namespace could be chosen; nothing is known of what it asks for.
    """

    of: ClusterExternalSecret
    wanted: tuple[Wanted, ...] = ()
    stale: tuple[ExternalSecret, ...] = ()
    failed: Mapping[str, EsyncError] = field(default_factory=dict)
    whole: bool = False
    is_broken: bool = False

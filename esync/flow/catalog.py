"""Everything that the input defines: the value that ``load`` hands on."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.errors import Location
    from esync.flow.failure import Failure
    from esync.flow.provision import Provision
    from esync.manifests.document import Document, ObjectRef
    from esync.manifests.externalsecret import ClusterExternalSecret, ExternalSecret
    from esync.manifests.store import Store


@dataclass(frozen=True, slots=True)
class Ignored:
    """A document that esync has no use for."""

    kind: str
    at: Location


@dataclass(frozen=True, slots=True)
class Gaps:
    """What stands in the input and cannot be used: nothing else may quietly take its place.

    Attributes:
        broken: objects with errors of their own, or defined twice.
        untrusted: where the objects stand that ``-f`` may not contribute (``--trust``).
        guarded: whether ``--trust`` was given.
    """

    broken: frozenset[ObjectRef] = frozenset()
    untrusted: Mapping[ObjectRef, Location] = field(default_factory=dict)
    guarded: bool = False

    def hint(self, ref: ObjectRef, otherwise: str) -> str:
        """Return what to do about ``ref``, which cannot be found."""
        if ref in self.untrusted:
            where = self.untrusted[ref]
            return f"it stands at {where}, which is not trusted: pass its file with --trust"
        return otherwise.replace(" with -f", " with --trust") if self.guarded else otherwise


@dataclass(frozen=True, slots=True)
class Catalog:
    """The input, typed and without two definitions of one object.

    Attributes:
        generators: documents of ``generators.external-secrets.io``.
        objects: Secrets, ConfigMaps, ServiceAccounts and Namespaces, to be used as if they were
            in the cluster.
        others: what is ignored, in the order of the input.
        roles: Roles and ClusterRoles, which only ``validate`` looks at; they are ignored as well.
        failures: what could not be read; nothing of it is in the other fields.
        notes: what is worth knowing and fails nothing.
        untrusted: where the objects stand that ``-f`` may not contribute.
        guarded: whether ``--trust`` was given.
        provisions: what ClusterExternalSecrets of the cluster ask for; it is among
            ``external_secrets`` too.
        unfollowed: why ClusterExternalSecrets could not be read, where the run does without.
    """

    external_secrets: tuple[ExternalSecret, ...] = ()
    cluster_external_secrets: tuple[ClusterExternalSecret, ...] = ()
    stores: Mapping[ObjectRef, Store] = field(default_factory=dict)
    generators: Mapping[ObjectRef, Document] = field(default_factory=dict)
    objects: Mapping[ObjectRef, Document] = field(default_factory=dict)
    others: tuple[Ignored, ...] = ()
    roles: tuple[Document, ...] = ()
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    untrusted: Mapping[ObjectRef, Location] = field(default_factory=dict)
    guarded: bool = False
    provisions: tuple[Provision, ...] = ()
    unfollowed: str = ""

    @property
    def gaps(self) -> Gaps:
        """What stands in the input and cannot be used."""
        broken = frozenset(failure.ref for failure in self.failures if failure.ref)
        return Gaps(broken, self.untrusted, self.guarded)

    @property
    def read(self) -> int:
        """How many documents were read that esync has a use for."""
        wishes = len(self.external_secrets) + len(self.cluster_external_secrets)
        return wishes + len(self.stores) + len(self.generators) + len(self.objects)

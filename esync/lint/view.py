"""What rules look at: the Catalog and the Plan, and what several rules need to know of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from esync.lint.texts import Texts, texts_of
from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import StoreKind
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.errors import Location
    from esync.flow.catalog import Catalog
    from esync.flow.plan import Plan
    from esync.manifests.document import Document, Path
    from esync.manifests.externalsecret import ExternalSecretSpec, SourceRef
    from esync.manifests.store import Store


@dataclass(frozen=True, slots=True)
class Subject:
    """The spec of an ExternalSecret as somebody wrote it, also inside a ClusterExternalSecret.

    Attributes:
        ref: the object in whose document it stands.
        namespace: empty in a ClusterExternalSecret.
        base: the path of the spec in the document.
    """

    ref: ObjectRef
    namespace: str
    spec: ExternalSecretSpec
    document: Document
    base: Path

    def place(self, *path: str | int) -> Location:
        """Return where a field of the spec stands, e.g. ``place("data", 0)``."""
        return self.document.place((*self.base, *path))


class View:
    """The Catalog and the Plan, seen by rules."""

    def __init__(self, catalog: Catalog, plan: Plan) -> None:
        self.catalog = catalog
        self.plan = plan

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """Every spec that was written, once; not those that a ClusterExternalSecret makes."""
        return tuple(self._subjects())

    @cached_property
    def texts(self) -> Mapping[ObjectRef, Texts]:
        """The template texts of each spec."""
        objects = self.catalog.objects
        return {
            one.ref: texts_of(one.spec, one.document, one.base, one.namespace, objects)
            for one in self.subjects
        }

    @cached_property
    def made(self) -> frozenset[ObjectRef]:
        """The Secrets that ExternalSecrets of the input write."""
        return frozenset(
            ObjectRef("Secret", one.namespace, one.target_name)
            for one in self.catalog.external_secrets
        )

    @cached_property
    def expanded(self) -> frozenset[str]:
        """The ClusterExternalSecrets whose namespaces are known, so that the plan judges them."""
        return frozenset(one.origin for one in self.catalog.external_secrets if one.origin)

    def store_of(self, subject: Subject, source: SourceRef | None) -> Store | None:
        """Return the store that serves an entry, if the input has it."""
        ref = source.store_ref if source else subject.spec.secret_store_ref
        if ref is None:
            return None
        namespace = "" if ref.kind is StoreKind.CLUSTER_SECRET_STORE else subject.namespace
        return self.catalog.stores.get(ObjectRef(ref.kind.value, namespace, ref.name))

    def _subjects(self) -> Iterator[Subject]:
        for one in self.catalog.external_secrets:
            if not one.origin:
                ref = ObjectRef("ExternalSecret", one.namespace, one.name)
                yield Subject(ref, one.namespace, one.spec, one.document, ("spec",))
        base = ("spec", "externalSecretSpec")
        for many in self.catalog.cluster_external_secrets:
            spec = many.spec.external_secret_spec
            yield Subject(many.document.ref, "", spec, many.document, base)

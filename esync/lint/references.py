"""What the input names and does not have; it may be in the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from esync.errors import near
from esync.lint.rule import Finding, Severity
from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import StoreKind
from esync.manifests.kinds import GENERATOR_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from esync.errors import Location
    from esync.lint.view import Subject, View
    from esync.manifests.externalsecret import StoreRef

_CLUSTER_GENERATOR: Final = "ClusterGenerator"


class NotInManifests(Finding):
    """A template source, a generator or a store is not among the manifests."""

    rule = "ES0730"
    title: ClassVar = "Reference is not in the input"
    severity: ClassVar = Severity.NOTE
    is_reference: ClassVar = True


def not_in_manifests(view: View) -> Iterator[NotInManifests]:
    """Look for names that nothing in the input has."""
    gaps = view.catalog.gaps
    for subject in view.subjects:
        for ref, at, known in _named(view, subject):
            if ref not in known and ref not in gaps.broken:
                names = {one.name for one in known if one.kind == ref.kind}
                yield NotInManifests(
                    f"{ref} is not in the input",
                    about=subject.ref,
                    at=at,
                    hint=near(ref.name, names, otherwise=gaps.hint(ref, "pass its file with -f")),
                )


def _named(
    view: View, subject: Subject
) -> Iterator[tuple[ObjectRef, Location, Collection[ObjectRef]]]:
    catalog = view.catalog
    if subject.namespace:  # a ClusterExternalSecret says nothing of its namespaces
        objects = {*catalog.objects, *view.made}
        for ref, at in view.texts[subject.ref].unknown:
            yield ref, at, objects
    elif subject.ref.name not in view.expanded:
        for store, at in _cluster_stores(subject):
            yield ObjectRef("ClusterSecretStore", "", store.name), at, catalog.stores
    for index, entry in enumerate(subject.spec.data_from):
        generator = entry.source_ref.generator_ref if entry.source_ref else None
        if generator is None or not generator.api_version.startswith(GENERATOR_GROUP):
            continue
        is_cluster_wide = generator.kind == _CLUSTER_GENERATOR
        if subject.namespace or is_cluster_wide:
            namespace = "" if is_cluster_wide else subject.namespace
            at = subject.place("dataFrom", index, "sourceRef", "generatorRef", "name")
            yield ObjectRef(generator.kind, namespace, generator.name), at, catalog.generators


def _cluster_stores(subject: Subject) -> Iterator[tuple[StoreRef, Location]]:
    """Yield the cluster stores that a ClusterExternalSecret names, each once."""
    spec = subject.spec
    named = [(spec.secret_store_ref, subject.place("secretStoreRef", "name"))]
    sources = {("data", index): one.source_ref for index, one in enumerate(spec.data)}
    sources |= {("dataFrom", index): one.source_ref for index, one in enumerate(spec.data_from)}
    for path, source in sources.items():
        if source:
            at = subject.place(*path, "sourceRef", "storeRef", "name")
            named.append((source.store_ref, at))
    seen: set[str] = set()
    for ref, at in named:
        if ref and ref.kind is StoreKind.CLUSTER_SECRET_STORE and ref.name not in seen:
            seen.add(ref.name)
            yield ref, at

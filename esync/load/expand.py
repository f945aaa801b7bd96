"""ClusterExternalSecrets to ExternalSecrets: one in every namespace that is chosen.

Source: External Secrets Operator 2.9: namespaces by name, then by the selectors, all ORed; no
selector at all chooses none, an empty one chooses all; namespaces on their way out are left alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esync.cluster.labels import matches
from esync.errors import EsyncError
from esync.flow.failure import Failure
from esync.load.errors import LoadError
from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import ExternalSecret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.errors import Location
    from esync.flow.catalog import Catalog
    from esync.manifests.document import Document
    from esync.manifests.externalsecret import ClusterExternalSecret

_NAME_LABEL: Final = "kubernetes.io/metadata.name"


class ExistsAlready(LoadError):
    """A ClusterExternalSecret would make an ExternalSecret that the input defines itself."""

    rule = "ES0119"

    def __init__(self, ref: ObjectRef, *, at: Location, there: Location) -> None:
        super().__init__(
            f"{ref} exists already", at=at, hint=f"it is defined at {there}; rename one of the two"
        )


def expand(catalog: Catalog, *, closed_world: bool) -> Catalog:
    """Return ``catalog`` with the ExternalSecrets of its ClusterExternalSecrets.

    Args:
        catalog: with every Namespace that can be known.
        closed_world: all Namespaces are known; otherwise one that is chosen by its name counts
            as existing.
    """
    labels = dict(_namespaces(catalog.objects))
    defined = {(one.namespace, one.name): one for one in catalog.external_secrets}
    failures = list(catalog.failures)
    for one in catalog.cluster_external_secrets:
        try:
            chosen = _chosen(one, labels, closed_world=closed_world)
        except EsyncError as error:
            failures.append(Failure(one.document.ref, error.located(one.document.at)))
            continue
        for namespace in chosen:
            made = _made(one, namespace)
            first = defined.setdefault((namespace, made.name), made)
            if first is not made:
                ref = ObjectRef("ExternalSecret", namespace, made.name)
                twice = ExistsAlready(ref, at=one.document.at, there=first.document.at)
                failures.append(Failure(one.document.ref, twice))
    return replace(catalog, external_secrets=tuple(defined.values()), failures=tuple(failures))


def _namespaces(objects: Mapping[ObjectRef, Document]) -> Iterator[tuple[str, dict[str, str]]]:
    for ref, document in objects.items():
        if ref.kind != "Namespace":
            continue
        metadata = document.body.get("metadata") or {}
        status = document.body.get("status") or {}
        if metadata.get("deletionTimestamp") or status.get("phase") == "Terminating":
            continue
        yield ref.name, {_NAME_LABEL: ref.name, **(metadata.get("labels") or {})}


def _chosen(
    one: ClusterExternalSecret, labels: Mapping[str, Mapping[str, str]], *, closed_world: bool
) -> list[str]:
    """Return the chosen namespaces, each once, in the order in which they were chosen."""
    spec = one.spec
    known = {found[_NAME_LABEL]: name for name, found in labels.items()}
    chosen = [
        known.get(name, name) for name in spec.namespaces if name in known or not closed_world
    ]
    for selector in (spec.namespace_selector, *spec.namespace_selectors):
        if selector is not None:
            chosen += [name for name, found in sorted(labels.items()) if matches(selector, found)]
    return list(dict.fromkeys(chosen))


def _made(one: ClusterExternalSecret, namespace: str) -> ExternalSecret:
    metadata = one.spec.external_secret_metadata
    return ExternalSecret(
        name=one.spec.external_secret_name or one.name,
        namespace=namespace,
        spec=one.spec.external_secret_spec,
        document=one.document,
        labels=metadata.labels,
        annotations=metadata.annotations,
        origin=one.name,
    )

"""ClusterExternalSecrets to ExternalSecrets: one in every namespace that is chosen.

Source: External Secrets Operator 2.9: namespaces by name, then by the selectors, all ORed; no
selector at all chooses none, an empty one chooses all; namespaces on their way out are left alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esync.cluster.labels import check, matches
from esync.cluster.overlay import NAME_LABEL, BrokenInInput
from esync.errors import EsyncError
from esync.flow.failure import Failure
from esync.flow.kubernetes import creator_of
from esync.load.errors import LoadError
from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import ExternalSecret
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.errors import Location
    from esync.flow.catalog import Catalog
    from esync.manifests.externalsecret import ClusterExternalSecret

# The operator passes this annotation on, and takes none but its own.
FORCE_SYNC: Final = "external-secrets.io/force-sync"


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
    known = known_namespaces(catalog)
    defined = {(one.namespace, one.name): one for one in catalog.external_secrets}
    failures = list(catalog.failures)
    notes = list(catalog.notes)
    for one in catalog.cluster_external_secrets:
        try:
            chosen = choose(one, known, closed_world=closed_world)
        except EsyncError as error:
            failures.append(Failure(one.document.ref, error.located(one.document.at)))
            continue
        if not chosen:
            notes.append(f"{one.document.ref} chooses none of the namespaces that are known")
        for namespace in chosen:
            made = _made(one, namespace)
            first = defined.setdefault((namespace, made.name), made)
            if first is not made and creator_of(first.document.body) != one.name:
                ref = ObjectRef("ExternalSecret", namespace, made.name)
                twice = ExistsAlready(ref, at=one.document.at, there=first.document.at)
                failures.append(Failure(one.document.ref, twice))
    return replace(
        catalog,
        external_secrets=tuple(defined.values()),
        failures=tuple(failures),
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True)
class Known:
    """Labels by namespace; those on their way out and those with errors are in no other field."""

    labels: Mapping[str, Mapping[str, str]]
    leaving: frozenset[str]
    broken: frozenset[ObjectRef]


def known_namespaces(catalog: Catalog) -> Known:
    """Return the Namespaces of ``catalog``, as selectors see them."""
    labels: dict[str, dict[str, str]] = {}
    leaving: set[str] = set()
    for ref, document in catalog.objects.items():
        if ref.kind != "Namespace":
            continue
        metadata = document.body.get("metadata") or {}
        status = document.body.get("status") or {}
        if metadata.get("deletionTimestamp") or status.get("phase") == "Terminating":
            leaving.add(ref.name)
        else:
            labels[ref.name] = {NAME_LABEL: ref.name, **(metadata.get("labels") or {})}
    broken = frozenset(ref for ref in catalog.gaps.broken if ref.kind == "Namespace")
    return Known(labels, frozenset(leaving), broken)


def choose(one: ClusterExternalSecret, known: Known, *, closed_world: bool) -> list[str]:
    """Return the chosen namespaces, each once, in the order in which they were chosen.

    Raises:
        BadSelector: a selector is malformed, whether or not there is anything to choose from.
        BrokenInInput: the choice depends on a Namespace that the input has with errors.
    """
    spec, labels = one.spec, known.labels
    selectors = [spec.namespace_selector, *spec.namespace_selectors]
    for selector in selectors:
        if selector is not None:
            check(selector)
    for ref in sorted(known.broken):
        if ref.name in spec.namespaces or any(one is not None for one in selectors):
            raise BrokenInInput(ref)
    by_label = {found[NAME_LABEL]: name for name, found in labels.items()}
    chosen = [
        by_label.get(name, name)
        for name in spec.namespaces
        if name in by_label or not (closed_world or name in known.leaving)
    ]
    for selector in selectors:
        chosen += [name for name, found in sorted(labels.items()) if matches(selector, found)]
    return list(dict.fromkeys(chosen))


def _made(one: ClusterExternalSecret, namespace: str) -> ExternalSecret:
    return ExternalSecret(
        name=one.external_secret_name,
        namespace=namespace,
        spec=one.spec.external_secret_spec,
        document=one.document,
        labels=one.spec.external_secret_metadata.labels,
        annotations=annotations_of(one),
        origin=one.name,
    )


def annotations_of(one: ClusterExternalSecret) -> dict[str, str]:
    """Return the annotations of the ExternalSecrets that are made."""
    given = one.spec.external_secret_metadata.annotations
    annotations = {name: text for name, text in given.items() if name != FORCE_SYNC}
    if FORCE_SYNC in one.annotations:
        annotations[FORCE_SYNC] = one.annotations[FORCE_SYNC]
    return annotations

"""Which namespaces may use a ClusterSecretStore.

Source: External Secrets Operator 2.9, ``spec.conditions`` of ClusterSecretStore: everything is
ORed, also inside one condition; regular expressions are searched, not anchored; names are compared
through the label ``kubernetes.io/metadata.name``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esync.cluster.labels import BadSelector, matches
from esync.resolve.errors import NamespaceUnknown, StoreNotAllowed, UnsafeRegex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.errors import EsyncError, Location
    from esync.flow.catalog import Gaps
    from esync.manifests.store import Store, StoreCondition

NAME_LABEL = "kubernetes.io/metadata.name"


def refusal(
    store: Store,
    namespace: str,
    labels: Mapping[str, str] | None,
    gaps: Gaps,
    *,
    at: Location,
) -> EsyncError | None:
    """Return why ``store`` may not be used from ``namespace``, or None if it may.

    Args:
        store: any store; only a ClusterSecretStore has conditions that count.
        namespace: of the ExternalSecret.
        labels: of that namespace; None when nobody can tell, then only its name is known.
        gaps: what the input has and cannot be used, which says why nobody can tell.
        at: where the store is named.
    """
    if not store.is_cluster_wide or not store.conditions:
        return None
    from esync.gocompat import regexp  # a run without conditions does without

    known = {NAME_LABEL: namespace, **(labels or {})}
    decided = [_decided(one, labels) for one in store.conditions]
    try:
        if any(_allows(one, namespace, known) for one in decided):
            return None
    except regexp.RegexpError:
        return UnsafeRegex(
            f'a namespaceRegexes entry of cluster store "{store.name}" does not compile', at=at
        )
    except BadSelector as error:
        return error.located(at)
    if decided != list(store.conditions):
        return NamespaceUnknown(store.name, namespace, at=at, gaps=gaps)
    return StoreNotAllowed(store.name, namespace, at=at)


def _decided(condition: StoreCondition, labels: Mapping[str, str] | None) -> StoreCondition:
    """Return the condition without a selector of which nobody can tell whether it matches."""
    selector = condition.namespace_selector
    if labels is not None or selector is None:
        return condition
    keys = {*selector.match_labels, *(one.key for one in selector.match_expressions)}
    return condition if keys <= {NAME_LABEL} else replace(condition, namespace_selector=None)


def _allows(condition: StoreCondition, namespace: str, labels: Mapping[str, str]) -> bool:
    selector = condition.namespace_selector
    if selector is not None and matches(selector, labels):
        return True
    if labels[NAME_LABEL] in condition.namespaces:
        return True
    from esync.gocompat import regexp

    return any(
        regexp.search(regexp.compile(one), namespace.encode())
        for one in condition.namespace_regexes
    )

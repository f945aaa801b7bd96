"""Ask the cluster for a Reloader, and for what it leaves alone by its settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esync.cluster.contract import CONFIG_MAPS, NAMESPACES, Forbidden
from esync.cluster.labels import BadSelector, matches, parse_selector
from esync.rollouts.options import NOBODY
from esync.rollouts.reloader import META_INFO, META_INFO_LABEL, Settings, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from esync.cluster.contract import Cluster
    from esync.rollouts.decide import Rotated


def find_reloader(cluster: Cluster, namespace: str, notes: list[str]) -> Settings:
    """Return how the Reloader of the cluster was started, by what it publishes.

    Args:
        cluster: is asked once.
        namespace: where it runs; ``none`` if nobody is to be minded; empty if that is not known.
        notes: is told when it may not be looked for.
    """
    if namespace == NOBODY:
        return Settings()
    try:
        if namespace:
            found = cluster.get(CONFIG_MAPS, namespace, META_INFO)
        else:
            listed = cluster.list(CONFIG_MAPS, selector=META_INFO_LABEL)
            found = next((one for one in listed if one["metadata"]["name"] == META_INFO), None)
    except Forbidden as error:
        notes.append(
            f"whether a Reloader runs cannot be told ({error.message}): "
            "say its namespace with --reloader, or none"
        )
        found = None
    return settings_of(found) if found else Settings()


def scoped(
    cluster: Cluster, rotated: Iterable[Rotated], settings: Settings, notes: list[str]
) -> list[Rotated]:
    """Return the Secrets, each with whether Reloader minds it."""
    chosen: dict[str, bool] = {}
    found = []
    for one in rotated:
        namespace = one.ref.namespace
        if namespace not in chosen:
            chosen[namespace] = _minds(cluster, namespace, settings, notes)
        minded = chosen[namespace] and _chooses(settings.resource_selectors, one.labels)
        found.append(replace(one, minded=minded))
    return found


def _minds(cluster: Cluster, namespace: str, settings: Settings, notes: list[str]) -> bool:
    if settings.ignores_namespace(namespace):
        return False
    if not settings.namespace_selectors:
        return True
    try:
        body = cluster.get(NAMESPACES, "", namespace) or {}
    except Forbidden as error:
        notes.append(f"that Reloader minds namespace {namespace} is taken for so: {error.message}")
        return True
    return _chooses(settings.namespace_selectors, (body.get("metadata") or {}).get("labels") or {})


def _chooses(selectors: Sequence[str], labels: Mapping[str, str]) -> bool:
    """Tell whether one of the selectors chooses; without any, everything is chosen."""
    try:
        return not selectors or any(matches(parse_selector(one), labels) for one in selectors)
    except BadSelector:
        return True

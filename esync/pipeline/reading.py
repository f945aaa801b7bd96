"""The input of a command: what was read, what completes it, and what is trusted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from esync import load, resolve

if TYPE_CHECKING:
    from esync.cluster.contract import Reader
    from esync.flow.catalog import Catalog
    from esync.pipeline.world import Request, World


def loaded(request: Request, world: World) -> Catalog:
    """Return the input, completed, and without what ``--policy`` refuses."""
    return allowed(_completed(request, world), request)


def allowed(catalog: Catalog, request: Request) -> Catalog:
    """Return ``catalog`` without what ``--policy`` refuses; once more where it has changed."""
    return resolve.narrowed(catalog, request.policy) if request.policy else catalog


def _completed(request: Request, world: World) -> Catalog:
    """Return the input with the stores and Namespaces that it names and lacks."""
    selection, plugins = request.load.selection, request.load.plugins
    if selection is None:
        return load.complete(load.load(request.load), trusted(request, world), plugins)
    if world.cluster is None:
        raise AssertionError("the command line asks for a cluster first")
    return load.complete(load.from_cluster(world.cluster, selection), world.cluster, plugins)


def trusted(request: Request, world: World) -> Reader | None:
    """Return the cluster, unless ``--trust`` names other places only."""
    guarded = request.load.is_guarded and not request.load.trust_cluster
    return None if guarded else world.cluster


def ignored(catalog: Catalog) -> tuple[tuple[str, int], ...]:
    """Count the documents that esync has no use for, by kind."""
    return tuple(sorted(Counter(one.kind for one in catalog.others).items()))

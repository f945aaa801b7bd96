"""What keeping an ApplySet takes of the API server beside what its targets take anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.cluster.contract import (
    CLUSTER_EXTERNAL_SECRETS,
    CONFIG_MAPS,
    EXTERNAL_SECRETS,
    SECRETS,
)
from esync.deploy.needs import Need
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esync.flow.applyset import ApplySet
    from esync.flow.plan import Planned
    from esync.manifests.document import Resource


@dataclass(frozen=True, slots=True)
class Membership:
    """What the command line says of a set."""

    set: ApplySet
    prune: bool = False


def set_needs(membership: Membership, planned: Sequence[Planned], *, live: bool) -> Iterator[Need]:
    """Yield what a run needs for its set, each perhaps several times.

    Args:
        membership: the set; its parent may be in another namespace than its members.
        planned: the ExternalSecrets of all its namespaces.
        live: they are read from the cluster; else from files.
    """
    of = membership.set
    yield _need(of.resource, of.namespace, "get", of.name, why="read the parent of the ApplySet")
    yield _need(of.resource, of.namespace, "create", why="create the parent of the ApplySet")
    why = "let the parent of the ApplySet say where members are"
    yield _need(of.resource, of.namespace, "update", of.name, why=why)
    if not membership.prune:
        return
    if live:
        why = "find out whether a ClusterExternalSecret asks for a member of the ApplySet"
        yield _need(CLUSTER_EXTERNAL_SECRETS, "", "list", why=why)
    kinds = set(_kinds(planned))
    for resource in kinds:
        why = "find members of the ApplySet, also where the parent is"
        yield _need(resource, of.namespace, "list", why=why)
    for namespace in {one.target.namespace for one in planned}:
        why = "find out who still asks for a member of the ApplySet"
        yield _need(EXTERNAL_SECRETS, namespace, "list", why=why)
        for resource in kinds:
            yield _need(resource, namespace, "list", why="find members of the ApplySet")
            yield _need(resource, namespace, "delete", why="prune")


def _kinds(planned: Sequence[Planned]) -> Iterator[Resource]:
    """Yield where members are; resources of other kinds are not known here."""
    for one in planned:
        manifest = one.external_secret.spec.target.manifest
        if manifest is None:
            yield SECRETS
        elif (manifest.kind, manifest.api_version) == (CONFIG_MAPS.kind, CONFIG_MAPS.api_version):
            yield CONFIG_MAPS


def _need(resource: Resource, namespace: str, verb: str, name: str = "", *, why: str) -> Need:
    return Need(namespace, resource.group, resource.plural, verb, name, why)

"""What may belong to ExternalSecrets: Secrets of their namespace, and targets of other kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.cluster.contract import SECRETS
from esync.handover import steps
from esync.manifests.document import ObjectRef
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esync.cluster.contract import Cluster, Object, Resource


@dataclass(frozen=True, slots=True)
class Target:
    """One live object."""

    resource: Resource
    body: Object

    @property
    def ref(self) -> ObjectRef:
        """Its name."""
        meta = self.body["metadata"]
        return ObjectRef(self.resource.kind, meta.get("namespace", ""), meta["name"])


def targets(cluster: Cluster, namespace: str, chosen: Sequence[Object]) -> list[Target]:
    """Return what belongs to ExternalSecrets, or was made by one.

    All Secrets are looked at, also those without a label: the garbage collector asks for none.

    Raises:
        ClusterError: it cannot be found out.
    """
    secrets = [
        Target(SECRETS, body) for body in cluster.list(SECRETS, namespace) if steps.is_bound(body)
    ]
    return [*secrets, *_of_other_kinds(cluster, namespace, chosen)]


def _of_other_kinds(cluster: Cluster, namespace: str, chosen: Sequence[Object]) -> Iterator[Target]:
    for one in chosen:
        target = (one.get("spec") or {}).get("target") or {}
        kind = target.get("manifest") or {}
        if not kind:
            continue
        group, slash, version = kind.get("apiVersion", "").rpartition("/")
        resource = cluster.resource_of(group if slash else "", version, kind.get("kind", ""))
        if resource is None:
            continue
        name = target.get("name") or one["metadata"]["name"]
        body = cluster.get(resource, namespace if resource.namespaced else "", name)
        if body is not None and steps.is_bound(body):
            yield Target(resource, body)

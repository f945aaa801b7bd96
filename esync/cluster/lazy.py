"""A cluster whose client is imported when it is first asked for something."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from esync.cluster.contract import Unreachable
from esync.cluster.kubeconfig import Chosen, choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from esync.cluster.contract import Cluster, Login, Object, Resource, Visitor
    from esync.cluster.options import ConnectOptions
    from esync.cluster.permissions import Permissions
    from esync.secret import SecretValue


class LazyCluster:
    """The cluster that flags and environment mean; see :class:`esync.cluster.contract.Cluster`.

    Its names are known from the kubeconfig alone; everything else goes to the real client, which
    costs some 20 ms to import even before it signs in.
    """

    def __init__(self, options: ConnectOptions) -> None:
        self._options = options
        try:
            chosen = choose(options)
        except Unreachable:
            chosen = Chosen(options.context)  # what is wrong is told by the first request
        self.context = chosen.context
        self.server = chosen.server
        self.namespace = chosen.namespace

    @cached_property
    def _client(self) -> Cluster:
        from esync.cluster.connect import connect

        return connect(self._options)

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return the object, or None if there is none."""
        return self._client.get(resource, namespace, name)

    def list(self, resource: Resource, namespace: str = "", selector: str = "") -> Iterator[Object]:
        """Yield the objects of one namespace, or of all."""
        return self._client.list(resource, namespace, selector)

    def create(
        self, resource: Resource, body: Object, *, manager: str, dry_run: bool = False
    ) -> Object:
        """Create the object and return it as written."""
        return self._client.create(resource, body, manager=manager, dry_run=dry_run)

    def update(
        self, resource: Resource, body: Object, *, manager: str, dry_run: bool = False
    ) -> Object:
        """Replace the object."""
        return self._client.update(resource, body, manager=manager, dry_run=dry_run)

    def delete(self, resource: Resource, namespace: str, name: str, **preconditions: Any) -> None:
        """Delete the object if it is still the one that was read."""
        self._client.delete(resource, namespace, name, **preconditions)

    def patch(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        changes: Mapping[str, Any],
        *,
        manager: str,
    ) -> Object:
        """Merge ``changes`` into an object of a built-in kind."""
        return self._client.patch(resource, namespace, name, changes, manager=manager)

    def token(
        self, namespace: str, name: str, audiences: Sequence[str], seconds: int | None = None
    ) -> SecretValue:
        """Return a token for a service account."""
        return self._client.token(namespace, name, audiences, seconds)

    def patch_status(
        self, resource: Resource, namespace: str, name: str, status: Mapping[str, Any]
    ) -> None:
        """Merge ``status`` into the status of the object."""
        self._client.patch_status(resource, namespace, name, status)

    def resource_of(self, group: str, version: str, kind: str) -> Resource | None:
        """Return the resource whose objects are of ``kind``, or None if there is none."""
        return self._client.resource_of(group, version, kind)

    def may(self, verb: str, resource: Resource, namespace: str = "") -> bool:
        """Tell whether this identity may do that."""
        return self._client.may(verb, resource, namespace)

    def permissions(self, namespace: str) -> Permissions:
        """Return what this identity may do in a namespace."""
        return self._client.permissions(namespace)

    def acting_as(self, login: Login | None) -> Visitor:
        """Return the same cluster as somebody else sees it; None is the user of the context."""
        return self._client.acting_as(login)

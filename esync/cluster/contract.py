"""What esync asks of a Kubernetes API server, and how that can fail."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from esync.errors import EsyncError
from esync.manifests.document import Resource as Resource  # noqa: PLC0414 - part of the contract
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from esync.cluster.permissions import Permissions
    from esync.secret import SecretValue

# One object as the API spells it; typed by the room that reads it.
Object = dict[str, Any]


SECRETS = Resource("", "v1", "secrets", "Secret")
CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap")
SERVICE_ACCOUNTS = Resource("", "v1", "serviceaccounts", "ServiceAccount")
NAMESPACES = Resource("", "v1", "namespaces", "Namespace", namespaced=False)
EVENTS = Resource("", "v1", "events", "Event")
PODS = Resource("", "v1", "pods", "Pod")
DEPLOYMENTS = Resource("apps", "v1", "deployments", "Deployment")
STATEFUL_SETS = Resource("apps", "v1", "statefulsets", "StatefulSet")
DAEMON_SETS = Resource("apps", "v1", "daemonsets", "DaemonSet")
CRON_JOBS = Resource("batch", "v1", "cronjobs", "CronJob")
EXTERNAL_SECRETS = Resource("external-secrets.io", "v1", "externalsecrets", "ExternalSecret")
CLUSTER_EXTERNAL_SECRETS = Resource(
    "external-secrets.io", "v1", "clusterexternalsecrets", "ClusterExternalSecret", namespaced=False
)
SECRET_STORES = Resource("external-secrets.io", "v1", "secretstores", "SecretStore")
CLUSTER_SECRET_STORES = Resource(
    "external-secrets.io", "v1", "clustersecretstores", "ClusterSecretStore", namespaced=False
)


class ClusterError(EsyncError):
    """The API server refused, or did not answer."""

    rule = "ES0200"


class Unreachable(ClusterError):
    """There is no cluster to ask, or it does not answer.

    Attributes:
        was_cut: whether the connection ended before the answer.
    """

    rule = "ES0201"
    was_cut: bool = False


class Forbidden(ClusterError):
    """The API server does not permit it."""

    rule = "ES0202"


class Conflict(ClusterError):
    """Somebody else wrote the object since it was read, or it exists already.

    Attributes:
        may_be_ours: an answer was lost before, so that "somebody else" may be this very call.
    """

    rule = "ES0203"
    may_be_ours: bool = False


class Invalid(ClusterError):
    """The API server or an admission rule does not accept the object."""

    rule = "ES0204"


class NotServed(ClusterError):
    """The API server has no such kind of object: its CustomResourceDefinition is not installed."""

    rule = "ES0206"


class Unauthorized(Unreachable):
    """The API server does not know who is asking; nothing can be read or written."""

    rule = "ES0207"


class Busy(ClusterError):
    """The API server asks to slow down.

    Attributes:
        retry_after: seconds that it asked to wait, else None.
    """

    rule = "ES0421"
    retry_after: float | None = None


class NotNow(Busy):
    """The API server says that it cannot answer now."""


class NotKubernetes(ClusterError):
    """What answers is no API server."""

    rule = "ES0422"


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks, when it is not the user of the context.

    Attributes:
        token: a bearer token, or None.
        pair: a client certificate and its key, as PEM, or None.
        headers: what else the server is told, such as whom to impersonate.
        renew: gives another token when this one is not accepted any more, if that can be.
    """

    token: SecretValue | None = None
    pair: tuple[SecretValue, SecretValue] | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    renew: Callable[[], SecretValue] | None = field(default=None, repr=False, compare=False)


class Reader(Protocol):
    """Reads objects. May be called from several threads at once."""

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return the object, or None if there is none, or no such kind of object.

        Raises:
            Forbidden: it may not be read.
            Unreachable: nobody answers.
            ClusterError: anything else.
        """

    def list(self, resource: Resource, namespace: str = "", selector: str = "") -> Iterator[Object]:
        """Yield the objects of one namespace, or of all if it is empty, page by page.

        Each has ``apiVersion`` and ``kind``; ``selector`` is the text form of a label selector.

        Raises:
            NotServed: the server does not know the resource.
            Forbidden, Unreachable, ClusterError: as for ``get``; with the first object or later.
        """


class Visitor(Reader, Protocol):
    """Reads objects with an identity of its own, and can ask what it may read."""

    def resource_of(self, group: str, version: str, kind: str) -> Resource | None:
        """Return the resource whose objects are of ``kind``, or None if there is none.

        An empty ``version`` is whichever the server serves, first the one that it prefers.

        Raises:
            Forbidden, Unreachable, ClusterError: as for ``get``.
        """

    def may(self, verb: str, resource: Resource, namespace: str = "") -> bool:
        """Tell whether this identity may do that to all objects of a namespace, or of all."""


class Inspector(Visitor, Protocol):
    """Reads objects, and knows beforehand what would be refused."""

    def permissions(self, namespace: str) -> Permissions:
        """Return what this identity may do in a namespace; asked once, and it never fails.

        If the server does not tell, nothing is known, and all may be permitted.
        """


class Cluster(Inspector, Protocol):
    """Reads and writes objects. May be called from several threads at once.

    Attributes:
        context: the kubeconfig context, ``in-cluster``, or empty.
        server: the API server's URL, or empty.
        namespace: the namespace that the context names, else ``default``.
    """

    context: str
    server: str
    namespace: str

    def create(
        self, resource: Resource, body: Object, *, manager: str, dry_run: bool = False
    ) -> Object:
        """Create the object and return it as written.

        Raises:
            Conflict: there is one of that name.
            Invalid, Forbidden, Unreachable, ClusterError: as the class says.
        """

    def update(
        self, resource: Resource, body: Object, *, manager: str, dry_run: bool = False
    ) -> Object:
        """Replace the object (PUT); its ``metadata.resourceVersion`` must be the live one.

        Raises:
            Conflict: somebody else wrote it since.
            Invalid, Forbidden, Unreachable, ClusterError: as the class says.
        """

    def delete(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        *,
        uid: str,
        resource_version: str,
        dry_run: bool = False,
    ) -> None:
        """Delete the object if it is still the one that was read; a missing one is no error."""

    def patch(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        changes: Mapping[str, Any],
        *,
        manager: str,
    ) -> Object:
        """Merge ``changes`` into an object of a built-in kind, and return it as written.

        Lists of containers and of variables are merged by name (strategic merge).

        Raises:
            Conflict, Invalid, Forbidden, Unreachable, ClusterError: as the class says.
        """

    def token(
        self, namespace: str, name: str, audiences: Sequence[str], seconds: int | None = None
    ) -> SecretValue:
        """Return a token for a service account (TokenRequest).

        Args:
            namespace: of the service account.
            name: of the service account.
            audiences: as sent; empty leaves the server's default.
            seconds: how long it shall live; None leaves the server's default.
        """

    def patch_status(
        self, resource: Resource, namespace: str, name: str, status: Mapping[str, Any]
    ) -> None:
        """Merge ``status`` into the status subresource of the object."""

    def acting_as(self, login: Login | None) -> Visitor:
        """Return the same cluster as somebody else sees it, who sends each request once.

        None is who asks already.
        """

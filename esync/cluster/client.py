"""A cluster behind its API server: the requests of a run, as plain JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import (
    SERVICE_ACCOUNTS,
    ClusterError,
    Invalid,
    NotKubernetes,
    Object,
    Resource,
)
from esync.cluster.paths import Attempt, api, path
from esync.cluster.permissions import UNKNOWN, permissions_of
from esync.cluster.refusals import is_not_served, refusal
from esync.cluster.wire import Call
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from esync.cluster.contract import Login, Visitor
    from esync.cluster.kubeconfig import Chosen
    from esync.cluster.permissions import Permissions
    from esync.cluster.wire import Answer, Wire

PAGE: Final = 500
_NOT_FOUND: Final = 404
_GONE: Final = 410
_SUCCESS: Final = range(200, 300)
_MERGE_PATCH: Final = "application/merge-patch+json"
_STRATEGIC_PATCH: Final = "application/strategic-merge-patch+json"
_ACCESS_REVIEWS: Final = Resource(
    "authorization.k8s.io",
    "v1",
    "selfsubjectaccessreviews",
    "SelfSubjectAccessReview",
    namespaced=False,
)
_RULES_REVIEWS: Final = Resource(
    "authorization.k8s.io",
    "v1",
    "selfsubjectrulesreviews",
    "SelfSubjectRulesReview",
    namespaced=False,
)
_TOKEN_REQUEST: Final = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}


class ApiCluster:
    """Reads and writes objects over a wire; see :class:`esync.cluster.contract.Cluster`.

    Nothing is sent, no plugin is run and no client is imported before the first call.
    """

    def __init__(
        self, wire: Wire, chosen: Chosen, acting_as: Callable[[Login], ApiCluster]
    ) -> None:
        self._wire = wire
        self._acting_as = acting_as
        self._resources: dict[tuple[str, str, str], Resource] = {}
        self._permissions: dict[str, Permissions] = {}
        self.context = chosen.context
        self.server = chosen.server
        self.namespace = chosen.namespace

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return the object, or None if there is none, or no such kind of object."""
        attempt = Attempt("get", resource, namespace, name)
        answer = self._wire.send(Call("GET", path(attempt)))
        return None if _is_missing(attempt, answer) else _object(attempt, answer)

    def list(self, resource: Resource, namespace: str = "", selector: str = "") -> Iterator[Object]:
        """Yield objects page by page.

        When the place in the list has expired (410), the list is read again in one piece, and what
        was yielded already is left out.
        """
        attempt = Attempt("list", resource, namespace)
        limit, place = str(PAGE), ""
        seen: set[tuple[str, str]] = set()
        while True:
            query = (("labelSelector", selector), ("limit", limit), ("continue", place))
            answer = self._wire.send(Call("GET", path(attempt), query))
            if answer.status == _GONE and place:
                limit, place = "", ""
                continue
            page = _object(attempt, answer)
            for item in page.get("items") or ():
                metadata = item["metadata"]
                key = (metadata.get("namespace", ""), metadata["name"])
                if key not in seen:
                    seen.add(key)
                    yield {"apiVersion": resource.api_version, "kind": resource.kind, **item}
            place = (page.get("metadata") or {}).get("continue", "")
            if not place:
                return

    def resource_of(self, group: str, version: str, kind: str) -> Resource | None:
        """Return the resource whose objects are of ``kind``, or None if there is none."""
        versions = (version,) if version else self._versions(group)
        found = (self._resource_in(group, one, kind) for one in versions)
        return next((one for one in found if one), None)

    def _versions(self, group: str) -> tuple[str, ...]:
        """Return the versions of a group that are served, first the one that is preferred."""
        if not group:
            return (SERVICE_ACCOUNTS.version,)
        sought = Resource(group, "v1", "", "", namespaced=False)
        answer = self._wire.send(Call("GET", api(sought).rpartition("/")[0]))
        if answer.status == _NOT_FOUND:
            return ()
        served = _object(Attempt("discover", sought), answer)
        preferred = (served.get("preferredVersion") or {}).get("version", "")
        versions = [one.get("version", "") for one in served.get("versions") or ()]
        return tuple(dict.fromkeys(filter(None, [preferred, *versions])))

    def _resource_in(self, group: str, version: str, kind: str) -> Resource | None:
        """Return what was found before; a kind that was missing may be there by now."""
        key = group, version, kind
        found = self._resources.get(key) or self._discovered(*key)
        if found:
            self._resources[key] = found
        return found

    def _discovered(self, group: str, version: str, kind: str) -> Resource | None:
        sought = Resource(group, version, "", kind, namespaced=False)
        attempt = Attempt("discover", sought)
        answer = self._wire.send(Call("GET", api(sought)))
        if answer.status == _NOT_FOUND:
            return None
        for one in _object(attempt, answer).get("resources") or ():
            plural = one.get("name", "")
            if one.get("kind") == kind and "/" not in plural:
                namespaced = one.get("namespaced") is True
                return Resource(group, version, plural, kind, namespaced=namespaced)
        return None

    def may(self, verb: str, resource: Resource, namespace: str = "") -> bool:
        """Tell whether this identity may do that to all objects of a namespace, or of all."""
        attributes = {
            "verb": verb,
            "group": resource.group,
            "version": resource.version,
            "resource": resource.plural,
            "namespace": namespace,
        }
        body: Object = {
            "apiVersion": _ACCESS_REVIEWS.api_version,
            "kind": _ACCESS_REVIEWS.kind,
            "spec": {"resourceAttributes": attributes},
        }
        attempt = Attempt("create", _ACCESS_REVIEWS)
        answer = _object(attempt, self._wire.send(Call("POST", path(attempt), body=body)))
        return (answer.get("status") or {}).get("allowed") is True

    def permissions(self, namespace: str) -> Permissions:
        """Return what this identity may do in a namespace; asked once, and it never fails."""
        if namespace not in self._permissions:
            self._permissions[namespace] = self._review(namespace)
        return self._permissions[namespace]

    def _review(self, namespace: str) -> Permissions:
        body: Object = {
            "apiVersion": _RULES_REVIEWS.api_version,
            "kind": _RULES_REVIEWS.kind,
            "spec": {"namespace": namespace},
        }
        attempt = Attempt("create", _RULES_REVIEWS)
        try:
            answer = _object(attempt, self._wire.send(Call("POST", path(attempt), body=body)))
        except ClusterError:
            return UNKNOWN
        return permissions_of(answer.get("status") or {})

    def acting_as(self, login: Login | None) -> Visitor:
        """Return the same cluster as somebody else sees it; None is who asks already."""
        return self if login is None else self._acting_as(login)

    def create(
        self, resource: Resource, body: Object, *, manager: str, dry_run: bool = False
    ) -> Object:
        """Create the object and return it as written."""
        attempt = _attempt("create", resource, body)
        # Sent twice it ends as a conflict too: every object has a name.
        call = Call("POST", path(attempt), _query(manager, dry_run=dry_run), body)
        return _object(attempt, self._wire.send(call))

    def update(
        self, resource: Resource, body: Object, *, manager: str, dry_run: bool = False
    ) -> Object:
        """Replace the object if its resourceVersion is the live one; return it as written."""
        attempt = _attempt("update", resource, body)
        if not body["metadata"].get("resourceVersion"):
            raise Invalid(f"cannot update {attempt.target}: its resourceVersion is not known")
        # Sent twice it ends as a conflict, which is answered by reading again.
        call = Call("PUT", path(attempt), _query(manager, dry_run=dry_run), body)
        return _object(attempt, self._wire.send(call))

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
        attempt = Attempt("delete", resource, namespace, name)
        preconditions = {"uid": uid, "resourceVersion": resource_version}
        body: Object = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": {key: value for key, value in preconditions.items() if value},
        }
        if dry_run:  # the server reads no query beside a body
            body["dryRun"] = ["All"]
        answer = self._wire.send(Call("DELETE", path(attempt), body=body))
        if not _is_missing(attempt, answer):
            _object(attempt, answer)

    def patch(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        changes: Mapping[str, Any],
        *,
        manager: str,
    ) -> Object:
        """Merge ``changes`` into an object of a built-in kind, and return it as written."""
        attempt = Attempt("patch", resource, namespace, name)
        query = _query(manager, dry_run=False)
        # Sent twice it sets the same fields to the same values.
        call = Call("PATCH", path(attempt), query, dict(changes), content=_STRATEGIC_PATCH)
        return _object(attempt, self._wire.send(call))

    def token(
        self, namespace: str, name: str, audiences: Sequence[str], seconds: int | None = None
    ) -> SecretValue:
        """Return a token for a service account."""
        attempt = Attempt("create", SERVICE_ACCOUNTS, namespace, name, "token")
        spec: Object = {"audiences": list(audiences)}
        if seconds is not None:
            spec["expirationSeconds"] = seconds
        call = Call("POST", path(attempt), body={**_TOKEN_REQUEST, "spec": spec})
        token = _object(attempt, self._wire.send(call)).get("status", {}).get("token")
        if not isinstance(token, str) or not token:
            raise ClusterError(f"cannot {attempt.verb} {attempt.target}: the answer holds no token")
        return SecretValue(token.encode())

    def patch_status(
        self, resource: Resource, namespace: str, name: str, status: Mapping[str, Any]
    ) -> None:
        """Merge ``status`` into the status subresource of the object."""
        attempt = Attempt("patch", resource, namespace, name, "status")
        call = Call("PATCH", path(attempt), body={"status": dict(status)}, content=_MERGE_PATCH)
        _object(attempt, self._wire.send(call))


def _attempt(verb: str, resource: Resource, body: Object) -> Attempt:
    metadata = body["metadata"]
    return Attempt(verb, resource, metadata.get("namespace", ""), metadata.get("name", ""))


def _query(manager: str, *, dry_run: bool) -> tuple[tuple[str, str], ...]:
    return (("fieldManager", manager), ("dryRun", "All" if dry_run else ""))


def _is_missing(attempt: Attempt, answer: Answer) -> bool:
    """Tell whether the answer means that there is no such object.

    Every API server has the core kinds: one that does not know them is something else, and must
    not make it look as if nothing existed.
    """
    if answer.status != _NOT_FOUND:
        return False
    return bool(attempt.resource.group) or not is_not_served(answer)


def _object(attempt: Attempt, answer: Answer) -> Object:
    """Return the object in a successful answer."""
    if answer.status not in _SUCCESS:
        raise refusal(attempt, answer)
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotKubernetes(f"cannot {attempt.verb} {attempt.target}: this is no Kubernetes API")
    return found

"""A small API server in memory, behind the contract that the real client has.

It refuses what the real one refuses, in the same words; ``tests/contract/test_cluster.py`` holds
both to the same behaviour. There are no controllers: nothing is collected as garbage.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections import Counter
from copy import deepcopy
from threading import RLock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from esync.cluster.contract import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    NAMESPACES,
    SECRETS,
    SERVICE_ACCOUNTS,
    Cluster,
    ClusterError,
    Login,
    Object,
    Resource,
)
from esync.cluster.labels import matches, parse_selector
from esync.cluster.paths import Attempt, path
from esync.cluster.permissions import Permissions, Rule
from esync.cluster.refusals import refusal
from esync.cluster.wire import Answer
from esync.manifests.document import ObjectRef
from esync.secret import SecretValue
from tests.fakes.admission import BadRequestError, Cause, causes, normalised
from tests.fakes.managed_fields import record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

_HOUR = 3600
_ANY = frozenset({"*"})
EVERYTHING = Permissions((Rule(_ANY, _ANY, _ANY),), is_complete=True)


class MemoryCluster:
    """Keeps objects with resourceVersion, uid and managedFields.

    Attributes:
        calls: how often each verb was asked of each resource: ``calls["update", "secrets"]``.
        now: what new timestamps say.
        permitted: what a review of the rules tells, by namespace; it binds nobody.
    """

    def __init__(
        self,
        *namespaces: str,
        context: str = "memory",
        server: str = "https://memory.example",
        not_served: Collection[Resource] = (),
    ) -> None:
        self.context = context
        self.server = server
        self.namespace = "default"
        self.calls: Counter[tuple[str, str]] = Counter()
        self.now = "2026-01-01T00:00:00Z"
        self.permitted: dict[str, Permissions] = {}
        self._reviewed: set[str] = set()
        self._not_served = not_served
        self._objects: dict[tuple[Resource, str, str], Object] = {}
        self._version = 0
        self._before: dict[tuple[str, ObjectRef], list[Callable[[], None]]] = {}
        self._lock = RLock()
        for name in dict.fromkeys(["default", *namespaces]):
            self.create(NAMESPACES, {"metadata": {"name": name}}, manager="kube-apiserver")
        self.calls.clear()

    def before(self, verb: str, ref: ObjectRef, *actions: Callable[[], None]) -> None:
        """Run one of ``actions`` before each of the next calls, such as another writer's write."""
        self._before.setdefault((verb, ref), []).extend(actions)

    def fail(self, verb: str, ref: ObjectRef, error: ClusterError, times: int = 1) -> None:
        """Let the next ``times`` calls of ``verb`` on ``ref`` fail; a list's ref has no name."""

        def failing() -> None:
            raise error

        self.before(verb, ref, *[failing] * times)

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return a copy of the object, or None."""
        with self._lock:
            self._enter("get", resource, namespace, name)
            return deepcopy(self._objects.get(_key(resource, namespace, name)))

    def list(self, resource: Resource, namespace: str = "", selector: str = "") -> Iterator[Object]:
        """Yield copies of the objects, by namespace and name."""
        with self._lock:
            attempt = self._enter("list", resource, namespace, "")
            self._check_served(attempt)
            chosen = parse_selector(selector)
            keys = sorted(key[1:] for key in self._objects if key[0] == resource)
            found = [deepcopy(self._objects[resource, *key]) for key in keys]
        for one in found:
            metadata = one["metadata"]
            inside = namespace in {"", metadata.get("namespace", "")}
            if inside and matches(chosen, metadata.get("labels", {})):
                yield one

    def create(
        self, resource: Resource, body: Object, *, manager: str, dry_run: bool = False
    ) -> Object:
        """Store a new object."""
        metadata = body["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata.get("name", "")
        with self._lock:
            attempt = self._enter("create", resource, namespace, name)
            self._check_served(attempt)
            self._check_namespace(attempt)
            if metadata.get("resourceVersion"):
                raise _refused(attempt, 500, "")
            key = _key(resource, namespace, name)
            if key in self._objects:
                raise _refused(attempt, 409, "AlreadyExists")
            new = self._admitted(attempt, body, None)
            new["metadata"] |= {"uid": str(uuid4()), "creationTimestamp": self.now}
            if resource == NAMESPACES:
                labels = {**new["metadata"].get("labels", {}), "kubernetes.io/metadata.name": name}
                new["metadata"]["labels"] = labels
            new["metadata"].pop("managedFields", None)
            return self._write(key, {}, new, manager, dry_run=dry_run)

    def update(
        self, resource: Resource, body: Object, *, manager: str, dry_run: bool = False
    ) -> Object:
        """Replace an object."""
        metadata = body["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata.get("name", "")
        with self._lock:
            attempt = self._enter("update", resource, namespace, name)
            key = _key(resource, namespace, name)
            old = self._objects.get(key)
            if old is None:
                raise _refused(attempt, 404, "NotFound")
            if metadata.get("resourceVersion") != old["metadata"]["resourceVersion"]:
                raise _refused(attempt, 409, "Conflict")
            if metadata.get("uid", old["metadata"]["uid"]) != old["metadata"]["uid"]:
                raise _refused(attempt, 409, "Conflict")
            new = self._admitted(attempt, body, old)
            kept = ("uid", "creationTimestamp", "resourceVersion")
            new["metadata"] |= {field: old["metadata"][field] for field in kept}
            return self._write(key, old, new, manager, dry_run=dry_run)

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
        """Remove an object; one with finalizers is only marked."""
        with self._lock:
            attempt = self._enter("delete", resource, namespace, name)
            key = _key(resource, namespace, name)
            old = self._objects.get(key)
            if old is None:
                return
            metadata = old["metadata"]
            if uid not in {"", metadata["uid"]}:
                raise _refused(attempt, 409, "Conflict")
            if resource_version not in {"", metadata["resourceVersion"]}:
                raise _refused(attempt, 409, "Conflict")
            if dry_run:
                return
            if metadata.get("finalizers"):
                marked = {"deletionTimestamp": self.now, "resourceVersion": self._next()}
                self._objects[key] = {**old, "metadata": {**metadata, **marked}}
            else:
                del self._objects[key]

    def patch(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        changes: Mapping[str, Any],
        *,
        manager: str,
    ) -> Object:
        """Merge ``changes`` into an object; lists of named entries by their names."""
        with self._lock:
            attempt = self._enter("patch", resource, namespace, name)
            key = _key(resource, namespace, name)
            old = self._objects.get(key)
            if old is None:
                raise _refused(attempt, 404, "NotFound")
            return self._write(key, old, _patched(old, changes), manager, dry_run=False)

    def token(
        self, namespace: str, name: str, audiences: Sequence[str], seconds: int | None = None
    ) -> SecretValue:
        """Return an unsigned token in the form of a JWT."""
        with self._lock:
            attempt = self._enter("token", SERVICE_ACCOUNTS, namespace, name)
            account = self._objects.get(_key(SERVICE_ACCOUNTS, namespace, name))
        if account is None:
            raise _refused(attempt, 404, "NotFound")
        claims = {
            "aud": list(audiences) or [self.server],
            "iss": self.server,
            "lifetime": seconds or _HOUR,
            "sub": f"system:serviceaccount:{namespace}:{name}",
            "kubernetes.io": {
                "namespace": namespace,
                "serviceaccount": {"name": name, "uid": account["metadata"]["uid"]},
            },
        }
        parts: tuple[object, ...] = ({"alg": "none"}, claims, {})
        return SecretValue(b".".join(map(_encoded, parts)))

    def resource_of(self, group: str, version: str, kind: str) -> Resource | None:
        """Return a resource that is built in, or of which there are objects."""
        with self._lock:
            known = [CONFIG_MAPS, SECRETS, NAMESPACES, *(key[0] for key in self._objects)]
        found = (one for one in known if (one.group, one.kind) == (group, kind))
        return next((one for one in found if version in {"", one.version}), None)

    def may(self, verb: str, resource: Resource, namespace: str = "") -> bool:  # noqa: ARG002
        """Permit everything."""
        return True

    def permissions(self, namespace: str) -> Permissions:
        """Return what was set, else that everything is permitted."""
        if namespace not in self._reviewed:
            self._reviewed.add(namespace)
            self.calls["create", "selfsubjectrulesreviews"] += 1
        return self.permitted.get(namespace, EVERYTHING)

    def acting_as(self, login: Login | None) -> MemoryCluster:  # noqa: ARG002 - all may do everything
        """Return itself."""
        return self

    def patch_status(
        self, resource: Resource, namespace: str, name: str, status: Mapping[str, Any]
    ) -> None:
        """Merge ``status`` into that of the object."""
        with self._lock:
            attempt = self._enter("patch_status", resource, namespace, name)
            key = _key(resource, namespace, name)
            old = self._objects.get(key)
            if old is None:
                raise _refused(attempt, 404, "NotFound")
            merged = _merged(old.get("status", {}), status)
            new = {**deepcopy(old), "status": merged}
            self._write(key, old, new, "esync", dry_run=False, subresource="status")

    def _enter(self, verb: str, resource: Resource, namespace: str, name: str) -> Attempt:
        self.calls[verb, resource.plural] += 1
        ref = ObjectRef(resource.kind, namespace if resource.namespaced else "", name)
        planned = self._before.get((verb, ref))
        if planned:
            planned.pop(0)()
        subresource = {"token": "token", "patch_status": "status"}.get(verb, "")
        word = {"token": "create", "patch_status": "patch"}.get(verb, verb)
        attempt = Attempt(word, resource, namespace, name, subresource)
        path(attempt)  # refuses a name that is none
        return attempt

    def _check_served(self, attempt: Attempt) -> None:
        if attempt.resource in self._not_served:
            raise refusal(attempt, Answer(404, body=b"404 page not found"))

    def _check_namespace(self, attempt: Attempt) -> None:
        if attempt.resource.namespaced:
            known = _key(NAMESPACES, "", attempt.namespace) in self._objects
            if not known:
                raise _refused(attempt, 404, "NotFound", kind="namespaces")

    def _admitted(self, attempt: Attempt, body: Object, old: Object | None) -> Object:
        resource = attempt.resource
        named = {"apiVersion": resource.api_version, "kind": resource.kind}
        try:
            new = normalised(deepcopy({**body, **named}))
        except BadRequestError:
            raise _refused(attempt, 400, "BadRequest") from None
        found = causes(new, old)
        if found:
            raise _refused(attempt, 422, "Invalid", found)
        return new

    def _write(
        self,
        key: tuple[Resource, str, str],
        old: Object,
        new: Object,
        manager: str,
        *,
        dry_run: bool,
        subresource: str = "",
    ) -> Object:
        if key[0].group == DEPLOYMENTS.group:
            generation = old.get("metadata", {}).get("generation", 0)
            new["metadata"]["generation"] = generation + (new.get("spec") != old.get("spec"))
        fields = record(old, new, manager=manager, time=self.now, subresource=subresource)
        new["metadata"]["managedFields"] = fields
        if new == old:  # nothing is written, the resourceVersion stays
            return deepcopy(old)
        if not dry_run:
            new["metadata"]["resourceVersion"] = self._next()
            self._objects[key] = deepcopy(new)
            if new["metadata"].get("deletionTimestamp") and not new["metadata"].get("finalizers"):
                del self._objects[key]
        return new

    def _next(self) -> str:
        self._version += 1
        return str(self._version)


def _key(resource: Resource, namespace: str, name: str) -> tuple[Resource, str, str]:
    return resource, namespace if resource.namespaced else "", name


def _refused(
    attempt: Attempt, code: int, reason: str, found: Sequence[Cause] = (), kind: str = ""
) -> ClusterError:
    """Return what the client makes of the API server's Status."""
    details = {
        "kind": kind or attempt.resource.plural,
        "name": attempt.namespace if kind else attempt.name,
        "causes": [{"field": field, "reason": why} for field, why in found],
    }
    status = {"kind": "Status", "reason": reason, "details": details}
    if code == 409 and attempt.verb == "update":
        status["message"] = "the object has been modified"
    return refusal(attempt, Answer(code, body=json.dumps(status).encode()))


def _merged(old: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outcome of a JSON merge patch (RFC 7396)."""
    merged = dict(old)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merged(merged[key], value)
        else:
            merged[key] = deepcopy(value)
    return merged


def _patched(old: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outcome of a strategic merge, for lists whose entries have names."""
    merged = _merged(old, patch)
    for key, value in patch.items():
        if isinstance(value, list):
            entries = {entry["name"]: entry for entry in old.get(key, ())}
            for entry in value:
                entries[entry["name"]] = _patched(entries.get(entry["name"], {}), entry)
            merged[key] = list(entries.values())
        elif isinstance(value, dict) and isinstance(old.get(key), dict):
            merged[key] = _patched(old[key], value)
    return merged


def _encoded(part: object) -> bytes:
    return urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")


if TYPE_CHECKING:
    _CHECKED: Cluster = MemoryCluster()

"""The ApplySet in the cluster: its parent is read and written, its members and their users read.

A list that cannot be had is an error: what is not seen must not be taken for gone.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import (
    EXTERNAL_SECRETS,
    SECRETS,
    Conflict,
    NotServed,
    Resource,
)
from esync.deliver.applyset import creator, parent_with, scope_of
from esync.deliver.errors import KeptChanging
from esync.deliver.set_errors import MembersUnknown
from esync.errors import EsyncError
from esync.flow.applyset import PART_OF_LABEL, Scope
from esync.flow.change import Result
from esync.gocompat.digest import created_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from esync.cluster.contract import Cluster, Object
    from esync.flow.applyset import ApplySet
    from esync.manifests.document import ObjectRef

_log = logging.getLogger(__name__)
_MANAGER: Final = "esync-applyset"
_ATTEMPTS: Final = 5
_PODS: Final = Resource("", "v1", "pods", "Pod")
_ENDED: Final = frozenset({"Succeeded", "Failed"})
# Under which names a Pod points at an object, at whatever depth.
_POINTERS: Final = {
    "Secret": frozenset({"secret", "secretRef", "secretKeyRef", "nodePublishSecretRef"}),
    "ConfigMap": frozenset({"configMap", "configMapRef", "configMapKeyRef"}),
}


class Parent:
    """The parent object of a set, as it was last read or written.

    Attributes:
        scope: where members may be, as it says; empty while there is no parent.
        exists: whether there is one.
    """

    def __init__(self, cluster: Cluster, of: ApplySet, run_id: str) -> None:
        self._cluster = cluster
        self._set = of
        self._run_id = run_id
        self._live: Object | None = None
        self.scope = Scope()
        self._read()

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return self._live is not None

    def widen(self, scope: Scope, *, dry_run: bool = False) -> None:
        """Let the parent say at least ``scope``; it is made if it is missing.

        Raises:
            NotOurSet: somebody else made it meanwhile.
            KeptChanging: it was written again and again meanwhile.
            ClusterError: it cannot be written.
        """
        for _ in range(_ATTEMPTS):
            try:
                self._write(self.scope | scope, dry_run=dry_run)
            except Conflict:
                self._read()
            else:
                return
        raise KeptChanging(
            f"{self._set.ref} was written by somebody else {_ATTEMPTS} times in a row",
            hint="find out who fights over it: see its metadata.managedFields",
        )

    def narrow(self, scope: Scope) -> None:
        """Let the parent say ``scope`` and no more, unless another run wrote it meanwhile.

        What another run added stays then; the next run narrows it.
        """
        try:
            self._write(scope, dry_run=False)
        except Conflict:
            self._read()
            self.widen(scope)

    def _read(self) -> None:
        of = self._set
        self._live = self._cluster.get(of.resource, of.namespace, of.name)
        self.scope = scope_of(self._live, of) if self._live else Scope()

    def _write(self, scope: Scope, *, dry_run: bool) -> None:
        if self._live and scope == self.scope:
            return
        of, body = self._set, parent_with(scope, self._set, self._live)
        send = self._cluster.update if self._live else self._cluster.create
        made = send(of.resource, body, manager=_MANAGER, dry_run=dry_run)
        outcome = Result.CONFIGURED if self._live else Result.CREATED
        if not dry_run:
            self._live, self.scope = made, scope
            told(self._run_id, self._cluster.context, of.ref, outcome)


def told(
    run_id: str, context: str, ref: ObjectRef, outcome: Result, *, dry_run: bool = False
) -> None:
    """Leave the log line of one write, or of one that the server only checked."""
    fields = {"run": run_id, "context": context, "object": str(ref), "outcome": outcome.value}
    _log.info("would write" if dry_run else "wrote", extra={"fields": {**fields, "keys": ""}})


def members(cluster: Cluster, of: ApplySet, scope: Scope) -> Iterator[tuple[Resource, Object]]:
    """Yield every object with the set's label, and where it is; without those on their way out.

    Raises:
        MembersUnknown: they cannot be listed in one of the namespaces.
    """
    for kind in sorted(scope.kinds):
        resource = _resource(cluster, of, kind)
        if resource is None or not resource.namespaced:
            continue  # objects of a kind that is gone are gone, and others esync does not write
        for namespace in sorted(scope.namespaces):
            try:
                found = list(cluster.list(resource, namespace, f"{PART_OF_LABEL}={of.id}"))
            except EsyncError as error:
                raise _unknown(of, f"{resource.plural} of namespace {namespace}", error) from None
            for body in found:
                if not body["metadata"].get("deletionTimestamp"):
                    yield resource, body


def claimed(
    cluster: Cluster, of: ApplySet, found: Iterable[Object], known: frozenset[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    """Return which creators of ``found`` are in the cluster, as namespace and digest.

    Args:
        cluster: where they may be.
        of: the set, for errors.
        found: members that no manifest asks for.
        known: namespace and name of the ExternalSecrets of the input, which are not meant.

    Raises:
        MembersUnknown: ExternalSecrets cannot be listed in one of the namespaces.
    """
    there: set[tuple[str, str]] = set()
    for namespace in sorted({creator(body)[0] for body in found}):
        try:
            for body in cluster.list(EXTERNAL_SECRETS, namespace):
                metadata = body["metadata"]
                if (
                    namespace,
                    metadata["name"],
                ) not in known and "deletionTimestamp" not in metadata:
                    there.add((namespace, created_by(namespace, metadata["name"])))
        except NotServed:
            return frozenset()
        except EsyncError as error:
            raise _unknown(of, f"ExternalSecrets of namespace {namespace}", error) from None
    return frozenset(there)


def users(cluster: Cluster, namespaces: Iterable[str]) -> Callable[[ObjectRef], tuple[str, ...]]:
    """Return what tells which running Pods use an object; where Pods cannot be listed, none do."""
    pods: dict[str, list[Object]] = {}
    for namespace in namespaces:
        try:
            listed = list(cluster.list(_PODS, namespace))
        except EsyncError:
            listed = []  # it is told for safety's sake, and needed for nothing
        pods[namespace] = [
            pod for pod in listed if (pod.get("status") or {}).get("phase") not in _ENDED
        ]

    def using(ref: ObjectRef) -> tuple[str, ...]:
        return tuple(
            sorted(
                pod["metadata"]["name"]
                for pod in pods[ref.namespace]
                if ref.name in _pointed_at(pod.get("spec"), ref.kind)
            )
        )

    return using


def _resource(cluster: Cluster, of: ApplySet, word: str) -> Resource | None:
    kind, _, group = word.partition(".")
    if (kind, group) == (SECRETS.kind, SECRETS.group):
        return SECRETS
    try:
        return cluster.resource_of(group, "", kind)
    except EsyncError as error:
        raise _unknown(of, f"the kind {word}", error) from None


def _unknown(of: ApplySet, what: str, error: EsyncError) -> MembersUnknown:
    return MembersUnknown(
        f"nothing was pruned: {what} cannot be read ({error.message})",
        hint=f"what is not seen is not taken for gone; permit it, or take it out of {of}",
    )


def _pointed_at(node: Any, kind: str) -> set[str]:
    """Return the names of objects of ``kind`` that a Pod's spec points at."""
    if isinstance(node, list):
        return {name for item in node for name in _pointed_at(item, kind)}
    if not isinstance(node, dict):
        return set()
    found: set[str] = set()
    for key, value in node.items():
        if key in _POINTERS.get(kind, ()) and isinstance(value, dict):
            found.add(str(value.get("secretName") or value.get("name") or ""))
        elif key == "imagePullSecrets" and kind == "Secret":
            found.update(str(one.get("name")) for one in value or ())
        found |= _pointed_at(value, kind)
    return found

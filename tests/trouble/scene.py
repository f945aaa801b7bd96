"""A namespace in which one run has every kind of thing to write, and what must be there after it.

An earlier run left it in order; since then values were rotated, targets renamed, ExternalSecrets
made and a remote secret removed. What is expected is spelled from the specification.
"""

from __future__ import annotations

import json
from base64 import b64encode
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat.digest import created_by, data_hash, field_manager, sync_version
from tests.trouble.state import GROUP, SecretState, State, Told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers.kubernetes import KubernetesServer
    from tests.servers.watch import Seen
    from tests.trouble.remote import Remote

OLD: Final = {"user": "u-old", "password": "p-old", "token": "t-old", "doomed": "d-old"}
NEW: Final = {"user": "u-new", "password": "p-new", "token": "t-new"}
FOREIGN: Final = {"theirs": "foreign"}
TURN: Final = {"turn": "2"}
MANAGED: Final = "reconcile.external-secrets.io/managed"
CREATED_BY: Final = "reconcile.external-secrets.io/created-by"
DATA_HASH: Final = "reconcile.external-secrets.io/data-hash"
ORPHANS: Final = frozenset({"renamed-old"})


def _spec(keys: str, **target: Any) -> dict[str, Any]:
    entries = [{"secretKey": key, "remoteRef": {"key": key}} for key in keys.split()]
    return {
        "secretStoreRef": {"name": "store"},
        "refreshInterval": "1h",
        "target": target,
        "data": entries,
    }


PAIR: Final = "user password"
LEFT: Final = _spec("user", name="shared", creationPolicy="CreateOrMerge")
RIGHT: Final = _spec("token", name="shared", creationPolicy="Merge")
GONE: Final = _spec("doomed", deletionPolicy="Delete")
KEPT: Final = _spec("token", creationPolicy="Orphan")
# What there is at first, and what is changed or added then.
BEFORE: Final = {
    "rotated": _spec(PAIR),
    "renamed": _spec(PAIR, name="renamed-old"),
    "gone": GONE,
    "kept": KEPT,
    "left": LEFT,
    "right": RIGHT,
}
AFTER: Final = {
    "rotated": _spec(PAIR),
    "renamed": _spec(PAIR, name="renamed-new"),
    "gone": GONE,
    "kept": KEPT,
    "left": LEFT,
    "right": RIGHT,
    "made": _spec(PAIR),
    "frozen": _spec("token", immutable=True),
}
TARGETS: Final = {"renamed": "renamed-new", "left": "shared", "right": "shared"}


class Scene:
    """One namespace, with a store of its own; ``batch`` labels the scenes of one test."""

    def __init__(
        self, server: KubernetesServer, remote: Remote, namespace: str, batch: str
    ) -> None:
        self.namespace = namespace
        self.labels = {"batch": batch}
        self._server = server
        self._remote = remote

    @property
    def arguments(self) -> list[str]:
        """What a run over this scene is called with."""
        return ["--from-cluster", "-n", self.namespace]

    def lay(self) -> None:
        """Make what is there before the first run."""
        self._server.create_namespace(self.namespace)
        self.store(OLD)
        self._put(self._store())
        foreign = {key: b64encode(value.encode()).decode() for key, value in FOREIGN.items()}
        body = {"apiVersion": "v1", "kind": "Secret", "data": foreign}
        path = f"/api/v1/namespaces/{self.namespace}/secrets/shared"
        self._server.apply(path, body | {"metadata": {"name": "shared"}})
        for name, spec in BEFORE.items():
            self._external_secret(name, spec, {})

    def change(self) -> None:
        """Change the world since that run."""
        self.store(NEW)
        for name, spec in AFTER.items():
            self._external_secret(name, spec, TURN if name in BEFORE else {})

    def store(self, values: Mapping[str, str]) -> None:
        """Let the store have ``values``."""
        self._remote.rooms[self.namespace] = values

    def _external_secret(
        self, name: str, spec: Mapping[str, Any], annotations: Mapping[str, str]
    ) -> None:
        self._put(self._body("ExternalSecret", name, spec, annotations))

    def _store(self) -> dict[str, Any]:
        spec = {"provider": self._remote.provider(self.namespace)}
        return self._body("SecretStore", "store", spec, {})

    def _body(
        self, kind: str, name: str, spec: Mapping[str, Any], annotations: Mapping[str, str]
    ) -> dict[str, Any]:
        place = {"name": name, "namespace": self.namespace}
        metadata = {**place, "labels": self.labels, "annotations": annotations}
        version = "external-secrets.io/v1"
        return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}

    def _put(self, body: Mapping[str, Any]) -> None:
        kind, name = body["kind"].lower(), body["metadata"]["name"]
        self._server.apply(f"{GROUP}/namespaces/{self.namespace}/{kind}s/{name}", body)

    def manifests(self, values: Mapping[str, str]) -> str:
        """Return what ``change`` makes as a file, with a store that always has ``values``."""
        made = [
            self._body("ExternalSecret", name, spec, TURN if name in BEFORE else {})
            for name, spec in AFTER.items()
        ]
        items = [{"key": key, "value": value} for key, value in values.items()]
        fake = {"provider": {"fake": {"data": items}}}
        store = self._body("SecretStore", "store", fake, {})
        return "\n---\n".join(map(json.dumps, [store, *made]))

    def expected(self, values: Mapping[str, str] = NEW, *, frozen: str = "") -> State:
        """Return what must be there when a run has come to its end with these values.

        Args:
            values: of the store.
            frozen: the value of the Secret that cannot be changed, if not that of the store.
        """
        pair = {key: values[key] for key in PAIR.split()}
        token = {"token": values["token"]}
        fixed = {"token": frozen or values["token"]}
        secrets = {
            "rotated": self._owned("rotated", pair, TURN),
            "renamed-new": self._owned("renamed", pair, TURN),
            "made": self._owned("made", pair, {}),
            "frozen": self._owned("frozen", fixed, {}, immutable=True),
            "kept": self._secret(token, TURN, {field_manager("kept"): ("token",)}),
            "shared": self._shared(values),
        }
        return State(secrets, {name: self._told(name) for name in AFTER})

    def _shared(self, values: Mapping[str, str]) -> SecretState:
        data = {"user": values["user"], "token": values["token"], **FOREIGN}
        managers = {
            "tests": tuple(FOREIGN),
            field_manager("left"): ("user",),
            field_manager("right"): ("token",),
        }
        return self._secret(data, TURN, managers)

    def _owned(
        self,
        name: str,
        data: Mapping[str, str],
        notes: Mapping[str, str],
        *,
        immutable: bool = False,
    ) -> SecretState:
        managers = {field_manager(name): tuple(sorted(data))}
        return self._secret(data, notes, managers, owner=name, immutable=immutable)

    def _secret(
        self,
        data: Mapping[str, str],
        notes: Mapping[str, str],
        managers: Mapping[str, tuple[str, ...]],
        *,
        owner: str = "",
        immutable: bool = False,
    ) -> SecretState:
        labels = {**self.labels, MANAGED: "true"}
        if owner:
            labels[CREATED_BY] = created_by(self.namespace, owner)
        stamp = data_hash({key: value.encode() for key, value in data.items()})
        owners = (("ExternalSecret", owner),) if owner else ()
        return SecretState(
            data, labels, {**notes, DATA_HASH: stamp}, managers, owners, immutable=immutable
        )

    def _told(self, name: str) -> Told:
        generation = 2 if BEFORE.get(name, AFTER[name]) != AFTER[name] else 1
        version = sync_version(generation, TURN if name in BEFORE else {}, self.labels)
        if name == "gone":
            message = "secret deleted due to DeletionPolicy=Delete"
            return Told("True", "SecretDeleted", message, version, "gone")
        target = TARGETS.get(name, name)
        return Told("True", "SecretSynced", "secret synced", version, target)


def _states(keys: str) -> list[dict[str, str]]:
    """Return all keys with the values of before, and all with those of after."""
    return [{key: values[key] for key in keys.split()} for values in (OLD, NEW)]


# Every state that a Secret may have once it was complete; a pair of keys changes in one step.
LEGAL: Final[Mapping[str, list[dict[str, str]]]] = {
    "rotated": _states(PAIR),
    "renamed-old": _states(PAIR),
    "renamed-new": _states(PAIR),
    "made": _states(PAIR),
    "frozen": _states("token"),
    "kept": _states("token"),
    "gone": [{"doomed": OLD["doomed"]}],
    "shared": [{**a, **b, **FOREIGN} for a, b in product(_states("user"), _states("token"))],
}
# What may go, and what must be there then.
MAY_GO: Final = {"gone": (), "renamed-old": ("renamed-new",)}


def breaches(seen: list[Seen], namespaces: set[str]) -> list[str]:
    """Return in words each state of a Secret that none should ever have had."""
    complete: set[tuple[str, str]] = set()
    found = []
    for one in seen:
        if one.namespace not in namespaces or one.name not in LEGAL:
            continue
        place = (one.namespace, one.name)
        if one.data is None:
            successors = {(one.namespace, name) for name in MAY_GO.get(one.name, ())}
            if one.name not in MAY_GO or not successors <= complete:
                found.append(f"{one.namespace}/{one.name} vanished")
            complete.discard(place)
        elif dict(one.data) in LEGAL[one.name]:
            complete.add(place)
        elif place in complete:
            found.append(f"{one.namespace}/{one.name} had the keys {sorted(one.data)}")
    return found

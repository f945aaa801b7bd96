"""What a cluster holds after a run, without what differs from run to run: times and versions."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers.kubernetes import KubernetesServer

GROUP = "/apis/external-secrets.io/v1"


@dataclass(frozen=True, slots=True)
class SecretState:
    """One Secret.

    Attributes:
        owner: kind and name of each owner; a uid that is not the owner's own stands for its name.
        managers: the data keys of each field manager.
    """

    data: Mapping[str, str]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    managers: Mapping[str, tuple[str, ...]]
    owner: tuple[tuple[str, str], ...] = ()
    immutable: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What the status of one ExternalSecret says.

    Attributes:
        refreshed: whether it has a time of the last refresh.
    """

    status: str
    reason: str
    message: str
    version: str
    binding: str = ""
    refreshed: bool = True


@dataclass(frozen=True, slots=True)
class State:
    """Everything in one namespace that a run may write, but for events."""

    secrets: Mapping[str, SecretState]
    told: Mapping[str, Told] = field(default_factory=dict)


def state_of(server: KubernetesServer, namespace: str) -> State:
    """Read the state of a namespace."""
    found = _items(server, f"{GROUP}/namespaces/{namespace}/externalsecrets")
    names = {one["metadata"]["uid"]: one["metadata"]["name"] for one in found}
    secrets = _items(server, f"/api/v1/namespaces/{namespace}/secrets")
    return State(
        {one["metadata"]["name"]: _secret(one, names) for one in secrets},
        {one["metadata"]["name"]: _told(one.get("status") or {}) for one in found},
    )


def differences(found: State, expected: State) -> list[str]:
    """Return in words what is not as expected."""
    pairs: list[tuple[str, Mapping[str, object], Mapping[str, object]]] = [
        ("Secret", found.secrets, expected.secrets),
        ("status of", found.told, expected.told),
    ]
    return [
        f"{kind} {name} is {have.get(name)}, not {wanted.get(name)}"
        for kind, have, wanted in pairs
        for name in sorted(have.keys() | wanted.keys())
        if have.get(name) != wanted.get(name)
    ]


def _items(server: KubernetesServer, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = server.request("GET", path).json()["items"]
    return items


def _secret(body: Mapping[str, Any], names: Mapping[str, str]) -> SecretState:
    metadata = body["metadata"]
    owners = metadata.get("ownerReferences") or ()
    return SecretState(
        {key: b64decode(text).decode() for key, text in (body.get("data") or {}).items()},
        metadata.get("labels") or {},
        metadata.get("annotations") or {},
        _managers(metadata.get("managedFields") or ()),
        tuple((one["kind"], names.get(one["uid"], one["uid"])) for one in owners),
        immutable=bool(body.get("immutable")),
    )


def _managers(entries: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        fields = entry["fieldsV1"].get("f:data") or {}
        keys = {name[2:] for name in fields if name.startswith("f:")}
        found[entry["manager"]] = tuple(sorted(keys | set(found.get(entry["manager"], ()))))
    return found


def _told(status: Mapping[str, Any]) -> Told:
    [ready] = status.get("conditions") or [{}]
    return Told(
        ready.get("status", ""),
        ready.get("reason", ""),
        ready.get("message", ""),
        status.get("syncedResourceVersion", ""),
        (status.get("binding") or {}).get("name", ""),
        refreshed=bool(status.get("refreshTime")),
    )

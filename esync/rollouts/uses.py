"""How the Pods of a template use a Secret. Pure.

Source:
    Kubernetes 1.36, PodSpec; Stakater Reloader, which uses count and which container is marked.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class How(StrEnum):
    """A way to use a Secret."""

    ENV = "env"
    ENV_FROM = "envFrom"
    VOLUME = "a mounted volume"
    SUB_PATH = "a volume mounted with subPath"
    PULL = "imagePullSecrets"


@dataclass(frozen=True, slots=True)
class Use:
    """One use: how, in which container (empty for imagePullSecrets), and whether it is for init."""

    how: How
    container: str = ""
    init: bool = False

    @property
    def read_at_start(self) -> bool:
        """Whether a running container keeps the value that it started with."""
        return self.how in {How.ENV, How.ENV_FROM, How.SUB_PATH}

    def __str__(self) -> str:
        if not self.container:
            return self.how.value
        kind = "init container" if self.init else "container"
        return f"{self.how} of {kind} {self.container}"


def uses(spec: Mapping[str, Any], secret: str) -> Iterator[Use]:
    """Yield every use that a Pod with this spec makes of a Secret of its namespace.

    A volume that no container mounts is not used.
    """
    volumes = {str(one.get("name")) for one in _list(spec, "volumes") if _names(one, secret)}
    for field, init in (("containers", False), ("initContainers", True)):
        for container in _list(spec, field):
            for how in _in_container(container, secret, volumes):
                yield Use(how, str(container.get("name")), init)
    if any(one.get("name") == secret for one in _list(spec, "imagePullSecrets")):
        yield Use(How.PULL)


def secrets_of(spec: Mapping[str, Any]) -> set[str]:
    """Return the names of all Secrets that a Pod with this spec may use in the ways above."""
    found = {str(one.get("name") or "") for one in _list(spec, "imagePullSecrets")}
    for volume in _list(spec, "volumes"):
        found.add(str((volume.get("secret") or {}).get("secretName") or ""))
        sources = _list(volume.get("projected") or {}, "sources")
        found.update(_reference(one, "secret") for one in sources)
    for container in (*_list(spec, "containers"), *_list(spec, "initContainers")):
        env = _list(container, "env")
        found.update(_reference(one, "valueFrom", "secretKeyRef") for one in env)
        found.update(_reference(one, "secretRef") for one in _list(container, "envFrom"))
    return found - {""}


def marked_container(spec: Mapping[str, Any], secret: str, *, explicit: bool) -> str:
    """Return the container in which Reloader marks a change of the Secret; empty if it does not.

    The one that mounts it, else the one that has it in its environment; for init containers, and
    for a Secret that is named without being used, the first ordinary one. imagePullSecrets do not
    count.

    Args:
        spec: of the Pod.
        secret: its name.
        explicit: the annotation names the Secret, so that no use is asked for.
    """
    containers = _list(spec, "containers")
    first = str(containers[0].get("name")) if containers else ""
    found = [one for one in uses(spec, secret) if one.how is not How.PULL]
    mounts = [one for one in found if one.how in {How.VOLUME, How.SUB_PATH}]
    for some in (mounts, found):
        if some:
            return first if some[0].init else some[0].container
    return first if explicit else ""


def _in_container(container: Mapping[str, Any], secret: str, volumes: set[str]) -> Iterator[How]:
    if any(
        _reference(one, "valueFrom", "secretKeyRef") == secret for one in _list(container, "env")
    ):
        yield How.ENV
    if any(_reference(one, "secretRef") == secret for one in _list(container, "envFrom")):
        yield How.ENV_FROM
    mounts = [one for one in _list(container, "volumeMounts") if one.get("name") in volumes]
    parted = [bool(one.get("subPath") or one.get("subPathExpr")) for one in mounts]
    if any(parted):
        yield How.SUB_PATH
    if not all(parted):
        yield How.VOLUME


def _names(volume: Mapping[str, Any], secret: str) -> bool:
    """Tell whether a volume shows the Secret, as a whole or among other sources."""
    if (volume.get("secret") or {}).get("secretName") == secret:
        return True
    sources = _list(volume.get("projected") or {}, "sources")
    return any(_reference(one, "secret") == secret for one in sources)


def _reference(entry: Mapping[str, Any], *path: str) -> str:
    for step in path:
        entry = entry.get(step) or {}
    return str(entry.get("name") or "")


def _list(body: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    return list(body.get(field) or ())

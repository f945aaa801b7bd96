"""One manifest and what there is to say of it."""

from __future__ import annotations

from typing import Any, Final

from esync.records import dataclass

NAME: Final = "esync"
LABELS: Final = {"app.kubernetes.io/name": NAME}
RBAC: Final = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Part:
    """A manifest with comments that stand above it."""

    body: dict[str, Any]
    comments: tuple[str, ...] = ()


def metadata(name: str, namespace: str) -> dict[str, Any]:
    """Return the metadata of an object; one without a namespace has none."""
    where = {"namespace": namespace} if namespace else {}
    return {"name": name, **where, "labels": dict(LABELS)}

"""What the API server was asked, read from its audit log. Bodies are never logged."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

POLICY: Mapping[str, object] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived", "ResponseStarted"],
    "rules": [
        # The control plane's talk with itself is not what tests ask about.
        {"level": "None", "users": ["system:apiserver", "system:kube-controller-manager"]},
        {"level": "None", "nonResourceURLs": ["/readyz*"]},
        {"level": "Metadata"},
    ],
}


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One request that has ended.

    ``resource`` is the plural with its group, as in ``deployments.apps``, and empty for paths such
    as ``/version``; ``query`` is the part of the URL after ``?``, one value per name.
    """

    verb: str
    resource: str
    subresource: str
    namespace: str
    name: str
    user: str
    agent: str
    path: str
    query: Mapping[str, str]
    status: int

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> Self:
        """Read one line of the log, decoded."""
        target = event.get("objectRef", {})
        resource, group = target.get("resource", ""), target.get("apiGroup", "")
        url = urlsplit(event["requestURI"])
        return cls(
            verb=event["verb"],
            resource=f"{resource}.{group}" if group else resource,
            subresource=target.get("subresource", ""),
            namespace=target.get("namespace", ""),
            name=target.get("name", ""),
            user=event["user"]["username"],
            agent=event.get("userAgent", ""),
            path=url.path,
            query={name: values[0] for name, values in parse_qs(url.query).items()},
            status=event.get("responseStatus", {}).get("code", 0),
        )


class AuditLog:
    """The API server's audit log, a line of JSON per request. Positions are offsets in the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._marks: set[str] = set()

    def find(self, mark: str) -> int | None:
        """Return the position after the event whose id is ``mark``, which `read` leaves out."""
        self._marks.add(mark)
        text = self._path.read_bytes() if self._path.exists() else b""
        found = text.find(mark.encode())
        end = text.find(b"\n", found) if found >= 0 else -1
        return end + 1 if end >= 0 else None

    def read(self, start: int, end: int) -> list[AuditEvent]:
        """Return the events between two positions, in the order in which their requests ended."""
        with self._path.open("rb") as log:
            log.seek(start)
            lines = log.read(end - start).splitlines()
        events = (json.loads(line) for line in lines)
        return [AuditEvent.parse(event) for event in events if event["auditID"] not in self._marks]

"""One document of the input, as it stands, and where it stands."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from esync.errors import Location
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where something stands inside a document: ("spec", "data", 0, "remoteRef").
Path = tuple[str | int, ...]


class Source(StrEnum):
    """Where a document was read."""

    FILES = "files"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """Names one object: its kind, its namespace (empty for cluster scope) and its name."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {where}"


@dataclass(frozen=True, slots=True)
class Document:
    """A Kubernetes object as the input spells it, nothing defaulted.

    Attributes:
        body: the whole mapping; never changed.
        at: the file, and the line on which the document starts.
        lines: line by path, for the paths that the loader kept; see :meth:`place`.
        trusted: it may name stores, credentials and hosts (``--trust``).
    """

    api_version: str
    kind: str
    namespace: str
    name: str
    body: Mapping[str, Any]
    at: Location
    lines: Mapping[Path, int]
    source: Source = Source.FILES
    trusted: bool = True

    @property
    def ref(self) -> ObjectRef:
        """The object's name."""
        return ObjectRef(self.kind, self.namespace, self.name)

    def place(self, path: Path) -> Location:
        """Return where ``path`` stands, or else the nearest thing around it."""
        for length in range(len(path), 0, -1):
            line = self.lines.get(path[:length])
            if line:
                return Location(self.at.file, line)
        return self.at


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of the API: where its objects are found."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """As manifests spell it: ``v1`` or ``group/version``."""
        return f"{self.group}/{self.version}" if self.group else self.version

"""Reads the user's input: files, folders, stdin, kustomize; makes the Catalog of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.errors import Location
from esync.load.catalog import Collector
from esync.load.cluster import complete
from esync.load.documents import Scope, read_documents
from esync.load.errors import LoadError
from esync.load.files import Files
from esync.load.live import document_of
from esync.load.provision import from_cluster, stale
from esync.load.request import LoadRequest, Selection
from esync.load.wanted import wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from esync.flow.catalog import Catalog
    from esync.manifests.document import Document

__all__ = [
    "LoadRequest",
    "Selection",
    "complete",
    "document_of",
    "from_cluster",
    "load",
    "stale",
    "wanted",
]

# One part of the input: its name, and its bytes or why there are none.
Part = tuple[str, bytes | LoadError]


def load(request: LoadRequest) -> Catalog:
    """Return everything that the input defines; what cannot be read is among its failures."""
    scope = Scope(request.namespace, request.default_namespace)
    collector = Collector(
        namespace=request.namespace, guarded=request.is_guarded, plugins=request.plugins
    )
    asked = Files(request.stdin, recursive=request.recursive)
    for name in request.files:
        collector.take(_documents(asked.read(name), scope, trusted=not request.is_guarded))
    if request.kustomize:
        from esync.load.kustomize import build  # programs and temporary folders: 9 ms
    for folder in request.kustomize:
        built = [(f"{folder} (kustomize)", build(folder))]
        collector.take(_documents(built, scope, trusted=not request.is_guarded))
    trusted = Files(request.stdin, recursive=request.recursive)
    for name in request.trusted_paths:
        collector.take(_documents(trusted.read(name), scope, trusted=True))
    return collector.catalog()


def _documents(
    parts: Iterable[Part], scope: Scope, *, trusted: bool
) -> Iterator[Document | LoadError]:
    for name, content in parts:
        if isinstance(content, LoadError):
            yield content.located(Location(name))
        else:
            yield from read_documents(content, name, scope, trusted=trusted)

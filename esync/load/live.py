"""``--from-cluster``: ExternalSecrets as the cluster has them, all or a choice of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esync.cluster.contract import EXTERNAL_SECRETS
from esync.errors import EsyncError, Location
from esync.flow.failure import Failure
from esync.load.catalog import Collector
from esync.manifests.document import Document, ObjectRef, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from esync.cluster.contract import Object, Reader
    from esync.flow.catalog import Catalog
    from esync.load.request import Selection


class Listed:
    """The ExternalSecrets that ``selection`` chooses, read page by page.

    Those on their way out are left alone: their finalizers are somebody else's. A namespace that
    cannot be listed is a failure of its own.

    Attributes:
        bodies: all of them by namespace and name, also those on their way out and broken ones.
        unread: the namespaces that could not be listed; an empty name stands for all.
    """

    def __init__(self, cluster: Reader, selection: Selection) -> None:
        self.bodies: dict[tuple[str, str], Object] = {}
        self.unread: set[str] = set()
        self._cluster = cluster
        self._selection = selection

    def catalog(self) -> Catalog:
        """Read them."""
        collector = Collector()
        failures: list[Failure] = []
        for namespace in self._selection.namespaces or ("",):
            try:
                collector.take(self._chosen(namespace))
            except EsyncError as error:
                self.unread.add(namespace)
                failures.append(Failure(None, error))
        catalog = collector.catalog()
        return replace(catalog, failures=(*failures, *catalog.failures))

    def _chosen(self, namespace: str) -> Iterator[Document]:
        for body in self._listed(namespace):
            meta = body["metadata"]
            self.bodies[meta["namespace"], meta["name"]] = body
            if not meta.get("deletionTimestamp"):
                yield document_of(
                    body, ObjectRef("ExternalSecret", meta["namespace"], meta["name"])
                )

    def _listed(self, namespace: str) -> Iterator[Object]:
        selection = self._selection
        if selection.names and namespace and not selection.selector:
            for name in selection.names:
                body = self._cluster.get(EXTERNAL_SECRETS, namespace, name)
                if body is not None:
                    yield body
            return
        for body in self._cluster.list(EXTERNAL_SECRETS, namespace, selection.selector):
            if not selection.names or body["metadata"]["name"] in selection.names:
                yield body


def document_of(body: Mapping[str, Any], ref: ObjectRef) -> Document:
    """Return an object of the cluster as a document; its place is the object itself."""
    return Document(
        api_version=str(body.get("apiVersion", "")),
        kind=ref.kind,
        namespace=ref.namespace,
        name=ref.name,
        body=body,
        at=Location(f"cluster:{ref.kind}/{ref.namespace}/{ref.name}".replace("//", "/")),
        lines={},
        source=Source.CLUSTER,
    )

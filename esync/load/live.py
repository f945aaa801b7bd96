"""``--from-cluster``: ExternalSecrets as the cluster has them, all or a choice of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.cluster.contract import EXTERNAL_SECRETS
from esync.errors import EsyncError, Location
from esync.flow.catalog import Catalog
from esync.flow.failure import Failure
from esync.load.catalog import Collector
from esync.manifests.document import Document, ObjectRef, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from esync.cluster.contract import Object, Reader
    from esync.load.request import Selection


def from_cluster(cluster: Reader, selection: Selection) -> Catalog:
    """Return the ExternalSecrets that ``selection`` chooses, page by page.

    Those on their way out are left alone: their finalizers are somebody else's. A namespace that
    cannot be listed is a failure of its own.
    """
    collector = Collector()
    failures: list[Failure] = []
    for namespace in selection.namespaces or ("",):
        try:
            collector.take(_chosen(cluster, namespace, selection))
        except EsyncError as error:
            failures.append(Failure(None, error))
    catalog = collector.catalog()
    return Catalog(
        external_secrets=catalog.external_secrets, failures=(*failures, *catalog.failures)
    )


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


def _chosen(cluster: Reader, namespace: str, selection: Selection) -> Iterator[Document]:
    for body in _listed(cluster, namespace, selection):
        meta = body["metadata"]
        if not meta.get("deletionTimestamp"):
            yield document_of(body, ObjectRef("ExternalSecret", meta["namespace"], meta["name"]))


def _listed(cluster: Reader, namespace: str, selection: Selection) -> Iterator[Object]:
    if selection.names and namespace and not selection.selector:
        for name in selection.names:
            body = cluster.get(EXTERNAL_SECRETS, namespace, name)
            if body is not None:
                yield body
        return
    for body in cluster.list(EXTERNAL_SECRETS, namespace, selection.selector):
        if not selection.names or body["metadata"]["name"] in selection.names:
            yield body

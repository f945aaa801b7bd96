"""The closure of the input: what it names and lacks is read from the cluster.

Stores by name, and the Namespaces whose labels decide over a ClusterSecretStore. Credentials and
template sources are read later, by those who need them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from esync.cluster.contract import CLUSTER_SECRET_STORES, NAMESPACES, SECRET_STORES
from esync.errors import EsyncError, Location
from esync.flow.failure import Failure
from esync.manifests import typed
from esync.manifests.document import Document, ObjectRef, Source
from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import StoreKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.cluster.contract import Reader, Resource
    from esync.flow.catalog import Catalog
    from esync.manifests.store import Store


def complete(catalog: Catalog, cluster: Reader) -> Catalog:
    """Return ``catalog`` with the stores and Namespaces that it names and lacks.

    What does not exist stays missing; what cannot be read is a failure of its own.
    """
    stores = dict(catalog.stores)
    failures = list(catalog.failures)
    broken = {failure.ref for failure in failures}
    for ref in sorted(set(_named_stores(catalog)) - stores.keys()):
        if ref in broken:
            continue
        try:
            store = _store(ref, cluster)
        except Rejected as rejected:
            failures.extend(Failure(ref, error) for error in rejected.errors)
        except EsyncError as error:
            failures.append(Failure(ref, error))
        else:
            if store:
                stores[ref] = store
    objects = dict(catalog.objects)
    for name in sorted(_judged_namespaces(catalog, stores)):
        ref = ObjectRef("Namespace", "", name)
        try:
            body = cluster.get(NAMESPACES, "", name)
        except EsyncError:
            # Without its labels only conditions by name can allow it; the refusal says so.
            continue
        if body is not None:
            objects.setdefault(ref, _document(body, ref))
    return replace(catalog, stores=stores, objects=objects, failures=tuple(failures))


def _named_stores(catalog: Catalog) -> Iterator[ObjectRef]:
    for one in catalog.external_secrets:
        refs = [one.spec.secret_store_ref]
        for entry in (*one.spec.data, *one.spec.data_from):
            refs.append(entry.source_ref.store_ref if entry.source_ref else None)
        for ref in refs:
            if ref and ref.name:
                cluster_wide = ref.kind is StoreKind.CLUSTER_SECRET_STORE
                yield ObjectRef(ref.kind.value, "" if cluster_wide else one.namespace, ref.name)


def _store(ref: ObjectRef, cluster: Reader) -> Store | None:
    resource: Resource = SECRET_STORES if ref.namespace else CLUSTER_SECRET_STORES
    body = cluster.get(resource, ref.namespace, ref.name)
    return None if body is None else typed.store(_document(body, ref))


def _judged_namespaces(catalog: Catalog, stores: Mapping[ObjectRef, Store]) -> set[str]:
    by_label = any(
        condition.namespace_selector for one in stores.values() for condition in one.conditions
    )
    return {one.namespace for one in catalog.external_secrets} if by_label else set()


def _document(body: dict[str, Any], ref: ObjectRef) -> Document:
    return Document(
        api_version=body.get("apiVersion", ""),
        kind=ref.kind,
        namespace=ref.namespace,
        name=ref.name,
        body=body,
        at=Location(f"cluster:{ref}"),
        lines={},
        source=Source.CLUSTER,
    )

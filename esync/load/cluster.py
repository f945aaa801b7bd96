"""The closure of the input: what it names and lacks is read from the cluster.

Stores by name, and the Namespaces that ClusterExternalSecrets and the conditions of
ClusterSecretStores choose from. Credentials and template sources are read later, by those who
need them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esync.cluster.contract import CLUSTER_SECRET_STORES, NAMESPACES, SECRET_STORES
from esync.errors import EsyncError
from esync.flow.failure import Failure
from esync.load.expand import expand
from esync.load.live import document_of
from esync.manifests import typed
from esync.manifests.document import ObjectRef
from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import StoreKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from esync.cluster.contract import Reader, Resource
    from esync.flow.catalog import Catalog
    from esync.manifests.store import Store


def complete(catalog: Catalog, cluster: Reader | None, plugins: Collection[str] = ()) -> Catalog:
    """Return ``catalog`` with the stores and Namespaces that it names and lacks.

    ClusterExternalSecrets are expanded on the way. What does not exist stays missing; what cannot
    be read is a failure of its own.

    Args:
        catalog: what was read of the input.
        cluster: None if it may not be asked.
        plugins: names of providers that may come from other packages.
    """
    if cluster is None:
        return expand(catalog, closed_world=False)
    if catalog.cluster_external_secrets:
        catalog = expand(_with_all_namespaces(catalog, cluster), closed_world=True)
    return _with_judged_namespaces(_with_stores(catalog, cluster, plugins), cluster)


def _with_all_namespaces(catalog: Catalog, cluster: Reader) -> Catalog:
    try:
        listed = list(cluster.list(NAMESPACES))
    except EsyncError as error:
        failures = [Failure(one.document.ref, error) for one in catalog.cluster_external_secrets]
        return replace(
            catalog, cluster_external_secrets=(), failures=(*catalog.failures, *failures)
        )
    refs = {ObjectRef("Namespace", "", body["metadata"]["name"]): body for body in listed}
    broken = catalog.gaps.broken
    found = {ref: document_of(body, ref) for ref, body in refs.items() if ref not in broken}
    return replace(catalog, objects={**found, **catalog.objects})


def _with_stores(catalog: Catalog, cluster: Reader, plugins: Collection[str]) -> Catalog:
    stores = dict(catalog.stores)
    failures = list(catalog.failures)
    for ref in sorted(set(_named_stores(catalog)) - stores.keys() - catalog.gaps.broken):
        try:
            store = _store(ref, cluster, plugins)
        except Rejected as rejected:
            failures.extend(Failure(ref, error) for error in rejected.errors)
        except EsyncError as error:
            failures.append(Failure(ref, error))
        else:
            if store:
                stores[ref] = store
    return replace(catalog, stores=stores, failures=tuple(failures))


def _with_judged_namespaces(catalog: Catalog, cluster: Reader) -> Catalog:
    objects = dict(catalog.objects)
    known = objects.keys() | catalog.gaps.broken
    for name in sorted(_judged_namespaces(catalog)):
        ref = ObjectRef("Namespace", "", name)
        if ref in known:
            continue
        try:
            body = cluster.get(NAMESPACES, "", name)
        except EsyncError:
            # Without its labels only conditions by name can allow it; the refusal says so.
            continue
        if body is not None:
            objects[ref] = document_of(body, ref)
    return replace(catalog, objects=objects)


def _named_stores(catalog: Catalog) -> Iterator[ObjectRef]:
    for one in catalog.external_secrets:
        for ref in one.store_refs():
            cluster_wide = ref.kind is StoreKind.CLUSTER_SECRET_STORE
            yield ObjectRef(ref.kind.value, "" if cluster_wide else one.namespace, ref.name)


def _store(ref: ObjectRef, cluster: Reader, plugins: Collection[str]) -> Store | None:
    resource: Resource = SECRET_STORES if ref.namespace else CLUSTER_SECRET_STORES
    body = cluster.get(resource, ref.namespace, ref.name)
    return None if body is None else typed.store(document_of(body, ref), plugins)


def _judged_namespaces(catalog: Catalog) -> set[str]:
    by_label = any(
        condition.namespace_selector
        for one in catalog.stores.values()
        for condition in one.conditions
    )
    return {one.namespace for one in catalog.external_secrets} if by_label else set()

"""What a run asks of the API server for the ExternalSecrets of one namespace, and why.

For any number of ExternalSecrets: where few are read one by one and many as a list, both are
needed. Which stores, policies and templates there are is that of the input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.cluster.contract import (
    CLUSTER_EXTERNAL_SECRETS,
    CLUSTER_SECRET_STORES,
    CONFIG_MAPS,
    EVENTS,
    EXTERNAL_SECRETS,
    NAMESPACES,
    SECRET_STORES,
    SECRETS,
    SERVICE_ACCOUNTS,
)
from esync.manifests.document import ObjectRef, Source
from esync.manifests.externalsecret import CreationPolicy, DeletionPolicy
from esync.providers.references import references
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from esync.flow.catalog import Catalog
    from esync.flow.plan import Planned
    from esync.manifests.document import Resource
    from esync.manifests.store import Store

_MAKE: Final = frozenset(
    {CreationPolicy.OWNER, CreationPolicy.ORPHAN, CreationPolicy.CREATE_OR_MERGE}
)
_KINDS: Final = {one.kind: one for one in (SECRETS, CONFIG_MAPS, SERVICE_ACCOUNTS)}


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One verb on one resource.

    Attributes:
        namespace: empty for what has none.
        resource: as RBAC spells it, with a subresource if there is one.
        name: empty for every object.
        why: what cannot be done without it.
    """

    namespace: str
    group: str
    resource: str
    verb: str
    name: str = ""
    why: str = ""


def needs(
    catalog: Catalog,
    planned: Sequence[Planned],
    namespace: str,
    *,
    live: bool,
    expand: bool = False,
) -> Iterator[Need]:
    """Yield what a run needs, each perhaps several times.

    Args:
        catalog: the input.
        planned: the ExternalSecrets of ``namespace``.
        namespace: where they are.
        live: they are read from the cluster, and their status is written; else from files.
        expand: what ClusterExternalSecrets ask for is delivered without ExternalSecrets.
    """
    tells = not expand or any(not one.external_secret.origin for one in planned)
    yield from _for_external_secrets(namespace, live=live, tells=tells)
    yield from _for_targets(planned, namespace)
    yield from _for_config_maps(planned, namespace)
    yield from _for_templates(catalog, planned, namespace, live=live)
    stores = {ref for one in planned for ref in _stores(one)}
    for ref in sorted(stores):
        yield from _for_store(catalog, catalog.stores[ref], namespace, live=live)
    names = sorted(_made(catalog, planned, namespace))
    if names and not live:
        yield _need(NAMESPACES, "", "list", why="choose the namespaces of a ClusterExternalSecret")
    elif names:
        why = "find what ClusterExternalSecrets ask for"
        yield _need(CLUSTER_EXTERNAL_SECRETS, "", "list", why=why)
        why = "tell by its labels which ClusterExternalSecrets choose it"
        yield _need(NAMESPACES, "", "get", namespace, why=why)
        yield from () if expand else _for_making(namespace, names)


def _made(catalog: Catalog, planned: Sequence[Planned], namespace: str) -> set[str]:
    """Return the names of what ClusterExternalSecrets make, or made and want no more."""
    stale = [one for provision in catalog.provisions for one in provision.stale]
    names = {one.name for one in stale if one.namespace == namespace}
    return names | {one.ref.name for one in planned if one.external_secret.origin}


def _for_making(namespace: str, names: Iterable[str]) -> Iterator[Need]:
    # Creation cannot be permitted by name.
    yield _need(EXTERNAL_SECRETS, namespace, "create", why="make them")
    for name in names:
        yield _need(EXTERNAL_SECRETS, namespace, "update", name, why="change them")
        yield _need(EXTERNAL_SECRETS, namespace, "delete", name, why="remove what is not chosen")
        yield _need(EXTERNAL_SECRETS, namespace, "get", name, why="look again after a conflict")


def _stores(one: Planned) -> Iterator[ObjectRef]:
    yield from (entry.ask.use.store for entry in one.entries if entry.ask)


def _for_external_secrets(namespace: str, *, live: bool, tells: bool) -> Iterator[Need]:
    if not live:
        why = "learn the uid for the owner references"
        yield _need(EXTERNAL_SECRETS, namespace, "get", why=why)
        yield _need(EXTERNAL_SECRETS, namespace, "list", why=why)
        return
    yield _need(EXTERNAL_SECRETS, namespace, "list", why="find what is to be synced")
    if not tells:
        return
    yield Need(
        namespace,
        EXTERNAL_SECRETS.group,
        f"{EXTERNAL_SECRETS.plural}/status",
        "patch",
        why="write conditions and the time of the refresh",
    )
    yield _need(EVENTS, namespace, "create", why="tell what was created, updated or failed")


def _for_targets(planned: Sequence[Planned], namespace: str) -> Iterator[Need]:
    targets = [
        one.external_secret.spec.target
        for one in planned
        if not one.external_secret.spec.target.manifest
    ]
    if not targets:
        return
    policies = {one.creation_policy for one in targets}
    yield _need(SECRETS, namespace, "get", why="compare targets with what they should be")
    yield _need(SECRETS, namespace, "list", why="compare many targets; find renamed ones")
    if policies & _MAKE:
        yield _need(SECRETS, namespace, "create", why="create targets")
    if policies - {CreationPolicy.NONE}:
        yield _need(SECRETS, namespace, "update", why="change targets")
    if CreationPolicy.OWNER in policies:
        why = "delete what a renamed target left behind, and by deletionPolicy: Delete"
        yield _need(SECRETS, namespace, "delete", why=why)


def _for_config_maps(planned: Sequence[Planned], namespace: str) -> Iterator[Need]:
    """Yield what targets of kind ConfigMap take; resources of other kinds are not known here."""
    targets = [one.external_secret.spec.target for one in planned]
    for target in targets:
        manifest = target.manifest
        if not manifest or (manifest.kind, manifest.api_version) != ("ConfigMap", "v1"):
            continue
        yield _need(CONFIG_MAPS, namespace, "get", why="compare targets with what they should be")
        if target.creation_policy in _MAKE:
            yield _need(CONFIG_MAPS, namespace, "create", why="create targets")
        if target.creation_policy is not CreationPolicy.NONE:
            yield _need(CONFIG_MAPS, namespace, "update", why="change targets")
        if target.deletion_policy is DeletionPolicy.DELETE:
            yield _need(CONFIG_MAPS, namespace, "delete", why="deletionPolicy: Delete")


def _for_templates(
    catalog: Catalog, planned: Sequence[Planned], namespace: str, *, live: bool
) -> Iterator[Need]:
    for one in planned:
        template = one.external_secret.spec.target.template
        for source in template.template_from if template else ():
            for kind, named in (("ConfigMap", source.config_map), ("Secret", source.secret)):
                if named and (live or not _has(catalog, ObjectRef(kind, namespace, named.name))):
                    yield _need(_KINDS[kind], namespace, "get", named.name, why="read a template")


def _for_store(catalog: Catalog, store: Store, namespace: str, *, live: bool) -> Iterator[Need]:
    if live or store.document.source is Source.CLUSTER:
        resource = CLUSTER_SECRET_STORES if store.is_cluster_wide else SECRET_STORES
        yield _need(resource, store.namespace, "get", store.name, why="read the store")
    by_label = any(condition.namespace_selector for condition in store.conditions)
    in_input = not live and _has(catalog, ObjectRef("Namespace", "", namespace))
    if by_label and not in_input:
        why = f"tell by its labels whether {store.kind} {store.name} may be used"
        yield _need(NAMESPACES, "", "get", namespace, why=why)
    for one in references(store, namespace):
        why = f"sign in to {store.kind} {store.name}"
        if one.kind not in _KINDS:
            continue
        resource = _KINDS[one.kind]
        in_input = not live and _has(catalog, ObjectRef(one.kind, one.namespace, one.name))
        if one.is_read and not in_input:
            yield _need(resource, one.namespace, "get", one.name, why=why)
        if resource == SERVICE_ACCOUNTS:
            yield Need(one.namespace, "", "serviceaccounts/token", "create", one.name, why)


def _has(catalog: Catalog, ref: ObjectRef) -> bool:
    """Tell whether the input has an object, rather than the cluster."""
    document = catalog.objects.get(ref)
    return document is not None and document.source is Source.FILES


def _need(resource: Resource, namespace: str, verb: str, name: str = "", *, why: str) -> Need:
    where = namespace if resource.namespaced else ""
    return Need(where, resource.group, resource.plural, verb, name, why)

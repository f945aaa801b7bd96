"""``--from-cluster``: what ClusterExternalSecrets ask for, held against the ExternalSecrets there.

What each asks for, in every namespace that is looked at; what it made and asks for no more; and
why a namespace cannot have what it should. Nothing counts as gone that could not be read.

Source:
    External Secrets Operator 2.9. Other than there, what is stale is found by its owner and not
    by the status of the ClusterExternalSecret, so that a namespace that failed once is not lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import (
    CLUSTER_EXTERNAL_SECRETS,
    EXTERNAL_SECRETS,
    NAMESPACES,
    Forbidden,
    NotServed,
)
from esync.cluster.labels import matches, parse_selector
from esync.errors import EsyncError
from esync.flow.failure import Failure
from esync.flow.kubernetes import controller_of, creator_of
from esync.flow.provision import Provision, Wanted
from esync.load.catalog import Collector
from esync.load.expand import ExistsAlready, choose, known_namespaces
from esync.load.live import Listed, document_of
from esync.load.wanted import wanted
from esync.manifests import typed
from esync.manifests.document import ObjectRef
from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import ExternalSecret, ExternalSecretSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.cluster.contract import Inspector, Object, Reader
    from esync.flow.catalog import Catalog
    from esync.load.expand import Known
    from esync.load.request import Selection
    from esync.manifests.document import Document
    from esync.manifests.externalsecret import ClusterExternalSecret

# What the operator calls the namespace when none can be chosen.
UNKNOWN: Final = "unknown"


def from_cluster(cluster: Inspector, selection: Selection) -> Catalog:
    """Return the ExternalSecrets that ``selection`` chooses, as they are and as they should be."""
    listed = Listed(cluster, selection)
    catalog = listed.catalog()
    try:
        documents = list(_documents(cluster, selection))
    except NotServed:
        return catalog
    except Forbidden as error:
        if selection.expand or not selection.namespaces:
            return _failed(catalog, Failure(None, error))
        note = f"what ClusterExternalSecrets choose is not followed: {error.message}"
        return replace(catalog, notes=(*catalog.notes, note), unfollowed=error.message)
    except EsyncError as error:
        return _failed(catalog, Failure(None, error))
    collector = Collector()
    collector.take(document for document in documents if not _is_leaving(document.body))
    found = collector.catalog()
    catalog = _failed(catalog, *found.failures)
    if not found.cluster_external_secrets:
        return catalog
    return _Provisioner(cluster, selection, listed, catalog).catalog(found.cluster_external_secrets)


def _documents(cluster: Inspector, selection: Selection) -> Iterator[Document]:
    """Yield the ClusterExternalSecrets.

    A service account of one namespace is often known not to see them: then nobody is asked, so
    that an audit log does not fill with refusals.
    """
    for namespace in selection.namespaces[:1]:
        if cluster.permissions(namespace).denies("list", CLUSTER_EXTERNAL_SECRETS):
            raise Forbidden(f"you may not list {CLUSTER_EXTERNAL_SECRETS.plural}")
    for body in cluster.list(CLUSTER_EXTERNAL_SECRETS):
        ref = ObjectRef(CLUSTER_EXTERNAL_SECRETS.kind, "", body["metadata"]["name"])
        yield document_of(body, ref)


def _is_leaving(body: Mapping[str, Any]) -> bool:
    return bool(body["metadata"].get("deletionTimestamp"))


def _failed(catalog: Catalog, *failures: Failure) -> Catalog:
    return replace(catalog, failures=(*catalog.failures, *failures))


class _Provisioner:
    """Holds what is asked for against what is there, for one run."""

    def __init__(
        self, cluster: Reader, selection: Selection, listed: Listed, catalog: Catalog
    ) -> None:
        self._cluster = cluster
        self._selection = selection
        self._selector = parse_selector(selection.selector)
        self._listed = listed
        self._catalog = catalog
        self._failures: list[Failure] = []
        self._made: dict[str, list[Object]] = {}
        for body in listed.bodies.values():
            controller = controller_of(body)
            if controller:
                self._made.setdefault(controller.uid, []).append(body)
        # Whose each ExternalSecret is that is asked for, by namespace and name.
        self._asked: dict[tuple[str, str], Wanted] = {}

    def catalog(self, every: tuple[ClusterExternalSecret, ...]) -> Catalog:
        """Return the catalog with what ``every`` ClusterExternalSecret asks for."""
        try:
            objects = dict(self._namespaces())
        except EsyncError as error:
            return _failed(self._catalog, *(Failure(one.document.ref, error) for one in every))
        known = known_namespaces(replace(self._catalog, objects=objects))
        provisions = [self._provision(one, known) for one in every]
        return self._with(tuple(provisions), objects)

    def _with(
        self, provisions: tuple[Provision, ...], objects: dict[ObjectRef, Document]
    ) -> Catalog:
        asked = {one.ref: one.external_secret for one in self._asked.values()}
        kept = [
            one
            for one in self._catalog.external_secrets
            if ObjectRef("ExternalSecret", one.namespace, one.name) not in asked
        ]
        # What is wrong with a live one does not matter when it is about to be replaced.
        before = [one for one in self._catalog.failures if one.ref not in asked]
        return replace(
            self._catalog,
            external_secrets=(*kept, *asked.values()),
            objects={**objects, **self._catalog.objects},
            failures=(*before, *self._failures),
            provisions=() if self._selection.expand else provisions,
        )

    def _namespaces(self) -> Iterator[tuple[ObjectRef, Document]]:
        names = self._selection.namespaces
        found = [self._cluster.get(NAMESPACES, "", name) for name in names]
        for body in found if names else self._cluster.list(NAMESPACES):
            if body is not None:
                ref = ObjectRef("Namespace", "", body["metadata"]["name"])
                yield ref, document_of(body, ref)

    def _provision(self, one: ClusterExternalSecret, known: Known) -> Provision:
        selection = self._selection
        whole = not (
            selection.namespaces or selection.names or selection.selector or self._listed.unread
        )
        try:
            chosen = choose(one, known, closed_world=True)
        except EsyncError as error:
            self._failures.append(Failure(one.document.ref, error.located(one.document.at)))
            return Provision(one, failed={UNKNOWN: error}, whole=whole, is_broken=True)
        asked: list[Wanted] = []
        failed: dict[str, EsyncError] = {}
        for namespace in chosen:
            if self._listed.unread & {"", namespace}:
                continue  # told already; what is there is not known
            try:
                asked.extend(self._ask(one, namespace))
            except EsyncError as error:
                failed[namespace] = error
                self._failures.append(Failure(one.document.ref, error))
        stale = self._stale(one, known, frozenset(chosen))
        return Provision(one, tuple(asked), tuple(stale), failed, whole)

    def _ask(self, one: ClusterExternalSecret, namespace: str) -> Iterator[Wanted]:
        """Yield what ``one`` asks for in ``namespace``, if it is among what the user chose.

        Raises:
            ExistsAlready: somebody else made it.
            BeingDeleted: it is on its way out.
            EsyncError: it cannot be read.
        """
        name = one.external_secret_name
        key = namespace, name
        if self._selection.names and name not in self._selection.names:
            return
        live = self._listed.bodies.get(key)
        if live is None and self._selection.selector:
            if not matches(self._selector, one.spec.external_secret_metadata.labels):
                return
            live = self._cluster.get(EXTERNAL_SECRETS, namespace, name)
        ref = ObjectRef("ExternalSecret", namespace, name)
        if key in self._asked:
            first = self._asked[key].external_secret
            origin = ObjectRef(CLUSTER_EXTERNAL_SECRETS.kind, "", first.origin)
            there = document_of({}, origin).at
            raise ExistsAlready(ref, at=one.document.at, there=there)
        self._asked[key] = wanted(one, namespace, live)
        yield self._asked[key]

    def _stale(
        self, one: ClusterExternalSecret, known: Known, chosen: frozenset[str]
    ) -> Iterator[ExternalSecret]:
        """Yield what ``one`` made, by its uid, and does not ask for; in known namespaces only."""
        for body in self._made.get(one.uid, ()):
            namespace, name = body["metadata"]["namespace"], body["metadata"]["name"]
            is_asked = namespace in chosen and name == one.external_secret_name
            found = None if is_asked or namespace not in known.labels else stale(one, body)
            if found:
                yield found


def stale(one: ClusterExternalSecret, body: Object | None) -> ExternalSecret | None:
    """Return an ExternalSecret that this very ``one`` made and may take away; else None."""
    controller = controller_of(body) if body and not _is_leaving(body) else None
    if body is None or controller is None or controller.uid != one.uid:
        return None
    if creator_of(body) != one.name:
        return None
    meta = body["metadata"]
    ref = ObjectRef("ExternalSecret", meta["namespace"], meta["name"])
    document = document_of(body, ref)
    try:
        return replace(typed.external_secret(document), origin=one.name)
    except Rejected:  # it goes whatever it says
        spec = ExternalSecretSpec()
        uid = meta["uid"]
        return ExternalSecret(ref.name, ref.namespace, spec, document, origin=one.name, uid=uid)

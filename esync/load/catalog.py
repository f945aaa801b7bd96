"""Documents to the Catalog: typed, checked by the rules of admission, each object defined once."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from esync.flow.catalog import Catalog, Ignored
from esync.flow.failure import Failure
from esync.load.errors import DuplicateObject, LoadError, OtherNamespace
from esync.manifests import admission, objects, typed
from esync.manifests.errors import ManifestError, Rejected
from esync.manifests.kinds import Role, group_of, is_access, role_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from esync.errors import Location
    from esync.manifests.document import Document, ObjectRef
    from esync.manifests.externalsecret import ClusterExternalSecret, ExternalSecret
    from esync.manifests.store import Store

# What only trusted places may bring; whatever is wrong with another one does not matter.
_NO_WISHES = frozenset(
    {"SecretStore", "ClusterSecretStore", "Secret", "ConfigMap", "ServiceAccount", "Namespace"}
)
_UNTRUSTED = frozenset({Role.EXTERNAL_SECRET, Role.CLUSTER_EXTERNAL_SECRET})


class Collector:
    """Takes documents in any order and makes one Catalog of them.

    Args:
        namespace: what ``-n`` says, else empty.
        guarded: stores, credentials and the like count only from trusted documents, and the
            wishes (ExternalSecrets, ClusterExternalSecrets) only from the others.
        plugins: names of providers that may come from other packages.
    """

    def __init__(
        self,
        *,
        namespace: str = "",
        guarded: bool = False,
        plugins: Collection[str] = (),
    ) -> None:
        self._namespace = namespace
        self._plugins = plugins
        self._guarded = guarded
        self._first: dict[tuple[str, ObjectRef], Document] = {}
        self._roles: dict[tuple[str, ObjectRef], Role] = {}
        self._twice: set[tuple[str, ObjectRef]] = set()
        self._others: list[Ignored] = []
        self._access: list[Document] = []
        self._failures: list[Failure] = []
        self._untrusted: dict[ObjectRef, Location] = {}

    def take(self, documents: Iterable[Document | LoadError]) -> None:
        """Take documents in, and what could not be read."""
        for document in documents:
            if isinstance(document, LoadError):
                self._failures.append(Failure(document.ref, document))
            else:
                self._take(document)

    def catalog(self) -> Catalog:
        """Return the Catalog of everything that was taken in."""
        made = _Typed(self._failures, self._plugins)
        for name, document in self._first.items():
            if name not in self._twice:
                made.add(document, self._roles[name])
        return Catalog(
            tuple(made.external_secrets),
            tuple(made.cluster_external_secrets),
            made.stores,
            made.generators,
            made.objects,
            tuple(self._others),
            tuple(self._access),
            tuple(self._failures),
            untrusted=self._untrusted,
            guarded=self._guarded,
        )

    def _take(self, document: Document) -> None:
        try:
            role = role_of(document)
        except ManifestError as error:
            if self._guarded and not document.trusted and document.kind in _NO_WISHES:
                self._leave_out(document)
            else:
                self._failures.append(Failure(document.ref, error))
            return
        if role is Role.OTHER or self._is_unasked(document, role):
            self._access.extend([document] if is_access(document) else ())
            self._leave_out(document)
            return
        if self._is_elsewhere(document):
            at = document.place(("metadata", "namespace"))
            elsewhere = OtherNamespace(document.namespace, self._namespace, at=at)
            self._failures.append(Failure(document.ref, elsewhere))
        else:
            self._define(document, role)

    def _leave_out(self, document: Document) -> None:
        self._others.append(Ignored(document.kind, document.at))
        if self._guarded and not document.trusted:
            self._untrusted.setdefault(document.ref, document.at)

    def _is_unasked(self, document: Document, role: Role) -> bool:
        return self._guarded and document.trusted == (role in _UNTRUSTED)

    def _is_elsewhere(self, document: Document) -> bool:
        elsewhere = document.namespace not in ("", self._namespace)
        return bool(self._namespace) and elsewhere

    def _define(self, document: Document, role: Role) -> None:
        name = (group_of(document), document.ref)
        first = self._first.setdefault(name, document)
        self._roles[name] = role
        if first is not document:
            self._twice.add(name)
            twice = DuplicateObject(str(document.ref), at=document.at, first=first.at)
            self._failures.append(Failure(document.ref, twice))


class _Typed:
    """What documents turned out to be; those that are nothing are failures."""

    def __init__(self, failures: list[Failure], plugins: Collection[str]) -> None:
        self._plugins = plugins
        self.external_secrets: list[ExternalSecret] = []
        self.cluster_external_secrets: list[ClusterExternalSecret] = []
        self.stores: dict[ObjectRef, Store] = {}
        self.generators: dict[ObjectRef, Document] = {}
        self.objects: dict[ObjectRef, Document] = {}
        self._failures = failures

    def add(self, document: Document, role: Role) -> None:
        """Type one document."""
        try:
            errors = self._typed(document, role)
        except Rejected as rejected:
            errors = list(rejected.errors)
        self._failures.extend(Failure(document.ref, error) for error in errors)

    def _typed(self, document: Document, role: Role) -> list[ManifestError]:
        """Put the document where it belongs, unless it has errors; return them."""
        match role:
            case Role.EXTERNAL_SECRET:
                return self._external_secret(typed.external_secret(document))
            case Role.CLUSTER_EXTERNAL_SECRET:
                return self._cluster_external_secret(typed.cluster_external_secret(document))
            case Role.STORE:
                return self._store(typed.store(document, self._plugins))
            case Role.GENERATOR:
                return self._document(document, self.generators)
            case Role.OBJECT:
                return self._document(document, self.objects)
            case Role.OTHER:
                raise AssertionError("others were set aside before")
            case _:
                assert_never(role)

    def _external_secret(self, one: ExternalSecret) -> list[ManifestError]:
        errors = admission.external_secret(one)
        if not errors:
            self.external_secrets.append(one)
        return errors

    def _cluster_external_secret(self, one: ClusterExternalSecret) -> list[ManifestError]:
        errors = admission.cluster_external_secret(one)
        if not errors:
            self.cluster_external_secrets.append(one)
        return errors

    def _store(self, one: Store) -> list[ManifestError]:
        errors = admission.store(one)
        if not errors:
            self.stores[one.ref] = one
        return errors

    @staticmethod
    def _document(document: Document, into: dict[ObjectRef, Document]) -> list[ManifestError]:
        errors = objects.errors_of(document)
        if not errors:
            into[document.ref] = document
        return errors

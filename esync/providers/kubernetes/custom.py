"""Objects of any kind but Secrets, read whole or by a path.

Source:
    External Secrets Operator 2.9, CRD provider.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar, Final, NoReturn, Self

from esync.cluster.contract import SECRETS
from esync.gocompat.json_decode import JsonError, decode
from esync.gocompat.json_encode import UnsupportedError, encode
from esync.manifests.reader import examine, read
from esync.payload.document import members
from esync.payload.gjson import get
from esync.payload.payload import NotAnObject, PropertyMissing
from esync.payload.result import Kind
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    BadStore,
    FindBy,
    NoSecret,
    ProviderError,
)
from esync.providers.kubernetes.failures import cluster_errors
from esync.providers.kubernetes.sign_in import SignIn
from esync.providers.kubernetes.spec import CrdSpec, crd_errors, sign_in_errors
from esync.providers.kubernetes.whitelist import Whitelist
from esync.providers.names import name_pattern
from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync.cluster.contract import Object, Resource, Visitor
    from esync.errors import EsyncError
    from esync.identity.access import Access
    from esync.manifests.externalsecret import Find
    from esync.manifests.store import Store
    from esync.payload.payload import Payload

_PATH: Final = ("spec", "provider", "crd")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a store looks for objects, and how it names them.

    Attributes:
        namespace: the only one that is read; empty for all, or if the kind has none.
        is_cluster_wide: the store is a ClusterSecretStore, whose keys name the namespace.
    """

    namespace: str
    is_cluster_wide: bool

    def split(self, key: str, resource: Resource) -> tuple[str, str]:
        """Return the namespace and name that a key means.

        Raises:
            ProviderError: it is not of the form that this store needs.
        """
        namespace, slash, name = key.rpartition("/")
        if not (self.is_cluster_wide and resource.namespaced):
            if slash:
                raise ProviderError(f'key "{key}" has a slash, and names an object alone here')
            return self.namespace, key
        if not namespace or not name or "/" in namespace:
            raise ProviderError(
                f'key "{key}" is not of the form namespace/name',
                hint="a ClusterSecretStore reads objects of all namespaces",
            )
        return namespace, name

    def name(self, found: Object) -> str:
        """Return the key of an object."""
        metadata = found["metadata"]
        namespace = metadata.get("namespace", "")
        own = namespace and self.is_cluster_wide
        return f"{namespace}/{metadata['name']}" if own else str(metadata["name"])


class Crd:
    """Reads objects of one kind."""

    has_ambient_identity: ClassVar[bool] = True
    converts_found_keys: ClassVar[bool] = True
    finds_by: ClassVar[tuple[FindBy, ...]] = (FindBy.NAME,)

    def __init__(
        self, visitor: Visitor, resource: Resource, scope: Scope, whitelist: Whitelist
    ) -> None:
        self._visitor = visitor
        self._resource = resource
        self._scope = scope
        self._whitelist = whitelist

    @classmethod
    def check(cls, store: Store) -> Sequence[EsyncError]:
        """Return what the operator's admission would say of the settings."""
        spec, errors = examine(CrdSpec, store.settings, at_path=_PATH, document=store.document)
        if spec is None:
            return errors
        return [*sign_in_errors(spec, store), *crd_errors(spec, store)]

    @classmethod
    def open(cls, store: Store, access: Access) -> Self:
        """Sign in, and ask what the kind is called and whether it may be read.

        Raises:
            Rejected: the settings are not what the API accepts.
            BadStore: they cannot work: there is no such kind, or it is Secrets.
            AccessDenied: the identity may not read such objects.
            EsyncError: a credential cannot be read, or may not be used.
        """
        spec = read(CrdSpec, store.settings, at_path=_PATH, document=store.document)
        for error in crd_errors(spec, store):  # ESO does not look again: a webhook may be off
            raise error
        namespace = "" if store.is_cluster_wide else access.namespace
        visitor = SignIn(spec, store, access, namespace).visitor()
        resource = _resource(visitor, spec, store)
        scope = Scope(namespace if resource.namespaced else "", store.is_cluster_wide)
        _require(visitor, "get", resource, scope)
        whitelist = Whitelist(spec.whitelist.rules, store.is_cluster_wide)
        return cls(visitor, resource, scope, whitelist)

    def read(self, key: str, version: str = "") -> Payload:  # noqa: ARG002 - ESO ignores it too
        """Return the object ``key``, if rules look at properties also one that is not there.

        Raises:
            NoSecret: there is none.
            NotOnWhitelist: no rule allows any of it.
            AccessDenied, Throttled, Unavailable, BadAnswer, ProviderError: as the class says.
        """
        namespace, name = self._scope.split(key, self._resource)
        self._whitelist.require(namespace, name, None)
        with cluster_errors(f'{self._resource.kind} "{key}"'):
            found = self._visitor.get(self._resource, namespace, name)
        if found is None:
            missing = NoSecret(f'there is no {self._resource.kind} "{key}"')
            if not self._whitelist.looks_at_properties:
                raise missing
            return AbsentObject(missing, self._whitelist, namespace, name)
        return ObjectPayload(_json(found, key), self._whitelist, namespace, name)

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return the objects whose key matches, whole, and without a name all; tags do nothing.

        Raises:
            BadPattern: the expression is none.
            AccessDenied: the identity may not list them.
        """
        is_wanted = name_pattern(wanted.name) if wanted.name else None
        _require(self._visitor, "list", self._resource, self._scope)
        with cluster_errors(f"the objects of kind {self._resource.kind}"):
            listed = list(self._visitor.list(self._resource, self._scope.namespace))
        values: dict[str, SecretValue] = {}
        for found in listed:
            key = self._scope.name(found)
            metadata = found["metadata"]
            namespace = metadata.get("namespace", "")
            allowed = self._whitelist.allows(namespace, metadata["name"], "")
            if allowed and (is_wanted is None or is_wanted(key)):
                values[key] = SecretValue(_json(found, key))
        return values

    def close(self) -> None:
        """Nothing was borrowed."""


class ObjectPayload:
    """An object, of which rules may allow some properties only."""

    def __init__(self, text: bytes, whitelist: Whitelist, namespace: str, name: str) -> None:
        self._text = text
        self._whitelist = whitelist
        self._where = (namespace, name)

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the object as JSON, or what ``property`` finds: texts as such, the rest as JSON.

        Raises:
            NotOnWhitelist: no rule allows it.
            PropertyMissing: it finds nothing.
        """
        self._whitelist.require(*self._where, property)
        if not property:
            return SecretValue(self._text)
        found = get(self._text, property)
        if not found.exists:
            raise PropertyMissing(property)
        return SecretValue(found.text if found.type is Kind.STRING else found.raw)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return the members of that, or under ``value`` what is no object; errors as above."""
        value = self.value(property)
        try:
            found = members(value.reveal())
        except NotAnObject:
            return {"value": value}
        return {name: SecretValue(member) for name, member in found.items()}


class AbsentObject:
    """An object that there is not; who may not read a property is not told that."""

    def __init__(self, missing: NoSecret, whitelist: Whitelist, namespace: str, name: str) -> None:
        self._missing = missing
        self._whitelist = whitelist
        self._where = (namespace, name)

    def value(self, property: str = "") -> NoReturn:  # noqa: A002 - the manifest's word
        """Refuse.

        Raises:
            NotOnWhitelist: no rule allows the property, as with an object that is there.
            NoSecret: otherwise.
        """
        self._whitelist.require(*self._where, property)
        raise self._missing

    def members(self, property: str = "") -> NoReturn:  # noqa: A002 - as above
        """Refuse; errors as for ``value``."""
        self.value(property)


def _resource(visitor: Visitor, spec: CrdSpec, store: Store) -> Resource:
    group = "" if spec.resource.group == "core" else spec.resource.group
    kind = f"{spec.resource.kind} of {group or 'core'}/{spec.resource.version}"
    with cluster_errors(f"what the API server has of {kind}"):
        resource = visitor.resource_of(group, spec.resource.version, spec.resource.kind)
    if resource is None:
        raise BadStore(
            f"the API server has no {kind}",
            at=store.place("resource"),
            hint="is its CustomResourceDefinition installed, with this version?",
        )
    if (resource.group, resource.plural) == (SECRETS.group, SECRETS.plural):
        raise BadStore(
            "resource: Secrets are not read by this provider", at=store.place("resource")
        )
    return resource


def _require(visitor: Visitor, verb: str, resource: Resource, scope: Scope) -> None:
    where = f'namespace "{scope.namespace}"' if scope.namespace else "the whole cluster"
    what = f"{resource.plural} in {where}"
    with cluster_errors(f"whether one may {verb} {what}"):
        permitted = visitor.may(verb, resource, scope.namespace)
    if not permitted:
        raise AccessDenied(
            f"the store's identity may not {verb} {what}",
            hint="grant it with a Role or ClusterRole and a binding",
        )


def _json(found: Object, key: str) -> bytes:
    """Return an object as the operator's client writes it."""
    try:
        return encode(decode(json.dumps(found).encode(), integers=True))
    except (JsonError, UnsupportedError):
        raise BadAnswer(f'cannot read "{key}": it holds a number out of range') from None

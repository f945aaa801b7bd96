"""Documents to typed objects: ExternalSecret, ClusterExternalSecret and the two kinds of store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from esync.manifests import beta
from esync.manifests.document import Source
from esync.manifests.errors import (
    ManifestError,
    MissingField,
    NotOneProvider,
    Rejected,
    UnknownField,
    UnknownProvider,
    WrongType,
)
from esync.manifests.externalsecret import (
    ClusterExternalSecret,
    ClusterExternalSecretSpec,
    ExternalSecret,
    ExternalSecretSpec,
    StoreKind,
)
from esync.manifests.formats import DNS_NAME, NS_NAME
from esync.manifests.kinds import PROVIDERS, V1BETA1, version_of
from esync.manifests.reader import examine
from esync.manifests.store import RetrySettings, Store, StoreCondition
from esync.records import dataclass

if TYPE_CHECKING:
    from esync.manifests.document import Document

T = TypeVar("T")

_TOP: Final = ("apiVersion", "kind", "metadata", "spec", "status")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What esync reads of an object's metadata; there may be more."""

    name: str = field(metadata=DNS_NAME)
    namespace: str = field(default="", metadata=NS_NAME)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


_METADATA: Final = ("name", "namespace", "labels", "annotations")


@dataclass(frozen=True, slots=True)
class StoreSpec:
    """The ``spec`` of a store."""

    provider: Mapping[str, Any]
    controller: str = ""
    retry_settings: RetrySettings | None = None
    refresh_interval: str | int | None = None
    conditions: tuple[StoreCondition, ...] = ()


def external_secret(document: Document) -> ExternalSecret:
    """Return the ExternalSecret that ``document`` is.

    Raises:
        Rejected: the API would not accept it; admission rules are not looked at.
    """
    metadata, spec = _parts(document, ExternalSecretSpec)
    live = _live(document)
    return ExternalSecret(
        name=document.name,
        namespace=document.namespace,
        spec=spec,
        document=document,
        labels=metadata.labels,
        annotations=metadata.annotations,
        uid=str(live.get("uid", "")),
        generation=int(live.get("generation", 0)),
        status=_status(document),
    )


def cluster_external_secret(document: Document) -> ClusterExternalSecret:
    """Return the ClusterExternalSecret that ``document`` is.

    Raises:
        Rejected: the API would not accept it.
    """
    metadata, spec = _parts(document, ClusterExternalSecretSpec)
    return ClusterExternalSecret(
        name=document.name,
        spec=spec,
        document=document,
        labels=metadata.labels,
        annotations=metadata.annotations,
        uid=str(_live(document).get("uid", "")),
        status=_status(document),
    )


def store(document: Document, plugins: Collection[str] = ()) -> Store:
    """Return the store that ``document`` is; its provider's settings are left as they stand.

    Args:
        document: of a SecretStore or ClusterSecretStore.
        plugins: names of providers that may come from other packages.

    Raises:
        Rejected: the API would not accept the part that all providers share.
    """
    metadata, spec = _parts(document, StoreSpec)
    provider = _provider(document, spec.provider, plugins)
    return Store(
        kind=StoreKind(document.kind),
        name=document.name,
        namespace=document.namespace,
        provider=provider,
        settings=spec.provider[provider],
        document=document,
        controller=spec.controller,
        conditions=spec.conditions,
        retry=spec.retry_settings,
        refresh_interval=spec.refresh_interval,
        annotations=metadata.annotations,
        may_be_plugin=provider in plugins,
    )


def metadata_of(document: Document) -> tuple[Metadata | None, list[ManifestError]]:
    """Return what esync reads of the metadata, or what is wrong with it."""
    value = document.body.get("metadata")
    if value is None:
        return None, [MissingField(("metadata",), at=document.at)]
    if isinstance(value, Mapping):
        value = {name: value[name] for name in _METADATA if name in value}
    return examine(Metadata, value, at_path=("metadata",), document=document)


def _parts(document: Document, spec: type[T]) -> tuple[Metadata, T]:
    metadata, errors = metadata_of(document)
    value = document.body.get("spec")
    if value is None:
        raise Rejected([*errors, MissingField(("spec",), at=document.at)])
    read, more = examine(spec, value, at_path=("spec",), document=document)
    errors += more + _unknown_fields(document)
    if version_of(document) == V1BETA1:
        errors += beta.missing(document)
    if errors or metadata is None or read is None:
        raise Rejected(errors)
    return metadata, read


def _unknown_fields(document: Document) -> list[ManifestError]:
    return [
        UnknownField((name,), at=document.place((name,)), known=_TOP)
        for name in document.body
        if name not in _TOP
    ]


def _provider(document: Document, providers: Mapping[str, Any], plugins: Collection[str]) -> str:
    """Return the one key under ``spec.provider``."""
    path = ("spec", "provider")
    names = [name for name, value in providers.items() if value is not None]
    if len(names) != 1:
        raise Rejected([NotOneProvider(names, at=document.place(path))])
    name = names[0]
    known = beta.PROVIDERS if version_of(document) == V1BETA1 else PROVIDERS
    at = document.place((*path, name))
    if name not in known and name not in plugins:
        raise Rejected([UnknownProvider(name, at=at, known=known, version=version_of(document))])
    if not isinstance(providers[name], Mapping):
        raise Rejected([WrongType((*path, name), at=at, found=providers[name], wanted="a mapping")])
    return name


def _live(document: Document) -> Mapping[str, Any]:
    """Return the metadata of an object that the cluster told of; a file knows no uid."""
    return document.body.get("metadata", {}) if document.source is Source.CLUSTER else {}


def _status(document: Document) -> Mapping[str, Any]:
    status = document.body.get("status")
    return status if isinstance(status, Mapping) else {}

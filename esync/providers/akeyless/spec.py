"""The settings under ``spec.provider.akeyless``, and what is wrong with them.

Source:
    External Secrets Operator 2.9, akeyless provider.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from esync.identity.hosts import host_of
from esync.manifests.formats import named
from esync.manifests.reader import examine, read
from esync.manifests.store import (
    CaProvider,
    SecretSelector,
    ServiceAccountSelector,
)
from esync.providers.contract import BadStore
from esync.providers.selectors import selector_errors
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esync.errors import EsyncError
    from esync.manifests.store import Store

_PATH: Final = ("spec", "provider", "akeyless")


@dataclass(frozen=True, slots=True)
class KubernetesAuth:
    """A service account, which Akeyless lets its cluster look at.

    Attributes:
        access_id: of the auth method.
        config_name: what the gateway calls the cluster.
    """

    access_id: str = field(metadata=named("accessID"))
    config_name: str = field(metadata=named("k8sConfName"))
    service_account_ref: ServiceAccountSelector | None = None
    secret_ref: SecretSelector | None = None


@dataclass(frozen=True, slots=True)
class SecretRef:
    """An access id, and what belongs to it by its type."""

    access_id: SecretSelector = field(default_factory=SecretSelector, metadata=named("accessID"))
    access_type: SecretSelector = field(default_factory=SecretSelector)
    access_type_param: SecretSelector = field(default_factory=SecretSelector)


@dataclass(frozen=True, slots=True)
class Auth:
    """How to sign in; the service account belongs to the type ``azure_ad``."""

    secret_ref: SecretRef = field(default_factory=SecretRef)
    kubernetes_auth: KubernetesAuth | None = None
    service_account_ref: ServiceAccountSelector | None = None


@dataclass(frozen=True, slots=True)
class AkeylessSpec:
    """What stands under ``spec.provider.akeyless``."""

    url: str = field(metadata=named("akeylessGWApiURL"))
    auth: Auth = field(metadata=named("authSecretRef"))
    ignore_cache: bool = False
    ca_bundle: str = ""
    ca_provider: CaProvider | None = None


def read_spec(store: Store) -> AkeylessSpec:
    """Return the settings.

    Raises:
        Rejected: they are not what the API accepts.
        BadStore: they can never work.
    """
    spec = read(AkeylessSpec, store.settings, at_path=_PATH, document=store.document)
    for error in _impossible(spec, store):
        raise error
    return spec


def errors_of(store: Store) -> Sequence[EsyncError]:
    """Return everything that the operator's admission would refuse, and what can never work."""
    spec, errors = examine(AkeylessSpec, store.settings, at_path=_PATH, document=store.document)
    if spec is None:
        return errors
    return [*_impossible(spec, store), *_namespaces(spec.auth, store)]


def _impossible(spec: AkeylessSpec, store: Store) -> Iterator[BadStore]:
    if spec.url and not host_of(spec.url):
        yield BadStore(
            "akeylessGWApiURL is not the URL of a service",
            at=store.place("akeylessGWApiURL"),
            hint="write it as https://HOST[:PORT]/v2, or leave it empty for api.akeyless.io",
        )
    auth = spec.auth
    if kubernetes := auth.kubernetes_auth:
        for name, text in (
            ("accessID", kubernetes.access_id),
            ("k8sConfName", kubernetes.config_name),
        ):
            if not text:
                path = ("authSecretRef", "kubernetesAuth")
                yield BadStore(f"{'.'.join(path)}: {name} is empty", at=store.place(*path))
        return
    for name in ("name", "key"):
        if not getattr(auth.secret_ref.access_id, name):
            yield BadStore(
                f"authSecretRef.secretRef.accessID: {name} is missing",
                at=store.place("authSecretRef"),
                hint="name the Secret with the access id, or give kubernetesAuth",
            )


def _namespaces(auth: Auth, store: Store) -> Iterator[BadStore]:
    if kubernetes := auth.kubernetes_auth:
        path = ("authSecretRef", "kubernetesAuth")
        account, secret = kubernetes.service_account_ref, kubernetes.secret_ref
        yield from selector_errors(store, account, *path, "serviceAccountRef")
        yield from selector_errors(store, secret, *path, "secretRef", strict=True)
        return
    ref = auth.secret_ref
    path = ("authSecretRef", "secretRef")
    yield from selector_errors(store, ref.access_id, *path, "accessID", strict=True)
    yield from selector_errors(store, ref.access_type, *path, "accessType", strict=True)
    if ref.access_type_param.name:
        param = ref.access_type_param
        yield from selector_errors(store, param, *path, "accessTypeParam", strict=True)
    account = auth.service_account_ref
    yield from selector_errors(store, account, "authSecretRef", "serviceAccountRef")

"""The settings under ``spec.provider.kubernetes`` and ``.crd``, and what is wrong with them.

Source:
    External Secrets Operator 2.9, Kubernetes and CRD providers.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, ClassVar, Final

from esync.gocompat import regexp
from esync.manifests.formats import NONEMPTY, NS_NAME, Choice
from esync.manifests.store import (  # noqa: TC001 - the reader looks at annotations
    CaProvider,
    SecretSelector,
    ServiceAccountSelector,
)
from esync.providers.contract import BadStore
from esync.providers.selectors import selector_errors
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.manifests.store import Store

DEFAULT_SERVER: Final = "kubernetes.default"
SELF: Final = ("", "core")
_NAMESPACED: Final = "leave the namespace out, the store's own is meant"


@dataclass(frozen=True, slots=True)
class Server:
    """Where the API server is. Bytes of a CA bundle stay base64."""

    url: str = DEFAULT_SERVER
    ca_bundle: str = ""
    ca_provider: CaProvider | None = None


@dataclass(frozen=True, slots=True)
class Cert:
    """A client certificate and its key, as PEM in Secrets."""

    client_cert: SecretSelector
    client_key: SecretSelector


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token in a Secret."""

    bearer_token: SecretSelector


@dataclass(frozen=True, slots=True)
class Auth:
    """How the store signs in."""

    CHOICES: ClassVar = (Choice(("cert", "token", "serviceAccount")),)

    cert: Cert | None = None
    token: Token | None = None
    service_account: ServiceAccountSelector | None = None


@dataclass(frozen=True, slots=True)
class KubernetesSpec:
    """What stands under ``spec.provider.kubernetes``."""

    server: Server | None = None
    auth: Auth | None = None
    auth_ref: SecretSelector | None = None
    remote_namespace: str = field(default="default", metadata=NS_NAME)


@dataclass(frozen=True, slots=True)
class CrdResource:
    """The kind of objects that a store reads; the group of the core is empty."""

    group: str
    version: str = field(metadata=NONEMPTY)
    kind: str = field(metadata=NONEMPTY)


@dataclass(frozen=True, slots=True)
class WhitelistRule:
    """Regular expressions that must all match; a store with rules allows what one of them does."""

    name: str = ""
    namespace: str = ""
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Whitelist:
    """What may be read of the objects; nothing else, if there are rules."""

    rules: tuple[WhitelistRule, ...] = ()


@dataclass(frozen=True, slots=True)
class CrdSpec:
    """What stands under ``spec.provider.crd``."""

    resource: CrdResource
    server: Server | None = None
    auth: Auth | None = None
    auth_ref: SecretSelector | None = None
    whitelist: Whitelist = field(default_factory=Whitelist)


def sign_in_errors(spec: KubernetesSpec | CrdSpec, store: Store) -> Iterator[BadStore]:
    """Yield what the operator's admission says of ``server``, ``auth`` and ``authRef``."""
    if spec.auth and spec.auth_ref:
        yield BadStore("authRef and inline auth cannot both be set", at=store.place("authRef"))
    if not (spec.auth or spec.auth_ref):
        yield no_auth(store)
    if spec.server and spec.server.ca_provider:
        yield from _authority_errors(spec.server.ca_provider, store)
    yield from selector_errors(store, spec.auth_ref, "authRef")
    if spec.auth is None:
        return
    if spec.auth.cert:
        yield from _strict(store, spec.auth.cert.client_cert, "auth", "cert", "clientCert")
    if spec.auth.token:
        yield from _strict(store, spec.auth.token.bearer_token, "auth", "token", "bearerToken")
    yield from selector_errors(store, spec.auth.service_account, "auth", "serviceAccount")


def no_auth(store: Store) -> BadStore:
    """Return the error of a store that says nothing of how it signs in."""
    return BadStore(
        "no auth provider given",
        at=store.place(),
        hint="give the store auth or authRef; the identity of the process is used with "
        "--store-auth ambient only",
    )


def crd_errors(spec: CrdSpec, store: Store) -> Iterator[BadStore]:
    """Yield what the operator's admission says of ``resource`` and ``whitelist``."""
    resource = spec.resource
    if resource.group in SELF and resource.kind.lower() == "secret":
        yield BadStore(
            "resource: Secrets are not read by this provider",
            at=store.place("resource", "kind"),
            hint="use the provider kubernetes",
        )
    for index, rule in enumerate(spec.whitelist.rules):
        path = ("whitelist", "rules", index)
        at = store.place(*path)
        where = f"whitelist.rules[{index}]"
        if not (rule.name or rule.namespace or rule.properties):
            yield BadStore(f"{where} has neither name, namespace nor properties", at=at)
        if rule.namespace and not store.is_cluster_wide:
            yield BadStore(
                f"{where}: namespace is for a ClusterSecretStore only",
                at=store.place(*path, "namespace"),
            )
        for pattern in filter(None, (rule.name, rule.namespace, *rule.properties)):
            try:
                regexp.compile(pattern)
            except regexp.RegexpError:
                yield BadStore(f"{where} has an expression that Go does not accept", at=at)


def _strict(store: Store, selector: SecretSelector, *path: str) -> Iterator[BadStore]:
    where = ".".join(path)
    if not selector.name or not selector.key:
        yield BadStore(f"{where} needs a name and a key", at=store.place(*path))
    yield from selector_errors(store, selector, *path, strict=True)


def _authority_errors(provider: CaProvider, store: Store) -> Iterator[BadStore]:
    at = store.place("server", "caProvider", "namespace")
    if store.is_cluster_wide and not provider.namespace:
        yield BadStore("server.caProvider: a ClusterSecretStore needs a namespace here", at=at)
    # ESO does so too: also the store's own namespace is refused here.
    if not store.is_cluster_wide and provider.namespace:
        yield BadStore(
            "server.caProvider: a SecretStore must not name a namespace here",
            at=at,
            hint=_NAMESPACED,
        )

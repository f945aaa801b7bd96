"""Opens a session: from the settings of a store to something that can be asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esync.gocompat.durations import DurationError, parse_duration
from esync.identity.hosts import Origin
from esync.identity.quiet import silence
from esync.providers.contract import BadStore
from esync.providers.vault.ambient import VAULT_TOKENS, ambient_login, given_token
from esync.providers.vault.session import Login, Session, Surroundings, Token
from esync.providers.vault.sign_in import login_by
from esync.providers.vault.spec import Cert
from esync.providers.vault.tls import tls_context
from esync.providers.vault.wire import Retries, Wire
from esync.transport.pools import pool_through
from esync.transport.proxies import proxy_for
from esync.transport.tls import Tls

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from urllib3 import PoolManager

    from esync.identity.access import Access
    from esync.manifests.store import RetrySettings, SecretSelector
    from esync.providers.vault.spec import VaultSpec
    from esync.secret import SecretValue

_SECOND: Final = 1_000_000_000


def open_session(
    spec: VaultSpec,
    access: Access,
    retry: RetrySettings | None = None,
    tokens: Sequence[str] = VAULT_TOKENS,
) -> Session:
    """Return a session that signs in with its first request.

    Args:
        spec: the settings.
        access: reads credentials, knows hosts and environment.
        retry: of the store.
        tokens: variables of the environment that may hold a token.

    Raises:
        EsyncError: the host is not allowed, or the process's identity is not; certificates cannot
            be read or used; ``retryInterval`` is no duration.
    """
    access.allow_host(spec.server, Origin.STORE, "server")
    retries = retries_of(retry)
    authorities = access.ca_bundle(spec.ca_bundle, spec.ca_provider)
    context = tls_context(Tls(authorities, _pair(spec, access)), access.environ)
    wire = Wire(spec.server, _pool(spec.server, context, access), retries)
    surroundings = Surroundings(
        spec.namespace,
        spec.headers,
        reads_own_writes=spec.read_your_writes,
        forwards=spec.forward_inconsistent,
    )
    return Session(wire, surroundings, _sign_in(spec, access, tokens), access.clock)


def retries_of(retry: RetrySettings | None) -> Retries:
    """Return how the server is asked again; ``maxRetries`` counts the tries after the first.

    Without the block it is not: who asks every store tries again where that is of use.

    Raises:
        BadStore: ``retryInterval`` is no duration.
    """
    if retry is None:
        return Retries(0)
    # ESO does so too: a block that does not say how often means not at all.
    limit = max(retry.max_retries or 0, 0)
    if retry.retry_interval is None:
        return Retries(limit)
    try:
        interval = parse_duration(retry.retry_interval)
    except DurationError:
        raise BadStore(
            "retrySettings.retryInterval is not a duration", hint="write it as 500ms, 5s or 1m30s"
        ) from None
    return Retries(limit, max(interval, 0) / _SECOND)


def _sign_in(spec: VaultSpec, access: Access, tokens: Sequence[str]) -> Callable[[], Token | Login]:
    if access.ambient:
        access.allow_ambient()
        return lambda: ambient_login(tokens, spec.server, spec.namespace, access)
    auth = spec.auth
    if auth is None:
        token = given_token(tokens, access.environ)
        if token:
            access.allow_ambient()
        return lambda: token or Token()
    method = auth.method
    if method is None:
        raise BadStore("auth names no method")

    def sign_in() -> Token | Login:
        found = login_by(method, spec.server, access)
        if isinstance(found, Token):
            return found
        return replace(found, namespace=auth.namespace or spec.namespace)

    return sign_in


def _pair(spec: VaultSpec, access: Access) -> tuple[SecretValue, SecretValue] | None:
    """Return the client certificate and its key: those of the ``cert`` login, else of ``tls``."""
    method = None if access.ambient or spec.auth is None else spec.auth.method
    if isinstance(method, Cert) and method.client_cert and method.secret_ref:
        path = ("auth", "cert")
        return (
            access.secret(method.client_cert, *path, "clientCert"),
            access.secret(method.secret_ref, *path, "secretRef"),
        )
    tls = spec.tls
    if tls.cert_secret_ref and tls.key_secret_ref:
        return (
            access.secret(_keyed(tls.cert_secret_ref, "tls.crt"), "tls", "certSecretRef"),
            access.secret(_keyed(tls.key_secret_ref, "tls.key"), "tls", "keySecretRef"),
        )
    return None


def _keyed(selector: SecretSelector, key: str) -> SecretSelector:
    return replace(selector, key=selector.key or key)


def _pool(server: str, context: ssl.SSLContext, access: Access) -> PoolManager:
    import urllib3

    silence("urllib3")
    timeout = urllib3.Timeout(connect=access.connect_timeout, read=access.read_timeout)
    try:
        proxy = proxy_for(server, access.environ)
        return pool_through(proxy, context, proxy_context=context, timeout=timeout)
    except (urllib3.exceptions.HTTPError, ValueError):
        raise BadStore(
            "the proxy that the environment names is not an HTTP proxy",
            hint="look at HTTPS_PROXY, or name the host of server in NO_PROXY",
        ) from None

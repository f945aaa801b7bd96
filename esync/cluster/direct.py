"""A cluster from explicit facts: where it is, whom to trust, and who asks. No kubeconfig is used.

Nothing here reads a file that the facts do not come from, runs a plugin or imports the client.
"""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esync.cluster.client import ApiCluster
from esync.cluster.contract import Login, Unreachable
from esync.cluster.kubeconfig import IN_CLUSTER, Chosen
from esync.cluster.signin import Session, impersonation
from esync.cluster.wire import Wire
from esync.errors import EsyncError
from esync.gocompat.base64 import Base64Error, decode
from esync.records import dataclass
from esync.secret import SecretValue
from esync.transport.pools import pool_for
from esync.transport.tls import BadCertificates, Tls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.cluster.options import ConnectOptions

# What names a file or runs a program; none of it may come from a Secret.
_PLUGINS = ("exec", "auth-provider")
_USER_FILES = ("client-certificate", "client-key", "tokenFile")
_CLUSTER_FILES = ("certificate-authority",)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an API server is, and how it is recognised.

    Attributes:
        server: its URL, with a scheme.
        tls: whom to trust; its client certificate is not looked at.
        proxy: leads there instead of what the environment says.
    """

    server: str
    tls: Tls = field(default_factory=Tls)
    proxy: str | None = None


def connect_to(endpoint: Endpoint, login: Login, options: ConnectOptions) -> ApiCluster:
    """Return the cluster at ``endpoint`` as ``login`` sees it. Each request is sent once.

    Args:
        endpoint: where it is.
        login: who asks.
        options: time-outs and environment; what they say of a kubeconfig is not looked at.
    """
    now = _renewing(login)
    wire = Wire(lambda: enter(endpoint, now(), options.environ), options, tries=1)
    return ApiCluster(
        wire, Chosen("", server=endpoint.server), lambda other: connect_to(endpoint, other, options)
    )


def _renewing(login: Login) -> Callable[[], Login]:
    """Return what gives the login, and each further time the same with another token."""
    renew, tokens = login.renew, [login.token]

    def now() -> Login:
        token = tokens.pop() if tokens else None
        if token is None and renew is not None:
            with suppress(EsyncError):  # what the server said of the old one is told instead
                token = renew()
        return replace(login, token=token or login.token)

    return now


def enter(endpoint: Endpoint, login: Login, environ: Mapping[str, str]) -> Session:
    """Return the open door to ``endpoint``; nobody is asked yet.

    Raises:
        Unreachable: the certificates are none.
    """
    tls = endpoint.tls
    tls = Tls(tls.authorities, login.pair, tls.server_name, tls.verified)
    try:
        pool = pool_for(endpoint.server, tls, environ, proxy=endpoint.proxy)
    except BadCertificates as error:
        raise Unreachable(f"cannot sign in: {error.message}", hint=error.hint) from None
    headers = login.headers
    if login.token is not None:
        # A token that was read from a file ends with a line end more often than not.
        bearer = login.token.reveal().decode("latin-1").strip()
        headers = (("Authorization", f"Bearer {bearer}"), *headers)
    return Session(endpoint.server, pool, headers)


def endpoint_of(chosen: Chosen, options: ConnectOptions) -> Endpoint:
    """Return where the API server of a context is, without what its user signs in with.

    Raises:
        Unreachable: the certificates that the kubeconfig names cannot be read.
    """
    cluster = chosen.cluster
    file = cluster.get("certificate-authority")
    if chosen.context == IN_CLUSTER and not cluster:
        file = options.service_account / "ca.crt"
    try:
        authorities = _decoded(cluster, "certificate-authority-data")
        if authorities is None and file:
            authorities = Path(str(file)).read_bytes()
    except (Base64Error, OSError):
        raise Unreachable(
            f'the certificate authority of context "{chosen.context}" cannot be read'
        ) from None
    tls = Tls(
        authorities,
        server_name=str(cluster.get("tls-server-name") or ""),
        verified=cluster.get("insecure-skip-tls-verify") is not True,
    )
    return Endpoint(chosen.server, tls, cluster.get("proxy-url"))


def login_of(user: Mapping[str, Any]) -> Login:
    """Return how a user of a kubeconfig signs in: by what stands in it, not by what it points at.

    Raises:
        Unreachable: there is nothing of that, or it is no base64.
    """
    try:
        certificate = _decoded(user, "client-certificate-data")
        key = _decoded(user, "client-key-data")
    except Base64Error:
        raise Unreachable("the client certificate of the kubeconfig is not base64") from None
    headers = impersonation(user)
    pair = None
    if certificate is not None and key is not None:
        pair = (SecretValue(certificate), SecretValue(key))
    if user.get("token"):
        token = SecretValue(str(user["token"]).encode())
        return Login(token, pair, headers)
    if user.get("username"):
        who = f"{user['username']}:{user.get('password') or ''}".encode()
        basic = ("Authorization", f"Basic {b64encode(who).decode()}")
        return Login(None, pair, (basic, *headers))
    if pair is None:
        raise Unreachable("the user of the kubeconfig has neither token nor client certificate")
    return Login(None, pair, headers)


def foreign_fields(chosen: Chosen) -> list[str]:
    """Return the fields of a context that name a file or a program on this machine."""
    found = [one for one in _CLUSTER_FILES if one in chosen.cluster]
    return found + [one for one in (*_PLUGINS, *_USER_FILES) if chosen.user.get(one)]


def _decoded(entry: Mapping[str, Any], name: str) -> bytes | None:
    text = entry.get(name)
    return decode(str(text).encode()) if text else None

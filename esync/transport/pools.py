"""Pools of connections, through a proxy or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from esync.transport.proxies import proxy_for
from esync.transport.tls import tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from urllib3 import PoolManager

    from esync.transport.tls import Tls

_CONNECTIONS = 64  # more than there are workers: none waits, none is thrown away


def pool_for(
    url: str, tls: Tls, environ: Mapping[str, str], *, proxy: str | None = None
) -> PoolManager:
    """Return a pool for requests to ``url``.

    Args:
        url: of the server.
        tls: how it is recognised, and how it recognises us.
        environ: may name a proxy, and a file of certificates that replaces those of the system.
        proxy: instead of what the environment says.

    Raises:
        BadCertificates: a certificate or key is none, or a file of them cannot be read.
    """
    import urllib3

    settings: dict[str, Any] = {}
    if tls.server_name:
        settings |= {"server_hostname": tls.server_name, "assert_hostname": tls.server_name}
    if not tls.verified:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        settings |= {"cert_reqs": "CERT_NONE", "assert_hostname": False}
    context = tls_context(tls, environ)
    through = proxy_for(url, environ) if proxy is None else proxy
    return pool_through(through, context, **settings)


def pool_through(
    proxy: str,
    context: ssl.SSLContext,
    *,
    proxy_context: ssl.SSLContext | None = None,
    **settings: Any,
) -> PoolManager:
    """Return a pool of connections that go through ``proxy``, or to the servers if it is empty.

    Args:
        proxy: a URL, which may have name and password.
        context: verifies servers.
        proxy_context: verifies the proxy; None means by the usual authorities.
        settings: of the pool besides.

    Raises:
        urllib3.exceptions.HTTPError, ValueError: it is no URL of an HTTP proxy.
    """
    import urllib3

    settings = {"maxsize": _CONNECTIONS, "ssl_context": context, **settings}
    if not proxy:
        return urllib3.PoolManager(**settings)
    parts = urlsplit(proxy)
    headers = None
    if parts.username is not None:
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = urllib3.make_headers(proxy_basic_auth=who)
    return urllib3.ProxyManager(
        proxy, proxy_headers=headers, proxy_ssl_context=proxy_context, **settings
    )

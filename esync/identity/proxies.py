"""Which proxy leads to a server, and the pool of connections that goes through it.

Source:
    The variables as curl and requests read them; exceptions as Go does, which knows networks,
    ports, and that this machine needs no proxy.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from esync.identity.hosts import host_of, is_loopback

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from urllib3 import PoolManager

_CONNECTIONS: Final = 64  # more than there are workers: none waits, none is thrown away
_NEVER_PROXIED: Final = frozenset(
    {"metadata.google.internal", "169.254.169.254", "fd00:ec2::254", "fd20:ce::254"}
)


def proxy_for(url: str, environ: Mapping[str, str]) -> str:
    """Return the URL of the proxy that the environment wants for ``url``, or an empty text."""
    host = host_of(url)
    scheme = url.partition(":")[0].lower()
    excepted = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if host in _NEVER_PROXIED or is_loopback(host) or _is_excepted(host, _port(url), excepted):
        return ""
    # HTTP_PROXY in capitals may come from a request's header, where a server runs programs.
    names = ["http_proxy"] if scheme == "http" else ["https_proxy", "HTTPS_PROXY"]
    found = next(filter(None, map(environ.get, [*names, "all_proxy", "ALL_PROXY"])), "")
    return found if not found or "://" in found else f"http://{found}"


def pool_through(proxy: str, context: ssl.SSLContext, **settings: Any) -> PoolManager:
    """Return a pool of connections that go through ``proxy``, or to the servers if it is empty.

    Args:
        proxy: a URL, which may have name and password.
        context: verifies servers, and the proxy.
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
    return urllib3.ProxyManager(proxy, proxy_headers=headers, proxy_ssl_context=context, **settings)


def _port(url: str) -> int:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    return port or (80 if parts.scheme == "http" else 443)


def _is_excepted(host: str, port: int, exceptions: str) -> bool:
    rules = exceptions.lower().replace(",", " ").split()
    return any(_matches(host, port, rule) for rule in rules)


def _matches(host: str, port: int, rule: str) -> bool:
    if rule == "*":
        return True
    try:
        return ip_address(host) in ip_network(rule, strict=False)
    except ValueError:
        pass  # one of the two is no address
    name, colon, only = rule.rpartition(":")
    if colon and only.isdigit():
        if int(only) != port:
            return False
        rule = name.strip("[]")
    rule = rule.removeprefix("*").removeprefix(".")
    return host == rule or host.endswith(f".{rule}")

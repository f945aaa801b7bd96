"""Which proxy the environment wants for a server.

Source:
    Variables as curl and requests read them, or as Go does (``golang.org/x/net/http/httpproxy``);
    exceptions as in Go, which knows networks, ports, and that this machine needs no proxy.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEVER_PROXIED: Final = frozenset(
    {"metadata.google.internal", "169.254.169.254", "fd00:ec2::254", "fd20:ce::254"}
)
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Manner:
    """How the environment is read; of several variables the first that is set counts.

    Attributes:
        http: variables for servers without TLS.
        https: variables for the others.
        exceptions: variables that name servers without a proxy.
        dot_covers_itself: whether ``.example`` means ``example`` too, and not only what is below.
    """

    http: tuple[str, ...]
    https: tuple[str, ...]
    exceptions: tuple[str, ...]
    dot_covers_itself: bool


# HTTP_PROXY in capitals may come from a request's header, where a server runs programs.
CURL: Final = Manner(
    http=("http_proxy", "all_proxy", "ALL_PROXY"),
    https=("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
    exceptions=("no_proxy", "NO_PROXY"),
    dot_covers_itself=True,
)
GO: Final = Manner(
    http=("HTTP_PROXY", "http_proxy"),
    https=("HTTPS_PROXY", "https_proxy"),
    exceptions=("NO_PROXY", "no_proxy"),
    dot_covers_itself=False,
)


def proxy_for(url: str, environ: Mapping[str, str], manner: Manner = CURL) -> str:
    """Return the URL of the proxy that the environment wants for ``url``, or an empty text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if host in _NEVER_PROXIED or is_loopback(host):
        return ""
    excepted = _first(manner.exceptions, environ).lower().replace(",", " ").split()
    if any(_matches(host, _port(parts), rule, manner) for rule in excepted):
        return ""
    found = _first(manner.http if parts.scheme == "http" else manner.https, environ)
    return found if not found or "://" in found else f"http://{found}"


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` is this machine, however the network is set up."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _first(names: tuple[str, ...], environ: Mapping[str, str]) -> str:
    return next(filter(None, map(environ.get, names)), "")


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = None
    return port or _PORTS.get(parts.scheme, 443)


def _matches(host: str, port: int, rule: str, manner: Manner) -> bool:
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
    rule = rule.removeprefix("*")
    if rule.startswith(".") and not manner.dot_covers_itself:
        return host.endswith(rule)
    return f".{host}".endswith(f".{rule.removeprefix('.')}")

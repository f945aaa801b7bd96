"""Which proxy the environment wants for a server.

Source:
    Go's ``golang.org/x/net/http/httpproxy``, by which the operator and kubectl go: it knows names,
    networks and ports, and that this machine needs no proxy.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEVER_PROXIED: Final = frozenset(
    {"metadata.google.internal", "169.254.169.254", "fd00:ec2::254", "fd20:ce::254"}
)
_PORTS: Final = {"http": 80, "https": 443}
# Of several variables the first that is set counts.
_HTTP: Final = ("HTTP_PROXY", "http_proxy")
_HTTPS: Final = ("HTTPS_PROXY", "https_proxy")
_EXCEPTIONS: Final = ("NO_PROXY", "no_proxy")


def proxy_for(url: str, environ: Mapping[str, str]) -> str:
    """Return the URL of the proxy that the environment wants for ``url``, or an empty text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if host in _NEVER_PROXIED or is_loopback(host):
        return ""
    excepted = _first(_EXCEPTIONS, environ).lower().replace(",", " ").split()
    if any(_matches(host, _port(parts), rule) for rule in excepted):
        return ""
    found = _first(_HTTP if parts.scheme == "http" else _HTTPS, environ)
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
    rule = rule.removeprefix("*")
    # A leading dot means what is below a name, and not the name itself.
    return host.endswith(rule) if rule.startswith(".") else f".{host}".endswith(f".{rule}")

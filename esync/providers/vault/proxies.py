"""Which proxy leads to a server: ``HTTPS_PROXY``, ``HTTP_PROXY`` and ``NO_PROXY``.

Source:
    Go, ``golang.org/x/net/http/httpproxy``, which the operator's clients go by.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from esync.identity.hosts import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping


def proxy_for(url: str, environ: Mapping[str, str]) -> str:
    """Return the URL of the proxy for ``url``, or nothing; this machine needs none."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    proxy = _variable(f"{parts.scheme}_proxy", environ)
    if not proxy or is_loopback(host) or _is_excluded(host, port, _variable("no_proxy", environ)):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(name: str, environ: Mapping[str, str]) -> str:
    return environ.get(name.upper()) or environ.get(name) or ""


def _is_excluded(host: str, port: int, exclusions: str) -> bool:
    return any(_matches(host, port, rule) for rule in exclusions.lower().replace(",", " ").split())


def _matches(host: str, port: int, rule: str) -> bool:
    if rule == "*":
        return True
    try:
        return ip_address(host) in ip_network(rule, strict=False)
    except ValueError:
        pass
    name, colon, only = rule.rpartition(":")
    if colon and only.isdigit():
        if int(only) != port:
            return False
        rule = name.strip("[]")
    rule = rule.removeprefix("*")
    if rule.startswith("."):
        return host.endswith(rule)
    return host == rule or host.endswith(f".{rule}")

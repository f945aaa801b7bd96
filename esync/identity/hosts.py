"""Where credentials may go: https, and hosts that somebody trusted has named."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from esync.errors import EsyncError, Refused
from esync.manifests.globs import matches_any
from esync.records import dataclass
from esync.transport.proxies import is_loopback

if TYPE_CHECKING:
    from collections.abc import Collection

    from esync.errors import Location


class Origin(StrEnum):
    """Who named an endpoint.

    Members:
        STORE: the store's document.
        REFERENCE: the key that somebody asks the store for; no trust in the store covers it.
        PROVIDER: the provider itself.
        ENVIRONMENT: the process, or the kubeconfig that it was given.
    """

    STORE = "store"
    REFERENCE = "reference"
    PROVIDER = "provider"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the flags of this run allow stores to do with credentials.

    Attributes:
        allow_hosts: ``--allow-host``: hosts, or ``host:port``, that any store may name.
        allow_http: ``--allow-http``: hosts that may be spoken to without TLS.
        allow_ambient: ``--allow-ambient``: ``namespace/name`` of stores of a namespace that may use
            the identity of the process although the run covers several namespaces.
        several_namespaces: whether the run covers more than one.
        default_audience: ``--allow-default-audience``: hosts that may get a token which is valid
            for the cluster itself, because the store names no audience.
    """

    allow_hosts: Collection[str] = field(default_factory=frozenset)
    allow_http: Collection[str] = field(default_factory=frozenset)
    allow_ambient: Collection[str] = field(default_factory=frozenset)
    several_namespaces: bool = False
    default_audience: Collection[str] = field(default_factory=frozenset)


class HostRefused(EsyncError):
    """A credential would go to a host that nobody trusted has named."""

    rule = "ES0354"


class HostNotInPolicy(Refused):
    """A credential would go to a host that the policy does not allow."""

    rule = "ES0361"


class PlainHttp(EsyncError):
    """A credential would travel without TLS."""

    rule = "ES0355"


class BadUrl(EsyncError):
    """Something that should be the URL of a service is not one."""

    rule = "ES0356"


def require_allowed(
    url: str,
    origin: Origin,
    rules: Rules,
    *,
    trusted: bool,
    at: Location | None,
    only: Collection[str] | None = None,
) -> None:
    """Refuse ``url`` unless credentials may be sent to its host.

    Args:
        url: of the endpoint.
        origin: who named it; what a provider builds in and what stands in the environment of the
            process is trusted.
        rules: what the flags allow.
        trusted: whether the store's document may name hosts.
        at: where the URL stands, for the error.
        only: patterns of a policy: nobody may name another host, and anybody one of these.

    Raises:
        BadUrl: it is no http(s) URL with a host and without user, password or zone.
        PlainHttp: it is http to another machine.
        HostNotInPolicy: ``only`` does not cover the host.
        HostRefused: the store's document is not trusted, and no flag names the host.
    """
    scheme, host, names = _parts(url, at)
    if scheme == "http" and not is_loopback(host) and names.isdisjoint(_fold(rules.allow_http)):
        raise PlainHttp(
            f'credentials would go to "{host}" without TLS',
            at=at,
            hint=f"use https, or pass --allow-http {host}",
        )
    if only is not None and not any(_covers(only, name) for name in names):
        raise HostNotInPolicy(
            f'the policy does not allow the host "{host}"',
            at=at,
            hint="add it under spec.hosts of the policy, if it is meant",
        )
    named = (
        only is not None
        or origin in {Origin.PROVIDER, Origin.ENVIRONMENT}
        or (trusted and origin is Origin.STORE)
    )
    if not named and names.isdisjoint(_fold(rules.allow_hosts)):
        who = "a key" if origin is Origin.REFERENCE else "a store that is not trusted"
        raise HostRefused(
            f'{who} would send credentials to "{host}"',
            at=at,
            hint=f"pass --allow-host {host} if that is meant",
        )


def host_of(url: str) -> str:
    """Return the host of a URL in lower case, without port; empty if it has none.

    A URL that two readers could understand differently has none.
    """
    if "\\" in url or " " in url or not url.isprintable():
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    # A zone ("fe80::1%eth0") names a network card of one machine; what is encoded hides a name.
    return "" if {"@", "%"} & set(parts.netloc) else (parts.hostname or "").rstrip(".")


def is_same_server(one: str, other: str) -> bool:
    """Tell whether two URLs lead to the same host and port, with TLS; malformed ones never do."""
    try:
        first, _, names = _parts(one, None)
        second, _, others = _parts(other, None)
    except BadUrl:
        return False
    return first == second == "https" and names == others


def _parts(url: str, at: Location | None) -> tuple[str, str, set[str]]:
    """Return scheme, host, and the spellings under which a flag may name the host."""
    host = host_of(url)
    scheme = url.partition(":")[0].lower()
    if not host or scheme not in {"http", "https"}:
        raise BadUrl(
            "the address of a service is not an http(s) URL with a host and nothing else before it",
            at=at,
            hint="write it as https://HOST[:PORT][/PATH], without user, password or backslash",
        )
    try:
        port = urlsplit(url).port
    except ValueError:
        raise BadUrl("the port of a service is not a number up to 65535", at=at) from None
    default = 443 if scheme == "https" else 80
    return scheme, host, {host, f"{host}:{port or default}"}


def _covers(patterns: Collection[str], name: str) -> bool:
    return matches_any(_fold(patterns), name, ".")


def _fold(hosts: Collection[str]) -> set[str]:
    return {host.lower().rstrip(".") for host in hosts}

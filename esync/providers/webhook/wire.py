"""Sends a request to an endpoint: to a checked address, with an end, and no further than that host.

Redirects are followed on the same scheme, host and port only, since any part of a request may be a
credential.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import field
from http.client import HTTPException
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from esync import __version__
from esync.identity.hosts import host_of
from esync.identity.quiet import silence
from esync.providers.contract import BadAnswer, Busy, ProviderError, Unavailable
from esync.providers.webhook.addresses import addresses_of, resolve_name
from esync.providers.webhook.line import Line
from esync.providers.webhook.ntlm import ask_as
from esync.records import dataclass
from esync.transport.outages import outage_name, was_cut
from esync.transport.pools import pool_for
from esync.transport.proxies import proxy_for
from esync.transport.tls import Tls, tls_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from esync.providers.webhook.addresses import Resolve
    from esync.providers.webhook.ntlm import Login

LARGEST: Final = 4 << 20
_PIECE: Final = 1 << 16
_REDIRECTS: Final = 10
_SEE_OTHER: Final = frozenset({301, 302, 303})
_SAME_AGAIN: Final = frozenset({307, 308})
_PORTS: Final = {"http": 80, "https": 443}

Origin = tuple[str, str, int]


class Redirected(ProviderError):
    """An endpoint sends us to another host, where nothing of the request may go."""

    rule = "ES0429"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; nothing of it is shown."""

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said; names of headers in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for a connection, for a piece of the answer, and for all of it, or None."""

    connect: float
    read: float
    whole: float | None = None


class Wire:
    """Sends requests; may be used from several threads at once."""

    def __init__(
        self,
        tls: Tls,
        environ: Mapping[str, str],
        patience: Patience,
        *,
        resolve: Resolve = resolve_name,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        silence("urllib3")
        self._tls = tls
        self._environ = environ
        self._patience = patience
        self._resolve = resolve
        self._clock = clock
        self._lock = Lock()
        self._pools: dict[Origin, Any] = {}
        self._lines: dict[Origin, list[Line]] = {}  # those that nobody uses now

    def send(self, request: Request, key: str, login: Callable[[], Login] | None = None) -> Answer:
        """Send one request about ``key``, once, and follow redirects on the same host.

        Args:
            request: its host is allowed.
            key: for errors.
            login: signs in by NTLM; then no proxy is used, as the connection itself is signed in.

        Raises:
            AddressRefused: the host is at an address that is not allowed.
            Redirected: it sends us elsewhere, or in a circle.
            BadAnswer: the answer is too long.
            Unavailable: nobody answers, or not in time.
            BadCertificates: the certificates of the environment or the store are none.
        """
        whole = self._patience.whole
        deadline = None if whole is None else self._clock() + whole
        origin = origin_of(request.url)
        for _ in range(_REDIRECTS + 1):
            answer = self._ask(request, key, deadline, login)
            target = answer.headers.get("location", "")
            if answer.status not in _SEE_OTHER | _SAME_AGAIN or not target:
                return answer
            url = urljoin(request.url, target)
            if not host_of(url) or origin_of(url) != origin:
                raise Redirected(
                    f'"{origin[1]}" sends the request on to another host (status {answer.status})',
                    hint="name the final host in the url",
                )
            if answer.status in _SAME_AGAIN:
                request = Request(request.method, url, request.headers, request.body)
            else:
                request = Request("GET", url, request.headers)
        raise Redirected(f'"{origin[1]}" sends the request on again and again')

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.close() if hasattr(pool, "close") else pool.clear()
            self._pools.clear()
            for line in [line for lines in self._lines.values() for line in lines]:
                line.close()
            self._lines.clear()

    def _ask(
        self,
        request: Request,
        key: str,
        deadline: float | None,
        login: Callable[[], Login] | None,
    ) -> Answer:
        import urllib3

        try:
            if login is None:
                answer = self._over_pool(request, key, deadline)
            else:
                answer = self._over_line(request, key, deadline, login)
        except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError) as error:
            name = outage_name(error)
        else:
            return answer
        kind = Busy if was_cut(name) else Unavailable
        raise kind(
            f'cannot read "{key}": "{host_of(request.url)}" does not answer ({name})',
            hint="look at url, proxy, CA and network",
        )

    def _over_pool(self, request: Request, key: str, deadline: float | None) -> Answer:
        origin = origin_of(request.url)
        pool, target = self._pool(origin, request.url)
        response = pool.request(
            request.method,
            target,
            headers=_headers(request, origin),
            body=request.body or None,
            timeout=self._timeout(deadline),
            redirect=False,
            retries=False,
            preload_content=False,
        )
        return self._answer(response, key, deadline)

    def _over_line(
        self, request: Request, key: str, deadline: float | None, login: Callable[[], Login]
    ) -> Answer:
        origin = origin_of(request.url)
        with self._line(origin) as line:

            def ask(one: Request, *, same: bool) -> Answer:
                response = line.ask(
                    one.method,
                    _path(one.url),
                    _headers(one, origin),
                    one.body,
                    self._timeout(deadline),
                    same=same,
                )
                return self._answer(response, key, deadline)

            return ask_as(login, request, ask, key)

    @contextmanager
    def _line(self, origin: Origin) -> Iterator[Line]:
        """Give a connection that nobody else uses, signed in by an earlier request or not yet."""
        with self._lock:
            free = self._lines.get(origin)
            line = free.pop() if free else None
        if line is None:
            _, host, port = origin
            address = self._first_open(addresses_of(host, port, self._resolve), port)
            line = Line(address, origin, tls_context(self._tls, self._environ))
        is_usable = False
        try:
            yield line
            is_usable = True
        finally:
            if is_usable:
                with self._lock:
                    self._lines.setdefault(origin, []).append(line)
            else:
                line.close()

    def _answer(self, response: Any, key: str, deadline: float | None) -> Answer:
        body = self._body(response, key, deadline)
        headers = {name.lower(): value for name, value in response.headers.itermerged()}
        return Answer(response.status, headers, body)

    def _timeout(self, deadline: float | None) -> Any:
        import urllib3

        left = float("inf") if deadline is None else max(deadline - self._clock(), 0.001)
        read = self._patience.read if deadline is None else left
        return urllib3.Timeout(connect=min(self._patience.connect, left), read=min(read, left))

    def _body(self, response: Any, key: str, deadline: float | None) -> bytes:
        body = bytearray()
        while piece := response.read1(_PIECE, decode_content=True):
            body += piece
            if len(body) > LARGEST:
                response.close()
                raise BadAnswer(f'the answer for "{key}" is longer than 4 MiB')
            if deadline is not None and self._clock() > deadline:
                response.close()
                raise TimeoutError
        response.release_conn()
        return bytes(body)

    def _pool(self, origin: Origin, url: str) -> tuple[Any, str]:
        """Return a pool for the host, and what a request to it names: a path, or a whole URL."""
        through = proxy_for(url, self._environ)
        with self._lock:
            if origin not in self._pools:
                self._pools[origin] = self._make(origin, url, through)
            return self._pools[origin], url.partition("#")[0] if through else _path(url)

    def _make(self, origin: Origin, url: str, through: str) -> Any:
        import urllib3

        scheme, host, port = origin
        if through:
            self._check_behind_proxy(host, port)
            return pool_for(url, self._tls, self._environ, proxy=through)
        addresses = addresses_of(host, port, self._resolve)
        address = self._first_open(addresses, port)
        if scheme == "http":
            return urllib3.HTTPConnectionPool(address, port, maxsize=32)
        context = tls_context(self._tls, self._environ)
        return urllib3.HTTPSConnectionPool(
            address, port, maxsize=32, ssl_context=context, server_hostname=host
        )

    def _check_behind_proxy(self, host: str, port: int) -> None:
        """Refuse what this machine knows to be refused; the proxy resolves the name itself."""
        try:
            addresses_of(host, port, self._resolve)
        except OSError:
            return

    def _first_open(self, addresses: Any, port: int) -> str:
        """Return the first address that accepts a connection; the only one is not tried."""
        import socket

        for address in addresses[:-1]:
            try:
                socket.create_connection((address, port), self._patience.connect).close()
            except OSError:
                continue
            return str(address)
        return str(addresses[-1])


def origin_of(url: str) -> Origin:
    """Return scheme, host and port of a URL that is one."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, host_of(url), parts.port or _PORTS.get(scheme, 0)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


def _headers(request: Request, origin: Origin) -> Any:
    import urllib3

    scheme, host, port = origin
    name = f"[{host}]" if ":" in host else host
    headers = urllib3.HTTPHeaderDict(request.headers)
    # A templated Host has no effect in Go: the URL's host is used.
    headers["Host"] = name if port == _PORTS[scheme] else f"{name}:{port}"
    headers.setdefault("User-Agent", f"esync/{__version__}")
    headers.setdefault("Accept-Encoding", "gzip")
    return headers

"""Plain HTTPS over one pool: with the environment's proxies and roots, without redirects.

For clouds whose client libraries cost several times as much for each call, follow redirects with a
credential, and try again by themselves.
"""

from __future__ import annotations

import json
from dataclasses import field
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from esync import __version__
from esync.errors import EsyncError
from esync.identity.quiet import silence
from esync.records import dataclass
from esync.transport.outages import outage_name
from esync.transport.pools import pool_through
from esync.transport.proxies import proxy_for
from esync.transport.tls import BadCertificates, NoAuthority, Tls, tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from esync.identity.access import Access

_LARGEST: Final = 32 << 20  # bytes of an answer; a page of a list may have some


class BadCaBundle(EsyncError):
    """The certificates that the environment names, or the store, cannot be read."""

    rule = "ES0391"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said.

    Attributes:
        status: of HTTP, or 0 if nobody answered.
        headers: names in lower case.
        outage: what the network did, if nobody answered.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    outage: str = ""

    def json(self) -> Mapping[str, Any]:
        """Return the JSON object that the body is; anything else is an empty one."""
        try:
            decoded = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return decoded if isinstance(decoded, dict) else {}


class Wire:
    """Sends requests; may be used from several threads at once."""

    def __init__(self, access: Access, authorities: bytes | None = None) -> None:
        """Keep what is needed; nobody is asked.

        Args:
            access: knows the environment and the time-outs.
            authorities: PEM certificates that replace all others, such as a store's ``caBundle``;
                None leaves those.
        """
        silence("urllib3", "google")
        self._authorities = authorities
        self._environ = access.environ
        self._connect_timeout = access.connect_timeout
        self._read_timeout = access.read_timeout
        self._lock = Lock()
        self._pools: dict[str, Any] = {}
        self._tls: ssl.SSLContext | None = None

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        patience: float = 0,
    ) -> Answer:
        """Send one request, once; a redirect is an answer like any other.

        Args:
            method: GET, PUT or POST.
            url: a host that was found allowed.
            headers: beside those that all requests have.
            body: as it is sent.
            patience: seconds, if they are fewer than the usual time-outs.

        Raises:
            BadCaBundle: there are no certificates where they were said to be.
        """
        import urllib3

        limit = patience or float("inf")
        timeout = urllib3.Timeout(
            connect=min(self._connect_timeout, limit), read=min(self._read_timeout, limit)
        )
        own = {"User-Agent": f"esync/{__version__}", "Accept-Encoding": "gzip"}
        try:
            response = self._pool(url).request(
                method,
                url,
                headers=own | dict(headers or {}),
                body=body,
                timeout=timeout,
                redirect=False,
                retries=False,
                preload_content=False,
            )
            content = response.read(_LARGEST + 1, decode_content=True)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return Answer(0, outage=outage_name(error))
        if len(content) > _LARGEST:
            response.close()
            return Answer(0, outage="answer too large")
        response.release_conn()
        lower = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, lower, content)

    def post_json(self, url: str, content: Mapping[str, Any], token: str = "") -> Answer:
        """Send a JSON object, with a bearer token if there is one."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.send("POST", url, headers, json.dumps(content).encode())

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.clear()

    def _pool(self, url: str) -> Any:
        proxy = proxy_for(url, self._environ)
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = self._make(proxy)
            return self._pools[proxy]

    def _make(self, proxy: str) -> Any:
        if self._tls is None:
            self._tls = _context(self._authorities, self._environ)
        return pool_through(proxy, self._tls, proxy_context=self._tls)


def _context(authorities: bytes | None, environ: Mapping[str, str]) -> ssl.SSLContext:
    try:
        return tls_context(Tls(authorities), environ)
    except NoAuthority:
        raise BadCaBundle(
            "caBundle or caProvider holds no certificate in PEM",
            hint="write PEM text, as BEGIN CERTIFICATE",
        ) from None
    except BadCertificates as error:
        raise BadCaBundle(error.message, hint=error.hint) from None

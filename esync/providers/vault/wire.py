"""Sends requests to one server: time-outs, retries, redirects, and no more than that.

Plain HTTP over a pool of urllib3, and not hvac: the API is JSON over HTTP with a path, so that the
client would add little but cost twice the time for a read. It also hides what has to be told apart
here: every 404 becomes None, numbers lose their spelling, keys are not quoted, and variables and
files of the user (``~/.vault-token``, ``VAULT_CACERT``) take part unasked. What the operator's
client does beyond a request, retries by Vault's own rules, hvac does not do at all.
"""

from __future__ import annotations

import random
import time
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

from esync import __version__
from esync.providers.contract import Busy, ProviderError, Unavailable
from esync.records import dataclass
from esync.transport.outages import outage_name, was_cut

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urllib3 import HTTPHeaderDict, PoolManager

_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_INDEX_NOT_THERE: Final = 412
_TOO_MANY: Final = 429
_FAILED: Final = 500
_NOT_IMPLEMENTED: Final = 501
_BUSY: Final = 503
_LONGEST_WAIT: Final = 60.0


class Untrusted(Unavailable):
    """The server's certificate is not signed by anybody whom the store trusts."""

    rule = "ES0341"


class Redirected(ProviderError):
    """The server sends us to another host, where the token must not go."""

    rule = "ES0342"


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is sent again, and after which wait.

    Attributes:
        limit: further tries after the first.
        interval: seconds; the wait grows by this much with each try. None is 1.0 to 1.5 of them.
    """

    limit: int = 2
    interval: float | None = None

    def wait(self, tries: int, chance: Callable[[float, float], float]) -> float:
        """Return the seconds to wait after ``tries`` tries."""
        step = chance(1.0, 1.5) if self.interval is None else self.interval
        return step * tries


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        path: below ``/v1/``, quoted.
        query: names and values, not quoted.
        body: sent as it is, as JSON.
        is_patient: whether it is sent again when the server is not there.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: HTTPHeaderDict | None = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    is_patient: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class Wire:
    """Sends requests to one server; may be used by several threads at once."""

    def __init__(
        self,
        server: str,
        pool: PoolManager,
        retries: Retries,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._server = server.rstrip("/")
        self._pool = pool
        self._retries = retries
        self._sleep = sleep
        self._chance = chance

    def send(self, request: Request) -> Answer:
        """Send ``request`` and return the answer, whatever its status.

        Raises:
            Untrusted: the certificate is not the right one.
            Redirected: the server sends us to another host.
            Unavailable: nobody answers, also not after some tries.
        """
        tries = 1
        while True:
            answer = self._try(request)
            wait = self._wait(request, answer, tries)
            if wait is None:
                break
            self._sleep(wait)
            tries += 1
        if isinstance(answer, Answer):
            return answer
        raise answer

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _try(self, request: Request) -> Answer | Unavailable:
        url = f"{self._server}/v1/{request.path}"
        query = urlencode(request.query)
        answer = self._ask(request, f"{url}?{query}" if query else url)
        if isinstance(answer, Answer) and answer.status in _REDIRECTS:
            return self._ask(request, self._same_host(answer))
        return answer

    def _ask(self, request: Request, url: str) -> Answer | Unavailable:
        import urllib3

        headers = urllib3.HTTPHeaderDict(request.headers)
        headers.setdefault("User-Agent", f"esync/{__version__}")
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = self._pool.request(
                request.method,
                url,
                headers=headers,
                body=request.body,
                redirect=False,
                retries=False,
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return self._outage(error)
        return Answer(response.status, response.headers, response.data)

    def _outage(self, error: Exception) -> Unavailable:
        """Return our error for one of the network; nothing of its text goes on."""
        reason: Any = error
        while reason is not None:
            name = type(reason).__name__
            if name == "SSLCertVerificationError":
                return Untrusted(
                    f'the certificate of "{self._host}" is not trusted',
                    hint="give the store a caBundle or caProvider, and its server the name that "
                    "the certificate has",
                )
            reason = reason.__cause__ or reason.__context__
        kind = Busy if was_cut(outage_name(error)) else Unavailable
        return kind(
            f'"{self._host}" does not answer ({type(error).__name__})',
            hint="look at server, proxy and network",
        )

    def _same_host(self, answer: Answer) -> str:
        try:
            target = urljoin(f"{self._server}/v1/", answer.headers.get("Location", ""))
        except ValueError:
            target = ""
        if _origin(target) != _origin(self._server):
            raise Redirected(
                f'"{self._host}" sends requests on to another host (status {answer.status})',
                hint="name the active node as server, or let standby nodes forward requests",
            )
        return target

    @property
    def _host(self) -> str:
        return urlsplit(self._server).netloc

    def _wait(self, request: Request, answer: Answer | Unavailable, tries: int) -> float | None:
        """Return how many seconds to wait before the next try, or None if there is none."""
        if not request.is_patient or tries > self._retries.limit:
            return None
        wait = self._retries.wait(tries, self._chance)
        if isinstance(answer, Answer):
            if not _passes(answer.status):
                return None
            asked = retry_after(answer)
            wait = wait if asked is None else asked
        elif isinstance(answer, Untrusted):
            return None
        return wait if wait <= _LONGEST_WAIT else None


def retry_after(answer: Answer) -> float | None:
    """Return the seconds that a server which is busy asks to wait, if it does."""
    text = answer.headers.get("Retry-After", "")
    is_busy = answer.status in {_TOO_MANY, _BUSY}
    return float(text) if is_busy and text.isascii() and text.isdigit() else None


def _passes(status: int) -> bool:
    """Tell whether the trouble may be over soon."""
    failed = status >= _FAILED and status != _NOT_IMPLEMENTED
    return failed or status in {_INDEX_NOT_THERE, _TOO_MANY}


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)

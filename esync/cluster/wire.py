"""Sends requests to the API server over the pool, with patience and a fresh token when needed."""

from __future__ import annotations

import json
import time
from dataclasses import field
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from esync import __version__
from esync.cluster.contract import Unreachable
from esync.cluster.outage import outage
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urllib3 import BaseHTTPResponse, HTTPConnectionPool, PoolManager, Timeout

    from esync.cluster.options import ConnectOptions
    from esync.cluster.signin import Session

_TRIES: Final = 5
_LONGEST_WAIT: Final = 60.0
_UNAUTHORIZED: Final = 401
_TOO_MANY: Final = 429
_BUSY: Final = (502, 503, 504)
_FAILED: Final = 500


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        path: below the server's URL, quoted.
        query: names and values, not quoted; empty values are left out.
        body: sent as JSON.
        content: its media type.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = field(default=None, repr=False)
    content: str = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said.

    Attributes:
        after_doubt: an earlier try of the same call may have been carried out.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    after_doubt: bool = False


class Wire:
    """Sends calls; may be used by several threads at once.

    The first call signs in. Credentials that were accepted and no longer are get renewed, once for
    all threads. A server that never answered is not asked again for each of a thousand objects.
    """

    def __init__(
        self,
        sign_in: Callable[[], Session],
        options: ConnectOptions,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        tries: int = _TRIES,
    ) -> None:
        self._sign_in = sign_in
        self._options = options
        self._sleep = sleep
        self._clock = clock
        self._tries = tries
        self._lock = Lock()
        self._session: Session | None = None
        self._accepted: Session | None = None
        self._route: _Route | None = None
        self._failure: Unreachable | None = None

    def send(self, call: Call) -> Answer:
        """Send ``call`` and return the answer, whatever its status.

        429 is waited for, and so is trouble of the server or the network: no call does more when it
        is sent twice, since what was written the first time is in conflict with it.

        Raises:
            Unreachable: nobody answers, or there is no way to sign in.
        """
        session = self._open()
        tries, doubt = 1, False
        while True:
            answer = self._try(session, call)
            if isinstance(answer, Answer) and answer.status == _UNAUTHORIZED:
                renewed = self._renew(session)
                if renewed is session:
                    return answer
                session = renewed
                continue
            wait = self._wait(answer, tries)
            if wait is None:
                ended = self._end(answer)
                return Answer(ended.status, ended.headers, ended.body, after_doubt=doubt)
            self._sleep(wait)
            doubt = doubt or not (isinstance(answer, Answer) and answer.status == _TOO_MANY)
            tries += 1

    def _open(self) -> Session:
        with self._lock:
            if self._failure is not None:
                raise Unreachable(self._failure.message, hint=self._failure.hint)
            return self._session or self._enter()

    def _renew(self, used: Session) -> Session:
        """Return a session newer than ``used``; or ``used``, if its credentials are fresh."""
        with self._lock:
            if self._session is used and self._accepted is used:
                return self._enter()
            return self._session or used

    def _enter(self) -> Session:
        """Sign in. A failure is kept: a plugin that fails is not run again for every object."""
        try:
            self._session = self._sign_in()
        except Unreachable as error:
            self._failure = error
            raise
        return self._session

    def _end(self, answer: Answer | Unreachable) -> Answer:
        if isinstance(answer, Answer):
            return answer
        if self._accepted is None and not answer.was_cut:
            self._failure = answer
        raise answer

    def _try(self, session: Session, call: Call) -> Answer | Unreachable:
        import urllib3

        left = self._options.deadline - self._clock()
        if left <= 0:
            return Unreachable(f"no time is left to ask {session.server}", hint="raise --timeout")
        timeout = urllib3.Timeout(
            connect=min(self._options.connect_timeout, left),
            read=min(self._options.read_timeout, left),
        )
        try:
            response = self._routed(session).send(call, timeout)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return outage(session.server, error)
        if response.status != _UNAUTHORIZED:
            self._accepted = session
        return Answer(response.status, response.headers, response.data)

    def _routed(self, session: Session) -> _Route:
        """Return the way to the server, which is found once for each session."""
        route = self._route
        if route is None or route.session is not session:
            self._route = route = _Route(session)
        return route

    def _wait(self, answer: Answer | Unreachable, tries: int) -> float | None:
        """Return how many seconds to wait before the next try, or None if there is none."""
        backoff = 0.25 * 2.0**tries
        if tries >= self._tries:
            return None
        if isinstance(answer, Unreachable):
            wait = backoff if self._accepted is not None else None
        else:
            wait = _patience(answer, backoff)
        if wait is None or wait > _LONGEST_WAIT:
            return None
        return wait if self._clock() + wait < self._options.deadline else None


def _patience(answer: Answer, backoff: float) -> float | None:
    """Return how long the server wants us to wait, if another try is of use."""
    asked = answer.headers.get("Retry-After", "")
    seconds = float(asked) if asked.isascii() and asked.isdigit() else None
    if answer.status == _TOO_MANY or answer.status in _BUSY:
        return backoff if seconds is None else seconds
    # A failing webhook answers 500 as well: only a server that asks for patience gets it.
    return seconds if answer.status == _FAILED else None


class _Route:
    """How requests of one session reach the server: its pool, its path, and what all carry.

    The manager of all pools would look at the whole URL anew for each request.
    """

    def __init__(self, session: Session) -> None:
        import urllib3

        self.session = session
        parts = urlsplit(session.server)
        through = getattr(session.pool, "proxy", None)
        self._pool: PoolManager | HTTPConnectionPool
        if through and parts.scheme == "http":  # such a proxy is told the whole URL
            self._pool, self._start = session.pool, session.server
        else:
            self._pool = session.pool.connection_from_url(session.server)
            self._start = parts.path
        self._headers = urllib3.HTTPHeaderDict(session.headers)  # a name may stand there twice
        self._headers["Accept"] = "application/json"
        self._headers["Accept-Encoding"] = "gzip"
        self._headers["User-Agent"] = f"esync/{__version__}"

    def send(self, call: Call, timeout: Timeout) -> BaseHTTPResponse:
        """Send one request, and read the answer."""
        query = urlencode([pair for pair in call.query if pair[1]])
        headers = self._headers
        if call.body is not None:
            headers = headers.copy()
            headers["Content-Type"] = call.content
        return self._pool.urlopen(
            call.method,
            f"{self._start}{call.path}{'?' if query else ''}{query}",
            headers=headers,
            body=_body(call),
            timeout=timeout,
            redirect=False,
            retries=False,
        )


def _body(call: Call) -> bytes | None:
    return None if call.body is None else json.dumps(call.body, separators=(",", ":")).encode()

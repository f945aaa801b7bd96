"""A proxy in front of an API server: it passes requests on, or makes the trouble it is told to."""

from __future__ import annotations

import json
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.servers.kubeconfig import Login, write_kubeconfig
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.servers.kubernetes import KubernetesServer

# Questions are put by POST too.
QUESTIONS = ("selfsubjectaccessreviews", "selfsubjectrulesreviews", "/token")
_NOT_PASSED = frozenset({"host", "connection", "accept-encoding", "content-length"})
_PASSED_BACK = frozenset({"content-type", "retry-after"})


@dataclass(frozen=True, slots=True)
class Passing:
    """A request on its way.

    Attributes:
        write: which write this is since the proxy was told what to do, from 1; 0 for a read.
    """

    method: str
    path: str
    write: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to a request.

    Attributes:
        passes: whether the server gets it; if not, an answer is given, or the connection is cut.
        first: called before that, once the request has come.
        then: called after that, before the client hears anything.
        answer: the status that the client hears instead of the server's answer; 0 for the latter.
        headers: of that answer.
        cut: close the connection instead of answering.
        delay: seconds to wait before anything happens.
    """

    passes: bool = True
    first: Callable[[], object] | None = None
    then: Callable[[], object] | None = None
    answer: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    delay: float = 0


NONE = Trouble()


class Proxy:
    """Stands before one API server; may serve several clients at once.

    Attributes:
        kubeconfig: leads to the API server through the proxy, as the administrator.
    """

    def __init__(self, server: KubernetesServer, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self._netloc = urlsplit(server.url).netloc
        self._context = ssl.create_default_context(cafile=str(server.ca))
        self._lock = Lock()
        self._trouble: Callable[[Passing], Trouble] = lambda _: NONE
        self._writes = 0
        self._busy = 0

    def make(self, trouble: Callable[[Passing], Trouble]) -> None:
        """Ask ``trouble`` about each request from now on; it may be called by several threads."""
        with self._lock:
            self._trouble, self._writes = trouble, 0

    def calm(self) -> None:
        """Wait until what was passed on has been answered, and make no trouble any more."""
        wait_until(lambda: self._busy == 0, "the requests under way are answered")
        self.make(lambda _: NONE)

    def upstream(self) -> HTTPSConnection:
        """Return a new connection to the API server."""
        return HTTPSConnection(self._netloc, timeout=60, context=self._context)

    def entered(self, method: str, path: str) -> Trouble:
        """Count a request, and tell what is to happen to it."""
        with self._lock:
            self._busy += 1
            is_write = method != "GET" and not path.endswith(QUESTIONS)
            self._writes += is_write
            passing = Passing(method, path, self._writes if is_write else 0)
            trouble = self._trouble
        return trouble(passing)

    def left(self) -> None:
        """Count a request that is done with."""
        with self._lock:
            self._busy -= 1


@contextmanager
def proxy(server: KubernetesServer, folder: Path) -> Iterator[Proxy]:
    """Put a proxy before ``server``; its kubeconfig is written to ``folder``."""
    kubeconfig = folder / "proxy.kubeconfig"
    made = Proxy(server, kubeconfig)
    listener = _Listener(made)
    login = Login("admin", token=server.token)
    write_kubeconfig(kubeconfig, f"http://127.0.0.1:{listener.server_port}", server.ca, login)
    thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


class _Listener(ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True
    block_on_close = False

    def __init__(self, made: Proxy) -> None:
        self.made = made
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that were killed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet
    server: _Listener

    def setup(self) -> None:
        super().setup()
        self._upstream = self.server.made.upstream()

    def finish(self) -> None:
        self._upstream.close()
        super().finish()

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        made = self.server.made
        trouble = made.entered(self.command, self.path)
        try:
            self._undergo(trouble, body)
        except (OSError, HTTPException):
            self.close_connection = True
        finally:
            made.left()

    # The base looks for these names.
    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Say nothing: the audit log knows who called."""

    def _undergo(self, trouble: Trouble, body: bytes) -> None:
        if trouble.delay:
            Event().wait(trouble.delay)
        if trouble.first:
            trouble.first()
        answer = self._passed_on(body) if trouble.passes else None
        if trouble.then:
            trouble.then()
        if trouble.cut:
            self.close_connection = True
        elif answer and not trouble.answer:
            self._say(*answer)
        else:
            said = {"kind": "Status", "apiVersion": "v1", "code": trouble.answer}
            self._say(trouble.answer, trouble.headers, json.dumps(said).encode())

    def _passed_on(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _NOT_PASSED}
        self._upstream.request(self.command, self.path, body=body or None, headers=headers)
        response = self._upstream.getresponse()
        back = {k: v for k, v in response.getheaders() if k.lower() in _PASSED_BACK}
        return response.status, back, response.read()

    def _say(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

"""A small internet behind a proxy: every service under its public name, on one TLS server.

Nobody resolves those names, so that what does not go through the proxy goes nowhere.
"""

from __future__ import annotations

import base64
import json
import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from select import select
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.certificates import Authority

VALUE = "s3cret"
HOSTS = (
    "api.akeyless.io",
    "iam.cloud.ibm.com",
    "instance.eu-de.secrets-manager.appdomain.cloud",
    "kubernetes.test",
    "login.microsoftonline.com",
    "oauth2.googleapis.com",
    "orders.vault.azure.net",
    "secretmanager.googleapis.com",
    "secretsmanager.eu-central-1.amazonaws.com",
    "ssm.eu-central-1.amazonaws.com",
    "vault.test",
    "webhook.test",
)
_BUFFER = 1 << 16


@dataclass
class Internet:
    """What was asked, and what is answered first.

    Attributes:
        proxy: the URL of the proxy.
        authority: a file with the certificate that all services are signed by.
        connected: hosts that the proxy connected to, in order.
        asked: paths of the requests that arrived, in order.
        first: answers that come before the right ones, to whatever is asked first; None is the
            right one.
        cuts: how many connections end before the answer.
        hangs: whether nobody is answered any more.
    """

    proxy: str = ""
    authority: str = ""
    connected: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    first: list[Response | None] = field(default_factory=list)
    cuts: int = 0
    hangs: bool = False
    _end: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def answer(self, request: Request) -> Response:
        """Answer one request, as the service would that has its path."""
        with self._lock:
            self.asked.append(request.path)
            first = self.first.pop(0) if self.first else None
            self.cuts -= 1
            if self.cuts >= 0:
                raise ConnectionResetError
        if self.hangs:
            self._end.wait(20)
        return first or _right(request)

    def end(self) -> None:
        """Let go of everybody who hangs."""
        self._end.set()


@contextmanager
def internet(authority: Authority) -> Iterator[Internet]:
    """Run services and proxy."""
    made = Internet(authority=str(authority.certificate))
    with serving(made.answer, authority.issue("internet", hosts=HOSTS)) as port:

        class Tunnel(StreamRequestHandler):
            def handle(self) -> None:
                words = self.rfile.readline().split()
                while self.rfile.readline().strip():
                    pass
                if words[:1] != [b"CONNECT"]:
                    return
                made.connected.append(words[1].decode().rpartition(":")[0])
                with socket.create_connection(("127.0.0.1", port)) as there:
                    self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    _pass_on(self.connection, there)

        with _running(Tunnel) as proxy_port:
            made.proxy = f"http://127.0.0.1:{proxy_port}"
            try:
                yield made
            finally:
                made.end()


@contextmanager
def _running(handler: type[StreamRequestHandler]) -> Iterator[int]:
    class Server(ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of those who hang up."""

    server = Server(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes on both ways until one side hangs up."""
    to = {one: other, other: one}
    while True:
        for ready in select([one, other], [], [])[0]:
            found = ready.recv(_BUFFER)
            if not found:
                return
            to[ready].sendall(found)


@contextmanager
def deaf_port() -> Iterator[int]:
    """Give a port on which connections are never accepted: its queue is full."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        try:
            yield port
        finally:
            for one in waiting:
                one.close()


def _right(request: Request) -> Response:
    for part, made in _SERVICES:
        if part in request.path:
            return made(request)
    if request.headers.get("x-amz-target"):
        return _aws(request)
    return Response(404, {"path": request.path})


def _aws(request: Request) -> Response:
    if request.headers["x-amz-target"].endswith("GetParameter"):
        told: Any = {"Parameter": {"Name": "db", "Type": "String", "Value": VALUE, "Version": 1}}
    else:
        told = {"Name": "db", "ARN": "arn:db", "SecretString": VALUE, "VersionId": "1"}
    return Response(200, told, {"Content-Type": "application/x-amz-json-1.1"})


def _azure(request: Request) -> Response:
    if not request.bearer:
        where = "https://login.microsoftonline.com/tenant"
        challenge = f'Bearer authorization="{where}", resource="https://vault.azure.net"'
        return Response(401, {}, {"WWW-Authenticate": challenge})
    return Response(200, {"value": VALUE, "id": "https://orders.vault.azure.net/secrets/db/1"})


_TOKEN = {"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600}
_ENCODED = base64.b64encode(VALUE.encode()).decode()
_SECRET = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "db", "namespace": "default"}}
_SERVICES: tuple[tuple[str, Callable[[Request], Response]], ...] = (
    ("/versions/", lambda _: Response(200, {"name": "v", "payload": {"data": _ENCODED}})),
    ("/oauth2/v2.0/token", lambda _: Response(200, _TOKEN)),
    ("/identity/token", lambda _: Response(200, _TOKEN)),
    ("/token", lambda _: Response(200, _TOKEN)),
    ("/api/v1/namespaces/", lambda _: Response(200, {**_SECRET, "data": {"value": _ENCODED}})),
    ("/api/v2/", lambda _: Response(200, {"secret_type": "arbitrary", "payload": VALUE})),
    ("/auth", lambda _: Response(200, {"token": "t0ken"})),
    ("/describe-item", lambda _: Response(200, {"item_type": "STATIC_SECRET"})),
    ("/get-secret-value", lambda _: Response(200, {"/db": VALUE})),
    ("/v1/secret/data/", lambda _: Response(200, {"data": {"data": {"value": VALUE}}})),
    ("/webhook/", lambda _: Response(200, json.dumps(VALUE))),
    ("/secrets/", _azure),
)

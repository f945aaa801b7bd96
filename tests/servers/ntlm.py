"""An HTTP server that signs connections in by NTLM, as Windows servers do.

The messages are judged by the accepting side of a library; a connection that is not signed in gets
nothing but 401.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator


@dataclass
class NtlmServer:
    """What the server is like, and what it saw.

    Attributes:
        scheme: under which it offers NTLM.
        challenge: instead of a real one, in base64.
        hangs_up: after which number of requests on a connection it closes that.
        answers: by path: status, headers, body.
        seen: of each request: number of its connection, method, path, Authorization, body.
        users: who signed in, by number of the connection.
    """

    scheme: str = "NTLM"
    challenge: str | None = None
    hangs_up: int = 0
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    seen: list[tuple[int, str, str, str, bytes]] = field(default_factory=list)
    users: dict[int, str] = field(default_factory=dict)
    connections: int = 0
    url: str = ""


@contextmanager
def serving_ntlm(tls: ssl.SSLContext | None = None) -> Iterator[NtlmServer]:
    """Answer on a loopback port; the file that ``NTLM_USER_FILE`` names says who may sign in."""
    state = NtlmServer()

    class Handler(_Handler):
        server_state = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    state.url = f"{'https' if tls else 'http'}://localhost:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Serves one connection; an instance is made for each."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server_state: NtlmServer

    def setup(self) -> None:
        super().setup()
        self.server_state.connections += 1
        self.number = self.server_state.connections
        self.requests = 0
        self.context: Any = None

    def answer(self) -> None:
        state = self.server_state
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        authorization = self.headers.get("Authorization", "")
        state.seen.append((self.number, self.command, self.path, authorization, body))
        self.requests += 1
        self._sign_in(authorization)

    def _sign_in(self, authorization: str) -> None:
        import spnego

        state = self.server_state
        scheme, _, token = authorization.partition(" ")
        if self.number in state.users:
            status, headers, content = state.answers.get(self.path, (404, {}, b""))
            self._reply(status, headers, content)
        elif scheme != state.scheme or not token:
            self._refuse(f"{state.scheme}")
        elif self.context is None:
            self.context = spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
            challenge = b64encode(self.context.step(b64decode(token))).decode()
            shown = challenge if state.challenge is None else state.challenge
            self._refuse(f"{state.scheme} {shown}")
        else:
            self._accept(token)

    def _accept(self, token: str) -> None:
        import spnego

        try:
            self.context.step(b64decode(token))
        except spnego.exceptions.SpnegoError:
            self.context = None
            self._refuse(self.server_state.scheme)
            return
        self.server_state.users[self.number] = self.context.client_principal
        self._sign_in("")

    def _refuse(self, offer: str) -> None:
        self._reply(401, {"WWW-Authenticate": offer}, b"hunter2")

    def _reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
            if name == "WWW-Authenticate":
                self.send_header(name, 'Basic realm="x, y"')
        if self.requests == self.server_state.hangs_up:
            self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    # The base looks for these names.
    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""

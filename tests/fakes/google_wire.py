"""Google's token endpoints with a witness: what arrives is kept, what is told is answered."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.google import endpoints
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.gcp import GcpServer


@dataclass
class Witness:
    """Stands before the token endpoints of the emulator, or answers what a test tells it.

    Attributes:
        url: where it is.
        server: gives tokens, and has the secrets.
        requests: everything that arrived, in order.
    """

    server: GcpServer
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    _told: dict[str, list[Response]] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """The variables of a process whose Google is here."""
        service = {"ESYNC_GCP_SECRETMANAGER_ENDPOINT": self.server.url}
        return endpoints(self.url) | service

    def tell(self, path: str, *responses: Response) -> None:
        """Say what to answer at ``path``, one after the other; the last one stays."""
        self._told[path] = list(responses)

    def asked(self, path: str) -> list[Request]:
        """Return every request for ``path``."""
        return [one for one in self.requests if one.path == path]

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        self.requests.append(request)
        told = self._told.get(request.path)
        if told:
            return told.pop(0) if len(told) > 1 else told[0]
        return self.server.identity.answer(request) or Response(404, "nothing here")


@contextmanager
def witness(server: GcpServer) -> Iterator[Witness]:
    """Run a witness on a port of this machine."""
    made = Witness(server)
    with serving(made.answer) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made

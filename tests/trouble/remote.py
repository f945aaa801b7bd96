"""A store outside of the cluster, whose values may change while a run is under way."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Remote:
    """Answers webhooks: each room of it has values of its own, by their keys."""

    def __init__(self) -> None:
        self.rooms: dict[str, Mapping[str, str]] = {}
        self.port = 0

    def provider(self, room: str) -> dict[str, Any]:
        """Return the settings of a store that reads ``room``."""
        url = f"http://127.0.0.1:{self.port}/{room}/{{{{ .remoteRef.key }}}}"
        return {"webhook": {"url": url}}

    def answer(self, request: Request) -> Response:
        """Answer with a value."""
        _, room, key = request.path.split("/")
        value = self.rooms[room].get(key)
        return Response(404) if value is None else Response(200, value)


@contextmanager
def remote() -> Iterator[Remote]:
    """Run a store."""
    made = Remote()
    with serving(made.answer) as made.port:
        yield made

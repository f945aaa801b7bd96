"""A real HTTP server that keeps values under paths, and their versions in the query."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from esync.identity.references import StoreAccess
from esync.providers.webhook import Webhook
from tests.contract.case import Ability, Case, Fault
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest

    from esync.providers.contract import Provider

FAULTS = {
    Fault.DENIED: Response(403, "hunter2"),
    Fault.THROTTLED: Response(429, "hunter2"),
    Fault.MALFORMED: Response(200, "hunter2 {"),
}
UNREACHABLE = "http://127.0.0.1:9"


class WebhookCase:
    """Values under their keys, each with all that came before it."""

    proven_on = "HTTP server"
    abilities = frozenset(
        {
            Ability.ANY_VALUE,
            Ability.NO_SECRET,
            Ability.BINARY,
            Ability.EMPTY,
            Ability.VERSIONS,
            Ability.EXTRACT,
        }
    )
    faults = frozenset(Fault)
    longest = 4 << 20
    tags_at = ""
    separator = "/"

    def __init__(self) -> None:
        self.url = ""
        self._calls = 0
        self._values: dict[str, list[bytes]] = {}

    def __call__(self, request: Request) -> Response:
        """Answer with a value, the newest if no version is asked for."""
        self._calls += 1
        values = self._values.get(request.path.removeprefix("/"), [])
        number = int(request.query["v"] or len(values))
        if not 1 <= number <= len(values):
            return Response(404, "hunter2")
        return Response(200, values[number - 1])

    def open(self) -> Provider:
        """Return the provider."""
        return self._open(self.url)

    def name(self, short: str) -> str:
        """Every name is taken."""
        return short

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Keep one more value."""
        assert not tags
        self._values.setdefault(name, []).append(value)
        return name

    def version(self, name: str, number: int) -> str:  # noqa: ARG002 - the case's contract
        """Its number."""
        return str(number)

    def calls(self) -> int:
        """Count requests."""
        return self._calls

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[Provider]:
        """Ask somebody who says so, or a port where nobody listens."""
        if fault is Fault.UNREACHABLE:
            yield self._open(UNREACHABLE)
            return

        def answer(_: Request) -> Response:
            return FAULTS[fault]

        with serving(answer) as port:
            yield self._open(f"http://127.0.0.1:{port}", "$.value")

    def _open(self, url: str, path: str = "") -> Provider:
        settings = {
            "url": f"{url}/{{{{ .remoteRef.key }}}}?v={{{{ .remoteRef.version }}}}",
            "result": {"jsonPath": path},
        }
        store = make_store("webhook", settings)
        return Webhook.open(store, StoreAccess(store, "orders", MemoryCredentials()))


def values(request: pytest.FixtureRequest) -> Iterator[Case]:  # noqa: ARG001 - needs no server
    """Yield an empty server."""
    case = WebhookCase()
    with serving(case) as port:
        case.url = f"http://127.0.0.1:{port}"
        yield case

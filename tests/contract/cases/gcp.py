"""Google Secret Manager on the emulator of our own, which the official client fills."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.contract.case import ODDITIES, Ability, Case, Fault
from tests.fakes.clock import Clock
from tests.fakes.google import (
    KEY_AUTH,
    LOCATION,
    endpoints,
    key_holder,
    official_client,
    open_store,
    put,
)
from tests.servers.gate import Refusal
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pytest

    from esync.providers.contract import Provider
    from tests.servers.gcp import GcpServer

REFUSALS = {Fault.DENIED: Refusal.DENIED, Fault.THROTTLED: Refusal.THROTTLED}


class GcpCase:
    """Secret Manager, of the whole project or of one location."""

    proven_on = "emulator of our own, checked by Google's client"
    faults = frozenset(Fault)
    longest = 65_536
    tags_at = "labels"
    separator = "-"

    def __init__(self, server: GcpServer, client: Any, location: str) -> None:
        server.reset()
        self._server = server
        self._client = client
        self._location = location
        self.abilities = frozenset(Ability) - ODDITIES - {Ability.EMPTY, Ability.MANY}
        if location:
            self.abilities -= {Ability.FIND_TAGS}

    def open(self) -> Provider:
        """Return the provider on the emulator."""
        return self._open(self._server.url)

    def name(self, short: str) -> str:
        """Every short id is taken."""
        return short

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Create a secret, or a new version of one."""
        parent = f"projects/{self._server.project}"
        if self._location:
            parent += f"/locations/{self._location}"
        put(self._client, parent, name, value, labels=tags)
        return name

    def version(self, name: str, number: int) -> str:  # noqa: ARG002 - the case's contract
        """Its number."""
        return str(number)

    def calls(self) -> int:
        """Count requests to the service."""
        return len(self._server.gate.calls)

    def sign_ins(self) -> int:
        """Count tokens."""
        return self._server.identity.given

    def long_run(self) -> tuple[Provider, Callable[[], None]]:
        """Give a provider, and what ends its token."""
        clock = Clock()
        provider = self._open(self._server.url, clock=clock.now)
        return provider, clock.passing(self._server.identity.end_tokens)

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[Provider]:
        """Shut the gate, ask a port where nobody listens, or somebody who is not Google."""
        if fault is Fault.UNREACHABLE:
            yield self._open("http://127.0.0.1:9")
        elif fault is Fault.MALFORMED:
            with serving(_not_google) as port:
                yield self._open(f"http://127.0.0.1:{port}")
        else:
            self._server.gate.refuse("db", REFUSALS[fault])
            yield self.open()

    def _open(self, url: str, **more: Any) -> Provider:
        settings = {"projectID": self._server.project, "auth": KEY_AUTH}
        if self._location:
            settings["location"] = self._location
        return open_store(key_holder(self._server), settings, endpoints(url), **more)


def _not_google(_: Request) -> Response:
    return Response(200, "hunter2 {")


def _case(request: pytest.FixtureRequest, location: str) -> Iterator[Case]:
    server = request.getfixturevalue("gcp_server")
    with official_client(server) as client:
        yield GcpCase(server, client, location)


def of_a_project(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty project."""
    yield from _case(request, "")


def of_a_location(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty location of a project."""
    yield from _case(request, LOCATION)

"""Akeyless on a service of our own, which the official client fills."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.contract.case import Ability, Case, Fault
from tests.fakes.akeyless import open_store, settings
from tests.fakes.clock import Clock
from tests.servers.akeyless import akeyless, official_client, put
from tests.servers.gate import Refusal
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pytest

    from esync.providers.contract import Provider
    from tests.servers.akeyless import AkeylessServer

REFUSALS = {Fault.DENIED: Refusal.DENIED, Fault.THROTTLED: Refusal.THROTTLED}


class AkeylessCase:
    """Static secrets."""

    proven_on = "service of our own, checked by Akeyless's client"
    faults = frozenset(Fault)
    longest = 1 << 20
    tags_at = ""
    separator = "/"
    abilities = frozenset(
        {
            Ability.ANY_VALUE,
            Ability.VERSIONS,
            Ability.EXTRACT,
            Ability.INSIDE,
            Ability.DOTTED_KEYS,
            Ability.FIND_NAME,
            Ability.FIND_TAGS,
            Ability.FIND_PATH,
            Ability.MANY,
        }
    )

    def __init__(self, server: AkeylessServer, client: tuple[Any, str]) -> None:
        self._server = server
        self._client = client

    def open(self) -> Provider:
        """Return the provider on the service."""
        return open_store(settings(self._server.url))

    def name(self, short: str) -> str:
        """Return a full name."""
        return f"/{short}"

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Create a secret or a version; of tags the values are stored."""
        put(self._client, name, value.decode(), list((tags or {}).values()))
        return name

    def version(self, name: str, number: int) -> str:  # noqa: ARG002 - the case's contract
        """Its number."""
        return str(number)

    def calls(self) -> int:
        """Count commands."""
        return len(self._server.asked)

    def sign_ins(self) -> int:
        """Count tokens."""
        return len(self._server.sign_ins)

    def long_run(self) -> tuple[Provider, Callable[[], None]]:
        """Give a provider, and what ends its token."""
        clock = Clock()
        provider = open_store(settings(self._server.url), clock=clock.now)
        return provider, clock.passing(self._server.end_tokens)

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[Provider]:
        """Shut the gate, ask a port where nobody listens, or somebody who is not Akeyless."""
        if fault is Fault.UNREACHABLE:
            yield open_store(settings("http://127.0.0.1:9"))
        elif fault is Fault.MALFORMED:
            with serving(_not_akeyless) as port:
                yield open_store(settings(f"http://127.0.0.1:{port}"))
        else:
            self._server.gate.refuse("db", REFUSALS[fault])
            yield self.open()


def _not_akeyless(_: Request) -> Response:
    return Response(200, "hunter2 {")


def static(_: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty service."""
    with akeyless() as server, official_client(server) as client:
        yield AkeylessCase(server, client)

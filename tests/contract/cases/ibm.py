"""IBM Cloud Secrets Manager on an instance of our own, which IBM's client fills."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.contract.case import Ability, Case, Fault
from tests.fakes.clock import Clock
from tests.fakes.ibm import open_store, settings
from tests.servers.gate import Refusal
from tests.servers.ibm import ibm, official_client
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pytest

    from esync.providers.contract import Provider
    from tests.servers.ibm import IbmServer

REFUSALS = {Fault.DENIED: Refusal.DENIED, Fault.THROTTLED: Refusal.THROTTLED}
GROUP = "default"


class _Case:
    proven_on = "instance of our own, checked by IBM's client"
    faults = frozenset(Fault)
    longest = 1 << 20
    tags_at = ""
    separator = "-"
    kind = ""

    def __init__(self, server: IbmServer, client: Any) -> None:
        self._server = server
        self._client = client

    def open(self) -> Provider:
        """Return the provider on the instance."""
        return open_store(settings(self._server.url))

    def name(self, short: str) -> str:
        """Return a key by name; a bare one can be an id only."""
        return f"{GROUP}/{self.kind}/{short}"

    def version(self, name: str, number: int) -> str:
        """Tell that there is none to ask for."""
        raise AssertionError(f"{name} has no version {number}")

    def calls(self) -> int:
        """Count requests to the instance."""
        return len(self._server.gate.calls)

    def sign_ins(self) -> int:
        """Count tokens."""
        return len(self._server.forms)

    def long_run(self) -> tuple[Provider, Callable[[], None]]:
        """Give a provider, and what ends its token."""
        clock = Clock()
        provider = open_store(settings(self._server.url), clock=clock.now)
        return provider, clock.passing(self._server.end_tokens)

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[Provider]:
        """Shut the gate, ask a port where nobody listens, or somebody who is not IBM."""
        if fault is Fault.UNREACHABLE:
            yield open_store(settings("http://127.0.0.1:9"))
        elif fault is Fault.MALFORMED:
            with serving(_not_ibm) as port:
                yield open_store(settings(f"http://127.0.0.1:{port}"))
        else:
            self._server.gate.refuse("db", REFUSALS[fault])
            yield self.open()

    def _create(self, name: str, content: Mapping[str, Any]) -> str:
        group, kind, short = name.split("/")
        prototype = {"secret_type": kind, "name": short, "secret_group_id": group, **content}
        self._client.create_secret(secret_prototype=prototype)
        return name


class ArbitraryCase(_Case):
    """Secrets of type arbitrary, which hold any text and extract nothing of it."""

    kind = "arbitrary"
    abilities = frozenset(
        {Ability.ANY_VALUE, Ability.EMPTY, Ability.UNPARSED, Ability.EXTRACT_METADATA}
    )

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Create a secret."""
        labels = {"labels": [f"{key}:{text}" for key, text in (tags or {}).items()]}
        return self._create(name, {"payload": value.decode(), **labels})


class KvCase(_Case):
    """Secrets of type kv, which hold an object."""

    kind = "kv"
    abilities = frozenset(
        {
            Ability.EXTRACT,
            Ability.DOTTED_KEYS,
            Ability.OBJECTS_ONLY,
            Ability.EXTRACT_METADATA,
        }
    )

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Create a secret; what is no object becomes the member ``value`` of one."""
        labels = {"labels": [f"{key}:{text}" for key, text in (tags or {}).items()]}
        try:
            data = json.loads(value)
        except ValueError:
            data = {"value": value.decode()}
        return self._create(name, {"data": data, **labels})


def _not_ibm(_: Request) -> Response:
    return Response(200, "hunter2 {")


def arbitrary(_: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty instance."""
    with ibm() as server, official_client(server) as client:
        yield ArbitraryCase(server, client)


def kv(_: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty instance."""
    with ibm() as server, official_client(server) as client:
        yield KvCase(server, client)

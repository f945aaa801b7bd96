"""Azure Key Vault on the vault of our own, which the official clients fill."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.contract.case import Ability, Case, Fault
from tests.fakes.azure import key_holder, official_clients, open_store, signed_settings, trusting
from tests.fakes.clock import Clock
from tests.servers.gate import Refusal
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pytest

    from esync.providers.contract import Provider
    from tests.servers.azure import AzureServer

REFUSALS = {Fault.DENIED: Refusal.DENIED, Fault.THROTTLED: Refusal.THROTTLED}


class AzureCase:
    """Secrets of a vault, by the rules of ``useAzureSDK``, whose metadata are tags only."""

    proven_on = "vault of our own, checked by Azure's clients"
    abilities = frozenset(
        {
            Ability.ANY_VALUE,
            Ability.NO_SECRET,
            Ability.EMPTY,
            Ability.VERSIONS,
            Ability.INSIDE,
            Ability.EXTRACT,
            Ability.METADATA,
            Ability.FIND_NAME,
            Ability.FIND_TAGS,
        }
    )
    faults = frozenset(Fault)
    longest = 25_600
    tags_at = ""
    separator = "-"

    def __init__(self, server: AzureServer, client: Any) -> None:
        server.reset()
        self._server = server
        self._client = client
        self._versions: dict[str, list[str]] = {}

    def open(self) -> Provider:
        """Return the provider on the vault."""
        return self._open(self._server.url)

    def name(self, short: str) -> str:
        """Letters, digits and dashes are taken."""
        return short

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Set a secret, or a new version of one."""
        made = self._client.set_secret(name, value.decode(), tags=dict(tags or {}))
        self._versions.setdefault(name, []).append(made.properties.version)
        return name

    def version(self, name: str, number: int) -> str:
        """The id that Azure gave it."""
        return self._versions[name][number - 1]

    def calls(self) -> int:
        """Count requests to the vault."""
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
        """Shut the gate, ask a port where nobody listens, or somebody who is not Azure."""
        if fault is Fault.UNREACHABLE:
            yield self._open("https://127.0.0.1:9")
        elif fault is Fault.MALFORMED:
            with serving(_not_azure) as port:
                yield self._open(f"http://127.0.0.1:{port}")
        else:
            self._server.gate.refuse("db", REFUSALS[fault])
            yield self.open()

    def _open(self, url: str, **more: Any) -> Provider:
        settings = signed_settings(self._server, vaultUrl=url)
        return open_store(key_holder(self._server), settings, trusting(self._server), **more)


def _not_azure(request: Request) -> Response:
    if not request.bearer:
        challenge = 'Bearer authorization="https://hunter2", resource="https://0.0.1"'
        return Response(401, "hunter2 {", {"WWW-Authenticate": challenge})
    return Response(200, "hunter2 {")


def secrets(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Yield an empty vault."""
    server = request.getfixturevalue("azure_server")
    with official_clients(server) as (client, _, _):
        yield AzureCase(server, client)

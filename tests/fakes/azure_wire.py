"""A wire that leads nowhere: what would be sent is kept, and Azure says what a test tells."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from esync.identity.references import StoreAccess
from esync.identity.wire import Answer, Wire
from tests.fakes.stores import MemoryCredentials, make_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.manifests.store import Store

TOKEN = Answer(200, {}, b'{"access_token": "t0ken", "expires_in": 3600}')


@dataclass(frozen=True, slots=True)
class Sent:
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The fields of the body."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def query(self) -> dict[str, str]:
        """The fields of the URL."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


@dataclass
class KeepingWire(Wire):
    """Answers one after the other; the last answer stays."""

    answers: list[Answer] = field(default_factory=lambda: [TOKEN])
    sent: list[Sent] = field(default_factory=list)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        patience: float = 0,  # noqa: ARG002 - nobody waits
    ) -> Answer:
        """Keep the request and return what was told."""
        self.sent.append(Sent(method, url, dict(headers or {}), body or b""))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def only(self) -> Sent:
        """The one request that was sent."""
        (one,) = self.sent
        return one


def said(status: int, content: object, **headers: str) -> Answer:
    """Return an answer with JSON; ``x_ms_request_id="1"`` gives the header of that name."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, json.dumps(content).encode())


def access_of(store: Store, cluster: MemoryCredentials | None = None, **more: Any) -> StoreAccess:
    """Return what a store in namespace ``orders`` may use."""
    return StoreAccess(store, "orders", cluster or MemoryCredentials(), **more)


def any_access(**more: Any) -> StoreAccess:
    """Return the access of some trusted store."""
    settings = {"vaultUrl": "https://a.vault.azure.net"}
    return access_of(make_store("azurekv", settings), **more)

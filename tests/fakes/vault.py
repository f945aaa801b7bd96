"""Vault stores as tests write them, and a server that says what a test tells it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from esync.identity.hosts import Rules
from esync.identity.references import StoreAccess
from esync.manifests.externalsecret import StoreKind
from esync.manifests.store import RetrySettings
from esync.providers.vault import OpenBao, Vault
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.servers.openbao import OpenBaoServer

NOW = 1_700_000_000 * 1_000_000_000
TOKEN_REF = {"tokenSecretRef": {"name": "vault", "key": "token"}}
NO_RETRY = RetrySettings(max_retries=0)


def vault_access(
    settings: Mapping[str, Any],
    cluster: MemoryCredentials | None = None,
    *,
    provider: str = "vault",
    kind: StoreKind = StoreKind.SECRET_STORE,
    trusted: bool = True,
    retry: RetrySettings | None = NO_RETRY,
    environ: Mapping[str, str] | None = None,
    ambient: bool = False,
    rules: Rules | None = None,
    clock: Callable[[], int] = lambda: NOW,
) -> StoreAccess:
    """Return the access of a store in ``orders`` with these settings; by default without retries.

    The cluster's Secret ``vault`` has a ``token`` unless ``cluster`` is given.
    """
    if cluster is None:
        cluster = MemoryCredentials()
        cluster.add_secret("vault", {"token": "s.t0ken"})
    store = make_store(provider, settings, kind=kind, retry=retry, trusted=trusted)
    return StoreAccess(
        store,
        "orders",
        cluster,
        rules or Rules(),
        environ=environ or {},
        ambient=ambient,
        clock=clock,
    )


def open_vault(settings: Mapping[str, Any], *args: Any, **more: Any) -> Vault:
    """Open a ``vault`` store; arguments as in :func:`vault_access`."""
    access = vault_access(settings, *args, **more)
    return Vault.open(access.store, access)


def open_openbao(settings: Mapping[str, Any], *args: Any, **more: Any) -> OpenBao:
    """Open an ``openBao`` store; arguments as in :func:`vault_access`."""
    access = vault_access(settings, *args, provider="openBao", **more)
    return OpenBao.open(access.store, access)


def root_of(server: OpenBaoServer) -> MemoryCredentials:
    """Return a cluster whose Secret ``vault`` holds the token that may do everything."""
    cluster = MemoryCredentials()
    cluster.add_secret("vault", {"token": server.token})
    return cluster


def write(server: OpenBaoServer, path: str, body: object, method: str = "POST") -> Any:
    """Send a request as root that has to succeed, and return the answer's document, if any."""
    answer = server.request(method, path, body)
    assert answer.status in {200, 204}, answer
    return answer.json() if answer.body else None


@dataclass
class VaultStub:
    """A server that gives its answers in order, the last one for ever, and keeps the requests.

    Attributes:
        url: of the server.
        answers: by path; the path ``""`` is for all that are not named.
        requests: every one, in order.
    """

    url: str = ""
    answers: dict[str, list[Response]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def tell(self, path: str, *answers: Response) -> None:
        """Answer requests for ``/v1/<path>``, or for all others if it is empty."""
        self.answers[path] = list(answers)

    def asked(self) -> list[str]:
        """Return method and path of every request."""
        return [f"{one.method} {one.path.removeprefix('/v1/')}" for one in self.requests]

    def handle(self, request: Request) -> Response:
        """Keep the request and answer it."""
        self.requests.append(request)
        name = request.path.removeprefix("/v1/")
        queue = self.answers.get(name) or self.answers.get("") or [Response(404, {"errors": []})]
        return queue.pop(0) if len(queue) > 1 else queue[0]


@contextmanager
def vault_stub() -> Iterator[VaultStub]:
    """Run a stub; it knows one secret, ``kv/data/db``, and lets everybody in."""
    stub = VaultStub()
    with serving(stub.handle) as port:
        stub.url = f"http://127.0.0.1:{port}"
        stub.tell("kv/data/db", secret({"user": "app"}))
        yield stub


def secret(data: Mapping[str, Any], **more: Any) -> Response:
    """Return the answer of KV v2 that has ``data``."""
    return Response(200, {"data": {"data": data, "metadata": {"version": 1}}, **more})


def token(text: str = "s.0wn", **more: Any) -> Response:
    """Return the answer to a login that succeeds."""
    auth = {"client_token": text, "token_type": "service", "lease_duration": 3600, **more}
    return Response(200, {"auth": auth})


def json_of(request: Request) -> Any:
    """Return the body of a request."""
    return json.loads(request.body)

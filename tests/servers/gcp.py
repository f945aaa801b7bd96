"""Google Secret Manager of our own, over gRPC and HTTP, with the places that give its tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from tests.servers.certificates import Authority
from tests.servers.gate import Call, Gate, Refusal
from tests.servers.gcp_grpc import serving_grpc
from tests.servers.gcp_identity import PROJECT, GoogleIdentity
from tests.servers.gcp_rest import rest
from tests.servers.gcp_store import METHODS, RpcError, SecretManager
from tests.servers.web import Request, Response, serving

_REFUSALS = {
    Refusal.DENIED: ("PERMISSION_DENIED", "Permission denied on resource."),
    Refusal.THROTTLED: ("RESOURCE_EXHAUSTED", "Quota exceeded for this minute."),
    Refusal.UNAVAILABLE: ("UNAVAILABLE", "The service is currently unavailable."),
}


@dataclass(frozen=True, slots=True)
class GcpServer:
    """A running Secret Manager, the same at three doors.

    Who shows no token may do everything; who shows one must have got it from ``identity``.

    Attributes:
        target: address of gRPC without TLS, as in ``127.0.0.1:9090``.
        tls_target: address of gRPC with TLS, signed for by ``ca``.
        url: HTTP, for the client's REST transport and for tokens: ``/token`` (service-account
            keys), ``/v1/token`` (federation), ``/v1/identitybindingtoken``,
            ``:generateAccessToken``, and the metadata server, which is ``metadata_host``.
        project: the id of a project; any other is there as well.
    """

    target: str
    tls_target: str
    url: str
    metadata_host: str
    ca: Path
    project: str
    gate: Gate
    identity: GoogleIdentity
    _store: SecretManager

    def service_account_key(self) -> dict[str, str]:
        """Return the content of a key file whose tokens are given here."""
        return self.identity.service_account_key(self.url)

    def reset(self) -> None:
        """Forget every secret, call and refusal."""
        self._store.reset()
        self.gate.reset()


@contextmanager
def gcp(folder: Path) -> Iterator[GcpServer]:
    """Run a Secret Manager of its own, with its files in ``folder``."""
    authority = Authority(folder)
    store, gate, identity = SecretManager(), Gate(), GoogleIdentity(folder)
    front = _Front(store, gate, identity)
    answer_rest = rest(front.call)

    def answer(request: Request) -> Response:
        return identity.answer(request) or answer_rest(request)

    with (
        serving_grpc(front.call, authority.issue("secretmanager")) as (plain, secure),
        serving(answer) as port,
    ):
        yield GcpServer(
            target=f"127.0.0.1:{plain}",
            tls_target=f"localhost:{secure}",
            url=f"http://127.0.0.1:{port}",
            metadata_host=f"127.0.0.1:{port}",
            ca=authority.certificate,
            project=PROJECT,
            gate=gate,
            identity=identity,
            _store=store,
        )


@dataclass(frozen=True, slots=True)
class _Front:
    """What stands before the store: who calls, and whether they may."""

    store: SecretManager
    gate: Gate
    identity: GoogleIdentity

    def call(self, method: str, request: Any, token: str) -> Any:
        """Let a call through to the store.

        Raises:
            RpcError: the token is unknown, the gate is shut, or the store says no.
        """
        caller = self.identity.caller(token) if token else ""
        if caller is None:
            raise RpcError("UNAUTHENTICATED", "The access token was not given here.")
        subject = str(reduce(getattr, METHODS[method].subject.split("."), request))
        refusal = self.gate.admit(Call(method, subject, caller))
        if refusal:
            raise RpcError(*_REFUSALS[refusal])
        return self.store.call(method, request)

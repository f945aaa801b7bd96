"""Azure Key Vault of our own, over HTTPS, with the places that give its tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from tests.servers.azure_identity import CLIENT, TENANT, AzureIdentity
from tests.servers.azure_store import Vault, VaultError
from tests.servers.certificates import Authority
from tests.servers.gate import Call, Gate, Refusal
from tests.servers.web import Request, Response, serving

_REFUSALS = {
    Refusal.DENIED: (
        HTTPStatus.FORBIDDEN,
        "Forbidden",
        "Caller is not authorized.",
        "ForbiddenByRbac",
    ),
    Refusal.THROTTLED: (HTTPStatus.TOO_MANY_REQUESTS, "Throttled", "Too many requests.", ""),
    Refusal.UNAVAILABLE: (HTTPStatus.SERVICE_UNAVAILABLE, "Unavailable", "Try again later.", ""),
}


@dataclass(frozen=True, slots=True)
class AzureServer:
    """A running Key Vault, with one vault at ``url``.

    A request without a token is answered by the challenge that the official clients expect; who
    shows a token must have got it from ``identity``.

    Attributes:
        url: the vault, HTTPS, signed for by ``ca``.
        ca: for ``connection_verify`` of the clients, or ``REQUESTS_CA_BUNDLE``.
        authority: for ``authority`` of azure-identity's credentials, which also need
            ``disable_instance_discovery=True``.
        metadata_url: for ``AZURE_POD_IDENTITY_AUTHORITY_HOST``; it plays the metadata service.
        tenant, client_id, client_secret: a service principal that can sign in.
    """

    url: str
    ca: Path
    authority: str
    metadata_url: str
    tenant: str
    client_id: str
    client_secret: str
    gate: Gate
    identity: AzureIdentity
    _vault: Vault

    def reset(self) -> None:
        """Forget every object, call and refusal."""
        self._vault.reset()
        self.gate.reset()


@contextmanager
def azure(folder: Path) -> Iterator[AzureServer]:
    """Run a Key Vault of its own, with its files in ``folder``."""
    authority = Authority(folder)
    front = _Front(AzureIdentity(), Gate())
    identity = front.identity
    pair = authority.issue("keyvault")
    with serving(front.answer, pair) as port, serving(identity.answer_machine) as machine:
        front.open(f"https://127.0.0.1:{port}")
        yield AzureServer(
            url=front.url,
            ca=authority.certificate,
            authority=front.url,
            metadata_url=f"http://127.0.0.1:{machine}",
            tenant=TENANT,
            client_id=CLIENT,
            client_secret=identity.secret,
            gate=front.gate,
            identity=identity,
            _vault=front.vault,
        )


class _Front:
    """What stands before the vault: who calls, and whether they may."""

    def __init__(self, identity: AzureIdentity, gate: Gate) -> None:
        self.identity = identity
        self.gate = gate
        self.open("")

    def open(self, url: str) -> None:
        """Say where this server is, which a vault must know for the ids of its objects."""
        self.url = url
        self.vault = Vault(url)

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        about_tokens = self.identity.answer(request, self.url)
        if about_tokens:
            return about_tokens
        caller = self.identity.caller(request.bearer)
        if caller is None:
            return self._challenge()
        try:
            return self._answer_caller(request, caller)
        except VaultError as error:
            return Response(error.status, error.content)

    def _answer_caller(self, request: Request, caller: str) -> Response:
        segments = [segment for segment in request.path.split("/") if segment]
        call = Call(f"{request.method} {segments[0]}", "/".join(segments[1:]), caller)
        refusal = self.gate.admit(call)
        if refusal:
            raise VaultError(*_REFUSALS[refusal])
        content = self.vault.call(request.method, segments, request.query, request.json())
        return Response(HTTPStatus.OK if content else HTTPStatus.NO_CONTENT, content)

    def _challenge(self) -> Response:
        """Tell where tokens are to be had.

        The clients insist that the vault's host is below the resource's domain. A host that is an
        address can only satisfy them with its own last numbers.
        """
        resource = self.url.replace("//127.", "//")
        where = f'Bearer authorization="{self.url}/{TENANT}", resource="{resource}"'
        denied = VaultError(HTTPStatus.UNAUTHORIZED, "Unauthorized", "A bearer token is needed.")
        return Response(denied.status, denied.content, {"WWW-Authenticate": where})

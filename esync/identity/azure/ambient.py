"""The identity of this process: what its environment names, its machine's, else that of ``az``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from esync.errors import EsyncError
from esync.identity.azure.certificates import BadClientCertificate, certificate_proof
from esync.identity.azure.exchange import (
    Application,
    application_source,
    assertion_proof,
    secret_proof,
)
from esync.identity.azure.failures import AzureSignInFailed
from esync.identity.azure.machine import machine_source
from esync.identity.azure.workload import (
    AUDIENCE,
    CLIENT_VARIABLE,
    TENANT_VARIABLE,
    TOKEN_FILE_VARIABLE,
    token_file_proof,
)
from esync.identity.hosts import Origin
from esync.identity.job_tokens import Purpose, has_job_token, job_token
from esync.identity.kept import SECOND, LentToken
from esync.identity.quiet import silence
from esync.secret import SecretValue

if TYPE_CHECKING:
    from esync.identity.access import Access
    from esync.identity.azure.exchange import Proof, TokenSource
    from esync.identity.wire import Wire

SECRET_VARIABLE: Final = "AZURE_CLIENT_SECRET"
CERTIFICATE_VARIABLE: Final = "AZURE_CLIENT_CERTIFICATE_PATH"
AUTHORITY_VARIABLE: Final = "AZURE_AUTHORITY_HOST"
_PROBE: Final = 3.0  # seconds; on other machines nobody answers at the metadata service's address


class NoAzureIdentity(EsyncError):
    """Neither environment, nor machine, nor ``az`` says who we are."""

    rule = "ES0398"


def ambient_source(authority: str, tenant: str, wire: Wire, access: Access) -> TokenSource:
    """Return what fetches tokens for the identity of the process.

    The first that is there is used: an application that the environment names, with its secret,
    certificate, token file or the token of a CI job; a managed identity; the user of ``az login``.

    Args:
        authority: URL that was found allowed; the environment may name another.
        tenant: if the environment names none.
        wire: sends the requests.
        access: has the environment.

    Raises:
        EsyncError: the store may not use that identity, or it may not go where the environment
            says.
    """
    access.allow_ambient()
    environ = access.environ
    tenant = environ.get(TENANT_VARIABLE) or tenant
    client = environ.get(CLIENT_VARIABLE, "")
    proof = _proof(access) if tenant and client else None
    if proof is not None:
        application = Application(_authority(authority, access), tenant, client)
        return application_source(lambda: application, proof, wire, access)
    machine = machine_source(wire, access, client, patience=_PROBE)

    def fetch(resource: str) -> LentToken:
        try:
            return machine(resource)
        except AzureSignInFailed as error:
            said = error.failure.code
        return _of_cli(resource, tenant, access.read_timeout, said)

    return fetch


def _authority(authority: str, access: Access) -> str:
    named = access.environ.get(AUTHORITY_VARIABLE, "").rstrip("/")
    if not named:
        return authority
    url = named if "://" in named else f"https://{named}"
    access.allow_host(url, Origin.ENVIRONMENT)
    return url


def _proof(access: Access) -> Proof | None:
    """Return how the application of the environment proves who it is, or None if it cannot."""
    environ = access.environ
    secret, file = environ.get(SECRET_VARIABLE, ""), environ.get(TOKEN_FILE_VARIABLE, "")
    certificate = environ.get(CERTIFICATE_VARIABLE, "")
    if secret:
        return secret_proof(lambda: SecretValue(secret.encode("utf-8", "surrogateescape")))
    if certificate:
        return certificate_proof(lambda: _read(certificate), access.clock)
    if file:
        return token_file_proof(file)
    if has_job_token(Purpose.AZURE, environ):
        return assertion_proof(lambda _: job_token(Purpose.AZURE, AUDIENCE, access))
    return None


def _read(certificate: str) -> SecretValue:
    try:
        return SecretValue(Path(certificate).read_bytes())
    except OSError as error:
        failed = type(error).__name__
    raise BadClientCertificate(f"that {CERTIFICATE_VARIABLE} names cannot be read ({failed})")


def _of_cli(resource: str, tenant: str, seconds: float, said: str) -> LentToken:
    """Ask ``az`` for a token of the user who signed in with it."""
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity import AzureCliCredential

    silence("azure", "msal")
    try:
        credential = AzureCliCredential(tenant_id=tenant, process_timeout=max(1, int(seconds)))
        token = credential.get_token(f"{resource}/.default")
        return LentToken(SecretValue(token.token.encode()), token.expires_on * SECOND)
    except (ClientAuthenticationError, ValueError) as error:
        failed = type(error).__name__
    raise NoAzureIdentity(
        f"this process has no identity of Azure (managed identity: {said}; az: {failed})",
        hint=f"set {TENANT_VARIABLE}, {CLIENT_VARIABLE} and a credential, or run az login",
    )

"""Who this process is towards Vault: a token it was given, or the OIDC token of a CI job.

Source:
    The variables of Vault's own command line, and of GitLab's secrets for CI jobs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from esync.identity.job_tokens import Purpose, has_job_token, job_token
from esync.providers.contract import AccessDenied
from esync.providers.vault.session import Token, token_value
from esync.providers.vault.sign_in import by_jwt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync.identity.access import Access
    from esync.providers.vault.session import Login

VAULT_TOKENS: Final = ("VAULT_TOKEN",)
OPENBAO_TOKENS: Final = ("BAO_TOKEN", "VAULT_TOKEN")
ROLE: Final = "VAULT_AUTH_ROLE"
MOUNT: Final = "VAULT_AUTH_PATH"
AUDIENCE: Final = "VAULT_AUTH_AUDIENCE"
NAMESPACE: Final = "VAULT_NAMESPACE"
_FILE: Final = ".vault-token"


class NoVaultIdentity(AccessDenied):
    """The process has no identity towards Vault."""

    rule = "ES0346"


def given_token(names: Sequence[str], environ: Mapping[str, str]) -> Token | None:
    """Return the token in the first of these variables, if one is set; it stays alive."""
    text = next((environ[name] for name in names if environ.get(name)), "")
    return Token(token_value(text.encode("utf-8", "surrogateescape"))) if text else None


def ambient_login(
    names: Sequence[str], server: str, namespace: str, access: Access
) -> Token | Login:
    """Return what the process can sign in with.

    In this order: a variable that holds a token, a CI job's own OIDC token together with the role
    that Vault shall give it, and the file where ``vault login`` leaves a token.

    Args:
        names: of variables that may hold a token.
        server: the audience of a job's token, unless a variable names another.
        namespace: of the store; the login takes place there, unless a variable names another.
        access: knows the environment.

    Raises:
        NoVaultIdentity: there is none of these.
        NoJobToken: the CI system gives the job no token.
    """
    environ = access.environ
    token = given_token(names, environ)
    if token:
        return token
    role = environ.get(ROLE, "")
    if role and has_job_token(Purpose.VAULT, environ):
        jwt = job_token(Purpose.VAULT, environ.get(AUDIENCE) or server.rstrip("/"), access)
        mount = environ.get(MOUNT) or "jwt"
        text = jwt.reveal().decode("utf-8", "replace")
        return by_jwt(mount, role, text, environ.get(NAMESPACE) or namespace)
    saved = _saved_token(environ.get("HOME", ""))
    if saved:
        return Token(token_value(saved))
    raise NoVaultIdentity(
        "this process has no identity towards Vault",
        hint=f"set {names[-1]}, or {ROLE} in a CI job that has an OIDC token",
    )


def _saved_token(home: str) -> bytes:
    """Return what ``vault login`` left behind, if it did."""
    try:
        return (Path(home) / _FILE).read_bytes().strip() if home else b""
    except OSError:
        return b""

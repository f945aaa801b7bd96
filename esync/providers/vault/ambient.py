"""Who this process is towards Vault: a token it was given, a CI job, a Pod.

Source:
    The variables of Vault's own command line, and of GitLab's secrets for CI jobs.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from esync.identity.job_tokens import Purpose, has_job_token, job_token
from esync.providers.contract import AccessDenied
from esync.providers.vault.session import Token, token_value
from esync.providers.vault.sign_in import (
    POD_TOKEN,
    NoPodToken,
    by_jwt,
    by_kubernetes,
    pod_token,
)

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
    names: Sequence[str], server: str, namespace: str, access: Access, pod: Path = POD_TOKEN
) -> Token | Login:
    """Return what the process can sign in with.

    In this order: a variable that holds a token; with a variable that names the role, a CI job's
    own OIDC token or the service account of the Pod; the file where ``vault login`` leaves a token.

    Args:
        names: of variables that may hold a token.
        server: the audience of a job's token, unless a variable names another.
        namespace: of the store; the login takes place there, unless a variable names another.
        access: knows the environment.
        pod: where a Pod has its token.

    Raises:
        NoVaultIdentity: there is none of these.
        NoJobToken: the CI system gives the job no token.
    """
    environ = access.environ
    found = given_token(names, environ) or _role_login(server, namespace, access, pod)
    saved = b"" if found else _saved_token(environ.get("HOME", ""))
    if saved:
        found = Token(token_value(saved))
    if found is None:
        raise NoVaultIdentity(
            "this process has no identity towards Vault",
            hint=f"set {names[-1]}, or {ROLE} in a CI job that has an OIDC token, or in a Pod",
        )
    return found


def _role_login(server: str, namespace: str, access: Access, pod: Path) -> Login | None:
    """Return the login with the role that the environment names, if there is a token for it."""
    environ = access.environ
    role, mount = environ.get(ROLE, ""), environ.get(MOUNT, "")
    namespace = environ.get(NAMESPACE) or namespace
    if role and has_job_token(Purpose.VAULT, environ):
        jwt = job_token(Purpose.VAULT, environ.get(AUDIENCE) or server.rstrip("/"), access)
        return by_jwt(mount or "jwt", role, jwt.reveal().decode("utf-8", "replace"), namespace)
    if role:
        with suppress(NoPodToken):
            return by_kubernetes(mount or "kubernetes", role, pod_token(pod), namespace)
    return None


def _saved_token(home: str) -> bytes:
    """Return what ``vault login`` left behind, if it did."""
    try:
        return (Path(home) / _FILE).read_bytes().strip() if home else b""
    except OSError:
        return b""

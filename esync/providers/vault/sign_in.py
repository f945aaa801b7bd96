"""From what a store says under ``auth`` to the request that logs in, one function per method.

Source:
    External Secrets Operator 2.9, Vault provider: its auth methods.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from esync.errors import EsyncError
from esync.identity.references import BadReference
from esync.manifests.store import SecretSelector
from esync.providers.vault import aws_login, gcp_login
from esync.providers.vault.session import Login, Token, token_value
from esync.providers.vault.spec import (
    AppRole,
    Cert,
    Gcp,
    Iam,
    Jwt,
    Kubernetes,
    Ldap,
    Method,
    UserPass,
)

if TYPE_CHECKING:
    from esync.identity.access import Access
    from esync.secret import SecretValue

POD_TOKEN: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_TOKEN_SECONDS: Final = 600
_AUDIENCES: Final = ("vault",)


class NoPodToken(EsyncError):
    """A login would use the token of the Pod that esync runs in, and there is none."""

    rule = "ES0344"


def login_by(  # noqa: PLR0911 - one for each method
    method: Method, server: str, access: Access
) -> Token | Login:
    """Return the token, or the login that gives one; reads the credential now.

    Args:
        method: what the store says.
        server: where the credential goes.
        access: reads it.

    Raises:
        EsyncError: a credential cannot be read, or may not be used.
    """
    match method:
        case SecretSelector():
            return _given(method, access)
        case AppRole():
            return _app_role(method, access)
        case Kubernetes():
            return _kubernetes(method, server, access)
        case Ldap():
            return _password("ldap", method, access)
        case UserPass():
            return _password("userPass", method, access)
        case Jwt():
            return _jwt(method, server, access)
        case Cert():
            return _cert(method)
        case Iam():
            return aws_login.login_by(method, access)
        case Gcp():
            return gcp_login.login_by(method, server, access)
        case other:
            assert_never(other)


def _given(selector: SecretSelector, access: Access) -> Token:
    return Token(token_value(access.secret(selector, "auth", "tokenSecretRef").reveal()))


def _app_role(method: AppRole, access: Access) -> Login:
    role_id = method.role_id.strip()
    if not role_id and method.role_ref:
        role_id = _text(access.secret(method.role_ref, "auth", "appRole", "roleRef"))
    secret_id = _text(access.secret(method.secret_ref, "auth", "appRole", "secretRef"))
    _require(role_id, "appRole: the role id")
    _require(secret_id, "appRole: the secret id")
    return Login(
        "appRole",
        f"auth/{method.path}/login",
        {"role_id": role_id, "secret_id": secret_id},
        hint="look at role id and secret id, and whether the secret id has expired",
    )


def _kubernetes(method: Kubernetes, server: str, access: Access) -> Login:
    _require(method.role, "kubernetes: role")
    if account := method.service_account_ref:
        path = ("auth", "kubernetes", "serviceAccountRef")
        token = access.service_account_token(
            account, account.audiences, _TOKEN_SECONDS, *path, to=server
        )
        jwt = _text(token)
    elif method.secret_ref:
        selector = replace(method.secret_ref, key=method.secret_ref.key or "token")
        jwt = _text(access.secret(selector, "auth", "kubernetes", "secretRef"))
    else:
        access.allow_ambient()
        jwt = pod_token()
    return by_kubernetes(method.mount_path, method.role, jwt)


def by_kubernetes(mount: str, role: str, token: str, namespace: str = "") -> Login:
    """Return the login with the token of a service account."""
    # The operator takes its own identity where a Secret is empty; that is never meant.
    _require(token, "kubernetes: the token")
    return Login(
        "kubernetes",
        f"auth/{mount}/login",
        {"role": role, "jwt": token},
        namespace,
        hint="the role must bind this service account, its namespace and the token's audience",
    )


def pod_token(path: Path = POD_TOKEN) -> str:
    """Return the token that Kubernetes gives to the Pod that esync runs in.

    Raises:
        NoPodToken: this is no Pod.
    """
    try:
        return path.read_text().strip()
    except (OSError, ValueError):
        raise NoPodToken(
            "there is no service account token of a Pod here",
            hint="name a serviceAccountRef or secretRef under auth.kubernetes",
        ) from None


def _password(name: str, method: Ldap | UserPass, access: Access) -> Login:
    username = method.username.strip()
    _require(username, f"{name}: username")
    if method.secret_ref is None:
        raise BadReference(f"auth.{name}: secretRef is missing")
    password = _text(access.secret(method.secret_ref, "auth", name, "secretRef"))
    _require(password, f"{name}: the password")
    return Login(
        name,
        f"auth/{method.path}/login/{username}",
        {"password": password},
        hint="look at username and password; a line break at its end counts",
    )


def _jwt(method: Jwt, server: str, access: Access) -> Login:
    if method.secret_ref:
        token = access.secret(method.secret_ref, "auth", "jwt", "secretRef")
    elif wanted := method.kubernetes_service_account_token:
        account = wanted.service_account_ref
        more = _AUDIENCES if wanted.audiences is None else wanted.audiences
        path = ("auth", "jwt", "kubernetesServiceAccountToken", "serviceAccountRef")
        token = access.service_account_token(
            account, (*account.audiences, *more), wanted.expiration_seconds, *path, to=server
        )
    else:
        raise BadReference("auth.jwt: secretRef is missing")
    return by_jwt(method.path, method.role.strip(), _text(token))


def by_jwt(mount: str, role: str, token: str, namespace: str = "") -> Login:
    """Return the login with a JSON web token."""
    _require(token, "jwt: the token")
    return Login(
        "jwt",
        f"auth/{mount}/login",
        {"role": role, "jwt": token},
        namespace,
        hint="the role must bind the token's audience and claims, and trust its issuer",
    )


def _cert(method: Cert) -> Login:
    body = {"name": method.vault_role} if method.vault_role else None
    return Login(
        "cert",
        f"auth/{method.path}/login",
        body,
        hint="the server must ask for client certificates, and a role trust this one",
    )


def _text(value: SecretValue) -> str:
    return value.reveal().decode("utf-8", "replace")


def _require(text: str, what: str) -> None:
    if not text:
        raise BadReference(f"auth.{what} is empty")

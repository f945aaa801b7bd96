"""The key of a service account: read out of a Secret, used to sign statements, never shown."""

from __future__ import annotations

import json
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from esync.identity.gcp.endpoints import SCOPE, is_googles
from esync.identity.gcp.exchange import bearer_of
from esync.identity.hosts import Origin
from esync.identity.kept import SECOND
from esync.identity.references import BadReference
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.access import Access
    from esync.identity.gcp.settings import SecretRef
    from esync.identity.kept import LentToken
    from esync.identity.wire import Wire

_TOKEN_URL: Final = "https://oauth2.googleapis.com/token"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TYPE: Final = "service_account"
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class ServiceAccountKey:
    """What signs for a service account.

    Attributes:
        email: whose key it is.
        token_url: where a signed statement becomes an access token.
    """

    email: str
    token_url: str
    _signer: Any = field(repr=False)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a JWT with ``claims``."""
        from google.auth import jwt

        signed: bytes = jwt.encode(self._signer, dict(claims))
        return signed.decode()


def read_key(ref: SecretRef, access: Access, *path: str | int) -> ServiceAccountKey:
    """Return the key that a selector points at.

    Args:
        ref: names the Secret.
        access: reads it.
        path: where ``secretRef`` stands under the provider block.

    Raises:
        BadReference: it is not the JSON of a service account's key.
        EsyncError: it cannot be read, or its ``token_uri`` may not be asked.
    """
    path = (*path, "secretAccessKeySecretRef")
    content = _object(access.secret(ref.secret_access_key, *path).reveal())
    where = ".".join(map(str, path))
    if content.get("type") != _TYPE:
        raise _wrong(where, f'is not a key of type "{_TYPE}"')
    token_url = _text(content, "token_uri") or _TOKEN_URL
    # The key is a credential and no manifest, yet it may say where a statement is sent.
    origin = Origin.PROVIDER if is_googles(token_url) else Origin.STORE
    access.allow_host(token_url, origin, *path)
    email = _text(content, "client_email")
    if not email:
        raise _wrong(where, "has no client_email")
    return ServiceAccountKey(email, token_url, _signer(content, where))


def token_of_key(key: ServiceAccountKey, wire: Wire, clock_ns: int) -> LentToken:
    """Exchange a signed statement for an access token.

    Raises:
        GcpSignInFailed: Google gives none.
    """
    now = clock_ns // SECOND
    claims = {
        "iss": key.email,
        "scope": SCOPE,
        "aud": key.token_url,
        "iat": now,
        "exp": now + _HOUR,
    }
    form = {"grant_type": _GRANT, "assertion": key.sign(claims)}
    about = f'token for service account "{key.email}"'
    return bearer_of(wire, key.token_url, form, about, clock_ns)


def _wrong(where: str, what: str) -> BadReference:
    return BadReference(
        f"{where}: the value {what}",
        hint="make a JSON key with: gcloud iam service-accounts keys create",
    )


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) else ""


def _signer(content: Mapping[str, Any], where: str) -> Any:
    from google.auth import crypt

    if not _text(content, "private_key"):
        raise _wrong(where, "has no private_key")
    try:
        return crypt.RSASigner.from_string(
            _text(content, "private_key"), _text(content, "private_key_id") or None
        )
    except ValueError:
        raise _wrong(where, "has a private_key that cannot be read") from None

"""Vault's login by a Google identity: a token that says who we are and which role we want.

Source:
    External Secrets Operator 2.9, Vault provider, ``auth.gcp``; Vault's Google Cloud auth method.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from esync.identity.references import BadReference
from esync.providers.contract import AccessDenied, Unsupported
from esync.providers.vault.session import Login

if TYPE_CHECKING:
    from esync.identity.access import Access
    from esync.providers.vault.spec import Gcp, GcpKey

_METADATA: Final = "metadata.google.internal"
_IDENTITY: Final = "/computeMetadata/v1/instance/service-accounts/default/identity"
_LIFETIME: Final = 600
_SECOND: Final = 1_000_000_000
_OK: Final = 200


class NoGoogleIdentity(AccessDenied):
    """There is no Google identity to sign in to Vault with."""

    rule = "ES0386"


def login_by(method: Gcp, server: str, access: Access) -> Login:
    """Return the login: with the key of a service account, else as the machine we run on.

    Raises:
        Unsupported: the store wants the workload identity of a cluster.
        NoGoogleIdentity: this is no machine of Google.
        EsyncError: a credential cannot be read, or may not be used.
    """
    if not method.role:
        raise BadReference("auth.gcp: role is empty")
    if method.secret_ref:
        token = _signed(_key(method.secret_ref, access), method.role, access)
    elif method.workload_identity:
        raise Unsupported(
            "auth.gcp: workloadIdentity is not supported yet",
            hint="use auth.jwt with kubernetesServiceAccountToken, or a secretRef",
        )
    else:
        access.allow_ambient()
        token = _of_machine(f"{server.rstrip('/')}/vault/{method.role}", access)
    return Login(
        "gcp",
        f"auth/{method.path}/login",
        {"role": method.role, "jwt": token},
        hint="the role must bind this service account, or this machine's project and zone",
    )


def _key(reference: GcpKey, access: Access) -> dict[str, Any]:
    path = ("auth", "gcp", "secretRef", "secretAccessKeySecretRef")
    if reference.secret_access_key is None:
        raise BadReference(f"{'.'.join(path)} is missing")
    text = access.secret(reference.secret_access_key, *path).reveal()
    try:
        key = json.loads(text)
    except (ValueError, RecursionError):
        key = None
    if not isinstance(key, dict) or not key.get("client_email") or not key.get("private_key"):
        raise BadReference(
            f"{'.'.join(path)}: the value is not the key file of a Google service account"
        )
    return key


def _signed(key: dict[str, Any], role: str, access: Access) -> str:
    """Sign with the key itself: Vault looks its public half up by id, and Google is not asked."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(str(key["private_key"]).encode(), None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, RSAPrivateKey):
        raise BadReference("auth.gcp.secretRef: the private_key of the key file is none")
    header = {"alg": "RS256", "typ": "JWT", "kid": str(key.get("private_key_id", ""))}
    claims = {
        "aud": f"vault/{role}",
        "sub": key["client_email"],
        "exp": access.clock() // _SECOND + _LIFETIME,
    }
    content = f"{_part(header)}.{_part(claims)}"
    signature = private.sign(content.encode(), PKCS1v15(), SHA256())
    return f"{content}.{_base64(signature)}"


def _of_machine(audience: str, access: Access) -> str:
    """Return the identity token that Google's metadata server gives; no credential goes there."""
    import urllib3

    host = access.environ.get("GCE_METADATA_HOST") or _METADATA
    query = urlencode({"audience": audience, "format": "full"})
    timeout = urllib3.Timeout(connect=access.connect_timeout, read=access.read_timeout)
    with urllib3.PoolManager(timeout=timeout, retries=False) as pool:
        try:
            answer = pool.request(
                "GET",
                f"http://{host}{_IDENTITY}?{query}",
                headers={"Metadata-Flavor": "Google"},
                redirect=False,
            )
            status, text = answer.status, answer.data.decode("ascii", "replace").strip()
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            status, text = 0, ""
    if status != _OK or not text:
        raise NoGoogleIdentity(
            "auth.gcp: this machine has no Google identity"
            + (f" (status {status})" if status else ""),
            hint="give auth.gcp a secretRef, or run on Google Cloud",
        ) from None
    return text


def _part(content: dict[str, Any]) -> str:
    return _base64(json.dumps(content, separators=(",", ":")).encode())


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()

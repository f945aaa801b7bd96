"""From what a store says to access tokens, and to statements signed for somebody else.

Source:
    External Secrets Operator 2.9, gcpsm provider: the order in which it looks at ``auth``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from esync.identity.gcp.ambient import ambient_token
from esync.identity.gcp.endpoints import GcpService, endpoint
from esync.identity.gcp.exchange import account_url, signed_by_google
from esync.identity.gcp.federation import federated_token
from esync.identity.gcp.gke import gke_token
from esync.identity.gcp.keys import read_key, token_of_key
from esync.identity.kept import SECOND, KeptToken, LentToken
from esync.identity.references import BadReference
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.identity.access import Access
    from esync.identity.gcp.settings import GcpAuth
    from esync.identity.wire import Wire

_STATEMENT_SECONDS: Final = 600


def sign_in(auth: GcpAuth | None, wire: Wire, access: Access, *path: str | int) -> KeptToken:
    """Return the tokens of an identity; credentials are read when the first one is needed.

    Args:
        auth: how to sign in; the first that is set counts, and none is the process itself.
        wire: sends the requests.
        access: reads what ``auth`` points at.
        path: where ``auth`` stands under the provider block.

    Raises:
        EsyncError: the store may not use the identity of the process.
    """
    return KeptToken(_source(auth, wire, access, *path), access.clock)


def statement(
    auth: GcpAuth, audience: str, wire: Wire, access: Access, *path: str | int
) -> SecretValue:
    """Return a JWT, good for ten minutes, in which a service account says who it is.

    It is what Vault's ``gcp`` method wants from a role of type ``iam``, with ``vault/ROLE`` for the
    audience. A key signs it here; for a workload identity Google does.

    Args:
        auth: with a key or a workload identity.
        audience: who shall believe it.
        wire: sends the requests.
        access: reads what ``auth`` points at.
        path: where ``auth`` stands under the provider block.

    Raises:
        GcpSignInFailed: Google does not sign it.
        BadReference: ``auth`` leads to no service account of Google.
        EsyncError: what it points at cannot be read.
    """
    expires = access.clock() // SECOND + _STATEMENT_SECONDS
    if auth.secret_ref is not None:
        key = read_key(auth.secret_ref, access, *path, "secretRef")
        claims = {"sub": key.email, "aud": audience, "exp": expires}
        return SecretValue(key.sign(claims).encode())
    if auth.workload_identity is None:
        raise BadReference("no service account of Google is named", hint="set secretRef")
    base = endpoint(GcpService.IAM_CREDENTIALS, access)
    own = gke_token(auth.workload_identity, wire, access, *path, "workloadIdentity")
    if not own.email:
        name = auth.workload_identity.service_account_ref.name
        raise BadReference(
            f'ServiceAccount "{name}" does not name a service account of Google',
            hint="annotate it with iam.gke.io/gcp-service-account",
        )
    text = json.dumps({"sub": own.email, "aud": audience, "exp": expires})
    return signed_by_google(
        wire, account_url(base, own.email, "signJwt"), own.token, own.email, text
    )


def _source(
    auth: GcpAuth | None, wire: Wire, access: Access, *path: str | int
) -> Callable[[], LentToken]:
    if access.ambient or auth is None:
        return ambient_token(wire, access)
    ref, identity = auth.secret_ref, auth.workload_identity
    federation = auth.workload_identity_federation
    if ref is not None:
        return lambda: token_of_key(read_key(ref, access, *path, "secretRef"), wire, access.clock())
    if identity is not None:
        return lambda: gke_token(identity, wire, access, *path, "workloadIdentity").token
    if federation is not None:
        name = "workloadIdentityFederation"
        return lambda: federated_token(federation, wire, access, *path, name)
    return ambient_token(wire, access)

"""Vault's login by an AWS identity: a signed question to AWS, which Vault asks in our place.

Source:
    External Secrets Operator 2.9, Vault provider, ``auth.iam``; Vault's AWS auth method.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Final

from esync.identity.references import BadReference
from esync.providers.vault.session import Login

if TYPE_CHECKING:
    from esync.identity.access import Access
    from esync.identity.aws import AwsIdentity, StaticKeys, WebIdentity
    from esync.identity.aws.caller import SignedRequest
    from esync.providers.vault.spec import Iam

_PATH: Final = ("auth", "iam")
_SESSION_NAME: Final = "external-secrets-provider-vault"
_SERVER_ID: Final = "X-Vault-AWS-IAM-Server-ID"


def login_by(method: Iam, access: Access) -> Login:
    """Return the login; AWS is asked for credentials as the store says.

    Raises:
        AwsSignInFailed: AWS refuses, or does not answer.
        EsyncError: a credential cannot be read, or may not be used.
    """
    request = _signed(method, access)
    listed = {name: [value] for name, value in request.headers.items()}
    return Login(
        "iam",
        f"auth/{method.path}/login",
        {
            "role": method.vault_role,
            "iam_http_request_method": "POST",
            "iam_request_url": b64encode(request.url.encode()).decode(),
            "iam_request_headers": b64encode(json.dumps(listed).encode()).decode(),
            "iam_request_body": b64encode(request.body).decode(),
        },
        hint="the role must bind the ARN of this identity; look at vaultAwsIamServerID and region",
    )


def _signed(method: Iam, access: Access) -> SignedRequest:
    from esync.identity.aws import sign_in
    from esync.identity.aws.caller import signed_caller_identity

    more = {_SERVER_ID: method.server_id} if method.server_id else {}
    return signed_caller_identity(sign_in(_identity(method), access), more)


def _identity(method: Iam) -> AwsIdentity:
    from esync.identity.aws import AwsIdentity, Role

    roles = (Role(method.role, method.external_id),) if method.role else ()
    return AwsIdentity(method.region, _source(method), roles)


def _source(method: Iam) -> StaticKeys | WebIdentity | None:
    from esync.identity.aws import StaticKeys, WebIdentity

    if method.jwt:
        if method.jwt.service_account_ref is None:
            raise BadReference("auth.iam.jwt: serviceAccountRef is missing")
        account = (*_PATH, "jwt", "serviceAccountRef")
        return WebIdentity(method.jwt.service_account_ref, _SESSION_NAME, account)
    keys = method.secret_ref
    if keys is None:
        return None
    if keys.access_key_id is None or keys.secret_access_key is None:
        raise BadReference("auth.iam.secretRef: half of the access key is missing")
    secret = (*_PATH, "secretRef")
    return StaticKeys(keys.access_key_id, keys.secret_access_key, keys.session_token, secret)

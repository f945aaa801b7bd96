"""Cloud ids: an identity of AWS, Google or Azure, in the form that Akeyless can verify.

Source:
    External Secrets Operator 2.9, akeyless provider; Akeyless's cloud-id library.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Final

from esync.identity.hosts import Origin
from esync.identity.wire import Wire
from esync.providers.contract import AccessDenied, BadStore, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.access import Access
    from esync.identity.azure import TokenSource
    from esync.manifests.store import ServiceAccountSelector

CLOUD_TYPES: Final = frozenset({"aws_iam", "azure_ad", "gcp"})
AUDIENCE: Final = "akeyless.io"
_REGION: Final = "us-east-1"  # of the global endpoint of STS, which Akeyless asks
_PATH: Final = ("authSecretRef", "serviceAccountRef")
_TOKEN_SECONDS: Final = 600
_AUTHORITY_VARIABLE: Final = "AZURE_AUTHORITY_HOST"
_TENANT_VARIABLE: Final = "AZURE_TENANT_ID"
_CLOUD_VARIABLES: Final = ("AZURE_ENVIRONMENT", "AZURE_CLOUD")
_MANAGEMENT: Final = "https://management.azure.com"
_OTHER_CLOUDS: Final = {
    "usgovernment": ("https://management.usgovcloudapi.net", "https://login.microsoftonline.us"),
    "china": ("https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
}
_PUBLIC_AUTHORITY: Final = "https://login.microsoftonline.com"


class NoCloudIdentity(AccessDenied):
    """A cloud gives nothing that proves who we are."""

    rule = "ES0468"


def cloud_proof(
    kind: str,
    access_id: str,
    param: str,
    access: Access,
    account: ServiceAccountSelector | None = None,
) -> Mapping[str, str]:
    """Return the members of a sign-in with a cloud id.

    Args:
        kind: one of ``CLOUD_TYPES``.
        access_id: of the auth method.
        param: for Google the audience; for Azure an object id or, with ``account``, a client id.
        access: knows the environment, and whether the store may use its identity.
        account: a service account that stands for an application of Azure.

    Raises:
        NoCloudIdentity, Unavailable: the cloud refuses, or does not answer.
        EsyncError: the store may not use the identity of the process.
    """
    if kind == "aws_iam":
        proof = _of_aws(access)
    elif kind == "gcp":
        proof = _of_google(param or AUDIENCE, access)
    else:
        proof = _of_azure(param, access, account)
    return {
        "access-id": access_id,
        "access-type": kind,
        "cloud-id": b64encode(proof).decode(),
    }


def _of_aws(access: Access) -> bytes:
    """Return a signed question to STS, which Akeyless asks in our place."""
    from esync.identity.aws import AwsIdentity, sign_in
    from esync.identity.aws.caller import AwsSignInFailed, signed_caller_identity

    access.allow_ambient()
    try:
        request = signed_caller_identity(sign_in(AwsIdentity(_REGION), access))
    except AwsSignInFailed as error:
        kind = Unavailable if error.failure.is_passing else NoCloudIdentity
        raise kind(f"the sign-in: {error.message}", hint=error.hint) from None
    listed = {name: [value] for name, value in request.headers.items()}
    parts = {
        "sts_request_url": request.url.encode(),
        "sts_request_body": request.body,
        "sts_request_headers": json.dumps(listed).encode(),
    }
    encoded = {name: b64encode(part).decode() for name, part in parts.items()}
    return json.dumps({"sts_request_method": "POST", **encoded}).encode()


def _of_google(audience: str, access: Access) -> bytes:
    from esync.identity.gcp import machine_token

    wire = Wire(access)
    try:
        return machine_token(audience, wire, access).reveal()
    finally:
        wire.close()


def _of_azure(param: str, access: Access, account: ServiceAccountSelector | None) -> bytes:
    from esync.identity.azure import AzureSignInFailed

    resource, authority = _cloud(access)
    wire = Wire(access)
    try:
        return _azure_source(param, authority, wire, access, account)(resource).value.reveal()
    except AzureSignInFailed as error:
        failed = error
    finally:
        wire.close()
    kind = Unavailable if failed.failure.is_passing else NoCloudIdentity
    raise kind(f"the sign-in: {failed.message}", hint=failed.hint)


def _azure_source(
    param: str,
    authority: str,
    wire: Wire,
    access: Access,
    account: ServiceAccountSelector | None,
) -> TokenSource:
    from esync.identity.azure import (
        Application,
        application_source,
        assertion_proof,
        ids_of_service_account,
        machine_source,
    )
    from esync.identity.azure.workload import AUDIENCE as EXCHANGE

    if account is None:
        return machine_source(wire, access, object_id=param)
    named = ids_of_service_account(account, access, *_PATH)
    tenant = named.tenant or access.environ.get(_TENANT_VARIABLE, "")
    client = named.client_id or param
    if not tenant or not client:
        raise BadStore(
            f'service account "{account.name}" does not say which application it stands for',
            hint="annotate it with azure.workload.identity/client-id and tenant-id",
        )
    audiences = (*account.audiences, EXCHANGE)
    proof = assertion_proof(
        lambda _: access.service_account_token(account, audiences, _TOKEN_SECONDS, *_PATH)
    )
    application = Application(authority, tenant, client)
    return application_source(lambda: application, proof, wire, access)


def _cloud(access: Access) -> tuple[str, str]:
    """Return what tokens are for, and the authority that gives them, by the environment."""
    environ = access.environ
    resource, authority = _MANAGEMENT, _PUBLIC_AUTHORITY
    for variable in _CLOUD_VARIABLES:
        word = environ.get(variable, "").lower().removeprefix("azure").removesuffix("cloud")
        if word in _OTHER_CLOUDS:
            resource, authority = _OTHER_CLOUDS[word]
            break
    named = environ.get(_AUTHORITY_VARIABLE, "").rstrip("/")
    if named:
        authority = named if "://" in named else f"https://{named}"
    access.allow_host(authority, Origin.ENVIRONMENT)
    return resource, authority

"""Tokens of other platforms, to be shown to Google: found in a file, at a URL, or signed for AWS.

Where a configuration says that they are found, they are the identity of this process.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esync.errors import EsyncError
from esync.identity.gcp.external_account import AWS_REQUEST, BadExternalAccount
from esync.identity.gcp.transport import transport
from esync.identity.hosts import Origin
from esync.identity.references import BadReference
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.access import Access
    from esync.identity.gcp.external_account import ExternalAccount
    from esync.identity.gcp.settings import AwsSecurityCredentials
    from esync.identity.wire import Wire


class NoSubjectToken(EsyncError):
    """The token that shall be exchanged is not where the configuration says."""

    rule = "ES0394"


def found_subject(
    account: ExternalAccount, wire: Wire, access: Access, *path: str | int
) -> SecretValue:
    """Return what the ``credential_source`` of a configuration leads to.

    Args:
        account: without problems.
        wire: asks URLs.
        access: whether the identity of the process may be used, and which hosts may be asked.
        path: where ``workloadIdentityFederation`` stands under the provider block.

    Raises:
        NoSubjectToken: there is none.
        EsyncError: the store may not use the identity of the process, or ask that host.
    """
    access.allow_ambient()
    source = account.source
    if source.get("environment_id"):
        return _aws_request(wire, access, account.audience, credential_source=_aws_source(source))
    if source.get("file"):
        return _token_in(_file(str(source["file"])), source, "credential_source.file")
    url = str(source["url"])
    access.allow_host(url, Origin.STORE, *path, "externalTokenEndpoint")
    headers = source.get("headers")
    named = headers if isinstance(headers, dict) else {}
    answer = wire.send("GET", url, {str(name): str(value) for name, value in named.items()})
    if answer.status != 200:  # noqa: PLR2004 - OK
        said = answer.outage or f"status {answer.status}"
        raise NoSubjectToken(
            f"externalTokenEndpoint gives no token ({said})",
            hint="look at credential_source.headers, and at the network",
        )
    return _token_in(answer.body, source, "externalTokenEndpoint")


def aws_subject(
    keys: AwsSecurityCredentials, audience: str, wire: Wire, access: Access, *path: str | int
) -> SecretValue:
    """Return a request that an access key signs, which tells Google whose key it is.

    Raises:
        BadReference: the Secret lacks a part of the key.
        EsyncError: it cannot be read.
    """
    from google.auth import aws

    path = (*path, "awsCredentialsSecretRef")
    ref = keys.aws_credentials_secret_ref
    values = access.secret_data(ref.name, ref.namespace, *path)
    parts = []
    for name in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token"):
        value = values.get(name)
        if not value and name != "aws_session_token":
            raise BadReference(f'{".".join(map(str, path))}: Secret "{ref.name}" has no "{name}"')
        parts.append(value.reveal().decode("utf-8", "replace") if value else None)

    class Supplier(aws.AwsSecurityCredentialsSupplier):  # type: ignore[misc]  # the SDK is untyped
        def get_aws_security_credentials(self, *_: Any) -> Any:
            return aws.AwsSecurityCredentials(*parts)

        def get_aws_region(self, *_: Any) -> str:
            return keys.region

    return _aws_request(wire, access, audience, aws_security_credentials_supplier=Supplier())


def _aws_request(wire: Wire, access: Access, audience: str, **source: Any) -> SecretValue:
    from google.auth import aws, exceptions

    try:
        credentials = aws.Credentials(audience, AWS_REQUEST, **source)
        token: str = credentials.retrieve_subject_token(transport(wire, access))
    except (exceptions.InvalidValue, exceptions.InvalidResource):
        raise BadExternalAccount(["credential_source.environment_id is not aws1"]) from None
    except (exceptions.GoogleAuthError, ValueError, KeyError, TypeError, AttributeError) as error:
        failed = type(error).__name__
    else:
        return SecretValue(token.encode())
    raise NoSubjectToken(
        f"this machine has no AWS credentials to show to Google ({failed})",
        hint="run on a machine of AWS with a role, or set AWS_ACCESS_KEY_ID and AWS_REGION",
    )


def _aws_source(source: Mapping[str, Any]) -> dict[str, Any]:
    default = "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
    who = source.get("regional_cred_verification_url") or default
    return {**source, "regional_cred_verification_url": who}


def _file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        failed = type(error).__name__
    raise NoSubjectToken(
        f"credential_source.file cannot be read ({failed})",
        hint="mount a projected service account token there",
    )


def _token_in(content: bytes, source: Mapping[str, Any], where: str) -> SecretValue:
    """Return the token in ``content``: all of it, or the member of a JSON object."""
    kind = source.get("format")
    kind = kind if isinstance(kind, dict) else {}
    if kind.get("type") != "json":
        return _some(content.strip(), where)
    member = kind.get("subject_token_field_name")
    try:
        decoded = json.loads(content)
    except (ValueError, RecursionError):
        decoded = None
    found = decoded.get(member) if isinstance(decoded, dict) else None
    return _some(found.encode() if isinstance(found, str) else b"", where)


def _some(token: bytes, where: str) -> SecretValue:
    if not token:
        raise NoSubjectToken(f"{where} has no token", hint="look at credential_source.format")
    return SecretValue(token)

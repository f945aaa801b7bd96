"""A signed question to AWS: who am I. Others pass it on to prove who we are; no key goes along.

Source:
    AWS Signature Version 4; Vault's and Akeyless's AWS login take the request in parts.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from esync.errors import EsyncError
from esync.identity.aws.failures import failure_of
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.aws.failures import AwsFailure
    from esync.identity.aws.sdk import AwsSession

_BODY: Final = b"Action=GetCallerIdentity&Version=2011-06-15"
# Regions that the global endpoint speaks for, in the Go SDK too; later ones have only their own.
_GLOBAL: Final = frozenset(
    {
        "ap-northeast-1",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "aws-global",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)


class AwsSignInFailed(EsyncError):
    """AWS gives no credentials to sign with.

    Attributes:
        failure: what AWS or its SDK said.
    """

    rule = "ES0345"

    def __init__(self, failure: AwsFailure) -> None:
        said = f" ({failure.code})" if failure.code else ""
        away = failure.is_passing
        super().__init__(
            f"AWS {'does not answer' if away else 'gives no credentials'}{said}",
            hint="look at region and network"
            if away
            else "look at the access key, at the role and at whom it trusts",
        )
        self.failure = failure


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A POST, ready to be sent by anybody for a quarter of an hour."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def signed_caller_identity(
    session: AwsSession, headers: Mapping[str, str] | None = None
) -> SignedRequest:
    """Return STS's ``GetCallerIdentity``, signed for the session's region.

    Args:
        session: whose identity it is.
        headers: are signed as well.

    Raises:
        AwsSignInFailed: AWS gives no credentials.
        EsyncError: the credentials cannot be read, or may not be used.
    """
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    keys = _keys(session)
    url = f"https://{sts_host(session.region)}/"
    content = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = AWSRequest("POST", url, {**content, **(headers or {})}, _BODY)
    SigV4Auth(keys, "sts", session.region).add_auth(request)
    return SignedRequest(url, dict(request.headers.items()), _BODY)


def _keys(session: AwsSession) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return session.keys()
    except (BotoCoreError, ClientError) as error:
        failure = failure_of(error)
        if failure is None:
            raise
    # Raised here, and not where it was caught, so that nothing of the SDK's error goes along.
    raise AwsSignInFailed(failure)


def sts_host(region: str) -> str:
    """Return the host of STS that the Go SDK asks for a region."""
    if region in _GLOBAL:
        return "sts.amazonaws.com"
    return f"sts.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"

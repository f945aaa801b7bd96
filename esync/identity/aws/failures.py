"""What AWS and its SDK say when something went wrong: codes, sorted by what follows from them.

Nothing of the SDK's message goes on, since it can quote a request.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


class Trouble(StrEnum):
    """The kinds of failure that somebody acts on differently.

    Members:
        BUSY: AWS says that it cannot answer now, or cuts the connection.
        UNAVAILABLE: nobody answers.
    """

    DENIED = "denied"
    NO_IDENTITY = "no identity"
    THROTTLED = "throttled"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"
    OTHER = "other"


_PASSING: Final = frozenset({Trouble.THROTTLED, Trouble.BUSY, Trouble.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class AwsFailure:
    """One failed call.

    Attributes:
        code: AWS's error code, or the name of the SDK's error.
        operation: as AWS names it, or empty.
        request_id: AWS's id of the request, or empty.
        retry_after: seconds that AWS asked to wait, or None.
        says_deleted: whether the message says that the thing is marked for deletion; no code does.
    """

    kind: Trouble
    code: str
    operation: str = ""
    request_id: str = ""
    retry_after: float | None = None
    says_deleted: bool = False

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed later."""
        return self.kind in _PASSING

    @property
    def names_nobody(self) -> bool:
        """Whether AWS does not know, or believe, who asks; policies have nothing to do with it."""
        return self.kind is Trouble.NO_IDENTITY or self.code in _NOBODY

    @property
    def is_of_sign_in(self) -> bool:
        """Whether it came before the question that was asked."""
        return self.names_nobody or self.operation.startswith("AssumeRole")


_NOBODY: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_THROTTLED: Final = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "TransactionInProgressException",
        "429",
    }
)
_DENIED: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "DecryptionFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IDPRejectedClaim",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidIdentityToken",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "RegionDisabledException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
        "401",
        "403",
    }
)
_BUSY: Final = frozenset(
    {
        "IDPCommunicationError",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "InternalServiceErrorException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)
# Errors of the SDK itself, by the name of the class or of one that it is made from.
_OF_THE_SDK: Final[Mapping[str, Trouble]] = {
    "NoCredentialsError": Trouble.NO_IDENTITY,
    "PartialCredentialsError": Trouble.NO_IDENTITY,
    "CredentialRetrievalError": Trouble.NO_IDENTITY,
    "MetadataRetrievalError": Trouble.NO_IDENTITY,
    "TokenRetrievalError": Trouble.NO_IDENTITY,
    "ProfileNotFound": Trouble.NO_IDENTITY,
    "ConfigParseError": Trouble.NO_IDENTITY,
    "ConnectionClosedError": Trouble.BUSY,
    "HTTPClientError": Trouble.UNAVAILABLE,
    "ConnectionError": Trouble.UNAVAILABLE,
    "ResponseParserError": Trouble.MALFORMED,
    "IncompleteReadError": Trouble.MALFORMED,
    "BotoCoreError": Trouble.OTHER,
}
_DELETED = re.compile(r"marked (?:for deletion|deleted)")
_WORD = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_SERVER_ERROR: Final = 500


def sdk_errors() -> tuple[type[Exception], ...]:
    """Return what a call of the SDK can raise: its own errors, and its parsers' stumbles."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError  # no BotoCoreError, whatever its name

    stumbles = (ArithmeticError, AttributeError, LookupError, SyntaxError, TypeError, ValueError)
    return (BotoCoreError, ClientError, ResponseParserError, *stumbles)


def failure_of(error: BaseException) -> AwsFailure | None:
    """Return what ``error`` means, or None if it is none of AWS's or its SDK's."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        return _of_service(response, str(getattr(error, "operation_name", "")))
    for kind in type(error).__mro__:
        if kind.__module__.startswith("botocore.") and kind.__name__ in _OF_THE_SDK:
            return AwsFailure(_OF_THE_SDK[kind.__name__], type(error).__name__)
    if _raised_in(error, "botocore.parsers"):  # it stumbles over odd answers in many ways
        return AwsFailure(Trouble.MALFORMED, type(error).__name__)
    return None


def failure_of_member(code: str, operation: str) -> AwsFailure:
    """Return what an error code means that a batch answer has for one of its members."""
    return AwsFailure(_kind(code, 0), _one_word(code), operation)


def _raised_in(error: BaseException, module: str) -> bool:
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return step is not None and step.tb_frame.f_globals.get("__name__") == module


def _of_service(response: Mapping[str, Any], operation: str) -> AwsFailure:
    told: Mapping[str, Any] = response.get("Error") or {}
    about: Mapping[str, Any] = response.get("ResponseMetadata") or {}
    code = str(told.get("Code") or "")
    return AwsFailure(
        kind=_kind(code, about.get("HTTPStatusCode") or 0),
        code=_one_word(code),
        operation=operation,
        request_id=_one_word(str(about.get("RequestId") or "")),
        retry_after=_seconds(about.get("HTTPHeaders") or {}),
        says_deleted=bool(_DELETED.search(str(told.get("Message") or ""))),
    )


def _kind(code: str, status: int) -> Trouble:
    if code in _THROTTLED:
        return Trouble.THROTTLED
    if code in _DENIED:
        return Trouble.DENIED
    if code in _BUSY or status >= _SERVER_ERROR:
        return Trouble.BUSY
    return Trouble.OTHER


def _one_word(text: str) -> str:
    """Return ``text`` if it looks like a code; a server can send anything."""
    return text if _WORD.fullmatch(text) else ""


def _seconds(headers: Mapping[str, str]) -> float | None:
    wait = headers.get("retry-after", "")
    return float(wait) if wait.isdecimal() else None

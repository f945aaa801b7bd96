"""AWS's error codes and its SDK's errors are sorted by what follows from them."""

from __future__ import annotations

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from esync.identity.aws import AwsFailure, Trouble, failure_of


def refused(code: str, status: int = 400, message: str = "", **headers: str) -> AwsFailure:
    """Return what ``code`` means."""
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {
            "HTTPStatusCode": status,
            "RequestId": "r-1",
            "HTTPHeaders": {name.replace("_", "-"): value for name, value in headers.items()},
        },
    }
    failure = failure_of(exceptions.ClientError(response, "GetSecretValue"))
    assert failure is not None
    return failure


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("AccessDeniedException", 400, Trouble.DENIED),
        ("AccessDenied", 403, Trouble.DENIED),
        ("UnrecognizedClientException", 400, Trouble.DENIED),
        ("ExpiredTokenException", 400, Trouble.DENIED),
        ("InvalidSignatureException", 400, Trouble.DENIED),
        ("DecryptionFailure", 400, Trouble.DENIED),
        ("403", 403, Trouble.DENIED),
        ("ThrottlingException", 400, Trouble.THROTTLED),
        ("TooManyRequestsException", 400, Trouble.THROTTLED),
        ("429", 429, Trouble.THROTTLED),
        ("InternalServiceError", 500, Trouble.BUSY),
        ("RequestTimeoutException", 400, Trouble.BUSY),
        ("Whatever", 503, Trouble.BUSY),
        ("ResourceNotFoundException", 400, Trouble.OTHER),
        ("InvalidRequestException", 400, Trouble.OTHER),
        ("ParameterNotFound", 400, Trouble.OTHER),
    ],
)
def test_codes(code: str, status: int, kind: Trouble) -> None:
    """The code decides, and for codes that nobody knows the HTTP status."""
    failure = refused(code, status)
    assert (failure.kind, failure.code, failure.request_id) == (kind, code, "r-1")


def test_the_time_that_aws_asks_to_wait() -> None:
    """Retry-After is in seconds."""
    assert refused("ThrottlingException", retry_after="7").retry_after == 7.0
    assert refused("ThrottlingException", retry_after="Wed, 21 Oct").retry_after is None


@pytest.mark.parametrize(
    ("message", "deleted"),
    [
        ("You can't perform this operation, the secret was marked for deletion.", True),
        ("secret was marked deleted", True),
        ("The parameter is wrong", False),
    ],
)
def test_no_code_says_that_a_secret_is_being_deleted(message: str, deleted: bool) -> None:  # noqa: FBT001
    """Only the message does; the claim is kept, the message is not."""
    failure = refused("InvalidParameterException", message=message)
    assert failure.says_deleted is deleted
    assert message not in repr(failure)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exceptions.NoCredentialsError(), Trouble.NO_IDENTITY),
        (exceptions.ProfileNotFound(profile="x"), Trouble.NO_IDENTITY),
        (exceptions.CredentialRetrievalError(provider="p", error_msg="m"), Trouble.NO_IDENTITY),
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), Trouble.UNAVAILABLE),
        (exceptions.ConnectTimeoutError(endpoint_url="https://x"), Trouble.UNAVAILABLE),
        (exceptions.ReadTimeoutError(endpoint_url="https://x"), Trouble.UNAVAILABLE),
        (exceptions.SSLError(endpoint_url="https://x", error="e"), Trouble.UNAVAILABLE),
        (exceptions.ProxyConnectionError(proxy_url="https://u:p@x"), Trouble.UNAVAILABLE),
        (exceptions.ConnectionClosedError(endpoint_url="https://x"), Trouble.BUSY),
        (exceptions.ParamValidationError(report="r"), Trouble.OTHER),
        (ResponseParserError("body: hunter2"), Trouble.MALFORMED),
    ],
)
def test_errors_of_the_sdk_itself(error: Exception, kind: Trouble) -> None:
    """They are told by their class; its name is passed on as the code."""
    failure = failure_of(error)
    assert failure is not None
    assert (failure.kind, failure.code) == (kind, type(error).__name__)


def test_other_errors_are_none_of_aws() -> None:
    """A bug stays a bug."""
    assert failure_of(KeyError("x")) is None
    assert failure_of(ConnectionError("x")) is None


def test_a_code_that_looks_like_text_is_not_passed_on() -> None:
    """A server can send anything, also a value, as its code."""
    failure = refused("the password is hunter2")
    assert failure.code == ""
    assert failure.kind is Trouble.OTHER

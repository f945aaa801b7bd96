"""One call to AWS: its answer, or its error in our words. The one translator of AWS's errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from esync.identity.aws import Trouble, failure_of, sdk_errors
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    Busy,
    NoSecret,
    ProviderError,
    Throttled,
    Unavailable,
)
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from esync.identity.aws import AwsFailure

_SURROGATE: Final = re.compile("[\ud800-\udfff]")

# One dict as AWS answers it.
Answer = dict[str, Any]

_NEEDS: Final = {
    "AssumeRole": "the role must trust the identity before it, with that external id and tags",
    "AssumeRoleWithWebIdentity": "the role must trust issuer, subject and audience of the token",
    "BatchGetSecretValue": "allow secretsmanager:BatchGetSecretValue",
    "DescribeCertificate": "allow acm:DescribeCertificate",
    "DescribeParameters": "allow ssm:DescribeParameters",
    "DescribeSecret": "allow secretsmanager:DescribeSecret",
    "ExportCertificate": "allow acm:ExportCertificate",
    "GetCertificate": "allow acm:GetCertificate",
    "GetParameter": "allow ssm:GetParameter, and kms:Decrypt for a key of your own",
    "GetParameters": "allow ssm:GetParameters",
    "GetParametersByPath": "allow ssm:GetParametersByPath",
    "GetSecretValue": "allow secretsmanager:GetSecretValue, and kms:Decrypt for a key of your own",
    "ListSecrets": "allow secretsmanager:ListSecrets",
    "ListTagsForResource": "allow ssm:ListTagsForResource",
}


class NoIdentity(AccessDenied):
    """There are no AWS credentials to ask with."""

    rule = "ES0331"


def ask(
    operation: Callable[..., Answer],
    about: str,
    *,
    is_missing: Callable[[AwsFailure], bool] = lambda _: False,
    **parameters: Any,
) -> Answer:
    """Call ``operation`` of a client and return its answer.

    Args:
        operation: a bound method of a client of the SDK.
        about: what is asked for, e.g. ``secret "prod/db"``; it begins the error's message.
        is_missing: tells which failure means that the store has nothing.
        parameters: as AWS names them.

    Raises:
        NoSecret: as ``is_missing`` says.
        NoIdentity, AccessDenied: the identity is refused, or there is none.
        Throttled, Unavailable: AWS asked to slow down, or did not answer.
        BadAnswer: it answered something that the SDK cannot read.
        ProviderError: AWS refused for another reason.
    """
    try:
        return operation(**parameters)
    except sdk_errors() as error:
        failure = failure_of(error)
        if failure is None:
            raise
    # Raised here, and not where it was caught, so that nothing of the SDK's error goes along.
    if is_missing(failure):
        raise NoSecret(f"{about} does not exist{_told(failure)}")
    raise translated(failure, about)


def translated(failure: AwsFailure, about: str) -> ProviderError:
    """Return our error for a failure that means anything but "there is none"."""
    error = _translated(failure, about)
    return error.of_store() if failure.is_of_sign_in else error


def _translated(failure: AwsFailure, about: str) -> ProviderError:
    said = _told(failure)
    match failure.kind:
        case Trouble.DENIED:
            hint = _NEEDS.get(failure.operation, "look at the policies of the identity")
            if failure.names_nobody:
                hint = "the keys are wrong, unknown or expired, or the clock is"
            return AccessDenied(f"{about}: AWS denies access{said}", hint=hint)
        case Trouble.NO_IDENTITY:
            return NoIdentity(
                f"{about}: there are no AWS credentials{said}",
                hint="give the store auth, or this process credentials (environment, profile)",
            )
        case Trouble.THROTTLED | Trouble.BUSY:
            busy = Busy(f"{about}: AWS is not able to answer{said}")
            if failure.kind is Trouble.THROTTLED:
                words = f"{about}: AWS asks to slow down{said}"
                busy = Throttled(words, hint="lower --concurrency")
            busy.retry_after = failure.retry_after
            return busy
        case Trouble.UNAVAILABLE:
            return Unavailable(
                f"{about}: AWS does not answer{said}",
                hint="look at region, endpoint variables, proxy and network",
            )
        case Trouble.MALFORMED:
            return BadAnswer(f"{about}: the answer cannot be read{said}")
        case Trouble.OTHER:
            hint = "it is marked for deletion" if failure.says_deleted else ""
            return ProviderError(f"{about}: AWS refuses{said}", hint=hint)


class Announced:
    """A client of the SDK that tells each call, by AWS's name of it, before it makes it."""

    def __init__(self, client: Any, before: Callable[[str], None]) -> None:
        self._client = client
        self._before = before

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        """Return an operation of the client."""
        operation: Callable[..., Answer] = getattr(self._client, name)

        def told(**parameters: Any) -> Answer:
            self._before(name.title().replace("_", ""))
            return operation(**parameters)

        return told


def pages(operation: Callable[..., Answer], about: str, **parameters: Any) -> Iterator[Answer]:
    """Yield the pages of a list, of the server's own size; errors as in :func:`ask`."""
    token = ""
    while True:
        page = ask(operation, about, **parameters)
        yield page
        token, last = page.get("NextToken") or "", token
        if not token:
            return
        if token == last:
            raise BadAnswer(f"{about}: AWS gives the same page again and again")
        parameters["NextToken"] = token


def text_value(text: str) -> SecretValue:
    """Return text of an answer as bytes; half a surrogate pair becomes U+FFFD, as in Go."""
    return SecretValue(_SURROGATE.sub("\ufffd", text).encode())


def member(answer: Answer, name: str, about: str) -> Any:
    """Return one member of an answer.

    Raises:
        BadAnswer: it is not there.
    """
    if not isinstance(answer, dict) or answer.get(name) is None:
        raise BadAnswer(f"{about}: the answer has no {name}")
    return answer[name]


def _told(failure: AwsFailure) -> str:
    """Return what AWS said that may be passed on: code, operation, id of the request."""
    request = f"request {failure.request_id}" if failure.request_id else ""
    words = [word for word in (failure.code, failure.operation, request) if word]
    return f" ({', '.join(words)})" if words else ""

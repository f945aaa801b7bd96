"""AWS as its wire shows it, for answers that moto never gives; what it says, each test tells it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUEST_ID = "11111111-2222-3333-4444-555555555555"


@dataclass(frozen=True, slots=True)
class AwsRequest:
    """One request that arrived: what was asked, and how it was signed."""

    operation: str
    parameters: dict[str, Any]
    headers: dict[str, str]


@dataclass
class AwsStub:
    """Answers each operation with what was told, one after the other; the last one stays.

    Attributes:
        url: for ``AWS_ENDPOINT_URL``.
        requests: everything that arrived, in order.
    """

    url: str = ""
    requests: list[AwsRequest] = field(default_factory=list)
    _told: dict[str, list[Response]] = field(default_factory=dict)

    def tell(self, operation: str, *responses: Response) -> None:
        """Say what to answer to ``operation``."""
        self._told[operation] = list(responses)

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """Return the parameters of every request for ``operation``."""
        return [one.parameters for one in self.requests if one.operation == operation]

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        target = request.headers.get("x-amz-target", "")
        form = {} if target else request.form()
        operation = target.rpartition(".")[2] or form.get("Action", "")
        parameters = request.json() if target else form
        self.requests.append(AwsRequest(operation, parameters, dict(request.headers)))
        told = self._told.get(operation)
        if not told:
            return refusal("UnknownOperationException", "nobody told what to answer")
        return told.pop(0) if len(told) > 1 else told[0]


@contextmanager
def aws_stub(stub: AwsStub | None = None) -> Iterator[AwsStub]:
    """Run a stub on a port of this machine."""
    stub = stub or AwsStub()
    with serving(stub.answer) as port:
        stub.url = f"http://127.0.0.1:{port}"
        yield stub


def said(**members: Any) -> Response:
    """Return an answer of the JSON protocol."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": REQUEST_ID}
    return Response(200, members, headers)


def refusal(
    code: str, message: str = "", status: int = 400, headers: dict[str, str] | None = None
) -> Response:
    """Return an error of the JSON protocol."""
    more = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": REQUEST_ID}
    return Response(status, {"__type": code, "message": message}, more | (headers or {}))


def sts_keys(operation: str, expires: str = "2126-01-01T00:00:00Z", key: str = "ASIA") -> Response:
    """Return temporary keys in the XML of STS."""
    text = f"""<{operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <{operation}Result><Credentials>
        <AccessKeyId>{key}</AccessKeyId><SecretAccessKey>sts-secret</SecretAccessKey>
        <SessionToken>sts-token-{key}</SessionToken><Expiration>{expires}</Expiration>
      </Credentials></{operation}Result>
      <ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>
    </{operation}Response>"""
    return Response(200, text, {"Content-Type": "text/xml"})


def sts_refusal(code: str, message: str = "no", status: int = 403) -> Response:
    """Return an error in the XML of STS."""
    text = f"""<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>
      <RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"""
    return Response(status, text, {"Content-Type": "text/xml"})

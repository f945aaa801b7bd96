"""Google Secret Manager over HTTP: paths and JSON to the messages of the gRPC service, and back."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from google.protobuf import json_format

from tests.servers.gcp_grpc import Handle
from tests.servers.gcp_store import METHODS, RpcError
from tests.servers.web import Request, Response

_PROJECT = r"projects/[^/]+(?:/locations/[^/]+)?"
_SECRET = rf"{_PROJECT}/secrets/[^/:]+"
_VERSION = rf"{_SECRET}/versions/[^/:]+"

# The HTTP method, the path under /v1/, and the call it is.
_ROUTES = tuple(
    (verb, re.compile(pattern), call)
    for verb, pattern, call in (
        ("POST", rf"({_PROJECT})/secrets", "CreateSecret"),
        ("GET", rf"({_PROJECT})/secrets", "ListSecrets"),
        ("GET", rf"({_SECRET})", "GetSecret"),
        ("PATCH", rf"({_SECRET})", "UpdateSecret"),
        ("DELETE", rf"({_SECRET})", "DeleteSecret"),
        ("POST", rf"({_SECRET}):addVersion", "AddSecretVersion"),
        ("GET", rf"({_SECRET})/versions", "ListSecretVersions"),
        ("GET", rf"({_VERSION})", "GetSecretVersion"),
        ("GET", rf"({_VERSION}):access", "AccessSecretVersion"),
        ("POST", rf"({_VERSION}):enable", "EnableSecretVersion"),
        ("POST", rf"({_VERSION}):disable", "DisableSecretVersion"),
        ("POST", rf"({_VERSION}):destroy", "DestroySecretVersion"),
    )
)
_BODY_IS_SECRET = frozenset({"CreateSecret", "UpdateSecret"})

_STATUS = {
    "INVALID_ARGUMENT": HTTPStatus.BAD_REQUEST,
    "FAILED_PRECONDITION": HTTPStatus.BAD_REQUEST,
    "UNAUTHENTICATED": HTTPStatus.UNAUTHORIZED,
    "PERMISSION_DENIED": HTTPStatus.FORBIDDEN,
    "NOT_FOUND": HTTPStatus.NOT_FOUND,
    "ALREADY_EXISTS": HTTPStatus.CONFLICT,
    "ABORTED": HTTPStatus.CONFLICT,
    "RESOURCE_EXHAUSTED": HTTPStatus.TOO_MANY_REQUESTS,
    "UNAVAILABLE": HTTPStatus.SERVICE_UNAVAILABLE,
}


def rest(handle: Handle) -> Callable[[Request], Response]:
    """Return what answers HTTP requests by ``handle``."""

    def answer(request: Request) -> Response:
        try:
            call, message = _decode(request)
            return Response(200, _encode(handle(call, message, request.bearer)))
        except RpcError as error:
            status = _STATUS[error.code]
            detail = {"code": status, "message": error.message, "status": error.code}
            return Response(status, {"error": detail})

    return answer


def _decode(request: Request) -> tuple[str, Any]:
    """Find the call that ``request`` is, and build its message."""
    path = request.path.removeprefix("/v1/")
    for verb, pattern, call in _ROUTES:
        match = pattern.fullmatch(path)
        if match and verb == request.method:
            method = METHODS[call]
            fields = _fields(request.query) | _body(call, request)
            _put(fields, method.subject, match[1])
            message = method.request.pb(method.request())
            return call, method.request.wrap(json_format.ParseDict(fields, message))
    raise RpcError("NOT_FOUND", f"There is nothing at {request.method} {request.path}.")


def _fields(query: Mapping[str, str]) -> dict[str, Any]:
    """Read fields from the query; names with $ are about the encoding."""
    return {name: value for name, value in query.items() if not name.startswith("$")}


def _body(call: str, request: Request) -> dict[str, Any]:
    decoded: dict[str, Any] = request.json()
    return {"secret": decoded} if call in _BODY_IS_SECRET else decoded


def _put(fields: dict[str, Any], dotted: str, value: str) -> None:
    """Set the field that ``dotted`` names, as in ``secret.name``."""
    *parents, last = dotted.split(".")
    for parent in parents:
        fields = fields.setdefault(parent, {})
    fields[last] = value


def _encode(answer: Any) -> object:
    return {} if answer is None else json_format.MessageToDict(type(answer).pb(answer))

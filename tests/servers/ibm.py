"""IBM Cloud's IAM and Secrets Manager of our own, as IBM's Python client speaks with them."""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from threading import Lock
from typing import Any
from uuid import uuid4

from tests.servers.gate import Call, Gate, Refusal
from tests.servers.web import Request, Response, serving

API_KEY = "api-key-of-tests"
PROFILE = "profile-of-tests"
POD_TOKEN = "token-of-the-pod"
LIFETIME = 3600
_GRANT = "urn:ibm:params:oauth:grant-type:"
_BY_NAME = re.compile(r"/api/v2/secret_groups/([^/]+)/secret_types/([^/]+)/secrets/([^/]+)")
_BY_ID = re.compile(r"/api/v2/secrets/([^/]+)")
_VERSIONS = re.compile(r"/api/v2/secrets/([^/]+)/versions")
_REFUSALS = {
    Refusal.DENIED: (403, "access_denied", "hunter2 may not do this."),
    Refusal.THROTTLED: (429, "too_many_requests", "hunter2 asks too often."),
    Refusal.UNAVAILABLE: (503, "unavailable", "hunter2 has to wait."),
}


@dataclass
class IbmServer:
    """A running instance; tokens are given at the same place.

    Attributes:
        forms: what IAM was asked with, in order.
    """

    url: str = ""
    gate: Gate = field(default_factory=Gate)
    forms: list[Mapping[str, str]] = field(default_factory=list)
    lifetime: int = LIFETIME
    _secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    _tokens: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def reset(self) -> None:
        """Forget every secret, call, sign-in and refusal."""
        with self._lock:
            self._secrets.clear()
            self.forms.clear()
        self.gate.reset()

    def end_tokens(self) -> None:
        """Know none of the tokens any more that were given so far."""
        with self._lock:
            self._tokens.clear()

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        if request.path == "/identity/token":
            return self._sign_in(request.form())
        if request.bearer not in self._tokens:
            return _error(401, "unauthorized", "hunter2 is no token.")
        call = Call(request.method, request.path, "")
        refusal = self.gate.admit(call)
        if refusal:
            return _error(*_REFUSALS[refusal])
        with self._lock:
            return self._call(request)

    def _sign_in(self, form: Mapping[str, str]) -> Response:
        self.forms.append(form)
        good = {
            f"{_GRANT}apikey": form.get("apikey") == API_KEY,
            f"{_GRANT}cr-token": form.get("cr_token") == POD_TOKEN
            and PROFILE in (form.get("profile_name"), form.get("profile_id")),
        }
        if not good.get(form.get("grant_type", "")):
            content = {"errorCode": "BXNIM0415E", "errorMessage": "hunter2 could not be found."}
            return Response(400, content, {"Transaction-Id": "iam-1"})
        now = int(datetime.now(UTC).timestamp())
        token = _jwt({"iat": now, "exp": now + self.lifetime, "jti": token_hex(8)})
        self._tokens.add(token)
        content = {"access_token": token, "refresh_token": "not_supported", "token_type": "Bearer"}
        times = {"expires_in": self.lifetime, "expiration": now + self.lifetime}
        return Response(200, content | times)

    def _call(self, request: Request) -> Response:
        if request.method == "POST" and request.path == "/api/v2/secrets":
            return Response(201, self._create(request.json()))
        if request.method == "POST" and (found := _VERSIONS.fullmatch(request.path)):
            return self._add_version(found[1], request.json())
        if request.method == "GET" and (found := _BY_ID.fullmatch(request.path)):
            return _found(self._secrets.get(found[1]))
        if request.method == "GET" and (found := _BY_NAME.fullmatch(request.path)):
            return _found(self._named(found[1], found[2], found[3]))
        return _error(404, "not_found", "hunter2 is not there.")

    def _create(self, prototype: Mapping[str, Any]) -> dict[str, Any]:
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z"
        made = {
            "id": str(uuid4()),
            "crn": "crn:v1:bluemix:public:secrets-manager:eu-de:a/1:2:secret:3",
            "created_at": now,
            "created_by": "iam-ServiceId-1",
            "downloaded": True,
            "locks_total": 0,
            "secret_group_id": "default",
            "state": 1,
            "updated_at": now,
            "versions_total": 1,
            **prototype,
        }
        self._secrets[made["id"]] = made
        return made

    def _add_version(self, secret_id: str, content: Mapping[str, Any]) -> Response:
        secret = self._secrets.get(secret_id)
        if secret is None:
            return _error(404, "not_found", "hunter2 is not there.")
        secret |= content
        secret["versions_total"] += 1
        return Response(201, secret | {"auto_rotated": False, "payload_available": True})

    def _named(self, group: str, kind: str, name: str) -> dict[str, Any] | None:
        wanted = (group, kind, name)
        for secret in self._secrets.values():
            if (secret["secret_group_id"], secret["secret_type"], secret["name"]) == wanted:
                return secret
        return None


@contextmanager
def ibm() -> Iterator[IbmServer]:
    """Run an instance of its own."""
    server = IbmServer()
    with serving(server.answer) as port:
        server.url = f"http://127.0.0.1:{port}"
        yield server


@contextmanager
def official_client(server: IbmServer) -> Iterator[Any]:
    """Give IBM's own client, which signs in with the API key."""
    from ibm_cloud_sdk_core.authenticators import IAMAuthenticator
    from ibm_secrets_manager_sdk.secrets_manager_v2 import SecretsManagerV2

    client = SecretsManagerV2(authenticator=IAMAuthenticator(API_KEY, url=server.url))
    client.set_service_url(server.url)
    try:
        yield client
    finally:
        client.get_http_client().close()


def _found(secret: dict[str, Any] | None) -> Response:
    return _error(404, "not_found", "hunter2 is not there.") if secret is None else _good(secret)


def _good(secret: dict[str, Any]) -> Response:
    return Response(200, secret)


def _error(status: int, code: str, message: str) -> Response:
    errors = [{"code": code, "message": message}]
    return Response(status, {"status_code": status, "trace": "trace-1", "errors": errors})


def _jwt(claims: Mapping[str, Any]) -> str:
    parts = [{"alg": "RS256", "typ": "JWT"}, claims]
    encoded = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*encoded, urlsafe_b64encode(b"signature").rstrip(b"=")]).decode()

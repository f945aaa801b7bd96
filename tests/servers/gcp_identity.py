"""Where Google's tokens come from: keys, federation, impersonation, the metadata server."""

import json
import re
from base64 import urlsafe_b64decode
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.servers.certificates import signing_key
from tests.servers.web import Request, Response

PROJECT = "esync-test"
EMAIL = f"tests@{PROJECT}.iam.gserviceaccount.com"
_LIFETIME = 3600
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_IMPERSONATION = re.compile(r"/v1/projects/-/serviceAccounts/([^/:]+):generateAccessToken")


class Refused(Exception):
    """A token is not given, for the reason told."""


class GoogleIdentity:
    """Gives tokens and remembers for whom.

    A subject token of a federation is taken as it is: it is the cluster's word, and the caller's
    name becomes ``federated:<audience>``.
    """

    def __init__(self, folder: Path) -> None:
        pem = signing_key(folder / "google-service-account.key").read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self._public = key.public_key()
        self._pem = pem.decode()
        self._lock = Lock()
        self._callers: dict[str, str] = {}
        self.given = 0

    def end_tokens(self) -> None:
        """Know none of the tokens any more that were given so far."""
        with self._lock:
            self._callers.clear()

    def issue(self, caller: str) -> str:
        """Return a new token for ``caller``."""
        token = f"ya29.{token_hex(16)}"
        with self._lock:
            self._callers[token] = caller
            self.given += 1
        return token

    def caller(self, token: str) -> str | None:
        """Return for whom ``token`` was given, and None if it never was.

        A JWT signed with the service account's key is a token, too, and not given by anybody.
        """
        with self._lock:
            given = self._callers.get(token)
        if given is None and token.count(".") == 2:
            with suppress(Refused):
                return str(self._verified(token)["iss"])
        return given

    def service_account_key(self, url: str) -> dict[str, str]:
        """Return a key file's content that gets its tokens from ``url``."""
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "1",
            "private_key": self._pem,
            "client_email": EMAIL,
            "client_id": "1",
            "token_uri": f"{url}/token",
        }

    def answer(self, request: Request) -> Response | None:
        """Answer ``request`` if it is about tokens."""
        routes = {
            "/token": self._for_assertion,
            "/v1/token": self._for_subject,
            "/v1/identitybindingtoken": self._for_subject,
        }
        impersonated = _IMPERSONATION.fullmatch(request.path)
        try:
            if request.path in routes:
                return Response(200, routes[request.path](request))
            if impersonated:
                return Response(200, self._impersonated(request, impersonated[1]))
            if request.path.startswith("/computeMetadata/"):
                return self._metadata(request)
        except Refused as refused:
            return Response(400, {"error": "invalid_grant", "error_description": str(refused)})
        return None

    def _for_assertion(self, request: Request) -> object:
        """Answer the holder of a service account's key, who signed a statement with it."""
        form = request.form()
        if form.get("grant_type") != _JWT_GRANT:
            raise Refused("grant_type is not that of a signed assertion")
        claims = self._verified(form.get("assertion", ""))
        return _bearer(self.issue(claims["iss"]))

    def _for_subject(self, request: Request) -> object:
        """Answer a workload that shows a token of its own platform."""
        fields = request.json() if request.body.startswith(b"{") else request.form()
        if fields.get("grant_type") != _EXCHANGE_GRANT or not fields.get("subject_token"):
            raise Refused("this is not an exchange of a subject token")
        return _bearer(self.issue(f"federated:{fields['audience']}")) | {
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"
        }

    def _impersonated(self, request: Request, email: str) -> object:
        if self.caller(request.bearer) is None:
            raise Refused("the caller's token was not given here")
        return {"accessToken": self.issue(email), "expireTime": "2099-01-01T00:00:00Z"}

    def _metadata(self, request: Request) -> Response:
        """Answer as the metadata server of a virtual machine."""
        marked = {"Metadata-Flavor": "Google"}
        if request.headers.get("metadata-flavor") != "Google":
            return Response(403, "", marked)
        account = "/computeMetadata/v1/instance/service-accounts/default/"
        if request.path == f"{account}token":
            return Response(200, _bearer(self.issue(EMAIL)), marked)
        texts = {
            "/computeMetadata/v1/project/project-id": PROJECT,
            "/computeMetadata/v1/instance/attributes/cluster-name": "cluster",
            "/computeMetadata/v1/instance/attributes/cluster-location": "europe-west3",
            "/computeMetadata/v1/universe/universe-domain": "googleapis.com",
            f"{account}email": EMAIL,
        }
        if request.path == account:
            scopes = ["https://www.googleapis.com/auth/cloud-platform"]
            content = {"email": EMAIL, "scopes": scopes, "aliases": ["default"]}
            return Response(200, content, marked)
        if request.path not in texts:
            return Response(404, "", marked)
        return Response(200, texts[request.path], marked | {"Content-Type": "application/text"})

    def _verified(self, assertion: str) -> dict[str, Any]:
        """Return the claims of a JWT that our service account signed."""
        try:
            head, body, signature = assertion.split(".")
            signed = f"{head}.{body}".encode()
            self._public.verify(_decoded(signature), signed, padding.PKCS1v15(), hashes.SHA256())
            claims: dict[str, Any] = json.loads(_decoded(body))
        except (ValueError, InvalidSignature):
            raise Refused("Invalid JWT Signature.") from None
        return claims


def _bearer(token: str) -> dict[str, object]:
    return {"access_token": token, "expires_in": _LIFETIME, "token_type": "Bearer"}


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

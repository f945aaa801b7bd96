"""Where Azure's tokens come from: client secrets, assertions, managed identity."""

from secrets import token_hex
from threading import Lock

from tests.servers.web import Request, Response

TENANT = "11111111-1111-1111-1111-111111111111"
CLIENT = "22222222-2222-2222-2222-222222222222"
MANAGED = "managed"
_LIFETIME = 3600
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class AzureIdentity:
    """Gives tokens and remembers for whom.

    A client is known by its id, any id; the secret of all of them is ``secret``. An assertion is
    taken as it is, whoever signed it.
    """

    def __init__(self) -> None:
        self.secret = token_hex(16)
        self._lock = Lock()
        self._callers: dict[str, str] = {}
        self.given = 0

    def end_tokens(self) -> None:
        """Know none of the tokens any more that were given so far."""
        with self._lock:
            self._callers.clear()

    def issue(self, caller: str) -> str:
        """Return a new token for ``caller``."""
        token = token_hex(16)
        with self._lock:
            self._callers[token] = caller
            self.given += 1
        return token

    def caller(self, token: str) -> str | None:
        """Return for whom ``token`` was given, and None if it never was."""
        with self._lock:
            return self._callers.get(token)

    def answer(self, request: Request, url: str) -> Response | None:
        """Answer ``request`` if it is about tokens; ``url`` is where this server is."""
        tenant, _, path = request.path.removeprefix("/").partition("/")
        match path:
            case "v2.0/.well-known/openid-configuration":
                base = f"{url}/{tenant}"
                places = {
                    "issuer": f"{base}/v2.0",
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                    "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                }
                return Response(200, places)
            case "oauth2/v2.0/token" | "oauth2/token":
                return self._for_client(request)
        return None

    def answer_machine(self, request: Request) -> Response:
        """Answer a virtual machine that asks its metadata service for a token."""
        if request.headers.get("metadata") != "true":
            return Response(400, {"error": "invalid_request"})
        caller = request.query.get("client_id", MANAGED)
        bearer = _bearer(self.issue(caller))
        return Response(200, {**bearer, "resource": request.query.get("resource", "")})

    def _for_client(self, request: Request) -> Response:
        form = request.form()
        asserted = form.get("client_assertion_type") == _ASSERTION and form.get("client_assertion")
        if asserted or form.get("client_secret") == self.secret:
            return Response(200, _bearer(self.issue(form["client_id"])))
        described = "AADSTS7000215: Invalid client secret provided."
        return Response(401, {"error": "invalid_client", "error_description": described})


def _bearer(token: str) -> dict[str, object]:
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": _LIFETIME,
        "ext_expires_in": _LIFETIME,
    }

"""An application of Entra ID gets a token: by its secret, or by a signed statement.

Source:
    OAuth 2.0's client credentials, as Entra ID's v2.0 endpoint has them; RFC 7523.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from esync.identity.azure.failures import AzureSignInFailed, failure_of
from esync.identity.failures import Failure, Trouble
from esync.identity.kept import SECOND, LentToken
from esync.identity.references import BadReference
from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from esync.identity.access import Access
    from esync.identity.wire import Answer, Wire

_STATEMENT: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Part of a URL's path: a GUID or a domain, and nothing that leads elsewhere.
_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}")
# Anything else in its place may be a secret that stands under the wrong key.
_CLIENT_ID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Application:
    """An application, and where it signs in.

    Attributes:
        authority: URL that was found allowed, without slash at its end.
        tenant: a GUID or a domain.
        client_id: of the application.
    """

    authority: str
    tenant: str
    client_id: str

    @property
    def token_url(self) -> str:
        """Where tokens are given."""
        return f"{self.authority}/{self.tenant}/oauth2/v2.0/token"

    def __str__(self) -> str:
        """Return what errors call it."""
        is_told = _CLIENT_ID.fullmatch(self.client_id)
        return f'application "{self.client_id}"' if is_told else "the application"


# Fetches a token for a resource, e.g. ``https://vault.azure.net``.
TokenSource = Callable[[str], LentToken]
# Makes the form fields that prove who an application is; called for every new token.
Proof = Callable[[Application], Mapping[str, str]]


def application_source(
    find: Callable[[], Application], proof: Proof, wire: Wire, access: Access
) -> TokenSource:
    """Return what fetches tokens for an application.

    Args:
        find: finds out which one, when the first token is needed.
        proof: proves it.
        wire: sends the requests.
        access: tells the time.
    """

    def fetch(resource: str) -> LentToken:
        application = find()
        if not _TENANT.fullmatch(application.tenant):
            raise BadReference(
                "the tenant is neither a GUID nor a domain",
                hint="a line break at its end counts; write it without",
            )
        form = {
            "grant_type": "client_credentials",
            "client_id": application.client_id,
            "scope": f"{resource}/.default",
            **proof(application),
        }
        named = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        answer = wire.send("POST", application.token_url, named, body)
        return token_in(answer, f"token for {application}", access.clock())

    return fetch


def secret_proof(secret: Callable[[], SecretValue]) -> Proof:
    """Return the proof by a client secret, which is read for every new token."""
    return lambda _: {"client_secret": _text(secret(), "the client secret")}


def assertion_proof(assertion: Callable[[Application], SecretValue]) -> Proof:
    """Return the proof by a statement that somebody signs whom the application trusts."""
    return lambda application: {
        "client_assertion_type": _STATEMENT,
        "client_assertion": _text(assertion(application), "the client assertion"),
    }


def token_in(answer: Answer, about: str, now: int, *, hint: str = "") -> LentToken:
    """Return the access token in the answer of a token endpoint or a metadata service.

    Raises:
        AzureSignInFailed: there is none.
    """
    failure = failure_of(answer)
    if failure is not None:
        raise AzureSignInFailed(about, failure, hint=hint)
    content = answer.json()
    value = content.get("access_token")
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise AzureSignInFailed(about, Failure(Trouble.MALFORMED, "no access_token"))
    return LentToken(SecretValue(value.encode()), _expiry(content, now))


def _expiry(content: Mapping[str, Any], now: int) -> int | None:
    """Return when a token ends; metadata services spell numbers as texts."""
    seconds, moment = (str(content.get(name)) for name in ("expires_in", "expires_on"))
    if seconds.isascii() and seconds.isdecimal():
        return now + int(seconds) * SECOND
    return int(moment) * SECOND if moment.isascii() and moment.isdecimal() else None


def _text(value: SecretValue, what: str) -> str:
    try:
        return value.reveal().decode()
    except UnicodeDecodeError:
        pass
    raise BadReference(f"{what} is no text")

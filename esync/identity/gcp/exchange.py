"""One token for another: OAuth's exchanges, and the impersonation of a service account.

Source:
    RFC 8693; Google's STS and IAM Credentials; External Secrets Operator 2.9 for what it sends.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from esync.identity.failures import Failure, Trouble
from esync.identity.gcp.endpoints import SCOPE
from esync.identity.gcp.failures import GcpSignInFailed, failure_of
from esync.identity.kept import SECOND, LentToken
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.wire import Answer, Wire

EXCHANGE_GRANT: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"
JWT: Final = "urn:ietf:params:oauth:token-type:jwt"

# Part of a URL's path: nothing in it may lead elsewhere.
_EMAIL = re.compile(r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_FRACTION = re.compile(r"\.\d+")


def bearer_of(
    wire: Wire,
    url: str,
    form: Mapping[str, str],
    about: str,
    now: int,
    headers: Mapping[str, str] | None = None,
) -> LentToken:
    """Post a form to a token endpoint and return the access token that it gives.

    Args:
        wire: sends it.
        url: a host that was found allowed.
        form: the fields.
        about: what is asked for; it begins the error's message.
        now: nanoseconds since 1970.
        headers: of the client, if it has to show who it is.

    Raises:
        GcpSignInFailed: there is none.
    """
    named = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    answer = wire.send("POST", url, named, urlencode(form).encode())
    return token_in(answer, about, now)


def token_in(answer: Answer, about: str, now: int) -> LentToken:
    """Return the access token in the answer of a token endpoint.

    Raises:
        GcpSignInFailed: there is none.
    """
    content = _checked(answer, about)
    value = _value(content, "access_token", about)
    seconds = content.get("expires_in")
    if not isinstance(seconds, int) or seconds <= 0:
        return LentToken(value)
    return LentToken(value, now + seconds * SECOND)


def impersonated(
    wire: Wire, url: str, token: LentToken, email: str, lifetime: int = 0
) -> LentToken:
    """Return a token of a service account for that of somebody who may act as it.

    Args:
        wire: sends the request.
        url: of ``generateAccessToken``; a host that was found allowed.
        token: who asks.
        email: of the service account, for the error.
        lifetime: seconds; 0 leaves it to Google.

    Raises:
        GcpSignInFailed: there is none.
    """
    content: dict[str, Any] = {"scope": [SCOPE]}
    if lifetime:
        content["lifetime"] = f"{lifetime}s"
    about = f'token for service account "{email}"'
    given = _checked(wire.post_json(url, content, token.text), about)
    return LentToken(_value(given, "accessToken", about), _moment(given.get("expireTime")))


def signed_by_google(
    wire: Wire, url: str, token: LentToken, email: str, claims: str
) -> SecretValue:
    """Return a JWT that Google signs for a service account (``signJwt``).

    Raises:
        GcpSignInFailed: it does not.
    """
    about = f'JWT of service account "{email}"'
    given = _checked(wire.post_json(url, {"payload": claims}, token.text), about)
    return _value(given, "signedJwt", about)


def account_url(base: str, email: str, method: str) -> str:
    """Return the URL of a method of IAM Credentials for a service account."""
    return f"{base}/v1/projects/-/serviceAccounts/{quote(email, safe='@')}:{method}"


def is_email(text: object) -> bool:
    """Tell whether a text is the address of a service account, and nothing that leads elsewhere."""
    return isinstance(text, str) and _EMAIL.fullmatch(text) is not None


def _checked(answer: Answer, about: str) -> Mapping[str, Any]:
    failure = failure_of(answer)
    if failure is not None:
        raise GcpSignInFailed(about, failure)
    return answer.json()


def _value(content: Mapping[str, Any], name: str, about: str) -> SecretValue:
    value = content.get(name)
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise GcpSignInFailed(about, Failure(Trouble.MALFORMED, f"no {name}"))
    return SecretValue(value.encode())


def _moment(text: object) -> int | None:
    """Return RFC 3339 in nanoseconds since 1970, without its fraction; None if it is none."""
    try:
        moment = datetime.fromisoformat(_FRACTION.sub("", str(text)))
    except ValueError:
        return None
    return int(moment.timestamp()) * SECOND if moment.tzinfo else None

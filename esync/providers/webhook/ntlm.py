"""Signs a connection in by NTLM: the endpoint challenges, and gets an answer, no password.

Source:
    External Secrets Operator 2.9, webhook provider, ``auth.ntlm``: who is signed in already is not
    asked again, and messages go as they are under ``NTLM`` or ``Negotiate``.
    Microsoft, MS-NTHT: one connection carries all messages.
"""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from esync.identity.quiet import silence
from esync.providers.contract import AccessDenied, BadAnswer, BadStore
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.providers.webhook.wire import Answer, Request
    from esync.secret import SecretValue

_UNAUTHORIZED: Final = 401
_SCHEMES: Final = ("NTLM", "Negotiate")  # the first that is offered is used
_SIGNATURE: Final = b"NTLMSSP\0"


class Ask(Protocol):
    """Sends a request over one connection."""

    def __call__(self, request: Request, /, *, same: bool) -> Answer:
        """Return the answer; with ``same``, a connection that was closed is not opened again."""


@dataclass(frozen=True, slots=True)
class Login:
    r"""Who signs in: ``user``, ``DOMAIN\user`` or ``user@domain``."""

    username: SecretValue
    password: SecretValue


def ask_as(login: Callable[[], Login], request: Request, ask: Ask, key: str) -> Answer:
    """Send ``request``, and once more with every message of the sign-in if that is needed.

    Args:
        login: is called when the endpoint asks for it.
        request: whose ``Authorization``, if it has one, is left out.
        ask: sends over one connection.
        key: what the request is about, for errors.

    Raises:
        AccessDenied: the endpoint wants a sign-in of another kind.
        BadAnswer: its challenge is none.
        BadStore: user name or password are empty or no text.
    """
    answer = ask(_signed(request, ""), same=False)
    if answer.status != _UNAUTHORIZED:
        return answer
    scheme = _offered(answer)
    if not scheme:
        raise AccessDenied(
            f'the endpoint wants a sign-in for "{key}", and not by NTLM',
            hint="use a header that templates make from secrets, and no auth.ntlm",
        )
    dialogue = _Dialogue(login(), key)
    answer = ask(_signed(request, f"{scheme} {dialogue.next()}"), same=False)
    challenge = _challenge(answer, scheme)
    if answer.status != _UNAUTHORIZED or not challenge:
        return answer
    return ask(_signed(request, f"{scheme} {dialogue.next(challenge)}"), same=True)


class _Dialogue:
    """The messages of one sign-in, in base64."""

    def __init__(self, login: Login, key: str) -> None:
        import spnego

        silence("spnego")
        self._key = key
        username, password = _text(login.username), _text(login.password)
        try:
            self._context: Any = spnego.client(
                username, password, protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm
            )
        except (spnego.exceptions.SpnegoError, ValueError):
            raise BadStore(
                "auth.ntlm cannot be used on this machine", hint="look at LM_COMPAT_LEVEL"
            ) from None

    def next(self, challenge: str = "") -> str:
        """Return our first message, or the one that answers ``challenge``."""
        from spnego.exceptions import SpnegoError

        try:
            received = b64decode(challenge, validate=True) if challenge else None
            if received is not None and not received.startswith(_SIGNATURE):
                raise self._bad()
            message = self._context.step(received)
        except (SpnegoError, ValueError, LookupError, ArithmeticError, struct.error):
            raise self._bad() from None
        return b64encode(message or b"").decode()

    def _bad(self) -> BadAnswer:
        return BadAnswer(f'the NTLM challenge of the endpoint for "{self._key}" cannot be read')


def _signed(request: Request, authorization: str) -> Request:
    kept = tuple(one for one in request.headers if one[0].lower() != "authorization")
    added = (("Authorization", authorization),) if authorization else ()
    return replace(request, headers=kept + added)


def _offered(answer: Answer) -> str:
    offers = {one.partition(" ")[0].lower() for one in _offers(answer)}
    return next((scheme for scheme in _SCHEMES if scheme.lower() in offers), "")


def _challenge(answer: Answer, scheme: str) -> str:
    for one in _offers(answer):
        name, _, token = one.partition(" ")
        if name.lower() == scheme.lower() and token.strip():
            return token.strip()
    return ""


def _offers(answer: Answer) -> list[str]:
    return [one.strip() for one in answer.headers.get("www-authenticate", "").split(",")]


def _text(value: SecretValue) -> str:
    """Return what is no longer empty: an empty name would mean another user, of the machine."""
    try:
        text = value.reveal().decode()
    except UnicodeDecodeError:
        text = ""
    if not text:
        raise BadStore("auth.ntlm: user name or password is empty, or no text in UTF-8")
    return text

"""Commands of Akeyless: an answer's JSON, or its error in our words. The one translator.

Source:
    Akeyless REST API v2: every command is a POST with an object.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from esync.gocompat.json_decode import JsonError, decode
from esync.identity.kept import SECOND, LentToken
from esync.providers.contract import BadAnswer, ProviderError, Unavailable
from esync.providers.refusals import Question, is_good, refusal, retold
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.gocompat.values import Value
    from esync.identity.kept import KeptToken
    from esync.identity.wire import Answer, Wire
    from esync.providers.akeyless.address import Address

_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
# 2026-11-22 16:00:00 +0000 UTC, or as RFC 3339 has it.
_MOMENT: Final = re.compile(
    r"(?P<day>[\d-]+)[ T](?P<time>[\d:]+)(?:\.\d+)? ?(?P<zone>[+-]\d\d:?\d\d|Z)(?: \w+)?", re.ASCII
)
_UNIVERSAL: Final = "u-"
_NOT_FOUND: Final = 404
_FAILED: Final = 500
_WHO: Final = "look at access id, access type and its parameter"
_SIGN_IN: Final = Question("the sign-in", "Akeyless", _WHO, "akeylessGWApiURL", _WHO)


class ItemMissing(ProviderError):
    """Akeyless has no such item; the operator takes that for an error and not for "no secret"."""

    rule = "ES0466"


class Calls:
    """Sends commands; may be used from several threads at once."""

    def __init__(self, wire: Wire, address: Address, token: KeptToken | None = None) -> None:
        """Keep what is needed; nobody is asked.

        Args:
            wire: sends the requests.
            address: of the API; its host was found allowed.
            token: signs the commands; None for those that need no signature.
        """
        self._wire = wire
        self._address = address
        self._token = token

    def signed_by(self, token: KeptToken) -> Calls:
        """Return the same with a token."""
        return Calls(self._wire, self._address, token)

    def sign_in(self, proof: Mapping[str, str]) -> LentToken:
        """Exchange a proof of who we are for a token.

        Raises:
            AccessDenied: Akeyless refuses it.
            Throttled, Unavailable, BadAnswer, ProviderError: as the class says.
        """
        answer = self._send("auth", proof)
        if not is_good(answer):
            raise refusal(answer, _SIGN_IN)
        token = answer.json().get("token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            hint = "look at akeylessGWApiURL"
            raise BadAnswer("the sign-in: Akeyless gives no token", hint=hint)
        return LentToken(SecretValue(token.encode()), _expiry(answer.json().get("expiration")))

    def ask(self, command: str, body: Mapping[str, object], about: str) -> Mapping[bytes, Value]:
        """Return the object that a command answers, as Go decodes it.

        Args:
            command: as Akeyless names it.
            body: without the token.
            about: what is asked for; it begins the error's message.

        Raises:
            ItemMissing: Akeyless says that there is no such thing.
            AccessDenied, Throttled, Unavailable, BadAnswer, ProviderError: as the class says.
        """
        found = self.attempt(command, body, about)
        if isinstance(found, ProviderError):
            raise found
        return found

    def attempt(
        self, command: str, body: Mapping[str, object], about: str
    ) -> Mapping[bytes, Value] | ProviderError:
        """Return what a command answers, or the error for an answer that is no good one.

        Such an error may be about the item that was asked for, and another command the right one.
        Arguments as for :meth:`ask`.

        Raises:
            Throttled, Unavailable: Akeyless does not answer now, whatever it is asked.
            ProviderError: there is no way to sign in.
        """
        answer = self._signed(command, body, about)
        if answer.status == _NOT_FOUND and answer.json().get("error"):
            return missing(about)
        if not is_good(answer):
            failure = refusal(answer, _question(about, command))
            if isinstance(failure, Unavailable) and answer.status != _FAILED:
                raise failure
            return failure
        try:
            content = decode(answer.body)
        except JsonError:
            content = None
        if not isinstance(content, dict):
            return BadAnswer(
                f"{about}: the answer to {command} is no JSON object",
                hint="look at akeylessGWApiURL",
            )
        return content

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _send(self, command: str, body: Mapping[str, object]) -> Answer:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        encoded = json.dumps(body).encode()
        return self._wire.send("POST", f"{self._address.base()}/{command}", headers, encoded)

    def _signed(self, command: str, body: Mapping[str, object], about: str) -> Answer:
        """Send a command with a token; the error of a sign-in tells for what it was."""
        if self._token is None:
            raise AssertionError("commands are signed")
        try:
            token = self._token.get()
        except ProviderError as error:
            failed = error
        else:
            return self._token.signed(
                token, lambda lent: self._send(command, {**body, **_signature(lent)})
            )
        raise retold(failed, about)


def missing(about: str) -> ItemMissing:
    """Return the error for an item that is not there."""
    return ItemMissing(
        f"{about}: the item does not exist",
        hint="names begin with a slash; an identity also does not see what it may not list",
    )


def _expiry(text: object) -> int | None:
    """Return when a token ends, which Akeyless writes as Go prints a time, if it does."""
    from datetime import datetime

    if not isinstance(text, str) or not (found := _MOMENT.fullmatch(text)):
        return None
    zone = found["zone"].replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(f"{found['day']}T{found['time']}{zone}")
    except ValueError:
        return None
    return int(moment.timestamp()) * SECOND


def _signature(token: LentToken) -> dict[str, str]:
    text = token.text
    return {"uid-token" if text.startswith(_UNIVERSAL) else "token": text}


def _question(about: str, command: str) -> Question:
    need = f"the role of the auth method must permit {command} on this path"
    return Question(about, "Akeyless", need, "akeylessGWApiURL")

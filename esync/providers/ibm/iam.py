"""IBM's Identity and Access Management: from a credential to a token.

Source:
    IAM Identity Services, ``POST /identity/token``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from esync.identity.kept import SECOND, LentToken
from esync.providers.contract import BadAnswer
from esync.providers.refusals import Question, is_good, refusal
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.identity.wire import Answer
    from esync.providers.ibm.patience import Patience
    from esync.providers.ibm.sign_in import Way

_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
_BAD_REQUEST: Final = 400
_WHO: Final = "look at API key, trusted profile and whom the profile trusts"
_QUESTION: Final = Question("the sign-in", "IBM's IAM", _WHO, "iamEndpoint", _WHO)


class Iam:
    """Exchanges one credential for tokens."""

    def __init__(self, patience: Patience, way: Way, clock: Callable[[], int]) -> None:
        self._patience = patience
        self._way = way
        self._clock = clock

    def fetch(self) -> LentToken:
        """Return a new token.

        Raises:
            AccessDenied: IAM refuses the credential.
            Throttled, Unavailable, BadAnswer: as the class says.
            EsyncError: the credential cannot be read.
        """
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        body = urlencode(self._way.form()).encode()
        url = f"{self._way.endpoint}/identity/token"
        answer = self._patience.send("POST", url, headers, body)
        content = answer.json()
        if not is_good(answer):
            raise refusal(_as_denied(answer), _QUESTION, content.get("errorCode"), _id(answer))
        token = content.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise BadAnswer("the sign-in: IBM's IAM gives no token", hint="look at iamEndpoint")
        return LentToken(SecretValue(token.encode()), _expiry(content, self._clock()))


def _as_denied(answer: Answer) -> Answer:
    """Return the answer with the status that it should have: IAM says 400 of a wrong API key."""
    from dataclasses import replace

    says_why = answer.status == _BAD_REQUEST and "errorCode" in answer.json()
    return replace(answer, status=403) if says_why else answer


def _id(answer: Answer) -> str:
    found = answer.headers.get("transaction-id", "")
    return f"request:{found}" if found else ""


def _expiry(content: Mapping[str, Any], now: int) -> int | None:
    seconds, moment = content.get("expires_in"), content.get("expiration")
    if type(seconds) is int:
        return now + seconds * SECOND
    return moment * SECOND if type(moment) is int else None

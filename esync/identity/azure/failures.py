"""What Azure says when something went wrong: codes, sorted by what follows from them.

Nothing of Azure's message goes on, since it can quote a request.

Source:
    Key Vault's REST reference for its error object; OAuth 2.0 and Entra ID for token endpoints.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from esync.errors import EsyncError
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.wire import Answer


class Trouble(StrEnum):
    """The kinds of failure that somebody acts on differently."""

    MISSING = "missing"
    DENIED = "denied"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AzureFailure:
    """One failed request.

    Attributes:
        code: Azure's code, OAuth's error, or what the network did.
        reason: which of several things a code can mean, or empty.
        request_id: Azure's id of the request, or empty.
        retry_after: seconds that Azure asked to wait, or None.
    """

    kind: Trouble
    code: str
    reason: str = ""
    request_id: str = ""
    retry_after: float | None = None

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed later."""
        return self.kind in {Trouble.THROTTLED, Trouble.UNAVAILABLE, Trouble.MALFORMED}

    @property
    def told(self) -> str:
        """What may be passed on, as it ends a message: `` (CODE, REASON, request ID)``."""
        request = f"request {self.request_id}" if self.request_id else ""
        words = [word for word in (self.code, self.reason, request) if word]
        return f" ({', '.join(words)})" if words else ""


class AzureSignInFailed(EsyncError):
    """Azure gives no token to an identity.

    Attributes:
        failure: what Azure said.
    """

    rule = "ES0395"

    def __init__(self, about: str, failure: AzureFailure, *, hint: str = "") -> None:
        super().__init__(
            f"{about}: {_VERBS[failure.kind]}{failure.told}", hint=hint or _HINTS[failure.kind]
        )
        self.failure = failure


_VERBS: Final = {
    Trouble.MISSING: "Azure does not know it",
    Trouble.DENIED: "Azure refuses the identity",
    Trouble.THROTTLED: "Azure asks to slow down",
    Trouble.UNAVAILABLE: "nobody answers",
    Trouble.MALFORMED: "the answer cannot be read",
    Trouble.OTHER: "Azure refuses",
}
_HINTS: Final = {
    Trouble.MISSING: "look at tenant and client id",
    Trouble.DENIED: "look at tenant, client id and credential, and at whom the application trusts",
    Trouble.THROTTLED: "lower --concurrency",
    Trouble.UNAVAILABLE: "look at proxy, network and environmentType",
    Trouble.MALFORMED: "look at proxy and environmentType",
    Trouble.OTHER: "look at tenant, client id and environmentType",
}
_BY_CODE: Final = {
    "access_denied": Trouble.DENIED,
    "invalid_client": Trouble.DENIED,
    "invalid_grant": Trouble.DENIED,
    "unauthorized_client": Trouble.DENIED,
    "server_error": Trouble.UNAVAILABLE,
    "temporarily_unavailable": Trouble.UNAVAILABLE,
}
_BY_STATUS: Final = {
    401: Trouble.DENIED,
    403: Trouble.DENIED,
    404: Trouble.MISSING,
    407: Trouble.UNAVAILABLE,
    408: Trouble.UNAVAILABLE,
    429: Trouble.THROTTLED,
}
_OK: Final = 200
_REFUSED, _FAILED = 400, 500
_WORD = re.compile(r"[\w.:-]{1,100}", re.ASCII)


def failure_of(answer: Answer) -> AzureFailure | None:
    """Return why ``answer`` is no good one, or None if it is."""
    if answer.status == _OK:
        return None
    if not answer.status:
        return AzureFailure(Trouble.UNAVAILABLE, answer.outage)
    content = answer.json()
    code, reason = _words(content)
    request = _one_word(answer.headers.get("x-ms-request-id")) or _one_word(content.get("trace_id"))
    return AzureFailure(
        kind=_kind(code, answer.status),
        code=code or f"status {answer.status}",
        reason=reason,
        request_id=request,
        retry_after=_seconds(answer.headers),
    )


def _words(content: Mapping[str, Any]) -> tuple[str, str]:
    """Return code and reason, of Key Vault's error object or of OAuth's two members."""
    told = content.get("error")
    if isinstance(told, dict):
        inner = told.get("innererror")
        return _one_word(told.get("code")), _one_word(
            inner.get("code") if isinstance(inner, dict) else None
        )
    numbers = content.get("error_codes")
    number = numbers[0] if isinstance(numbers, list) and numbers else None
    return _one_word(told), f"AADSTS{number}" if type(number) is int else ""


def _kind(code: str, status: int) -> Trouble:
    if code in _BY_CODE:
        return _BY_CODE[code]
    # What Azure says has a code; a 404 without one is somebody else's, such as a proxy's.
    if not code and status not in {401, 403, 407, 408, 429} and status < _FAILED:
        return Trouble.MALFORMED
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= _FAILED:
        return Trouble.UNAVAILABLE
    return Trouble.OTHER if status >= _REFUSED else Trouble.MALFORMED


def _one_word(text: object) -> str:
    """Return ``text`` if it looks like a code; a server can send anything."""
    return text if isinstance(text, str) and _WORD.fullmatch(text) else ""


def _seconds(headers: Mapping[str, str]) -> float | None:
    wait = headers.get("retry-after", "")
    return float(wait) if wait.isascii() and wait.isdecimal() else None

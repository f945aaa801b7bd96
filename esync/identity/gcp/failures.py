"""What Google says when something went wrong: codes, sorted by what follows from them.

Nothing of Google's message goes on, since it can quote a request.

Source:
    Google's error model for JSON (``google.rpc``), and OAuth 2.0 for token endpoints.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from esync.errors import EsyncError
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
class GcpFailure:
    """One failed request.

    Attributes:
        code: Google's status, OAuth's error, or what the network did.
        reason: which of several things a status can mean, or empty.
        request_id: Google's id of the request, or empty.
        retry_after: seconds that Google asked to wait, or None.
        says_not_enabled: whether the message says that a version is disabled or destroyed; no
            code does.
    """

    kind: Trouble
    code: str
    reason: str = ""
    request_id: str = ""
    retry_after: float | None = None
    says_not_enabled: bool = False

    @property
    def told(self) -> str:
        """What may be passed on, as it ends a message: `` (CODE, REASON, request ID)``."""
        request = f"request {self.request_id}" if self.request_id else ""
        words = [word for word in (self.code, self.reason, request) if word]
        return f" ({', '.join(words)})" if words else ""


class GcpSignInFailed(EsyncError):
    """Google gives no token to an identity.

    Attributes:
        failure: what Google said.
    """

    rule = "ES0390"

    def __init__(self, about: str, failure: GcpFailure, *, hint: str = "") -> None:
        super().__init__(
            f"{about}: {_VERBS[failure.kind]}{failure.told}", hint=hint or _HINTS[failure.kind]
        )
        self.failure = failure


_VERBS: Final = {
    Trouble.MISSING: "Google does not know it",
    Trouble.DENIED: "Google refuses the identity",
    Trouble.THROTTLED: "Google asks to slow down",
    Trouble.UNAVAILABLE: "nobody answers",
    Trouble.MALFORMED: "the answer cannot be read",
    Trouble.OTHER: "Google refuses",
}
_HINTS: Final = {
    Trouble.MISSING: "look at names of projects, pools and service accounts",
    Trouble.DENIED: "look at the roles of the identity, and at whom the service account trusts",
    Trouble.THROTTLED: "lower --concurrency",
    Trouble.UNAVAILABLE: "look at proxy, network and endpoint variables",
    Trouble.MALFORMED: "look at proxy and endpoint variables",
    Trouble.OTHER: "look at auth and at the settings of the pool",
}
_BY_CODE: Final = {
    "NOT_FOUND": Trouble.MISSING,
    "PERMISSION_DENIED": Trouble.DENIED,
    "UNAUTHENTICATED": Trouble.DENIED,
    "RESOURCE_EXHAUSTED": Trouble.THROTTLED,
    "UNAVAILABLE": Trouble.UNAVAILABLE,
    "DEADLINE_EXCEEDED": Trouble.UNAVAILABLE,
    "INTERNAL": Trouble.UNAVAILABLE,
    # Of OAuth:
    "access_denied": Trouble.DENIED,
    "invalid_client": Trouble.DENIED,
    "invalid_grant": Trouble.DENIED,
    "invalid_target": Trouble.DENIED,
    "unauthorized_client": Trouble.DENIED,
    "server_error": Trouble.UNAVAILABLE,
    "temporarily_unavailable": Trouble.UNAVAILABLE,
}
_BY_STATUS: Final = {
    401: Trouble.DENIED,
    403: Trouble.DENIED,
    407: Trouble.UNAVAILABLE,
    408: Trouble.UNAVAILABLE,
    429: Trouble.THROTTLED,
}
_OK: Final = 200
_REDIRECT, _REFUSED, _FAILED = 300, 400, 500
_WORD = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_NOT_ENABLED = re.compile(r"(?:DISABLED|DESTROYED) state")


def failure_of(answer: Answer) -> GcpFailure | None:
    """Return why ``answer`` is no good one, or None if it is."""
    if answer.status == _OK:
        return None
    if not answer.status:
        return GcpFailure(Trouble.UNAVAILABLE, answer.outage)
    told = answer.json().get("error")
    error: Mapping[str, Any] = told if isinstance(told, dict) else {"status": told}
    code = _one_word(error.get("status"))
    details = [detail for detail in error.get("details") or () if isinstance(detail, dict)]
    return GcpFailure(
        kind=_kind(code, answer.status),
        code=code or f"status {answer.status}",
        reason=next(_members(details, "ErrorInfo", "reason"), ""),
        request_id=next(_members(details, "RequestInfo", "requestId"), ""),
        retry_after=_seconds(answer.headers),
        says_not_enabled=bool(_NOT_ENABLED.search(str(error.get("message") or ""))),
    )


def _kind(code: str, status: int) -> Trouble:
    if code in _BY_CODE:
        return _BY_CODE[code]
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= _FAILED:
        return Trouble.UNAVAILABLE
    # A 404 without Google's own word for it is somebody else's, such as a proxy's.
    return Trouble.OTHER if code and status >= _REFUSED else Trouble.MALFORMED


def _members(details: list[dict[str, Any]], kind: str, member: str) -> Iterator[str]:
    for detail in details:
        if str(detail.get("@type") or "").endswith(f"google.rpc.{kind}"):
            yield _one_word(detail.get(member))


def _one_word(text: object) -> str:
    """Return ``text`` if it looks like a code; a server can send anything."""
    return text if isinstance(text, str) and _WORD.fullmatch(text) else ""


def _seconds(headers: Mapping[str, str]) -> float | None:
    wait = headers.get("retry-after", "")
    return float(wait) if wait.isascii() and wait.isdecimal() else None

"""What Google says when something went wrong: codes, sorted by what follows from them.

Source:
    Google's error model for JSON (``google.rpc``), and OAuth 2.0 for token endpoints.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from esync.identity.failures import (
    OAUTH,
    Failure,
    SignInFailed,
    Trouble,
    kind_of_status,
    one_word,
    outage_of,
    retry_after,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.identity.wire import Answer

_BY_CODE: Final = {
    **OAUTH,
    "NOT_FOUND": Trouble.MISSING,
    "PERMISSION_DENIED": Trouble.DENIED,
    "UNAUTHENTICATED": Trouble.DENIED,
    "RESOURCE_EXHAUSTED": Trouble.THROTTLED,
    "UNAVAILABLE": Trouble.BUSY,
    "DEADLINE_EXCEEDED": Trouble.BUSY,
    "INTERNAL": Trouble.BUSY,
}
_OK: Final = 200
_REFUSED: Final = 400
_NOT_ENABLED = re.compile(r"(?:DISABLED|DESTROYED) state")


class GcpSignInFailed(SignInFailed):
    """Google gives no token to an identity."""

    rule = "ES0390"
    who = "Google"
    hints: ClassVar[Mapping[Trouble, str]] = {
        Trouble.MISSING: "look at names of projects, pools and service accounts",
        Trouble.DENIED: "look at the roles of the identity, and at whom the service account trusts",
        Trouble.THROTTLED: "lower --concurrency",
        Trouble.UNAVAILABLE: "look at proxy, network and endpoint variables",
        Trouble.MALFORMED: "look at proxy and endpoint variables",
        Trouble.OTHER: "look at auth and at the settings of the pool",
    }


def failure_of(answer: Answer) -> Failure | None:
    """Return why ``answer`` is no good one, or None if it is."""
    if answer.status == _OK:
        return None
    if not answer.status:
        return outage_of(answer)
    told = answer.json().get("error")
    error: Mapping[str, Any] = told if isinstance(told, dict) else {"status": told}
    code = one_word(error.get("status"))
    details = [detail for detail in error.get("details") or () if isinstance(detail, dict)]
    return Failure(
        kind=_kind(code, answer.status),
        code=code or f"status {answer.status}",
        reason=next(_members(details, "ErrorInfo", "reason"), ""),
        request_id=next(_members(details, "RequestInfo", "requestId"), ""),
        retry_after=retry_after(answer),
        says_not_enabled=bool(_NOT_ENABLED.search(str(error.get("message") or ""))),
    )


def _kind(code: str, status: int) -> Trouble:
    found = _BY_CODE.get(code) or kind_of_status(status)
    if found:
        return found
    # A 404 without Google's own word for it is somebody else's, such as a proxy's.
    return Trouble.OTHER if code and status >= _REFUSED else Trouble.MALFORMED


def _members(details: list[dict[str, Any]], kind: str, member: str) -> Iterator[str]:
    for detail in details:
        if str(detail.get("@type") or "").endswith(f"google.rpc.{kind}"):
            yield one_word(detail.get(member))

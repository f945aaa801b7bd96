"""What Azure says when something went wrong: codes, sorted by what follows from them.

Source:
    Key Vault's REST reference for its error object; OAuth 2.0 and Entra ID for token endpoints.
"""

from __future__ import annotations

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
    from collections.abc import Mapping

    from esync.identity.wire import Answer

_OK: Final = 200
_REFUSED: Final = 400
_NOT_FOUND: Final = 404


class AzureSignInFailed(SignInFailed):
    """Azure gives no token to an identity."""

    rule = "ES0395"
    who = "Azure"
    hints: ClassVar[Mapping[Trouble, str]] = {
        Trouble.MISSING: "look at tenant and client id",
        Trouble.DENIED: "look at tenant, client id and credential, and at whom the application "
        "trusts",
        Trouble.THROTTLED: "lower --concurrency",
        Trouble.UNAVAILABLE: "look at proxy, network and environmentType",
        Trouble.MALFORMED: "look at proxy and environmentType",
        Trouble.OTHER: "look at tenant, client id and environmentType",
    }


def failure_of(answer: Answer) -> Failure | None:
    """Return why ``answer`` is no good one, or None if it is."""
    if answer.status == _OK:
        return None
    if not answer.status:
        return outage_of(answer)
    content = answer.json()
    code, reason = _words(content)
    request = one_word(answer.headers.get("x-ms-request-id")) or one_word(content.get("trace_id"))
    return Failure(
        kind=_kind(code, answer.status),
        code=code or f"status {answer.status}",
        reason=reason,
        request_id=request,
        retry_after=retry_after(answer),
    )


def _words(content: Mapping[str, Any]) -> tuple[str, str]:
    """Return code and reason, of Key Vault's error object or of OAuth's two members."""
    told = content.get("error")
    if isinstance(told, dict):
        inner = told.get("innererror")
        reason = inner.get("code") if isinstance(inner, dict) else None
        return one_word(told.get("code")), one_word(reason)
    numbers = content.get("error_codes")
    number = numbers[0] if isinstance(numbers, list) and numbers else None
    return one_word(told), f"AADSTS{number}" if type(number) is int else ""


def _kind(code: str, status: int) -> Trouble:
    found = OAUTH.get(code) or kind_of_status(status)
    if found:
        return found
    # What Azure says has a code; a 404 without one is somebody else's, such as a proxy's.
    if not code or status < _REFUSED:
        return Trouble.MALFORMED
    return Trouble.MISSING if status == _NOT_FOUND else Trouble.OTHER

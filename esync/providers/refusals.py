"""What an answer means that is no good one, for services that speak plain HTTP.

Nothing of the service's message goes on, since it can quote a request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.identity.failures import one_word, retry_after
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    Busy,
    ProviderError,
    Throttled,
    Unavailable,
)
from esync.records import dataclass
from esync.transport.outages import was_cut

if TYPE_CHECKING:
    from esync.errors import EsyncError
    from esync.identity.wire import Answer

_REDIRECT, _REFUSED, _TOO_MANY, _FAILED = 300, 400, 429, 500
_DENIED: Final = frozenset({401, 403})
_PROXY: Final = 407


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, and of whom.

    Attributes:
        about: begins the message, e.g. ``secret "db"``.
        service: whose answer it is.
        need: the hint for an identity that is refused.
        settings: the fields to look at when nobody answers.
        otherwise: the hint for what else is refused.
    """

    about: str
    service: str
    need: str
    settings: str
    otherwise: str = "look at the key"


def is_good(answer: Answer) -> bool:
    """Tell whether the service did what it was asked."""
    return answer.status // 100 == 2  # noqa: PLR2004 - HTTP's own class


def refusal(answer: Answer, question: Question, *codes: object) -> ProviderError:
    """Return our error for an answer that is not good.

    Args:
        answer: what was said, or that nobody answered.
        question: what was asked.
        codes: codes and ids that the service gave; what does not look like one is left out.
    """
    status, about, who = answer.status, question.about, question.service
    words = [answer.outage or f"status {status}", *map(one_word, codes)]
    told = f" ({', '.join(filter(None, words))})"
    if status in _DENIED:
        return AccessDenied(f"{about}: {who} denies access{told}", hint=question.need)
    if status == _TOO_MANY:
        slow = Throttled(f"{about}: {who} asks to slow down{told}", hint="lower --concurrency")
        slow.retry_after = retry_after(answer)
        return slow
    look = f"look at {question.settings}, proxy and network"
    if status >= _FAILED:
        busy = Busy(f"{about}: {who} is not able to answer{told}", hint=look)
        busy.retry_after = retry_after(answer)
        return busy
    if not status or status == _PROXY:
        kind = Busy if was_cut(answer.outage) else Unavailable
        return kind(f"{about}: {who} does not answer{told}", hint=look)
    if _REDIRECT <= status < _REFUSED:
        return BadAnswer(f"{about}: the answer leads elsewhere{told}", hint=look)
    return ProviderError(f"{about}: {who} refuses{told}", hint=question.otherwise)


def may_pass(error: EsyncError) -> bool:
    """Tell whether the same request may succeed after an error."""
    return isinstance(error, Unavailable)


def retold(error: ProviderError, about: str) -> ProviderError:
    """Return an error of a sign-in that tells for what it was, in the same words."""
    told = type(error)(f"{about}: {error.message}", at=error.at, hint=error.hint)
    told.is_of_store = error.is_of_store
    if isinstance(told, Busy) and isinstance(error, Busy):
        told.retry_after = error.retry_after
    return told

"""What a cloud says when something went wrong, sorted by what follows from it.

Each cloud has codes of its own; nothing of its messages goes on, since they can quote a request.

Source:
    OAuth 2.0 for token endpoints.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

from esync.errors import EsyncError
from esync.records import dataclass
from esync.transport.outages import was_cut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.wire import Answer

_WORD: Final = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_FAILED: Final = 500


class Trouble(StrEnum):
    """The kinds of failure that somebody acts on differently.

    Members:
        BUSY: it says that it cannot answer now, or cuts the connection.
        UNAVAILABLE: nobody answers, or only somebody on the way.
    """

    MISSING = "missing"
    DENIED = "denied"
    THROTTLED = "throttled"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"
    OTHER = "other"


_PASSING: Final = frozenset(
    {Trouble.THROTTLED, Trouble.BUSY, Trouble.UNAVAILABLE, Trouble.MALFORMED}
)
# What both OAuth and the status of HTTP say, whoever uses them.
OAUTH: Final[Mapping[str, Trouble]] = {
    "access_denied": Trouble.DENIED,
    "invalid_client": Trouble.DENIED,
    "invalid_grant": Trouble.DENIED,
    "invalid_target": Trouble.DENIED,
    "unauthorized_client": Trouble.DENIED,
    "server_error": Trouble.BUSY,
    "temporarily_unavailable": Trouble.BUSY,
}
_BY_STATUS: Final = {
    401: Trouble.DENIED,
    403: Trouble.DENIED,
    407: Trouble.UNAVAILABLE,
    408: Trouble.UNAVAILABLE,
    429: Trouble.THROTTLED,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed request.

    Attributes:
        code: the cloud's code, OAuth's error, or what the network did.
        reason: which of several things a code can mean, or empty.
        request_id: the cloud's id of the request, or empty.
        retry_after: seconds that it asked to wait, or None.
        says_not_enabled: whether the message says that a version is disabled or destroyed, for
            which Google has no code.
    """

    kind: Trouble
    code: str
    reason: str = ""
    request_id: str = ""
    retry_after: float | None = None
    says_not_enabled: bool = False

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed later."""
        return self.kind in _PASSING

    @property
    def told(self) -> str:
        """What may be passed on, as it ends a message: `` (CODE, REASON, request ID)``."""
        request = f"request {self.request_id}" if self.request_id else ""
        words = [word for word in (self.code, self.reason, request) if word]
        return f" ({', '.join(words)})" if words else ""


class SignInFailed(EsyncError):
    """A cloud gives no token to an identity.

    Attributes:
        failure: what the cloud said.
        who: the cloud's name.
        hints: what to look at, by the kind of failure.
    """

    who: ClassVar[str] = "the cloud"
    hints: ClassVar[Mapping[Trouble, str]] = {}

    def __init__(self, about: str, failure: Failure, *, hint: str = "") -> None:
        verb = _VERBS[failure.kind].format(who=self.who)
        found = hint or self.hints.get(failure.kind, "")
        super().__init__(f"{about}: {verb}{failure.told}", hint=found)
        self.failure = failure


_VERBS: Final = {
    Trouble.MISSING: "{who} does not know it",
    Trouble.DENIED: "{who} refuses the identity",
    Trouble.THROTTLED: "{who} asks to slow down",
    Trouble.BUSY: "{who} is not able to answer",
    Trouble.UNAVAILABLE: "nobody answers",
    Trouble.MALFORMED: "the answer cannot be read",
    Trouble.OTHER: "{who} refuses",
}


def outage_of(answer: Answer) -> Failure:
    """Return the failure of a request that nobody answered."""
    kind = Trouble.BUSY if was_cut(answer.outage) else Trouble.UNAVAILABLE
    return Failure(kind, answer.outage)


def may_pass(error: EsyncError) -> bool:
    """Tell whether the same sign-in may succeed after ``error``."""
    return isinstance(error, SignInFailed) and error.failure.is_passing


def kind_of_status(status: int) -> Trouble | None:
    """Return what a status of HTTP says by itself, or None."""
    return Trouble.BUSY if status >= _FAILED else _BY_STATUS.get(status)


def one_word(text: object) -> str:
    """Return ``text`` if it looks like a code or an id; a server can send anything."""
    return text if isinstance(text, str) and _WORD.fullmatch(text) else ""


def retry_after(answer: Answer) -> float | None:
    """Return the seconds that a service asks to wait, if it does."""
    wait = answer.headers.get("retry-after", "")
    return float(wait) if wait.isascii() and wait.isdecimal() else None

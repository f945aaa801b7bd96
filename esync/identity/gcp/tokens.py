"""Access tokens that are fetched when the first request needs one, and again before they expire."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from esync.identity.gcp.failures import GcpSignInFailed, Trouble
from esync.identity.kept import KeptToken
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.errors import EsyncError
    from esync.secret import SecretValue

_PASSING: Final = frozenset({Trouble.THROTTLED, Trouble.UNAVAILABLE, Trouble.MALFORMED})


@dataclass(frozen=True, slots=True)
class GcpToken:
    """An access token.

    Attributes:
        value: what goes into the header.
        expires: nanoseconds since 1970, or None if nobody said.
        quota_project: the project that pays for requests, if it is not that of the secret.
    """

    value: SecretValue = field(repr=False)
    expires: int | None = None
    quota_project: str = ""

    @property
    def text(self) -> str:
        """The token as text."""
        return self.value.reveal().decode("ascii", "replace")


class RenewedToken(KeptToken[GcpToken]):
    """A token from any source; safe to use from several threads."""

    def __init__(self, fetch: Callable[[], GcpToken], clock: Callable[[], int]) -> None:
        """Keep what is needed; nobody is asked.

        Args:
            fetch: asks the source.
            clock: nanoseconds since 1970.
        """
        super().__init__(fetch, clock, _is_passing)


def _is_passing(error: EsyncError) -> bool:
    return isinstance(error, GcpSignInFailed) and error.failure.kind in _PASSING

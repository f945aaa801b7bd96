"""Access tokens that are fetched when the first request needs one, and again before they expire."""

from __future__ import annotations

from dataclasses import field
from threading import Lock
from typing import TYPE_CHECKING, Final

from esync.errors import EsyncError
from esync.identity.gcp.failures import GcpSignInFailed, Trouble
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.secret import SecretValue

SECOND: Final = 1_000_000_000
_MARGIN: Final = 120 * SECOND  # a request that is under way must still be in time
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


class RenewedToken:
    """A token from any source; safe to use from several threads.

    A source that was refused once is not asked again: it would be refused once more for each of a
    thousand secrets.
    """

    def __init__(self, fetch: Callable[[], GcpToken], clock: Callable[[], int]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = Lock()
        self._token: GcpToken | None = None
        self._refusal: EsyncError | None = None

    def get(self) -> GcpToken:
        """Return a token that lives for a while yet.

        Raises:
            GcpSignInFailed: Google gives none.
            EsyncError: what it is made of cannot be read.
        """
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            if self._token is None or self._is_ending(self._token):
                self._token = self._renewed()
            return self._token

    def _renewed(self) -> GcpToken:
        try:
            return self._fetch()
        except EsyncError as error:
            if not isinstance(error, GcpSignInFailed) or error.failure.kind not in _PASSING:
                self._refusal = error
            raise

    def _is_ending(self, token: GcpToken) -> bool:
        return token.expires is not None and token.expires - self._clock() < _MARGIN

"""Tokens that are fetched when the first request needs one, and again before they expire."""

from __future__ import annotations

from dataclasses import field
from threading import Lock
from typing import TYPE_CHECKING, Final

from esync.errors import EsyncError
from esync.identity.failures import may_pass
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.identity.wire import Answer
    from esync.secret import SecretValue

SECOND: Final = 1_000_000_000
_MARGIN: Final = 120 * SECOND  # a request that is under way must still be in time
_YOUNG: Final = 60 * SECOND
_UNAUTHORIZED: Final = 401


@dataclass(frozen=True, slots=True)
class LentToken:
    """A token, and until when it is good.

    Attributes:
        value: what goes into a header.
        expires: nanoseconds since 1970, or None if nobody said.
        quota_project: of Google: who pays for requests, if not the project of the secret.
    """

    value: SecretValue = field(repr=False)
    expires: int | None = None
    quota_project: str = ""

    @property
    def text(self) -> str:
        """The token as text."""
        return self.value.reveal().decode("ascii", "replace")


class KeptToken:
    """Keeps one token for all threads.

    A sign-in that was refused is not tried again: it would be refused for each of a thousand
    secrets, and may lock the account.
    """

    def __init__(
        self,
        fetch: Callable[[], LentToken],
        clock: Callable[[], int],
        is_passing: Callable[[EsyncError], bool] = may_pass,
    ) -> None:
        """Keep what is needed; nobody is asked.

        Args:
            fetch: signs in.
            clock: nanoseconds since 1970.
            is_passing: tells of an error whether the same sign-in may succeed after it.
        """
        self._fetch = fetch
        self._clock = clock
        self._is_passing = is_passing
        self._lock = Lock()
        self._token: LentToken | None = None
        self._tried = 0
        self._refusal: EsyncError | None = None

    def get(self) -> LentToken:
        """Return a token that lives for a while yet.

        Raises:
            EsyncError: there is none.
        """
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            if self._token is None or self._is_ending(self._token):
                self._token = self._renewed()
            return self._token

    def signed(self, token: LentToken, send: Callable[[LentToken], Answer]) -> Answer:
        """Send a request with ``token``, and once more with another if that one has ended.

        A service that does not know a token any more says 401, as it may for other reasons: a
        token is replaced only if it was given a minute ago or more, so that a thousand secrets
        that are refused do not sign in a thousand times.

        Args:
            token: what :meth:`get` gave.
            send: sends the request.
        """
        answer = send(token)
        if answer.status != _UNAUTHORIZED:
            return answer
        other = self._instead_of(token)
        return answer if other is None else send(other)

    def _instead_of(self, refused: LentToken) -> LentToken | None:
        with self._lock:
            if self._token is not refused:
                return self._token  # another thread was faster
            if self._clock() - self._tried < _YOUNG:
                return None
            try:
                self._token = self._fetched()
            except EsyncError:
                return None  # what the service said of the token is told instead
            return self._token

    def _renewed(self) -> LentToken:
        try:
            return self._fetched()
        except EsyncError as error:
            if not self._is_passing(error):
                self._refusal = error
            raise

    def _fetched(self) -> LentToken:
        self._tried = self._clock()
        try:
            return self._fetch()
        except EsyncError as error:
            raise error.of_store() from None

    def _is_ending(self, token: LentToken) -> bool:
        if token.expires is None:
            return False
        # One that lives for a minute is not replaced before each request.
        margin = min(_MARGIN, (token.expires - self._tried) // 2)
        return token.expires - self._clock() < margin

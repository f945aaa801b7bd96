"""Tokens that are fetched when the first request needs one, and again before they expire."""

from __future__ import annotations

from dataclasses import field
from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from esync.errors import EsyncError
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.identity.wire import Answer
    from esync.secret import SecretValue

SECOND: Final = 1_000_000_000
_MARGIN: Final = 120 * SECOND  # a request that is under way must still be in time
_YOUNG: Final = 60 * SECOND
_UNAUTHORIZED: Final = 401


class Ends(Protocol):
    """What is good for a while."""

    @property
    def expires(self) -> int | None:
        """Nanoseconds since 1970, or None if nobody said."""


T = TypeVar("T", bound=Ends)


@dataclass(frozen=True, slots=True)
class LentToken:
    """A token, and until when it is good.

    Attributes:
        expires: nanoseconds since 1970, or None if nobody said.
    """

    value: SecretValue = field(repr=False)
    expires: int | None = None

    @property
    def text(self) -> str:
        """The token as text."""
        return self.value.reveal().decode("ascii", "replace")


class KeptToken(Generic[T]):
    """Keeps one token for all threads.

    A sign-in that was refused is not tried again: it would be refused for each of a thousand
    secrets, and may lock the account.
    """

    def __init__(
        self,
        fetch: Callable[[], T],
        clock: Callable[[], int],
        is_passing: Callable[[EsyncError], bool],
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
        self._token: T | None = None
        self._tried = 0
        self._refusal: EsyncError | None = None

    def get(self) -> T:
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

    def signed(self, token: T, send: Callable[[T], Answer]) -> Answer:
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

    def _instead_of(self, refused: T) -> T | None:
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

    def _renewed(self) -> T:
        try:
            return self._fetched()
        except EsyncError as error:
            if not self._is_passing(error):
                self._refusal = error
            raise

    def _fetched(self) -> T:
        self._tried = self._clock()
        try:
            return self._fetch()
        except EsyncError as error:
            raise error.of_store() from None

    def _is_ending(self, token: T) -> bool:
        return token.expires is not None and token.expires - self._clock() < _MARGIN

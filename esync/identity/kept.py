"""Tokens that are fetched when the first request needs one, and again before they expire."""

from __future__ import annotations

from dataclasses import field
from threading import Lock
from typing import TYPE_CHECKING, Final

from esync.errors import EsyncError
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.secret import SecretValue

SECOND: Final = 1_000_000_000
_MARGIN: Final = 120 * SECOND  # a request that is under way must still be in time


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


class KeptToken:
    """Keeps one token for all threads.

    A sign-in that was refused is not tried again: it would be refused for each of a thousand
    secrets, and may lock the account.
    """

    def __init__(
        self,
        fetch: Callable[[], LentToken],
        clock: Callable[[], int],
        passing: tuple[type[EsyncError], ...],
    ) -> None:
        """Keep what is needed; nobody is asked.

        Args:
            fetch: signs in.
            clock: nanoseconds since 1970.
            passing: errors after which the same sign-in may succeed.
        """
        self._fetch = fetch
        self._clock = clock
        self._passing = passing
        self._lock = Lock()
        self._token: LentToken | None = None
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

    def _renewed(self) -> LentToken:
        try:
            return self._fetch()
        except EsyncError as error:
            if not isinstance(error, self._passing):
                self._refusal = error
            raise

    def _is_ending(self, token: LentToken) -> bool:
        return token.expires is not None and token.expires - self._clock() < _MARGIN

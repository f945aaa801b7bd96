"""Access tokens that are fetched when the first request needs one, and again before they expire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from threading import Lock
from typing import TYPE_CHECKING, Final

from esync.errors import EsyncError
from esync.identity.azure.failures import AzureSignInFailed
from esync.records import dataclass

if TYPE_CHECKING:
    from esync.secret import SecretValue

SECOND: Final = 1_000_000_000
_MARGIN: Final = 120 * SECOND  # a request that is under way must still be in time


@dataclass(frozen=True, slots=True)
class AzureToken:
    """An access token.

    Attributes:
        value: what goes into the header.
        expires: nanoseconds since 1970, or None if nobody said.
    """

    value: SecretValue = field(repr=False)
    expires: int | None = None

    @property
    def text(self) -> str:
        """The token as text."""
        return self.value.reveal().decode("ascii", "replace")


TokenSource = Callable[[str], AzureToken]
"""Fetches a token for a resource, e.g. ``https://vault.azure.net``."""


class RenewedToken:
    """A token from any source; safe to use from several threads.

    A source that was refused once is not asked again: it would be refused once more for each of a
    thousand secrets.
    """

    def __init__(self, fetch: Callable[[], AzureToken], clock: Callable[[], int]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = Lock()
        self._token: AzureToken | None = None
        self._refusal: EsyncError | None = None

    def get(self) -> AzureToken:
        """Return a token that lives for a while yet.

        Raises:
            AzureSignInFailed: Azure gives none.
            EsyncError: what it is made of cannot be read.
        """
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            if self._token is None or self._is_ending(self._token):
                self._token = self._renewed()
            return self._token

    def _renewed(self) -> AzureToken:
        try:
            return self._fetch()
        except EsyncError as error:
            if not isinstance(error, AzureSignInFailed) or not error.failure.is_passing:
                self._refusal = error
            raise

    def _is_ending(self, token: AzureToken) -> bool:
        return token.expires is not None and token.expires - self._clock() < _MARGIN

"""Access tokens that are fetched when the first request needs one, and again before they expire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING

from esync.identity.azure.failures import AzureSignInFailed
from esync.identity.kept import KeptToken
from esync.records import dataclass

if TYPE_CHECKING:
    from esync.errors import EsyncError
    from esync.secret import SecretValue


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


class RenewedToken(KeptToken[AzureToken]):
    """A token from any source; safe to use from several threads."""

    def __init__(self, fetch: Callable[[], AzureToken], clock: Callable[[], int]) -> None:
        """Keep what is needed; nobody is asked.

        Args:
            fetch: asks the source.
            clock: nanoseconds since 1970.
        """
        super().__init__(fetch, clock, _is_passing)


def _is_passing(error: EsyncError) -> bool:
    return isinstance(error, AzureSignInFailed) and error.failure.is_passing

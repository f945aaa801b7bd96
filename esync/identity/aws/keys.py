"""Access keys that are fetched when the first request is signed, and again before they expire."""

from __future__ import annotations

from dataclasses import field
from threading import Lock
from typing import TYPE_CHECKING, Any

from esync.cluster.contract import Unreachable
from esync.errors import EsyncError
from esync.identity.aws.failures import Trouble, failure_of, sdk_errors
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

_MARGIN = 120 * 1_000_000_000  # nanoseconds; a request that is under way must still be in time


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs a request; the SDK reads these four names.

    Attributes:
        expires: nanoseconds since 1970, or None if they do not.
    """

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    account_id: str | None = None
    expires: int | None = None


class RenewedKeys:
    """Keys for the SDK, from any source; safe to use from several threads.

    The SDK calls :meth:`get_frozen_credentials` before it signs. A source that was refused once is
    not asked again: it would be refused once more for each of a thousand secrets.
    """

    method = "esync"

    def __init__(self, fetch: Callable[[], Keys], clock: Callable[[], int]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = Lock()
        self._keys: Keys | None = None
        self._refusal: Exception | None = None

    def get_frozen_credentials(self) -> Keys:
        """Return keys that live for a while yet.

        Raises:
            EsyncError: what they are made of cannot be read.
            Exception: an error of the SDK, which ``failure_of`` understands.
        """
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            if self._keys is None or self._is_ending(self._keys):
                self._keys = self._renewed()
            return self._keys

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """Return a function that tells one member, for the SDK's endpoint rules."""
        return lambda: getattr(self.get_frozen_credentials(), name, None)

    def _renewed(self) -> Keys:
        try:
            return self._fetch()
        except EsyncError as error:
            self._keep(error.of_store())
            raise
        except sdk_errors() as error:
            self._keep(error)
            raise

    def _keep(self, error: Exception) -> None:
        """Remember a refusal that no other try would change."""
        if _is_final(error):
            self._refusal = error

    def _is_ending(self, keys: Keys) -> bool:
        return keys.expires is not None and keys.expires - self._clock() < _MARGIN


def _is_final(error: Exception) -> bool:
    """Tell whether the same question would be answered the same way a moment later."""
    if isinstance(error, EsyncError):
        return not isinstance(error, Unreachable)
    failure = failure_of(error)
    return failure is not None and failure.kind is Trouble.DENIED

"""Reads IBM Cloud Secrets Manager.

Source:
    External Secrets Operator 2.9, ibm provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from esync.providers.ibm.keys import place_of
from esync.providers.ibm.metadata import MetadataPayload
from esync.providers.ibm.payload import IbmPayload

if TYPE_CHECKING:
    from esync.payload.payload import Payload
    from esync.providers.ibm.calls import Calls


class SecretsManager:
    """Reads secrets by id, or by group, type and name.

    One instance serves one store, and may be called from several threads at once.
    """

    converts_found_keys: ClassVar[bool] = False

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def read(self, key: str, version: str = "") -> Payload:  # noqa: ARG002 - ESO ignores it too
        """Return a secret, always the current version.

        Raises:
            BadIbmKey: the key means nothing.
            ProviderError: see :meth:`esync.providers.ibm.calls.Calls.get`; a secret that is not
                there is no NoSecret, as with the operator.
        """
        return self._payload(key)

    def read_metadata(self, key: str, version: str = "") -> Payload:  # noqa: ARG002 - as above
        """Return a secret whose members are those of the value and all that the service tells.

        Raises:
            BadIbmKey, ProviderError: as for ``read``.
        """
        return MetadataPayload(self._payload(key))

    def close(self) -> None:
        """Close the connections."""
        self._calls.close()

    def _payload(self, key: str) -> IbmPayload:
        place = place_of(key)
        return IbmPayload(place.kind, key, self._calls.get(place.path, f'secret "{key}"'))

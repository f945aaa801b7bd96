"""What ``extract`` gives with ``metadataPolicy: Fetch``: all that the service tells, printed by Go.

Source:
    External Secrets Operator 2.9, ibm provider; IBM's SDK, for the members that it always prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.gocompat import runes
from esync.gocompat.fmt import sprint
from esync.providers.ibm.keys import SecretType
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.providers.ibm.payload import IbmPayload

# Members that are <nil> where the service leaves them out.
_ALWAYS: Final = (
    "created_at",
    "created_by",
    "crn",
    "downloaded",
    "id",
    "labels",
    "locks_total",
    "secret_group_id",
    "secret_type",
    "updated_at",
    "versions_total",
)
_BY_TYPE: Final[Mapping[SecretType, tuple[str, ...]]] = {
    SecretType.ARBITRARY: (),
    SecretType.USERNAME_PASSWORD: ("rotation", "username", "password"),
    SecretType.IAM_CREDENTIALS: ("ttl", "reuse_api_key"),
    SecretType.SERVICE_CREDENTIALS: ("source_service", "credentials"),
    SecretType.IMPORTED_CERT: (),
    SecretType.PUBLIC_CERT: ("key_algorithm", "rotation"),
    SecretType.PRIVATE_CERT: (
        "signing_algorithm",
        "certificate_template",
        "common_name",
        "issuer",
        "serial_number",
        "validity",
        "certificate",
        "private_key",
    ),
    SecretType.KV: ("data",),
    SecretType.CUSTOM_CREDENTIALS: ("configuration", "credentials_content"),
}


class MetadataPayload:
    """A secret whose members are everything; its value is the same as without metadata."""

    def __init__(self, payload: IbmPayload) -> None:
        self._payload = payload

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the value: the operator knows the policy for ``extract`` only."""
        return self._payload.value(property)

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return the members of the answer as Go prints them, under those of the value."""
        secret = self._payload.secret
        printed = {runes.decode(name): sprint([value]) for name, value in secret.items()}
        missing = (*_ALWAYS, *_BY_TYPE[self._payload.kind])
        everything = dict.fromkeys(missing, b"<nil>") | printed
        values = {name: SecretValue(text) for name, text in everything.items()}
        return values | dict(self._payload.members(property))

"""What a remote key means: the type of a secret, its group, and its id or name.

Source:
    External Secrets Operator 2.9, ibm provider.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from esync.providers.contract import ProviderError
from esync.records import dataclass

# As Go's UUID library reads them: also as URN, as 32 digits, and with any one character around.
_HEX: Final = "[0-9A-Fa-f]"
_DASHED: Final = rf"{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}"
_UUID: Final = re.compile(rf"(?:(?i:urn:uuid:))?{_DASHED}|.{_DASHED}.|{_HEX}{{32}}", re.DOTALL)
_PARTS: Final = 3


class BadIbmKey(ProviderError):
    """A remote key is not one of IBM's."""

    rule = "ES0462"


class SecretType(StrEnum):
    """What a secret is; the words of the key and of the API."""

    ARBITRARY = "arbitrary"
    USERNAME_PASSWORD = "username_password"
    IAM_CREDENTIALS = "iam_credentials"
    SERVICE_CREDENTIALS = "service_credentials"
    IMPORTED_CERT = "imported_cert"
    PUBLIC_CERT = "public_cert"
    PRIVATE_CERT = "private_cert"
    KV = "kv"
    CUSTOM_CREDENTIALS = "custom_credentials"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is.

    Attributes:
        path: below ``/api/v2/``, quoted.
    """

    kind: SecretType
    path: str


def place_of(key: str) -> Place:
    """Return what ``key`` means: ``ID``, ``TYPE/ID``, or ``GROUP/TYPE/ID-OR-NAME``.

    Raises:
        BadIbmKey: it means nothing.
    """
    group, word, name = _parts(key)
    try:
        kind = SecretType(word)
    except ValueError:
        known = ", ".join(SecretType)
        raise BadIbmKey(
            f'key "{key}": unknown type of secret "{word}"', hint=f"known: {known}"
        ) from None
    if _UUID.fullmatch(name):
        return Place(kind, f"secrets/{quote(name, safe='')}")
    if not group:
        raise BadIbmKey(
            f'key "{key}" is no id, and to find a secret by name its group is needed',
            hint="write it as GROUP/TYPE/NAME, or use the id",
        )
    for part in (group, name):
        if part in {"", ".", ".."}:
            raise BadIbmKey(f'key "{key}" has an empty part, or one that leads elsewhere')
    types = f"secret_groups/{quote(group, safe='')}/secret_types/{kind}"
    return Place(kind, f"{types}/secrets/{quote(name, safe='')}")


def _parts(key: str) -> tuple[str, str, str]:
    """Return group, type and name; what has too many parts is a name as a whole, as with ESO."""
    parts = key.split("/")
    if len(parts) == _PARTS:
        return parts[0], parts[1], parts[2]
    if len(parts) == _PARTS - 1:
        return "", parts[0], parts[1]
    return "", SecretType.ARBITRARY, key

"""Moments in an answer, written as IBM's Go client writes them again: to the millisecond.

Source:
    IBM's SDK, for the members that are moments; its date format.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.gocompat.values import Value

_MOMENTS: Final = frozenset(
    {
        b"created_at",
        b"expiration_date",
        b"next_rotation_date",
        b"retrieved_at",
        b"revocation_time_rfc3339",
        b"updated_at",
    }
)
_INSIDE: Final[Mapping[bytes, frozenset[bytes]]] = {
    b"issuance_info": frozenset({b"dns_challenge_validation_time", b"ordered_on"}),
    b"validity": frozenset({b"not_after", b"not_before"}),
}


def with_milliseconds(secret: Mapping[bytes, Value]) -> dict[bytes, Value]:
    """Return a secret with its own moments so written; what a user stored stays as it is."""
    found = _written(secret, _MOMENTS)
    for name, moments in _INSIDE.items():
        if isinstance(found.get(name), dict):
            found[name] = _written(found[name], moments)
    return found


def _written(members: Mapping[bytes, Value], moments: frozenset[bytes]) -> dict[bytes, Value]:
    return {
        name: _moment(value) if name in moments and isinstance(value, bytes) else value
        for name, value in members.items()
    }


def _moment(text: bytes) -> bytes:
    try:
        found = datetime.fromisoformat(text.decode())
    except ValueError:  # also of text that is none
        return text
    if found.tzinfo is None:
        return text
    utc = found.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z".encode()

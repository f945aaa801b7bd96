"""Tags as the payload that ``metadataPolicy: Fetch`` gives: one JSON object, keys sorted.

Source:
    External Secrets Operator 2.9; Go 1.26, ``encoding/json``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.gocompat.json_encode import encode
from esync.payload.payload import JsonPayload, Lookup
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from esync.payload.payload import Payload


def tags_payload(tags: Iterable[Mapping[str, Any]]) -> Payload:
    """Return ``{"key": "value"}`` of what AWS lists as ``Key`` and ``Value``."""
    found = {str(tag["Key"]).encode(): str(tag.get("Value", "")).encode() for tag in tags}
    return JsonPayload(SecretValue(encode(found)), Lookup.ESCAPED_FIRST)

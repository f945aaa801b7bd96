"""Merge JSON values into keys of their own, or into one JSON value.

Source: External Secrets Operator 2.9, ``dataFrom[].rewrite[].merge``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.gocompat import json_decode, json_encode
from esync.gocompat.numbers import format_float
from esync.manifests.externalsecret import ConflictPolicy, MergeStrategy, PriorityPolicy
from esync.secret import SecretValue
from esync.shape.errors import RewriteFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.manifests.externalsecret import RewriteMerge


def merge(
    values: Mapping[str, SecretValue], operation: RewriteMerge
) -> tuple[dict[str, SecretValue], frozenset[str]]:
    """Merge the JSON objects in ``values``; later ones win, the priority list comes last.

    Returns:
        The new map, and the keys in it whose names were members of a JSON value.

    Raises:
        RewriteFailed: a value is no JSON object, a priority key is missing, members conflict, or
            ``into`` is empty for strategy JSON.
    """
    members: dict[bytes, Any] = {}
    conflicts = 0
    for key in _in_order(values, operation):
        for name, member in _object(values[key]).items():
            conflicts += name in members
            members[name] = member
    if conflicts and operation.conflict_policy is not ConflictPolicy.IGNORE:
        raise RewriteFailed(
            f"merge: {conflicts} members stand in more than one value",
            hint="priority decides who wins only with conflictPolicy: Ignore",
        )
    if operation.strategy is MergeStrategy.JSON:
        if not operation.into:
            raise RewriteFailed("merge: strategy JSON needs into")
        text = SecretValue(json_encode.encode(members, escape_html=False))
        return {**values, operation.into: text}, frozenset()
    extracted = {
        name.decode("utf-8", "surrogateescape"): SecretValue(_as_bytes(member))
        for name, member in members.items()
    }
    return extracted, frozenset(extracted)


def _in_order(values: Mapping[str, SecretValue], operation: RewriteMerge) -> Iterator[str]:
    yield from sorted(set(values) - set(operation.priority))
    for position, key in enumerate(operation.priority):
        if key in values:
            yield key
        elif operation.priority_policy is not PriorityPolicy.IGNORE_NOT_FOUND:
            raise RewriteFailed(
                f"merge: the key in priority[{position}] is not there",
                hint="set priorityPolicy: IgnoreNotFound to allow that",
            )


def _object(value: SecretValue) -> dict[bytes, Any]:
    try:
        decoded = json_decode.decode(value.reveal())
    except json_decode.JsonError:
        decoded = ()
    if decoded is None:
        return {}
    if not isinstance(decoded, dict):
        raise RewriteFailed("merge: a value is no JSON object")
    return decoded


def _as_bytes(member: Any) -> bytes:  # any JSON value
    """Spell one member as the value of a key; numbers without exponent, null as nothing."""
    match member:
        case None:
            return b""
        case bool():
            return b"true" if member else b"false"
        case bytes():
            return member
        case float():
            return format_float(member, "f").encode()
        case _:
            return json_encode.encode(member)

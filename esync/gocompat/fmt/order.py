"""The order in which Go prints and ranges over the entries of a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.gocompat.values import type_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.gocompat.values import Value


def sorted_items(mapping: Mapping[Any, Value]) -> list[tuple[Any, Value]]:
    """Return the entries by ascending key: nil, then by type, then by value; NaN first."""
    if all(key.__class__ is bytes for key in mapping):
        return sorted(mapping.items(), key=_by_key)
    return sorted(mapping.items(), key=_by_type_and_key)


def _by_key(item: tuple[Any, Value]) -> Any:
    return item[0]


def _by_type_and_key(item: tuple[Any, Value]) -> tuple[str, bool, Any]:
    key = item[0]
    if key is None:
        return ("", False, 0)
    if isinstance(key, complex):
        return (type_of(key), True, (key.real, key.imag))
    is_number = key == key  # noqa: PLR0124 - NaN is the one value unlike itself
    return (type_of(key), is_number, key if is_number else 0)

"""Key names: made legal by converting them, and refused where they are not.

Source: External Secrets Operator 2.9, ``conversionStrategy`` and the key check after it.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from esync.errors import EsyncError
from esync.manifests.externalsecret import ConversionStrategy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from esync.secret import SecretValue

LONGEST_KEY: Final = 253
_PLAIN: Final = frozenset("-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class KeyCollision(EsyncError):
    """Two keys of the store would get one name."""

    rule = "ES0320"

    def __init__(self) -> None:
        super().__init__(
            "two keys of the store get the same name when they are converted",
            hint="tell them apart with rewrite, or set conversionStrategy: Unicode",
        )


class BadKey(EsyncError):
    """A key name is not one that a Secret may have."""

    rule = "ES0321"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"a key from the store {what}",
            hint="make it legal with rewrite, or with conversionStrategy and no rewrite",
        )


def convert_keys(
    values: Mapping[str, SecretValue], strategy: ConversionStrategy
) -> dict[str, SecretValue]:
    """Replace every character that a Secret's key must not have.

    Letters and numbers of any script, ``-``, ``.`` and ``_`` stay; one character is one code point.

    Args:
        values: value by key, keys as the store spells them. Not changed.
        strategy: ``Default`` puts ``_`` in its place, ``Unicode`` puts ``_U``, the code
            point in at least four lower-case hex digits, and ``_``.

    Returns:
        A new map, as long as ``values`` and in the same order.

    Raises:
        KeyCollision: two keys would get the same name.
    """
    converted: dict[str, SecretValue] = {}
    for key, value in values.items():
        name = _convert(key, strategy)
        if name in converted:
            raise KeyCollision
        converted[name] = value
    return converted


def check_keys(keys: Iterable[str]) -> list[str]:
    """Return ``keys`` without the empty ones, which the operator drops silently.

    Raises:
        BadKey: one is longer than 253 bytes, or has a character that is neither letter, number,
            ``-``, ``.`` nor ``_``.
    """
    kept = [key for key in keys if key]
    for key in kept:
        if len(key.encode("utf-8", "surrogateescape")) > LONGEST_KEY:
            raise BadKey(f"is longer than {LONGEST_KEY} bytes")
        if not all(_is_legal(character) for character in key):
            raise BadKey('has a character other than letters, numbers, "-", "." and "_"')
    return kept


def _convert(key: str, strategy: ConversionStrategy) -> str:
    if strategy is ConversionStrategy.UNICODE:
        return "".join(one if _is_legal(one) else f"_U{ord(one):04x}_" for one in key)
    return "".join(one if _is_legal(one) else "_" for one in key)


def _is_legal(character: str) -> bool:
    return character in _PLAIN or unicodedata.category(character)[0] in "LN"

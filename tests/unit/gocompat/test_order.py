"""Entries of maps are gone through in Go's order."""

from __future__ import annotations

import math

from esync.gocompat.fmt.order import sorted_items
from esync.gocompat.values import Int64


def keys(*given: object) -> list[object]:
    """Return the keys in the order in which Go goes through them."""
    return [key for key, _ in sorted_items(dict.fromkeys(given))]


def test_strings_are_ordered_by_their_bytes() -> None:
    """Upper case first; bytes beyond ASCII last."""
    assert keys(b"b", b"a", b"B", b"\xff", b"") == [b"", b"B", b"a", b"b", b"\xff"]


def test_numbers_are_ordered_by_value() -> None:
    """What is no number comes before all; false before true; complex numbers by their real part."""
    assert keys(10, 9, -1) == [-1, 9, 10]
    ordered = keys(1.5, math.nan, -math.inf)
    assert math.isnan(float(str(ordered[0])))
    assert ordered[1:] == [-math.inf, 1.5]
    assert keys(True, False) == [False, True]
    assert keys(2j, 1 + 1j, 1 - 1j) == [2j, 1 - 1j, 1 + 1j]


def test_nil_comes_before_all() -> None:
    """And each type stays together."""
    assert keys(b"a", None, Int64(3), Int64(2)) == [None, Int64(2), Int64(3), b"a"]

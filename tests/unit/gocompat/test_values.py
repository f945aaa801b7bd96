"""Every value knows its Go type and kind."""

from __future__ import annotations

from typing import Any

import pytest

from esync.gocompat.values import (
    Float32,
    Int64,
    Map,
    Sized,
    Slice,
    Struct,
    Uint8,
    kind_of,
    type_of,
)


class _Pointer(Struct):
    go_type = "*semver.Version"


class _Month(Sized):
    go_type = "time.Month"
    kind = "int"
    bits, signed = 64, True


@pytest.mark.parametrize(
    ("value", "go_type", "kind"),
    [
        (None, "<nil>", "invalid"),
        (b"", "string", "string"),
        (True, "bool", "bool"),
        (1, "int", "int"),
        (Int64(1), "int64", "int64"),
        (Uint8(1), "uint8", "uint8"),
        (_Month(1), "time.Month", "int"),
        (1.5, "float64", "float64"),
        (Float32(1.5), "float32", "float32"),
        (1j, "complex128", "complex128"),
        ([], "[]interface {}", "slice"),
        (Slice([], "string"), "[]string", "slice"),
        ({}, "map[string]interface {}", "map"),
        (Map({}, elem="string"), "map[string]string", "map"),
        (_Pointer(), "*semver.Version", "ptr"),
        (Struct(), "struct {}", "struct"),
    ],
)
def test_types_and_kinds(value: Any, go_type: str, kind: str) -> None:
    """As ``%T`` and reflection name them."""
    assert (type_of(value), kind_of(value)) == (go_type, kind)


def test_a_plain_struct_offers_nothing() -> None:
    """No field, no method, no text, unless a type says so."""
    assert (dict(Struct().fields), dict(Struct().methods), Struct().text) == ({}, {}, None)
    assert (dict(Int64(1).methods), Int64(1).text) == ({}, None)

"""Signatures of Go are read, and what they ask for is made."""

from __future__ import annotations

from typing import Any

import pytest

from esync.gocompat.values import Int64, Map, Slice, Uint8, type_of
from esync.gotemplate.arguments import (
    NO_VALUE,
    Signature,
    converter,
    element,
    result_of,
    signature,
    wrapped,
    zero,
)
from esync.gotemplate.errors import Refusal


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("func() string", Signature((), None, "string")),
        ("func(int, ...bool) (string, error)", Signature(("int",), "bool", "string")),
        ("func(map[string]interface {}, []string) map[string]interface {}",
         Signature(("map[string]interface {}", "[]string"), None, "map[string]interface {}")),
        ("func(func(int) bool, string) int", Signature(("func(int) bool", "string"), None, "int")),
    ],
)  # fmt: skip
def test_signatures(text: str, read: Signature) -> None:
    """Parameters, the variadic one, and the result without its error."""
    assert signature(text) == read


@pytest.mark.parametrize("go_type", ["string", "int64", "[]string", "map[string]int", "bool"])
def test_zero_values(go_type: str) -> None:
    """Each type has one, which is of that type."""
    assert type_of(zero(go_type)) == go_type


def test_nothing_becomes_nil_where_there_is_one() -> None:
    """A slice or map can be nil; a string cannot."""
    convert = converter("[]string")
    assert convert is not None
    assert convert(NO_VALUE).is_nil
    strings = converter("string")
    assert strings is not None
    with pytest.raises(Refusal):
        strings(NO_VALUE)


@pytest.mark.parametrize(
    ("go_type", "plain", "made"),
    [
        ("int64", 5, "int64"),
        ("[]string", [b"a"], "[]string"),
        ("[]string", None, "[]string"),
        ("map[string]string", {b"a": b"b"}, "map[string]string"),
        ("[]uint8", b"ab", "[]uint8"),
    ],
)
def test_plain_results_get_their_type(go_type: str, plain: Any, made: str) -> None:
    """What a function declares is what comes out."""
    finish = result_of(go_type)
    assert finish is not None
    assert type_of(finish(plain)) == made


def test_elements_have_the_type_of_their_slice() -> None:
    """A byte of bytes is a uint8."""
    assert type_of(element(Slice(b"a", "uint8"), 0)) == "uint8"
    assert type_of(element([1], 0)) == "int"


def test_high_bits_are_lost() -> None:
    """As in a conversion between integer types."""
    assert (wrapped(-1, Uint8), wrapped(1 << 63, Int64)) == (255, -(1 << 63))
    assert isinstance(zero("map[string]string"), Map)

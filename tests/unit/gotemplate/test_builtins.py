"""The builtins themselves, with what templates of the operator cannot reach or show."""

from __future__ import annotations

from typing import Any

import pytest

from esync.gocompat.values import Int64, Map, Slice, Uint8, type_of
from esync.gotemplate.arguments import NO_VALUE
from esync.gotemplate.builtins import BUILTINS
from esync.gotemplate.function import FunctionError

NAMES = Slice([b"a", b"b", b"c"], "string")


def call(name: str, *arguments: Any) -> Any:
    """Call a builtin with converted arguments."""
    return BUILTINS[name].call(*arguments)


def error(name: str, *arguments: Any) -> str:
    """Return the text of the refusal."""
    with pytest.raises(FunctionError) as refused:
        call(name, *arguments)
    return str(refused.value)


def test_slice() -> None:
    """Parts of strings and lists keep their type; sprig's function of the name hides this one."""
    assert call("slice", b"abc", 1) == b"bc"
    assert call("slice", b"abc", 1, 2) == b"b"
    assert call("slice", [1, 2, 3]) == [1, 2, 3]
    assert type_of(call("slice", NAMES, 0, 2, 3)) == "[]string"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((b"abc", 4), "index out of range: 4"),
        ((b"abc", -1), "index out of range: -1"),
        ((b"abc", 2, 1), "invalid slice index: 2 > 1"),
        (([1, 2, 3], 0, 2, 1), "invalid slice index: 2 > 1"),
        ((b"abc", 0, 1, 2), "cannot 3-index slice a string"),
        (([1], 0, 0, 0, 0), "too many slice indexes: 4"),
        ((5,), "can't slice item of type int"),
        ((None,), "slice of untyped nil"),
        ((b"abc", b"1"), "cannot index slice/array with type string"),
        ((b"abc", None), "cannot index slice/array with nil"),
    ],
)
def test_slice_refuses(arguments: tuple[Any, ...], text: str) -> None:
    """In Go's words."""
    assert error("slice", *arguments) == text


def test_index() -> None:
    """Into lists, strings and maps with keys of any type; a missing key yields the zero value."""
    assert call("index", [[1, 2]], 0, 1) == 2
    assert type_of(call("index", b"a", 0)) == "uint8"
    assert call("index", Map({b"a": b"b"}, elem="string"), b"x") == b""
    assert call("index", Map({Uint8(1): b"one"}, "uint8", "string"), 257) == b"one"
    assert call("index", Map({7: b"seven"}, "int", "string"), Int64(7)) == b"seven"
    assert call("index", Map({None: 1}, "interface {}"), NO_VALUE) == 1
    assert call("index", {b"a": 1}, b"x") is None


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((NO_VALUE, 1), "index of untyped nil"),
        (([None], 0, 0), "index of nil pointer"),
        ((5, 0), "can't index item of type int"),
        (({b"a": 1}, 1), "value has type int; should be string"),
        (({b"a": 1}, None), "value is nil; should be of type string"),
    ],
)
def test_index_refuses(arguments: tuple[Any, ...], text: str) -> None:
    """In Go's words."""
    assert error("index", *arguments) == text


def test_logic() -> None:
    """Called as functions, they look at all their arguments."""
    assert call("and", 1, b"", 2) == b""
    assert call("or", 0, b"x", 2) == b"x"
    assert call("or", 0, False) is False
    assert call("not", NO_VALUE)

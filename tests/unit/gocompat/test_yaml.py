"""YAML as the operator reads it: version 1.1, floats of 32 bits for texts, and go-yaml's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.gocompat import yaml

if TYPE_CHECKING:
    from esync.gocompat.values import Value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "true"),
        ("on", "true"),
        ("y", "true"),
        ("True", "true"),
        ("no", "false"),
        ("off", "false"),
        ("n", "false"),
        ("1.10", "1.1"),
        ("0123", "83"),
        ("0x1f", "31"),
        ("0o17", "15"),
        ("0b11", "3"),
        ("1_000", "1000"),
        ("007", "7"),
        ("089", "89"),
        ("+12", "12"),
        ("3.14159265358979", "3.1415927"),
        ("12345678.9", "1.2345679e+07"),
        ("1e3", "1000"),
        ("12345678901234567890", "12345678901234567890"),
        ("99999999999999999999", "1e+20"),
        ("2020-01-01", "2020-01-01"),
        ("1:30:20", "1:30:20"),
        ("", ""),
        ("~", ""),
        ("!!binary aGVsbG8=", "hello"),
        ("'1.10'", "1.10"),
        ('"yes"', "yes"),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_scalars_become_texts(text: str, value: str) -> None:
    """By what they mean, not how they are spelled; quoted ones stay."""
    assert yaml.string_map(f"k: {text}".encode()) == {b"k": value.encode()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: 1\n1.50: 2\n.inf: 3\n0x10: 4", {"true": "1", "1.5": "2", ".inf": "3", "16": "4"}),
        ("a: 1\na: 2", {"a": "2"}),
        ("", {}),
        ("# nothing", {}),
        ("null", {}),
        ("a: 1\n---\nb: 2", {"a": "1"}),
        ("<<: {a: 1, b: 2}\nb: 3", {"a": "1", "b": "3"}),
        ("a: &x 1\nb: *x", {"a": "1", "b": "1"}),
        ("\ufeffa: 1", {"a": "1"}),
        ("{a:, b: 1, c:}", {"a:": "", "b": "1", "c:": ""}),
        ("a: 1\n\ufeff: 2", {"a": "1", "\ufeff": "2"}),
    ],
)
def test_documents(text: str, expected: dict[str, str]) -> None:
    """Only the first document counts; later keys win; keys are resolved like values."""
    found = yaml.string_map(text.encode())
    assert {key.decode(): value.decode() for key, value in found.items()} == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a: {b: 1}", "cannot unmarshal object into Go value of type string"),
        (b"a: [1]", "cannot unmarshal array into Go value of type string"),
        (b"- a", "cannot unmarshal array into Go value of type map[string]string"),
        (b"text", "cannot unmarshal string into Go value of type map[string]string"),
        (b"~: 1", "unsupported map key of type: %!s(<nil>)"),
        (b"a: .inf\nb: {c: .nan}", "json: unsupported value: NaN"),
        (b"[a]: 1", 'invalid map key: []interface {}{"a"}'),
        (b"a: \xff", "invalid leading UTF-8 octet"),
        (b"a: \x01", "control characters are not allowed"),
        (b"a: b: c", "mapping values are not allowed in this context"),
        (b"a:\n  - x\n b: y", "line 2: did not find expected key"),
        (b"a: 'x", "found unexpected end of stream"),
        (b"a: *nope", "unknown anchor 'nope' referenced"),
        (b"a: &a [*a]", "anchor 'a' value contains itself"),
        (b"<<: 1", "map merge requires map or sequence of maps as the value"),
        (b"a: !!int x", "cannot decode !!str `x` as a !!int"),
        (b"a: !!binary '%'", "!!binary value contains invalid base64 data"),
        (b"[" * 20_000, "exceeded max depth of 10000"),
    ],
)
def test_refused(text: bytes, words: str) -> None:
    """Go's words, as far as libyaml has them."""
    with pytest.raises(yaml.YAMLError) as refused:
        yaml.string_map(text)
    assert words in str(refused.value)


def test_aliases_of_aliases_end() -> None:
    """A document that consists of aliases is refused before it fills the memory."""
    lines = ["a0: &a0 [" + ", ".join("x" * 9) + "]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 9) + "]" for n in range(1, 9)]
    with pytest.raises(yaml.YAMLError, match="excessive aliasing"):
        yaml.typed("\n".join(lines).encode())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("3", 3),
        ("1.0", 1),
        ("1.5", 1.5),
        ("12345678901234567890", 1.2345678901234567e19),
        ("", None),
        ("[a, 1]", [b"a", 1]),
        ("a: {1: x}", {b"a": {b"1": b"x"}}),
        ("text: here", {b"text": b"here"}),
        ("2020-01-01", b"2020-01-01"),
    ],
)
def test_typed(text: str, value: Value) -> None:
    """Integral numbers stay integers, also those with a point."""
    found = yaml.typed(text.encode())
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({b"a": 1, b"b": [1, {b"c": None}]}, "a: 1\nb:\n- 1\n- c: null\n"),
        ([[1, [2]], {b"x": []}], "- - 1\n  - - 2\n- x: []\n"),
        (b"word " * 30 + b"x", ("word " * 17).rstrip() + "\n  " + "word " * 13 + "x\n"),
        (b"a\n\n", "|+\n  a\n\n"),
        (b" a\nb", "|2-\n   a\n  b\n"),
        ("\u2028 é \U0001f600".encode(), '"\\L é \\U0001F600"\n'),
        ({b"x" * 129: 1}, "? " + "x" * 129 + "\n: 1\n"),
        ({b"a\nb": [1]}, "? |-\n  a\n  b\n: - 1\n"),
    ],
)
def test_written(value: Value, text: str) -> None:
    """Lists at the indentation of their key, long lines folded, long keys with a question mark."""
    assert yaml.write(value).decode() == text

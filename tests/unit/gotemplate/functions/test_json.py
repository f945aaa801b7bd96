"""Both encoders, and the decoder with Go's words."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        (
            '{{ toJson (dict "b" 1 "a" "<&>\\u2028") }}',
            '{"a":"\\u003c\\u0026\\u003e\\u2028","b":1}',
        ),
        ('{{ toRawJson "<&>\\u2028" }}', '"<&>\\u2028"'),
        (
            '{{ toPrettyJson (dict "a" (list 1 (dict)) "b" (list)) }}',
            '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}',
        ),
        (
            "{{ toJson (list 1.0 1e21 1e-7 123456789.5 -0.0 nil true) }}",
            "[1,1e+21,1e-7,123456789.5,-0,null,true]",
        ),
        ('{{ toJson "\\xff\\x01\\x7f" }}', '"\\ufffd\\u0001\x7f"'),
        ('{{ toJson (float64 "NaN") }}|', "|"),
        ('{{ fromJson "{\\"a\\":[1,null,\\"\\\\u00e9\\\\ud800\\"]}" }}', "map[a:[1 <nil> é�]]"),
        ('{{ fromJson "[1" | kindOf }}', "invalid"),
        ('{{ fromJson "[1,1e400]" | toJson }}', "[1,null]"),
        ('{{ toJson (split "," "a") }}{{ toJson (semver "v1.2") }}', '{"_0":"a"}"1.2.0"'),
        ('{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toJson $d }}|', "|"),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ('{{ mustFromJson "[1" }}', "unexpected end of JSON input"),
        ('{{ mustFromJson "{\\"a\\" 1}" }}', "invalid character '1' after object key"),
        ('{{ mustFromJson "nul" }}', "invalid character ' ' in literal null (expecting 'l')"),
        ('{{ mustFromJson "[1,]" }}', "invalid character ']' looking for beginning of value"),
        ('{{ mustFromJson "1 2" }}', "invalid character '2' after top-level value"),
        ('{{ mustFromJson "1." }}', "invalid character ' ' after decimal point in numeric literal"),
        (
            '{{ mustFromJson "1e400" }}',
            "json: cannot unmarshal number 1e400 into Go value of type float64",
        ),
        ("{{ mustToJson 1i }}", "json: unsupported type: complex128"),
        ('{{ toRawJson (float64 "Inf") }}', "json: unsupported value: +Inf"),
    ],
)
def test_refuses(template: str, words: str) -> None:
    """In Go's words, which the public message does not repeat."""
    error = refused(template)
    assert error.go_message.endswith(words)

"""Go's dialect; the functions without `must` panic, and say what they compiled."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ regexMatch "^a+$" "aaa" }}{{ regexMatch "(" "a" }}', "truefalse"),
        ('{{ regexFind "[0-9]+" "ab12" }}{{ regexFind "x" "a" }}', "12"),
        (
            ('{{ regexFindAll "a(b)?" "ab a" -1 | toJson }}{{ regexFindAll "x" "a" -1 | toJson }}'),
            '["ab","a"]null',
        ),
        ('{{ regexFindAll "." "abc" 2 | toJson }}', '["a","b"]'),
        ('{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }}', "-W-xxW-"),
        ('{{ regexReplaceAll "(.*)" "abc" "x-$1" }}', "x-abc"),
        ('{{ regexReplaceAllLiteral "a" "banana" "$1" }}', "b$1n$1n$1"),
        (
            '{{ regexSplit "z+" "pizza" -1 | toJson }}{{ regexSplit "z" "zz" 0 | toJson }}',
            '["pi","a"]null',
        ),
        ('{{ regexQuoteMeta "1.2[3]" }}', "1\\.2\\[3\\]"),
        ('{{ mustRegexMatch "a" "A" }}{{ mustRegexFind "a" "ba" }}', "falsea"),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (
            '{{ regexFind "(" "a" }}',
            "regexp: Compile(`(`): error parsing regexp: missing closing ): `(`",
        ),
        ('{{ mustRegexFind "(" "a" }}', "error parsing regexp: missing closing ): `(`"),
        (
            '{{ mustRegexMatch "a**" "a" }}',
            "error parsing regexp: invalid nested repetition operator: `**`",
        ),
        (
            '{{ regexSplit "`(" "a" -1 }}',
            'regexp: Compile("`("): error parsing regexp: missing closing ): ``(`',
        ),
    ],
)
def test_refuses(template: str, words: str) -> None:
    """In Go's words, which the public message does not repeat."""
    error = refused(template)
    assert error.go_message.endswith(words)

"""Sprig's functions on one text: as the operator's own library returns them."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ trim " \\t x\\u00a0\\u0085" }}|', "x|"),
        ('{{ trimAll "$é" "é$5$" }}', "5"),
        ('{{ trimAll "" " a" }}', " a"),
        ('{{ trimPrefix "-" "--a" }}', "-a"),
        ('{{ trimSuffix "-" "a--" }}', "a-"),
        ('{{ trunc 3 "hello" }}{{ trunc -3 "hello" }}{{ trunc -9 "hello" }}', "helllohello"),
        ('{{ trunc 1 "é" | b64enc }}', "ww=="),
        ('{{ substr 1 3 "hello" }}{{ substr -1 2 "hello" }}{{ substr 2 -1 "hello" }}', "elhello"),
        ('{{ abbrev 8 "hello world" }}', "hello..."),
        ('{{ abbrev 3 "hello" }}', "hello"),
        ('{{ abbrevboth 5 10 "1234 5678 9123" }}', "...5678..."),
        ('{{ abbrevboth 0 4 "hello" }}', "h..."),
        ('{{ nospace "é a" }}', "Ã©a"),
        ('{{ nospace "é" }}', "é"),
        ('{{ initials "First  Try é" }}', "FTÃ"),
        ('{{ repeat 3 "ab" }}', "ababab"),
        ('{{ replace "" "-" "aé" }}', "-a-é-"),
        ('{{ replace "a" "b" "aXa" }}', "bXb"),
        ('{{ indent 2 "a\\nb" }}', "  a\n  b"),
        ('{{ nindent 1 "a\\n" }}', "\n a\n "),
        ('{{ wrap 5 "a bb ccccccc d" }}', "a bb\nccccccc\nd"),
        ('{{ wrapWith 3 "|" "abcdefg h" }}', "abc|def|g h"),
        ('{{ wrapWith 3 "" "abcd" }}', "abc\nd"),
        ('{{ quote "a\\"b" 1 nil "\\xff" }}', '"a\\"b" "1" "\\xff"'),
        ('{{ squote "a" 1.0 nil }}', "'a' '1'"),
        ('{{ cat 1 nil "b" 2.5 }}', "1 b 2.5"),
        ('{{ plural "one" "many" 1 }}{{ plural "one" "many" 0 }}', "onemany"),
        (
            '{{ contains "b" "abc" }}{{ hasPrefix "b" "abc" }}{{ hasSuffix "" "abc" }}',
            "truefalsetrue",
        ),
        ('{{ toString (list 1 "a" nil) }}', "[1 a <nil>]"),
        ("{{ hello }}", "Hello!"),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ('{{ repeat -1 "a" }}', "strings: negative Repeat count"),
        ('{{ indent -1 "a" }}', "strings: negative Repeat count"),
        ('{{ substr 3 2 "hello" }}', "runtime error: slice bounds out of range [3:2]"),
        ('{{ substr 10 -1 "hello" }}', "runtime error: slice bounds out of range [10:5]"),
        (
            '{{ substr -1 9 "hello" }}',
            "runtime error: slice bounds out of range [:9] with length 5",
        ),
        ('{{ substr -1 -2 "hello" }}', "runtime error: slice bounds out of range [:-2]"),
    ],
)
def test_refuses(template: str, words: str) -> None:
    """In Go's words, which the public message does not repeat."""
    error = refused(template)
    assert error.go_message.endswith(words)

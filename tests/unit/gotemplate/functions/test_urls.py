"""Go's reading of URLs."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        (
            '{{ urlParse "HTTP://u:p%40@h.x:80/a%20b?q=1#f" | toRawJson }}',
            (
                '{"fragment":"f","host":"h.x:80","hostname":"h.x","opaque":"","path'
                '":"/a b","query":"q=1","scheme":"http","userinfo":"u:p%40"}'
            ),
        ),
        (
            '{{ urlParse "mailto:a@b" | toRawJson }}',
            (
                '{"fragment":"","host":"","hostname":"","opaque":"a@b","path":"","q'
                'uery":"","scheme":"mailto","userinfo":""}'
            ),
        ),
        ('{{ (urlParse "//[::1%25eth0]:80/x").hostname }}', "::1%eth0"),
        ('{{ urlJoin (urlParse "http://u:p%40@h/a%2fb?#x y") }}', "http://u:p%40@h/a/b#x%20y"),
        (
            '{{ urlJoin (dict "scheme" "http" "host" "h" "path" "p q" "userinfo" "a:b%2f") }}',
            "http://a:b%2F@h/p%20q",
        ),
        ('{{ urlJoin (dict "path" "a:b") }}', "./a:b"),
        ("{{ urlJoin (dict) }}|", "|"),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (
            '{{ urlParse "http://h:8a/" }}',
            'unable to parse url: parse "http://h:8a/": invalid port ":8a" after host',
        ),
        (
            '{{ urlParse "http://a b/" }}',
            'unable to parse url: parse "http://a b/": invalid character " " in host name',
        ),
        ('{{ urlParse "/%zz" }}', 'unable to parse url: parse "/%zz": invalid URL escape "%zz"'),
        (
            '{{ urlParse "1a:b" }}',
            ('unable to parse url: parse "1a:b": first path segment in URL cannot contain colon'),
        ),
        ('{{ urlParse ":x" }}', 'unable to parse url: parse ":x": missing protocol scheme'),
        (
            '{{ urlParse "http://[::1" }}',
            "unable to parse url: parse \"http://[::1\": missing ']' in host",
        ),
        (
            '{{ urlJoin (dict "path" 1) }}',
            "unable to parse path key, must be of type string, but int found",
        ),
        (
            '{{ urlJoin (dict "path" nil) }}',
            "runtime error: invalid memory address or nil pointer dereference",
        ),
    ],
)
def test_refuses(template: str, words: str) -> None:
    """In Go's words, which the public message does not repeat."""
    error = refused(template)
    assert error.go_message.endswith(words)

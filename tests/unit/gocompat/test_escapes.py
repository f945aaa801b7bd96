"""Escaping for HTML, JavaScript and queries as Go does."""

from __future__ import annotations

from esync.gocompat import escapes


def test_html() -> None:
    """The short numeric forms of the quotes; a zero byte becomes U+FFFD."""
    assert escapes.html(b"<a href=\"x\">'&'\0") == (
        b"&lt;a href=&#34;x&#34;&gt;&#39;&amp;&#39;\xef\xbf\xbd"
    )


def test_js() -> None:
    """Letters of all scripts stay; what cannot be printed gets four digits or more."""
    assert escapes.js("é\n\u2028'<\U000e0001=".encode()) == (
        "é\\u000A\\u2028\\'\\u003C\\uE0001\\u003D".encode()
    )
    assert escapes.js(b"\x7f\\") == b"\x7f\\\\"


def test_query() -> None:
    """Spaces become plus signs; letters, digits and ``-_.~`` stay."""
    assert escapes.query("a b&é~-_./".encode()) == b"a+b%26%C3%A9~-_.%2F"

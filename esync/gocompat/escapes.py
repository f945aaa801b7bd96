"""Escaping for HTML, JavaScript and URL queries, as Go's text/template does."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote_plus

from esync.gocompat.quoting import is_surrogate, text_of

# The ampersand first: what replaces the others has one.
_HTML = {
    b"&": b"&amp;",
    b"\x00": "\ufffd".encode(),
    b'"': b"&#34;",
    b"'": b"&#39;",
    b"<": b"&lt;",
    b">": b"&gt;",
}
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"'}
_JS_SPECIAL = re.compile("[\\\\'\"<>&=]|[^\\x20-\\x7f]")


def html(value: bytes) -> bytes:
    """Escape what has a meaning in HTML."""
    for special, escape in _HTML.items():
        value = value.replace(special, escape)
    return value


def js(value: bytes) -> bytes:
    """Escape what has a meaning in a JavaScript string."""
    escaped = _JS_SPECIAL.sub(lambda match: _js_escape(match[0]), text_of(value))
    return escaped.encode("utf-8", "surrogateescape")


@lru_cache(maxsize=512)
def _js_escape(char: str) -> str:
    if char in _JS:
        return _JS[char]
    if is_surrogate(ord(char)):  # a byte that is no UTF-8: Go sees U+FFFD, and prints the byte
        return char
    if not char.isascii() and char.isprintable():
        return char
    return f"\\u{ord(char):04X}"


def query(value: bytes) -> bytes:
    """Escape what has a meaning in the query of a URL; spaces become ``+``."""
    return quote_plus(value, safe="~").encode()

"""Escaping for HTML, JavaScript and URL queries, as Go's text/template does."""

from __future__ import annotations

import re
from urllib.parse import quote_plus

from esync.gocompat.quoting import is_surrogate, text_of

_HTML = {
    b"\x00": "\ufffd".encode(),
    b'"': b"&#34;",
    b"'": b"&#39;",
    b"&": b"&amp;",
    b"<": b"&lt;",
    b">": b"&gt;",
}
_HTML_SPECIAL = re.compile(rb"[\x00\"'&<>]")
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"'}
_JS_SPECIAL = re.compile("[\\\\'\"<>&=]|[^\\x20-\\x7f]")


def html(value: bytes) -> bytes:
    """Escape what has a meaning in HTML."""
    return _HTML_SPECIAL.sub(lambda match: _HTML[match[0]], value)


def js(value: bytes) -> bytes:
    """Escape what has a meaning in a JavaScript string."""
    return _JS_SPECIAL.sub(_js_escape, text_of(value)).encode("utf-8", "surrogateescape")


def _js_escape(match: re.Match[str]) -> str:
    char = match[0]
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

"""Sprig's functions on URLs.

Source:
    sprig 3 as vendored by External Secrets Operator 2.9.
"""

from __future__ import annotations

from typing import Any, Final

from esync.gocompat.url import Url, UrlError, User
from esync.gocompat.values import kind_of
from esync.gotemplate.function import Context, Function, FunctionError
from esync.gotemplate.functions.panics import NIL_POINTER

_Parts = dict[bytes, Any]


_STEPS: Final = 30


def _parse(context: Context, text: bytes) -> _Parts:
    context.budget.spend(_STEPS + 3 * len(text))
    try:
        url = Url.parse(text)
    except UrlError as error:
        raise FunctionError(f"unable to parse url: {error}") from None
    return {
        b"scheme": url.scheme,
        b"host": url.host,
        b"hostname": url.hostname,
        b"path": url.path,
        b"query": url.query,
        b"opaque": url.opaque,
        b"fragment": url.fragment,
        b"userinfo": url.user.text if url.user else b"",
    }


def _part(parts: _Parts, key: str) -> bytes:
    value = parts.get(key.encode(), b"")
    if value is None:
        raise FunctionError(NIL_POINTER)
    if not isinstance(value, bytes):
        kind = kind_of(value)
        what = f"unable to parse {key} key, must be of type string"
        raise FunctionError(f"{what}, but {kind} found")
    return value


def _join(context: Context, parts: _Parts) -> bytes:
    context.budget.spend(
        _STEPS + sum(3 * len(part) for part in parts.values() if isinstance(part, bytes))
    )
    url = Url(
        scheme=_part(parts, "scheme"),
        host=_part(parts, "host"),
        path=_part(parts, "path"),
        query=_part(parts, "query"),
        opaque=_part(parts, "opaque"),
        fragment=_part(parts, "fragment"),
    )
    url.user = _user(_part(parts, "userinfo"))
    return url.text


def _user(text: bytes) -> User | None:
    """Read name and password as they stand in a URL."""
    if not text:
        return None
    try:
        return Url.parse(b"proto://" + text + b"@host").user
    except UrlError as error:
        raise FunctionError(f"unable to parse userinfo in dict: {error}") from None


FUNCTIONS: Final = {
    "urlJoin": Function("func(map[string]interface {}) string", _join, wants_context=True),
    "urlParse": Function("func(string) map[string]interface {}", _parse, wants_context=True),
}

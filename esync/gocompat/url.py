"""URLs as Go reads and writes them.

Source:
    Go 1.26, package ``net/url``, with its words for what is wrong.
"""

from __future__ import annotations

import ipaddress
import re
import string
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_from_bytes

from esync.gocompat.quoting import quote

_UNRESERVED: Final = (string.ascii_letters + string.digits + "-._~").encode()
# Characters that stay as they are, by the part of the URL.
_PATH: Final = _UNRESERVED + b"$&+,/:;=@"
_HOST: Final = _UNRESERVED + b"!\"$&'()*+,:;<=>[]"
_USER: Final = _UNRESERVED + b"$&+,;="
_FRAGMENT: Final = _UNRESERVED + b"!$&()*+,/:;=?@"
_VALID: Final = b"!$&'()*+,;=:@[]%"

_SCHEME = re.compile(rb"(?:([A-Za-z][A-Za-z0-9+.-]*))?:")
_USERINFO = re.compile(rb"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_PORT = re.compile(rb"(?::[0-9]*)?")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_CONTROLS = re.compile(rb"[\x00-\x1f\x7f]")


class UrlError(ValueError):
    """A text is no URL; the message is Go's own."""


def _quoted(text: bytes) -> str:
    return quote(text).decode()


def _unescape(text: bytes) -> bytes:
    bad = _BAD_ESCAPE.search(text)
    if bad:
        raise UrlError(f"invalid URL escape {_quoted(bad[0])}")
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), text)


def _unescape_host(text: bytes, *, zone: bool = False) -> bytes:
    """Undo escapes: in a host of what is above ASCII only, in a zone of what is harmless."""
    if not text.translate(None, _HOST):
        return text
    at = 0
    while at < len(text):
        char = text[at : at + 1]
        if char == b"%":
            escape = text[at : at + 3]
            code = _unescape(escape)
            harmless = code == b" " or code in _HOST if zone else code >= b"\x80"
            if escape != b"%25" and not harmless:
                raise UrlError(f"invalid URL escape {_quoted(escape)}")
            at += 2
        elif char < b"\x80" and char not in _HOST:
            raise UrlError(f"invalid character {_quoted(char)} in host name")
        at += 1
    return _unescape(text)


def _escape(text: bytes, allowed: bytes) -> bytes:
    return quote_from_bytes(text, allowed.decode()).encode()


@dataclass(frozen=True)
class User:
    """Name and password before a host; no password is not the same as an empty one."""

    name: bytes
    password: bytes | None = None

    @property
    def text(self) -> bytes:
        """Both as they stand in a URL."""
        name = _escape(self.name, _USER)
        return name if self.password is None else name + b":" + _escape(self.password, _USER)


@dataclass
class Url:
    """The parts of a URL; ``raw_path`` and ``raw_fragment`` only if their spelling is special."""

    scheme: bytes = b""
    opaque: bytes = b""
    user: User | None = None
    host: bytes = b""
    path: bytes = b""
    raw_path: bytes = b""
    query: bytes = b""
    force_query: bool = False
    omit_host: bool = False
    fragment: bytes = b""
    raw_fragment: bytes = b""

    @classmethod
    def parse(cls, text: bytes) -> Url:
        """Take ``text`` apart.

        Raises:
            UrlError: it is no URL.
        """
        before, _, fragment = text.partition(b"#")
        shown = before
        try:
            url = cls()
            url._read(before)
            shown = text
            url.fragment = _unescape(fragment)
        except UrlError as error:
            raise UrlError(f"parse {_quoted(shown)}: {error}") from None
        if fragment != _escape(url.fragment, _FRAGMENT):
            url.raw_fragment = fragment
        return url

    @property
    def hostname(self) -> bytes:
        """The host without port and without the brackets of an IPv6 address."""
        host, colon, port = self.host.rpartition(b":")
        if not colon or not _PORT.fullmatch(b":" + port):
            host = self.host
        return host[1:-1] if host.startswith(b"[") and host.endswith(b"]") else host

    @property
    def text(self) -> bytes:
        """The URL, put together."""
        out = self.scheme + b":" if self.scheme else b""
        out += self.opaque or self._hierarchy(out)
        if self.force_query or self.query:
            out += b"?" + self.query
        if self.fragment:
            out += b"#" + _spelled(self.fragment, self.raw_fragment, _FRAGMENT)
        return out

    def _hierarchy(self, before: bytes) -> bytes:
        out = b""
        if (self.scheme or self.host or self.user) and not (
            self.omit_host and not self.host and not self.user
        ):
            if self.host or self.path or self.user:
                out += b"//"
            if self.user:
                out += self.user.text + b"@"
            out += _escape(self.host, _HOST)
        path = b"*" if self.path == b"*" else _spelled(self.path, self.raw_path, _PATH)
        if path and not path.startswith(b"/") and self.host:
            out += b"/"
        if not before + out and b":" in path.partition(b"/")[0]:
            out += b"./"  # or else it would read as a scheme
        return out + path

    def _read(self, text: bytes) -> None:
        if _CONTROLS.search(text):
            raise UrlError("net/url: invalid control character in URL")
        if text == b"*":
            self.path = b"*"
            return
        rest = self._read_query(self._read_scheme(text))
        if not rest.startswith(b"/"):
            if self.scheme:
                self.opaque = rest
                return
            if b":" in rest.partition(b"/")[0]:
                raise UrlError("first path segment in URL cannot contain colon")
        if rest.startswith(b"//") and (self.scheme or not rest.startswith(b"///")):
            authority, slash, rest = rest[2:].partition(b"/")
            rest = slash + rest
            self._read_authority(authority)
        elif self.scheme and rest.startswith(b"/"):
            self.omit_host = True
        self.path = _unescape(rest)
        if rest != _escape(self.path, _PATH):
            self.raw_path = rest

    def _read_scheme(self, text: bytes) -> bytes:
        match = _SCHEME.match(text)
        if match is None:
            return text
        if match[1] is None:
            raise UrlError("missing protocol scheme")
        self.scheme = match[1].lower()
        return text[match.end() :]

    def _read_query(self, text: bytes) -> bytes:
        if text.endswith(b"?") and text.count(b"?") == 1:
            self.force_query = True
            return text[:-1]
        rest, _, self.query = text.partition(b"?")
        return rest

    def _read_authority(self, authority: bytes) -> None:
        user, at, host = authority.rpartition(b"@")
        self.host = _read_host(self.scheme, host)
        if not at:
            return
        if not _USERINFO.fullmatch(user):
            raise UrlError("net/url: invalid userinfo")
        name, colon, password = user.partition(b":")
        self.user = User(_unescape(name), _unescape(password) if colon else None)


def _spelled(text: bytes, raw: bytes, allowed: bytes) -> bytes:
    """Return ``raw`` if it is a proper spelling of ``text``, else the usual one."""
    if raw and not raw.strip(allowed + _VALID):
        try:
            if _unescape(raw) == text:
                return raw
        except UrlError:
            pass
    return _escape(text, allowed)


def _read_host(scheme: bytes, host: bytes) -> bytes:
    bracket = host.rfind(b"[")
    if bracket > 0:
        raise UrlError("invalid IP-literal")
    if bracket == 0:
        return _read_literal(host)
    colon = host.find(b":") if scheme in (b"http", b"https") else host.rfind(b":")
    if colon >= 0:
        _check_port(host[colon:])
    return _unescape_host(host)


def _check_port(text: bytes) -> None:
    if not _PORT.fullmatch(text):
        raise UrlError(f"invalid port {_quoted(text)} after host")


def _read_literal(host: bytes) -> bytes:
    """Read an IPv6 address in brackets."""
    inside, bracket, port = host[1:].rpartition(b"]")
    if not bracket:
        raise UrlError("missing ']' in host")
    _check_port(port)
    address, percent, zone = inside.partition(b"%25")
    plain = _unescape_host(address)
    if percent:
        plain += _unescape_host(percent + zone, zone=True)
    _check_address(plain)
    return b"[" + plain + b"]" + _unescape_host(port)


def _check_address(text: bytes) -> None:
    shown = _quoted(text)
    try:
        address = ipaddress.ip_address(text.decode("ascii", "replace"))
    except ValueError:
        raise UrlError(f"invalid host: ParseAddr({shown}): unable to parse IP") from None
    if address.version == 4:  # noqa: PLR2004
        raise UrlError("invalid IP-literal")

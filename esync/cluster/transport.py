"""A connection pool from facts in memory: whom to trust, who we are, which proxy leads there.

No file is kept: certificates and keys of a store go into memory only.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from esync.errors import EsyncError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from urllib3 import PoolManager

    from esync.secret import SecretValue

# The first that is set names the certificates, as for other programs.
_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_CONNECTIONS: Final = 32


class BadCertificates(EsyncError):
    """What should be certificates, or a certificate and its key, is not."""

    rule = "ES0420"


@dataclass(frozen=True, slots=True)
class Tls:
    """How a connection is secured.

    Attributes:
        authorities: PEM certificates that replace all others; None leaves those.
        pair: a client certificate and its key, as PEM.
        server_name: the name that the server's certificate has, if it is not its host.
        verified: false accepts any server.
    """

    authorities: bytes | None = field(default=None, repr=False)
    pair: tuple[SecretValue, SecretValue] | None = None
    server_name: str = ""
    verified: bool = True


def make_pool(
    url: str, tls: Tls, environ: Mapping[str, str], *, proxy: str | None = None
) -> PoolManager:
    """Return a pool for requests to ``url``.

    Args:
        url: of the server.
        tls: how it is recognised, and how it recognises us.
        environ: may name a proxy, and a file of certificates that replaces those of the system.
        proxy: instead of what the environment says.

    Raises:
        BadCertificates: a certificate or key is none, or a file of them cannot be read.
    """
    import urllib3

    context = tls_context(tls, environ)
    settings: dict[str, Any] = {"maxsize": _CONNECTIONS, "ssl_context": context}
    if tls.server_name:
        settings |= {"server_hostname": tls.server_name, "assert_hostname": tls.server_name}
    if not tls.verified:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        settings |= {"cert_reqs": "CERT_NONE", "assert_hostname": False}
    through = proxy_for(url, environ) if proxy is None else proxy
    if not through:
        return urllib3.PoolManager(**settings)
    parts = urlsplit(through)
    headers = None
    if parts.username is not None:
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = urllib3.make_headers(proxy_basic_auth=who)
    return urllib3.ProxyManager(through, proxy_headers=headers, **settings)


def tls_context(tls: Tls, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return a context of TLS 1.2 or newer.

    Raises:
        BadCertificates: see :func:`make_pool`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # As in Go, whatever is named as an authority is trusted, also if another one signed it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if not tls.verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif tls.authorities is None:
        _trust_others(context, environ)
    else:
        _trust(context, tls.authorities)
    if tls.pair is not None:
        _identify(context, *tls.pair)
    return context


def proxy_for(url: str, environ: Mapping[str, str]) -> str:
    """Return the URL of the proxy that the environment names for ``url``, or nothing.

    This machine needs none.

    Source: Go, ``golang.org/x/net/http/httpproxy``, which the operator's clients go by.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    proxy = _variable(f"{parts.scheme}_proxy", environ)
    if not proxy or _is_here(host) or _is_excluded(host, port, _variable("no_proxy", environ)):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(name: str, environ: Mapping[str, str]) -> str:
    return environ.get(name.upper()) or environ.get(name) or ""


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_excluded(host: str, port: int, exclusions: str) -> bool:
    return any(_matches(host, port, rule) for rule in exclusions.lower().replace(",", " ").split())


def _matches(host: str, port: int, rule: str) -> bool:
    if rule == "*":
        return True
    try:
        return ip_address(host) in ip_network(rule, strict=False)
    except ValueError:
        pass
    name, colon, only = rule.rpartition(":")
    if colon and only.isdigit():
        if int(only) != port:
            return False
        rule = name.strip("[]")
    rule = rule.removeprefix("*")
    return host.endswith(rule) if rule.startswith(".") else f".{host}".endswith(f".{rule}")


def _trust(context: ssl.SSLContext, authorities: bytes) -> None:
    try:
        context.load_verify_locations(cadata=authorities.decode("ascii", "replace"))
    except (ssl.SSLError, ValueError):
        raise BadCertificates("there is no certificate in PEM to trust the server by") from None


def _trust_others(context: ssl.SSLContext, environ: Mapping[str, str]) -> None:
    """Trust what the environment names, else what the system does and the usual public ones."""
    named = next(filter(None, map(environ.get, _BUNDLES)), "")
    if not named:
        import certifi

        context.load_default_certs()
        context.load_verify_locations(certifi.where())
        return
    try:
        if Path(named).is_dir():
            context.load_verify_locations(capath=named)
        else:
            context.load_verify_locations(cafile=named)
    except OSError:
        raise BadCertificates(
            f"the certificates in {named} cannot be read", hint=f"look at {', '.join(_BUNDLES)}"
        ) from None


def _identify(context: ssl.SSLContext, certificate: SecretValue, key: SecretValue) -> None:
    pem = certificate.reveal() + b"\n" + key.reveal()
    try:
        with _as_file(pem) as path:
            # With a password, even an empty one, nobody at a terminal is asked for one.
            context.load_cert_chain(path, password="")
    except (ssl.SSLError, ValueError, OSError):
        raise BadCertificates(
            "the client certificate and its key are no pair in PEM",
            hint="the certificate comes first, then its chain; the key has no password",
        ) from None


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """Give a path under which OpenSSL can read ``content``: in memory where the system has that."""
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        descriptor, path = os.memfd_create("pair", os.MFD_CLOEXEC), ""
    else:  # mkstemp makes it 0600
        descriptor, path = tempfile.mkstemp()
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            yield path or f"/proc/self/fd/{descriptor}"
    finally:
        if path:
            Path(path).unlink()

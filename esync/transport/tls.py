"""Whom a connection trusts, and who we are on it: a TLS context from facts in memory.

No file is kept: certificates and keys of a store go into memory only.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from esync.errors import EsyncError
from esync.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.secret import SecretValue

# The first that is set names the certificates, as for other programs.
_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class BadCertificates(EsyncError):
    """What should be certificates, or a certificate and its key, is not."""

    rule = "ES0420"


class NoAuthority(BadCertificates):
    """There is no certificate in what should replace the authorities."""


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


def tls_context(tls: Tls, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return a context of TLS 1.2 or newer; those that want nothing special share one.

    If neither the store nor the environment names authorities, those of the system are trusted;
    where it has none, the usual public ones.

    Args:
        tls: whom to trust and who we are.
        environ: may name a file of certificates that replaces those of the system.

    Raises:
        NoAuthority: there is no certificate in ``tls.authorities``.
        BadCertificates: the pair is none, or a file of certificates cannot be read.
    """
    named = next(filter(None, map(environ.get, _BUNDLES)), "")
    if tls == Tls():
        return _shared(named)
    context = _empty()
    if not tls.verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif tls.authorities is None:
        _trust_others(context, named)
    else:
        _trust(context, tls.authorities)
    if tls.pair is not None:
        _identify(context, *tls.pair)
    return context


@cache
def _shared(named: str) -> ssl.SSLContext:
    """Return the context of all who want nothing special: it takes a while to make one."""
    context = _empty()
    _trust_others(context, named)
    return context


def _empty() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # As in Go, whatever is named as an authority is trusted, also if another one signed it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _trust(context: ssl.SSLContext, authorities: bytes) -> None:
    try:
        context.load_verify_locations(cadata=authorities.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError):
        raise NoAuthority("there is no certificate in PEM to trust the server by") from None


def _trust_others(context: ssl.SSLContext, named: str) -> None:
    if not named:
        _trust_system(context)
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


def _trust_system(context: ssl.SSLContext) -> None:
    context.load_default_certs()
    if not context.cert_store_stats()["x509_ca"]:
        import certifi

        context.load_verify_locations(certifi.where())


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

"""TLS as a store wants it: its own authorities, its own client certificate, no file kept."""

from __future__ import annotations

import os
import ssl
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from esync.providers.contract import BadStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.secret import SecretValue


# The first that is set names the certificates, as for other programs.
_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def tls_context(
    authorities: bytes | None,
    pair: tuple[SecretValue, SecretValue] | None,
    environ: Mapping[str, str],
) -> ssl.SSLContext:
    """Return a context that verifies the server.

    Args:
        authorities: PEM certificates that replace all others; None leaves those.
        pair: a client certificate and its key, as PEM.
        environ: may name a file of certificates that replaces those of the system.

    Raises:
        BadStore: there is no certificate in ``authorities``, or the pair is none.
    """
    named = next(filter(None, map(environ.get, _BUNDLES)), "")
    if authorities is None and pair is None:
        return _shared(named)
    context = _empty()
    if authorities is None:
        _trust_others(context, named)
    else:
        _trust(context, authorities)
    if pair is not None:
        _identify(context, *pair)
    return context


@cache
def _shared(named: str) -> ssl.SSLContext:
    """Return the context of all stores that want nothing special: it takes a while to make one."""
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
        raise BadStore("caBundle or caProvider holds no certificate in PEM") from None


def _trust_others(context: ssl.SSLContext, named: str) -> None:
    """Trust what the environment names, else what the system does, else the usual public ones."""
    if not named:
        context.load_default_certs()
        if not context.cert_store_stats()["x509_ca"]:
            import certifi

            context.load_verify_locations(certifi.where())
        return
    try:
        if Path(named).is_dir():
            context.load_verify_locations(capath=named)
        else:
            context.load_verify_locations(cafile=named)
    except OSError:
        raise BadStore(
            f"the certificates in {named} cannot be read", hint=f"look at {', '.join(_BUNDLES)}"
        ) from None


def _identify(context: ssl.SSLContext, certificate: SecretValue, key: SecretValue) -> None:
    pem = certificate.reveal() + b"\n" + key.reveal()
    try:
        with _as_file(pem) as path:
            # With a password, even an empty one, nobody at a terminal is asked for one.
            context.load_cert_chain(path, password="")
    except (ssl.SSLError, ValueError, OSError):
        raise BadStore(
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

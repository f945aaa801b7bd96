"""TLS as a store wants it: its own authorities, its own client certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.providers.contract import BadStore
from esync.transport.tls import BadCertificates, NoAuthority, Tls
from esync.transport.tls import tls_context as context_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping


def tls_context(tls: Tls, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return a context that verifies the server.

    Args:
        tls: whom to trust and who we are.
        environ: may name a file of certificates that replaces those of the system.

    Raises:
        BadStore: there is no certificate where one should be, or the pair is none.
    """
    try:
        return context_of(tls, environ)
    except NoAuthority:
        raise BadStore("caBundle or caProvider holds no certificate in PEM") from None
    except BadCertificates as error:
        raise BadStore(error.message, hint=error.hint) from None

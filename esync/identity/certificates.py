"""CA bundles as stores write them: base64 of PEM, or base64 of that again.

Source:
    External Secrets Operator 2.9, ``caBundle``.
"""

from __future__ import annotations

import re

from esync.gocompat.base64 import Base64Error, decode

_FIRST_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n.*?-----END \1-----", re.DOTALL)


def certificates_of(inline: str) -> bytes | None:
    """Return the PEM text in a ``caBundle``, or None if its first block is no certificate.

    Args:
        inline: as the manifest has it. The field holds bytes, so that it is base64 of PEM; people
            also paste base64 of that, which is taken as well, by either alphabet.
    """
    try:
        once = decode(inline.encode())
    except (Base64Error, UnicodeEncodeError):
        return None
    return next((text for text in (once, _again(once)) if is_certificate(text)), None)


def is_certificate(text: bytes) -> bool:
    """Tell whether the first PEM block in ``text`` is an X.509 certificate."""
    block = _FIRST_BLOCK.search(text)
    if block is None or block[1] != b"CERTIFICATE":
        return False
    import ssl  # most runs look at no certificate

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(
            cadata=block[0].decode("ascii")
        )
    except (ssl.SSLError, ValueError):
        return False
    return True


def _again(text: bytes) -> bytes:
    for url in (False, True):
        try:
            return decode(text, url=url)
        except Base64Error:
            continue
    return b""

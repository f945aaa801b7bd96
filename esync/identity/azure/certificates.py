"""An application proves who it is by its certificate: it signs a statement with the private key.

Source:
    Entra ID, certificate credentials: a JWT by PS256 that names the certificate by its SHA-256.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from esync.errors import EsyncError
from esync.identity.azure.exchange import assertion_proof
from esync.identity.kept import SECOND
from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.identity.azure.exchange import Application, Proof

_LIFETIME: Final = 600
_KEY: Final = re.compile(
    rb"-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL
)


class BadClientCertificate(EsyncError):
    """What should be the certificate of an application is not usable as one."""

    rule = "ES0396"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the client certificate {what}",
            hint="write the certificate and its RSA key, not encrypted, as one PEM text",
        )


@dataclass(frozen=True, slots=True)
class _Pair:
    thumbprint: bytes
    key: Any = field(repr=False)


def certificate_proof(pem: Callable[[], SecretValue], clock: Callable[[], int]) -> Proof:
    """Return the proof by a certificate.

    Args:
        pem: reads the PEM text that holds it and its private key, for every new token.
        clock: nanoseconds since 1970.
    """
    return assertion_proof(lambda application: _statement(_pair_in(pem()), application, clock()))


def _statement(pair: _Pair, application: Application, now: int) -> SecretValue:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    seconds = now // SECOND
    head = {"alg": "PS256", "typ": "JWT", "x5t#S256": _base64url(pair.thumbprint)}
    claims = {
        "aud": application.token_url,
        "iss": application.client_id,
        "sub": application.client_id,
        "jti": str(uuid4()),
        "iat": seconds,
        "nbf": seconds,
        "exp": seconds + _LIFETIME,
    }
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in (head, claims))
    how = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    signature = pair.key.sign(signed.encode(), how, hashes.SHA256())
    return SecretValue(f"{signed}.{_base64url(signature)}".encode())


def _pair_in(pem: SecretValue) -> _Pair:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    text = pem.reveal()
    key = _key_in(text)
    try:
        certificates = x509.load_pem_x509_certificates(text)
    except ValueError:
        certificates = []
    public = key.public_key()
    for certificate in certificates:
        if certificate.public_key() == public:
            return _Pair(certificate.fingerprint(hashes.SHA256()), key)
    raise BadClientCertificate("has no certificate for its private key")


def _key_in(text: bytes) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    block = _KEY.search(text)
    if block is None:
        raise BadClientCertificate("has no private key")
    try:
        key = load_pem_private_key(block[0], None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if key is None:
        raise BadClientCertificate("has a private key that cannot be read")
    if not isinstance(key, RSAPrivateKey):
        raise BadClientCertificate("has a private key that is not RSA")
    return key


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()

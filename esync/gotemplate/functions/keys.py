"""Private keys and certificates in DER and PEM, read and written as Go does.

Source:
    Go 1.26, ``crypto/x509``; sprig 3.3 and External Secrets Operator 2.9 for what they accept.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat import pem
from esync.gotemplate.function import FunctionError
from esync.gotemplate.functions import der

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate, Name

STEPS_PER_CERTIFICATE: Final = 500
_VERSION: Final = 0xA0
_EC_KEY: Final = "1.2.840.10045.2.1"
_CURVES: Final = ("secp224r1", "secp256r1", "secp384r1", "secp521r1")
_UNKNOWN_CURVE: Final = "x509: unsupported elliptic curve"


class Form(StrEnum):
    """How a private key is laid out; for PKCS#1 the numbers of an RSA key, or of a DSA key."""

    PKCS1 = "PKCS#1"
    SEC1 = "SEC 1"
    PKCS8 = "PKCS#8"


def _form(data: bytes) -> tuple[Form, bytes]:
    """Return the form of a private key, and the key without what follows it.

    Raises:
        ValueError: it is none.
    """
    tag, inside, end = der.read(data, 0)
    version, _, after = der.read(data, inside)
    if (tag, version) != (der.SEQUENCE, der.INTEGER):
        raise ValueError(tag)
    forms = {der.INTEGER: Form.PKCS1, der.OCTET_STRING: Form.SEC1, der.SEQUENCE: Form.PKCS8}
    form = forms.get(der.read(data, after)[0])
    if form is None or (form is not Form.PKCS8 and end < len(data)):
        raise ValueError(form)
    return form, data[:end]


def public_bits(data: bytes) -> bytes:
    """Return the bits of a public key (SubjectPublicKeyInfo), without what kind of key it is."""
    _, inside, _ = der.read(data, 0)
    _, _, after = der.read(data, inside)
    _, begin, end = der.read(data, after)
    return data[begin + 1 : end]


def private_key(data: bytes, *forms: Form) -> PrivateKeyTypes:
    """Read a private key of one of these forms.

    Raises:
        ValueError: it is none.
    """
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    form, key = _form(data)
    if form not in forms:
        raise ValueError(form)
    try:
        found = load_der_private_key(key, None)
    except (UnsupportedAlgorithm, InternalError, TypeError) as error:
        raise ValueError(form) from error
    if isinstance(found, EllipticCurvePrivateKey) and found.curve.name not in _CURVES:
        raise ValueError(form)
    return found


def private_key_of_any_form(data: bytes) -> PrivateKeyTypes:
    """Read a private key that may have any form, whatever its PEM block says.

    Raises:
        FunctionError: it is none, or one of DSA, which Go does not read.
    """
    from cryptography.hazmat.primitives.asymmetric.dsa import DSAPrivateKey

    try:
        key = private_key(data, *Form)
    except ValueError:
        raise FunctionError("unable to parse private key type") from None
    if isinstance(key, DSAPrivateKey):
        raise FunctionError("unable to parse private key type")
    return key


def private_key_of_pem(text: bytes) -> PrivateKeyTypes:
    """Read the private key of the first PEM block, whose type must say what it is.

    Raises:
        FunctionError: there is no block, or no such key in it.
    """
    block = pem.decode(text)
    if block is None:
        raise FunctionError("no PEM data in input")
    kind = block.type.decode("utf-8", "replace")
    if kind == "PRIVATE KEY":
        return _expected(block.content, Form.PKCS8, "decoding PEM as PKCS#8")
    name = kind.removesuffix(" PRIVATE KEY")
    if name == kind:
        raise FunctionError(f"no private key data in PEM block of type {kind}")
    match name:
        case "RSA" | "DSA":
            what = f"parsing {name} private key from PEM"
            return _expected(block.content, Form.PKCS1, what, name)
        case "EC":
            return _expected(block.content, Form.SEC1, "parsing EC private key from PEM")
        case _:
            raise FunctionError(f"invalid private key type {name}")


def _expected(data: bytes, form: Form, what: str, algorithm: str = "") -> PrivateKeyTypes:
    from cryptography.hazmat.primitives.asymmetric.dsa import DSAPrivateKey

    try:
        key = private_key(data, form)
    except ValueError:
        raise FunctionError(f"{what}: asn1: structure error") from None
    is_dsa = isinstance(key, DSAPrivateKey)
    if is_dsa != (algorithm == "DSA"):
        raise FunctionError(f"{what}: asn1: structure error")
    return key


def pem_of_key(key: Any) -> bytes:
    """Write a private key as sprig does: RSA, EC and DSA keys in their own form, others PKCS#8."""
    from cryptography.hazmat.primitives.asymmetric.dsa import DSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    names = {RSAPrivateKey: b"RSA ", EllipticCurvePrivateKey: b"EC ", DSAPrivateKey: b"DSA "}
    name = next((name for kind, name in names.items() if isinstance(key, kind)), b"")
    form = PrivateFormat.TraditionalOpenSSL if name else PrivateFormat.PKCS8
    data = key.private_bytes(Encoding.DER, form, NoEncryption())
    return pem.encode(pem.Block(name + b"PRIVATE KEY", data))


def pkcs8_pem(key: Any) -> bytes:
    """Write a private key as ``PRIVATE KEY``.

    Raises:
        FunctionError: Go has no such form for it.
    """
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    data = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return pem.encode(pem.Block(b"PRIVATE KEY", data))


def certificate(data: bytes) -> Certificate:
    """Read a certificate, with its extensions and its key, as Go does at once.

    Raises:
        FunctionError: it is none.
    """
    with unwarned():
        found = _certificate(data)
        if found.serial_number < 0:
            raise FunctionError("x509: negative serial number")
    _check_signature_names(data)
    return found


def _certificate(data: bytes) -> Certificate:
    from cryptography import x509

    try:
        found = x509.load_der_x509_certificate(data)
        found.extensions  # noqa: B018 - read on demand, and only then checked
        found.subject  # noqa: B018 - as above
        found.issuer  # noqa: B018 - as above
        _check_key(found)
    except (
        ValueError,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ):
        raise FunctionError(_what_is_wrong(data)) from None
    return found


@contextmanager
def unwarned() -> Iterator[None]:
    """Keep the library quiet about what Go takes without a word, such as long names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def subject(found: Certificate) -> Name:
    """Return whose certificate it is."""
    with unwarned():
        return found.subject


def _check_key(found: Certificate) -> None:
    """Refuse a key on a curve that Go does not know; one of a kind that it does not know is fine.

    Raises:
        FunctionError: Go does not know the curve.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    is_on_curve = found.public_key_algorithm_oid.dotted_string == _EC_KEY
    try:
        key = found.public_key()
    except UnsupportedAlgorithm:
        if is_on_curve:
            raise FunctionError(_UNKNOWN_CURVE) from None
    else:
        if isinstance(key, EllipticCurvePublicKey) and key.curve.name not in _CURVES:
            raise FunctionError(_UNKNOWN_CURVE)


def _check_signature_names(data: bytes) -> None:
    """Refuse a certificate that says inside that it is signed in another way than it is.

    Raises:
        FunctionError: it does.
    """
    _, inside, _ = der.read(data, 0)
    _, at, outer = der.read(data, inside)
    _, _, outer_end = der.read(data, outer)
    tag, _, end = der.read(data, at)
    if tag == _VERSION:
        at = end
    _, _, inner = der.read(data, at)
    _, _, inner_end = der.read(data, inner)
    if data[inner:inner_end] != data[outer:outer_end]:
        reason = "x509: inner and outer signature algorithm identifiers don't match"
        raise FunctionError(reason)


def _what_is_wrong(data: bytes) -> str:
    """Tell whether the outside of a certificate is no DER, or its inside no certificate."""
    try:
        outer, inside, _ = der.read(data, 0)
        inner, _, _ = der.read(data, inside)
    except ValueError:
        return "x509: malformed certificate"
    is_other = outer == der.SEQUENCE != inner
    return "x509: malformed tbs certificate" if is_other else "x509: malformed certificate"


def pem_of_certificate(found: Certificate) -> bytes:
    """Write a certificate as it was read."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return pem.encode(pem.Block(b"CERTIFICATE", found.public_bytes(Encoding.DER)))


def certificates(text: bytes, *, spend: Callable[[int], None]) -> list[Certificate]:
    """Read every PEM block as a certificate; text that is no block is left alone.

    Raises:
        FunctionError: a block is none.
    """
    found = []
    for block in pem.blocks(text):
        spend(STEPS_PER_CERTIFICATE)
        found.append(certificate(block.content))
    return found

"""Sprig's certificates: authorities, self-signed ones, signed ones, and those brought along.

Source:
    Sprig 3.3; Go 1.26, ``x509.CreateCertificate``.
"""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from esync.gocompat import pem
from esync.gocompat.base64 import Base64Error
from esync.gocompat.base64 import decode as decode_base64
from esync.gocompat.fmt.printer import sprint
from esync.gocompat.values import Struct
from esync.gotemplate.function import Function, FunctionError
from esync.gotemplate.functions import keys
from esync.gotemplate.functions.crypto import STEPS_FOR_RSA_2048, rsa_key
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cryptography import x509

    from esync.gocompat.values import Value
    from esync.gotemplate.function import Context

_STEPS_TO_SIGN: Final = 10_000
_STEPS_PER_NAME: Final = 40
_SERIAL_SIZE: Final = 16
_DAY: Final = 86_400 * 10**9  # nanoseconds
_DURATIONS: Final = 1 << 64
_LONGEST_NAME: Final = 64
_FIRST_YEAR: Final = 1950


class Certificate(Struct):
    """A certificate and its private key, both as PEM; what these functions return."""

    go_type: ClassVar[str] = "sprig.certificate"

    def __init__(self, cert: bytes, key: bytes) -> None:
        self.cert = cert
        self.key = key

    @property
    def fields(self) -> Mapping[str, Value]:
        """``Cert`` and ``Key``."""
        return {"Cert": self.cert, "Key": self.key}


@dataclass(frozen=True, slots=True)
class _Request:
    """What a certificate shall say, checked."""

    name: str
    addresses: tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...]
    dns: tuple[str, ...]
    days: int
    is_authority: bool = False


@dataclass(frozen=True, slots=True)
class _Signer:
    """Who signs: a name and a key, and the id of that key if its certificate says it."""

    subject: x509.Name
    key: Any
    key_id: bytes


def _request(name: bytes, addresses: list[Value], dns: list[Value], days: int) -> _Request:
    ips = tuple(_address(value) for value in addresses)
    names = tuple(_dns_name(value) for value in dns)
    try:
        return _Request(name.decode(), ips, names, days)
    except UnicodeDecodeError:
        raise FunctionError(_cannot("asn1: string not valid UTF-8")) from None


def _address(value: Value) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if not isinstance(value, bytes):
        text = sprint([value]).decode("utf-8", "replace")
        raise FunctionError(f"error parsing ip: {text} is not a string")
    text = value.decode("utf-8", "replace")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise FunctionError(f"error parsing ip: {text}") from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise FunctionError(f"error parsing ip: {text}")
        return address.ipv4_mapped or address
    return address


def _dns_name(value: Value) -> str:
    if not isinstance(value, bytes):
        text = sprint([value]).decode("utf-8", "replace")
        raise FunctionError(f"error processing alternate dns name: {text} is not a string")
    if not value.isascii():
        text = value.decode("utf-8", "replace")
        raise FunctionError(_cannot(f'x509: "{text}" cannot be encoded as an IA5String'))
    return value.decode()


def _cannot(reason: str) -> str:
    return f"error creating certificate: {reason}"


def _subject(name: str) -> x509.Name:
    """Return the name that has that common name; none at all if it is empty."""
    from cryptography import x509

    if not name:
        return x509.Name([])
    kind = x509.oid.NameOID.COMMON_NAME
    if len(name.encode()) <= _LONGEST_NAME:
        return x509.Name([x509.NameAttribute(kind, name)])
    with keys.unwarned():
        return x509.Name([x509.NameAttribute(kind, name, _validate=False)])


def _certify(context: Context, request: _Request, key: Any, signer: _Signer | None) -> Certificate:
    """Make the certificate of ``key``; without a signer it signs itself."""
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm

    failures = (InternalError, UnsupportedAlgorithm)
    size = len(request.name) + sum(map(len, request.dns))
    context.budget.reserve(size)
    names = _STEPS_PER_NAME * (len(request.dns) + len(request.addresses))
    context.budget.spend(_STEPS_TO_SIGN + names + size)
    subject = _subject(request.name)
    signer = signer or _Signer(subject, key, b"")
    try:
        builder = _builder(context, request, key, subject, signer)
        made = builder.sign(signer.key, _digest(signer.key))
    except (ValueError, TypeError, OverflowError, AttributeError, *failures):
        raise FunctionError(_cannot("x509: unsupported key or value")) from None
    return Certificate(keys.pem_of_certificate(made), keys.pem_of_key(key))


def _builder(
    context: Context, request: _Request, key: Any, subject: x509.Name, signer: _Signer
) -> x509.CertificateBuilder:
    from cryptography import x509

    begin = context.clock()
    lifetime = request.days * _DAY % _DURATIONS
    if lifetime >= _DURATIONS // 2:
        lifetime -= _DURATIONS  # as a count of nanoseconds in 64 bits does
    # Given at once and not one by one, the times are not compared: Go lets the end come first.
    return x509.CertificateBuilder(
        issuer_name=signer.subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=int.from_bytes(context.random(_SERIAL_SIZE), "big") or 1,
        not_valid_before=_moment(begin),
        not_valid_after=_moment(begin + lifetime),
        extensions=_extensions(request, key, subject, signer),
    )


def _moment(nanoseconds: int) -> datetime:
    """Return a time as certificates have it.

    Raises:
        FunctionError: Go cannot write the year, or the library cannot: it begins with 1950.
    """
    try:
        at = datetime(1970, 1, 1) + timedelta(seconds=nanoseconds // 10**9)  # noqa: DTZ001 - UTC
    except OverflowError:
        at = datetime.min  # noqa: DTZ901 - as above
    if at.year < _FIRST_YEAR:
        raise FunctionError(_cannot("cannot represent time as GeneralizedTime"))
    return at


def _extensions(
    request: _Request, key: Any, subject: x509.Name, signer: _Signer
) -> list[x509.Extension[x509.ExtensionType]]:
    from cryptography import x509

    usages: list[tuple[x509.ExtensionType, bool]] = [
        (_usage(is_authority=request.is_authority), True),
        (
            x509.ExtendedKeyUsage(
                [
                    x509.oid.ExtendedKeyUsageOID.SERVER_AUTH,
                    x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH,
                ]
            ),
            False,
        ),
        (x509.BasicConstraints(ca=request.is_authority, path_length=None), True),
    ]
    if request.is_authority:
        usages.append((x509.SubjectKeyIdentifier(_key_id(key)), False))
    if signer.key_id and signer.subject != subject:
        usages.append((x509.AuthorityKeyIdentifier(signer.key_id, None, None), False))
    names = [
        *(x509.DNSName(name) for name in request.dns),
        *(x509.IPAddress(address) for address in request.addresses),
    ]
    if names:
        usages.append((x509.SubjectAlternativeName(names), not request.name))
    return [x509.Extension(value.oid, critical, value) for value, critical in usages]


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_id(key: Any) -> bytes:
    """Return the id of a key: the first 20 bytes of the SHA-256 of its bits (RFC 7093)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(keys.public_bits(der)).digest()[:20]


def _digest(key: Any) -> Any:
    """Return the hash that Go signs with when nobody chooses: none for Ed25519."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.dsa import DSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if isinstance(key, DSAPrivateKey):
        raise TypeError(key)
    if isinstance(key, Ed25519PrivateKey):
        return None
    if isinstance(key, EllipticCurvePrivateKey):
        by_size = {384: hashes.SHA384(), 521: hashes.SHA512()}
        return by_size.get(key.curve.key_size, hashes.SHA256())
    return hashes.SHA256()


def _signer(authority: Certificate) -> _Signer:
    """Return who signs with that certificate, whose key must be its own.

    Raises:
        FunctionError: it has no certificate or key that can be read, or not that key.
    """
    from esync.gotemplate.functions import chains

    block = pem.decode(authority.cert)
    if block is None:
        raise FunctionError("unable to decode certificate")
    found = _brought(block.content)
    key = _key_brought(authority.key)
    if key.public_key() != found.public_key():
        reason = "x509: provided PrivateKey doesn't match parent's PublicKey"
        raise FunctionError(_cannot(reason))
    return _Signer(keys.subject(found), key, chains.subject_id(found))


def _brought(der: bytes) -> x509.Certificate:
    try:
        return keys.certificate(der)
    except FunctionError as error:
        reason = f"error parsing certificate: decodedCert.Bytes: {error}"
        raise FunctionError(reason) from None


def _key_brought(text: bytes) -> Any:
    try:
        return keys.private_key_of_pem(text)
    except FunctionError as error:
        raise FunctionError(f"error parsing private key: {error}") from None


def _build_custom(cert: bytes, key: bytes) -> Certificate:
    """Return a certificate and key given in base64, once they have been read."""
    parts = []
    for text, name in ((cert, "certificate"), (key, "private key")):
        try:
            parts.append(decode_base64(text))
        except Base64Error:
            raise FunctionError(f"unable to decode base64 {name}") from None
    block = pem.decode(parts[0])
    if block is None:
        raise FunctionError("unable to decode certificate")
    _brought(block.content)
    _key_brought(parts[1])
    return Certificate(*parts)


def _new_key(context: Context) -> Any:
    context.budget.spend(STEPS_FOR_RSA_2048)
    return rsa_key(2048)


def _given_key(text: bytes) -> Any:
    try:
        return keys.private_key_of_pem(text)
    except FunctionError as error:
        raise FunctionError(f"parsing private key: {error}") from None


def _authority(context: Context, name: bytes, days: int, *key: bytes) -> Certificate:
    chosen = _given_key(key[0]) if key else _new_key(context)
    request = _request(name, [], [], days)
    authority = _Request(request.name, (), (), days, is_authority=True)
    return _certify(context, authority, chosen, None)


def _self_signed(
    context: Context, name: bytes, ips: list[Value], dns: list[Value], days: int, *key: bytes
) -> Certificate:
    chosen = _given_key(key[0]) if key else _new_key(context)
    return _certify(context, _request(name, ips, dns, days), chosen, None)


def _signed(
    context: Context,
    name: bytes,
    ips: list[Value],
    dns: list[Value],
    days: int,
    authority: Certificate,
    *key: bytes,
) -> Certificate:
    chosen = _given_key(key[0]) if key else _new_key(context)
    signer = _signer(authority)
    return _certify(context, _request(name, ips, dns, days), chosen, signer)


def _maker(parameters: str, call: Callable[..., Certificate]) -> Function:
    signature = f"func({parameters}) (sprig.certificate, error)"
    return Function(signature, call, wants_context=True, changes=True)


_NAMES: Final = "string, []interface {}, []interface {}, int"

FUNCTIONS: Mapping[str, Function] = {
    "buildCustomCert": Function("func(string, string) (sprig.certificate, error)", _build_custom),
    "genCA": _maker("string, int", _authority),
    "genCAWithKey": _maker("string, int, string", _authority),
    "genSelfSignedCert": _maker(_NAMES, _self_signed),
    "genSelfSignedCertWithKey": _maker(f"{_NAMES}, string", _self_signed),
    "genSignedCert": _maker(f"{_NAMES}, sprig.certificate", _signed),
    "genSignedCertWithKey": _maker(f"{_NAMES}, sprig.certificate, string", _signed),
}

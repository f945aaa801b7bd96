"""PKCS#12 files: taken apart to PEM, and made of it in base64.

Source:
    External Secrets Operator 2.9 (``Modern2023`` of ``go-pkcs12``: PBES2 with AES-256, HMAC with
    SHA-256, 2,048 rounds each).
"""

from __future__ import annotations

import base64
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat import pem
from esync.gotemplate.function import Function, FunctionError
from esync.gotemplate.functions import chains, der, keys
from esync.gotemplate.functions.emptystore import empty_store
from esync.gotemplate.functions.names import rfc2253

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.serialization import KeySerializationEncryption
    from cryptography.x509 import Certificate

    from esync.gotemplate.function import Context

_NOT_DER: Final = "PKCS#12 bundle could not be parsed as DER"
_NIL: Final = "runtime error: invalid memory address or nil pointer dereference"
_ROUNDS: Final = 2048
_STEPS: Final = 30_000
_BYTES_PER_STEP: Final = 16
_SALT_SIZE: Final = 16
_STEPS_PER_ROUND: Final = 4
_WIDEST: Final = "\uffff"
# The library wants a password, Go does not. Both ways of making keys fill a password up with
# zeros, so that this one makes the very keys that an empty one does.
_LIKE_EMPTY: Final = b"\0"


def _password(password: bytes) -> bytes:
    """Check a password: each of its characters must fit 16 bits, as the file has them."""
    text = password.decode("utf-8", "replace")
    if text and max(text) > _WIDEST:
        raise FunctionError("pkcs12: string contains characters that cannot be encoded in UCS-2")
    return text.encode()


def _opened(context: Context, password: bytes, data: bytes) -> tuple[Any, list[Certificate]]:
    """Return the key of a file and its certificates, that of the key first.

    Raises:
        FunctionError: it cannot be opened, or lacks one of them.
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    context.budget.spend(_STEPS + len(data) // _BYTES_PER_STEP)
    secret = _password(password)
    if not _has_mac(data) and secret:
        raise FunctionError("pkcs12: no MAC in data")
    with suppress(ValueError):  # what is broken ends before anything is derived
        context.budget.spend(_STEPS_PER_ROUND * der.rounds(data, 0, len(data)))
    found = _loaded(secret, data)
    others = [extra.certificate for extra in found.additional_certs]
    listed = [found.cert.certificate, *others] if found.cert else others
    if not listed:
        raise FunctionError("pkcs12: certificate missing")
    if found.key is None:
        raise FunctionError("pkcs12: private key missing")
    return found.key, [keys.certificate(each.public_bytes(Encoding.DER)) for each in listed]


def _has_mac(data: bytes) -> bool:
    """Tell whether anything follows the content of a file, which must be the proof of it.

    Raises:
        FunctionError: that is no such file.
    """
    reading = "pkcs12: error reading P12 data: asn1:"
    if not data:
        raise FunctionError(f"{reading} syntax error: sequence truncated")
    try:
        tag, at, end = der.read(data, 0)
        if tag != der.SEQUENCE:
            raise FunctionError(f"{reading} {_other_tag(tag, at, end)}")
        for _part in ("version", "content"):
            _, _, at = der.read(data, at)
    except ValueError:
        raise FunctionError(f"{reading} syntax error: data truncated") from None
    return at < end


def _other_tag(tag: int, begin: int, end: int) -> str:
    """Say in Go's words that a value is no sequence."""
    compound = str(bool(tag & 0x20)).lower()
    found = f"class:{tag >> 6} tag:{tag & 0x1F} length:{end - begin} isCompound:{compound}"
    wanted = (
        "optional:false explicit:false application:false private:false defaultValue:<nil> "
        "tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false"
    )
    return f"structure error: tags don't match (16 vs {{{found}}}) {{{wanted}}} pfxPdu @{begin}"


def _loaded(password: bytes, data: bytes) -> Any:
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
    from cryptography.x509 import InvalidVersion

    failures = (InternalError, InvalidVersion, UnsupportedAlgorithm)
    tries: list[bytes | None] = [password] if password else [b"", None]
    for attempt in tries:
        try:
            with keys.unwarned():
                # Go reads DER only; the library reads BER too, and warns.
                warnings.filterwarnings("error", message=_NOT_DER)
                return load_pkcs12(data, attempt)
        except (ValueError, TypeError, UserWarning, *failures):
            continue
    raise FunctionError("pkcs12: decryption password incorrect")


def _key_pass(context: Context, password: bytes, data: bytes) -> bytes:
    try:
        key, _ = _opened(context, password, data)
    except FunctionError as error:
        raise FunctionError(f"unable to decode pkcs12 with password: {error}") from None
    return keys.pkcs8_pem(key)


def _cert_pass(context: Context, password: bytes, data: bytes) -> bytes:
    """Return the certificates, from the leaf upwards if they are one chain."""
    try:
        _, listed = _opened(context, password, data)
    except FunctionError as error:
        reason = f"unable to decode pkcs12 certificate with password: {error}"
        raise FunctionError(reason) from None
    with suppress(FunctionError):  # what is no chain stays as it is in the file
        listed = chains.ordered(listed)
    return b"".join(keys.pem_of_certificate(certificate) for certificate in listed)


def _encryption(password: bytes) -> KeySerializationEncryption:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

    builder = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
    )
    return builder.build(password or _LIKE_EMPTY)


def _made(context: Context, cert: bytes, key: bytes, password: bytes, *, full: bool) -> bytes:
    """Make a file of a key and its certificate, and with ``full`` of the certificates after it."""
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

    context.budget.spend(_STEPS + (len(cert) + len(key)) // _BYTES_PER_STEP)
    block, at = pem.decode_from(cert, 0)
    if block is None:
        raise FunctionError(_NIL)
    found = keys.certificate(block.content)
    others = _authorities(context, cert, at) if full else []
    key_block = pem.decode(key)
    if key_block is None:
        raise FunctionError(_NIL)
    private: Any = keys.private_key_of_any_form(key_block.content)
    encryption = _encryption(_password(password))
    try:
        # Go puts a certificate beside the key of another; the library only among the others.
        own = found if private.public_key() == found.public_key() else None
        rest_of_them = others if own else [found, *others]
        packed = serialize_key_and_certificates(None, private, own, rest_of_them, encryption)
    except (ValueError, TypeError, InternalError, UnsupportedAlgorithm):
        raise FunctionError("pkcs12: cannot be encoded") from None
    return base64.b64encode(packed)


def _authorities(context: Context, text: bytes, at: int) -> list[Certificate]:
    """Read certificates up to the end of the text, behind which nothing may stand."""
    found = []
    while at < len(text):
        context.budget.spend(keys.STEPS_PER_CERTIFICATE)
        block, at = pem.decode_from(text, at)
        if block is None:
            raise FunctionError(_NIL)
        found.append(keys.certificate(block.content))
    return found


def _pem_pass(context: Context, cert: bytes, key: bytes, password: bytes = b"") -> bytes:
    return _made(context, cert, key, password, full=False)


def _full_pem_pass(context: Context, cert: bytes, key: bytes, password: bytes = b"") -> bytes:
    return _made(context, cert, key, password, full=True)


def _trust_store_pass(context: Context, certs: bytes, password: bytes = b"") -> bytes:
    """Make a Java trust store, in which certificates are called by their subjects."""
    from cryptography.hazmat.primitives.serialization.pkcs12 import (
        PKCS12Certificate,
        serialize_java_truststore,
    )

    context.budget.spend(_STEPS + len(certs) // _BYTES_PER_STEP)
    found = _authorities(context, certs, 0)
    secret = _password(password)
    if not found:
        return base64.b64encode(empty_store(secret, context.random(_SALT_SIZE)))
    named = [PKCS12Certificate(each, rfc2253(keys.subject(each)).encode()) for each in found]
    try:
        packed = serialize_java_truststore(named, _encryption(secret))
    except (ValueError, TypeError):
        raise FunctionError("pkcs12: cannot be encoded") from None
    return base64.b64encode(packed)


_ONE, _TWO, _THREE = (
    f"func({', '.join(['string'] * count)}) (string, error)" for count in (1, 2, 3)
)

FUNCTIONS: Mapping[str, Function] = {
    "fullPemToPkcs12": Function(_TWO, _full_pem_pass, wants_context=True, changes=True),
    "fullPemToPkcs12Pass": Function(_THREE, _full_pem_pass, wants_context=True, changes=True),
    "pemToPkcs12": Function(_TWO, _pem_pass, wants_context=True, changes=True),
    "pemToPkcs12Pass": Function(_THREE, _pem_pass, wants_context=True, changes=True),
    "pemTruststoreToPKCS12": Function(_ONE, _trust_store_pass, wants_context=True, changes=True),
    "pemTruststoreToPKCS12Pass": Function(
        _TWO, _trust_store_pass, wants_context=True, changes=True
    ),
    "pkcs12cert": Function(
        _ONE, lambda context, data: _cert_pass(context, b"", data), wants_context=True
    ),
    "pkcs12certPass": Function(_TWO, _cert_pass, wants_context=True),
    "pkcs12key": Function(
        _ONE, lambda context, data: _key_pass(context, b"", data), wants_context=True
    ),
    "pkcs12keyPass": Function(_TWO, _key_pass, wants_context=True),
}

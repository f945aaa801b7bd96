"""JSON Web Keys as PEM: the operator's ``jwkPublicKeyPem`` and ``jwkPrivateKeyPem``.

Source:
    External Secrets Operator 2.9; the ``jwx`` library 2, which reads keys without much of a look
    at their numbers; Go 1.26, ``crypto/x509``, which looks when it writes them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat import pem, runes
from esync.gocompat.base64 import Base64Error
from esync.gocompat.base64 import decode as decode_base64
from esync.gocompat.json_decode import JsonError, decode
from esync.gotemplate.function import Function, FunctionError
from esync.gotemplate.functions import der, keys
from esync.gotemplate.functions.metering import reading_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.gocompat.values import Value
    from esync.gotemplate.function import Context

_STEPS: Final = 20_000
_REQUIRED: Final = {b"RSA": (b"n", b"e"), b"EC": (b"crv", b"x", b"y"), b"OKP": (b"crv", b"x")}
_TEXTS: Final = (b"alg", b"kid", b"use", b"x5u", b"x5t", b"x5t#S256")
_NUMBERS: Final = {
    b"RSA": (b"n", b"e"),
    b"EC": (b"x", b"y"),
    b"OKP": (b"x",),
}
_PRIVATE_NUMBERS: Final = {
    b"RSA": (b"d", b"p", b"q", b"dp", b"dq", b"qi"),
    b"EC": (b"d",),
    b"OKP": (b"d",),
}
_CURVES: Final = {b"P-256": der.P256, b"P-384": der.P384, b"P-521": der.P521}
_HINT: Final = "failed to unmarshal JSON into key hint"
_HINT_TYPE: Final = r'struct { Kty string "json:\"kty\""; D json.RawMessage "json:\"d\"" }'
_EXPONENTS: Final = 1 << 64
_MOST_BITS: Final = 16_384  # of an RSA key that OpenSSL takes
_SEED_SIZE: Final = 32


class _Key:
    """A key as it stands in its JSON text, its fields checked."""

    def __init__(self, fields: Mapping[bytes, Value]) -> None:
        kind = fields.get(b"kty")
        if kind is not None and not isinstance(kind, bytes):
            what = f"json: cannot unmarshal {_json_name(kind)} into Go struct field .kty"
            raise FunctionError(f"{_HINT}: {what} of type string")
        self.kind: bytes = kind or b""
        self.is_private = b"d" in fields
        if self.kind not in _REQUIRED:
            name = self.kind.decode("utf-8", "replace")
            raise FunctionError(f"invalid key type from JSON ({name})")
        self._read(fields)

    def _read(self, fields: Mapping[bytes, Value]) -> None:
        texts = _TEXTS if self.kind == b"RSA" else (*_TEXTS, b"crv")
        numbers = _NUMBERS[self.kind]
        if self.is_private:
            numbers += _PRIVATE_NUMBERS[self.kind]
        for name in texts:
            if not isinstance(fields.get(name), bytes | None):
                raise self._wrong(f"failed to decode value for key {name.decode()}")
        for name in (b"x5c", b"key_ops"):
            if not _is_list_of_texts(fields.get(name)):
                raise self._wrong(f"failed to decode value for key {name.decode()}")
        self._octets = {
            name: self._decoded(name, fields[name]) for name in numbers if name in fields
        }
        for name in _REQUIRED[self.kind]:
            if name not in fields:
                raise self._wrong(f"required field {name.decode()} is missing")
        self.curve: bytes = fields.get(b"crv") or b""

    @property
    def go_type(self) -> str:
        """What Go calls the key itself."""
        half = "PrivateKey" if self.is_private else "PublicKey"
        return {b"RSA": "*rsa.", b"EC": "*ecdsa.", b"OKP": "ed25519."}[self.kind] + half

    def _wrong(self, reason: str) -> FunctionError:
        half = "PrivateKey" if self.is_private else "PublicKey"
        name = {b"RSA": "rsa", b"EC": "ecdsa", b"OKP": "okp"}[self.kind]
        return FunctionError(f"failed to unmarshal JSON into key (*jwk.{name}{half}): {reason}")

    def _decoded(self, name: bytes, text: Value) -> bytes:
        """Decode base64 of either alphabet, with padding or without."""
        what = "expected base64 encoded []byte (string)"
        error = self._wrong(f"failed to decode value for key {name.decode()}: {what}")
        if text is None:
            return b""
        if not isinstance(text, bytes):
            raise error
        padded = text if text.endswith(b"=") else text + b"=" * (-len(text) % 4)
        try:
            return decode_base64(padded, url=not set(b"+/") & set(text))
        except Base64Error:
            raise error from None

    def octets(self, name: bytes) -> bytes:
        """Return the bytes of a field; none if it is not there."""
        return self._octets.get(name, b"")

    def number(self, name: bytes) -> int:
        """Return a field as a number; 0 if it is not there."""
        return int.from_bytes(self.octets(name), "big")


def _is_list_of_texts(value: Value) -> bool:
    return value is None or (
        isinstance(value, list) and all(isinstance(each, bytes) for each in value)
    )


def _json_name(value: Value) -> str:
    """Return what JSON calls a value that is no object."""
    names = {bool: "bool", float: "number", bytes: "string", list: "array", dict: "object"}
    return names[type(value)]


def _parsed(context: Context, text: bytes) -> _Key:
    context.budget.spend(_STEPS + 2 * reading_json(text))
    if not text.strip(b" \t\r\n"):
        raise FunctionError(f"{_HINT}: EOF")
    try:
        fields = decode(_first_value(text))
    except JsonError as error:
        raise FunctionError(f"{_HINT}: {error}") from None
    if fields is None:
        fields = {}
    if not isinstance(fields, dict):
        what = f"json: cannot unmarshal {_json_name(fields)} into Go value"
        raise FunctionError(f"{_HINT}: {what} of type {_HINT_TYPE}")
    return _Key(fields)


def _first_value(text: bytes) -> bytes:
    """Return the text up to the end of its first value: what follows is not looked at."""
    whole = runes.keep(text).lstrip(" \t\r\n")
    try:
        _, end = json.JSONDecoder().raw_decode(whole)
    except (ValueError, RecursionError):
        return text
    return runes.encode(whole[:end])


def _public_pem(context: Context, text: bytes) -> bytes:
    key = _parsed(context, text)
    if key.is_private:
        raise FunctionError(f"x509: unsupported public key type: {key.go_type}")
    match key.kind:
        case b"RSA":
            info = _rsa_info(key)
        case b"EC":
            info = _ec_info(key)
        case _:
            if key.curve != b"Ed25519":
                raise _bad_curve(key)
            info = der.public_key(der.ED25519, key.octets(b"x"))
    return pem.encode(pem.Block(b"PUBLIC KEY", info))


def _rsa_info(key: _Key) -> bytes:
    exponent = key.number(b"e") % _EXPONENTS
    if exponent >= _EXPONENTS // 2:
        exponent -= _EXPONENTS
    numbers = der.tlv(der.SEQUENCE, der.integer(key.number(b"n")), der.integer(exponent))
    return der.public_key(der.RSA_ENCRYPTION, numbers)


def _ec_info(key: _Key) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        public = _ec_numbers(key).public_key()
    except ValueError:
        raise FunctionError("x509: invalid elliptic curve public key") from None
    info: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return info


def _ec_numbers(key: _Key) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    curves = {b"P-256": ec.SECP256R1(), b"P-384": ec.SECP384R1(), b"P-521": ec.SECP521R1()}
    curve = curves.get(key.curve)
    if curve is None:
        raise _bad_curve(key)
    return ec.EllipticCurvePublicNumbers(key.number(b"x"), key.number(b"y"), curve)


def _bad_curve(key: _Key) -> FunctionError:
    name = key.curve.decode("utf-8", "replace")
    return FunctionError(f"failed to build public key: invalid curve algorithm {name}")


def _private_pem(context: Context, text: bytes) -> bytes:
    from cryptography.exceptions import InternalError

    key = _parsed(context, text)
    if not key.is_private:
        reason = f"x509: unknown key type while marshaling PKCS#8: {key.go_type}"
        raise FunctionError(reason)
    makers = {b"RSA": _rsa_private, b"EC": _ec_private, b"OKP": _ed25519_private}
    try:
        return makers[key.kind](key)
    except (ValueError, OverflowError, InternalError):
        raise FunctionError("x509: the numbers make no private key") from None


def _rsa_private(key: _Key) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import rsa

    p, q, d = key.number(b"p"), key.number(b"q"), key.number(b"d")
    public = rsa.RSAPublicNumbers(key.number(b"e"), key.number(b"n"))
    if p <= 1 or q <= 1 or max(p, q, d, public.n, public.e).bit_length() > _MOST_BITS:
        raise ValueError(_MOST_BITS)
    rest = d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q)
    return keys.pkcs8_pem(rsa.RSAPrivateNumbers(p, q, d, *rest, public).private_key())


def _ec_private(key: _Key) -> bytes:
    """Write the key; Go looks at its point, but not whether the number belongs to it."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = _ec_numbers(key).public_key()
    number = key.number(b"d")
    ec.derive_private_key(number, point.curve)  # refuses what is too large, or zero
    secret = number.to_bytes((point.curve.key_size + 7) // 8, "big")
    bits = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    info = der.ec_private_key(_CURVES[key.curve], secret, bits)
    return pem.encode(pem.Block(b"PRIVATE KEY", info))


def _ed25519_private(key: _Key) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = key.octets(b"d")
    if key.curve != b"Ed25519":
        raise _bad_curve(key)
    if len(seed) != _SEED_SIZE:
        raise FunctionError("failed to build public key: wrong private key size")
    private = Ed25519PrivateKey.from_private_bytes(seed)
    if private.public_key().public_bytes_raw() != key.octets(b"x"):
        raise FunctionError("failed to build public key: invalid x value given d value")
    return keys.pkcs8_pem(private)


FUNCTIONS: Mapping[str, Function] = {
    "jwkPrivateKeyPem": Function("func(string) (string, error)", _private_pem, wants_context=True),
    "jwkPublicKeyPem": Function("func(string) (string, error)", _public_pem, wants_context=True),
}

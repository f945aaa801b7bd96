"""What Azure Key Vault keeps: secrets, keys and certificates, in the JSON of its REST API."""

from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12

Bundle = dict[str, Any]

PKCS12 = "application/x-pkcs12"
PEM = "application/x-pem-file"
_PEM_HEAD = b"-----BEGIN"
_CURVES: Mapping[str, type[ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}
_PUBLIC = ("kty", "key_ops", "n", "e", "crv", "x", "y")


def secret(body: Mapping[str, Any]) -> Bundle:
    """Return the bundle of a secret that was set."""
    return {"value": body["value"], **_pick(body, "contentType", "tags")}


def imported_key(body: Mapping[str, Any]) -> Bundle:
    """Return the bundle of an imported key: its public part only."""
    public = {name: body["key"][name] for name in _PUBLIC if name in body["key"]}
    return {"key": public, **_pick(body, "tags")}


def created_key(body: Mapping[str, Any]) -> Bundle:
    """Return the bundle of a key that the vault makes itself."""
    private: PrivateKeyTypes
    if body["kty"].startswith("EC"):
        private = ec.generate_private_key(_CURVES[body.get("crv", "P-256")]())
    else:
        size = body.get("key_size", 2048)
        private = rsa.generate_private_key(public_exponent=65537, key_size=size)
    return {"key": _jwk(private, body["kty"]), **_pick(body, "tags")}


def imported_certificate(body: Mapping[str, Any]) -> tuple[Bundle, Bundle, Bundle]:
    """Return the bundles of an imported certificate, its backing secret and its key.

    The secret holds what was imported, without a password: the private key can be read there.

    Raises:
        ValueError: there is no certificate in it, or no private key.
    """
    given = body["value"].encode()
    raw = given if given.startswith(_PEM_HEAD) else b64decode(given)
    pem = raw.startswith(_PEM_HEAD)
    private, leaf = _from_pem(raw) if pem else _from_pkcs12(raw, body.get("pwd"))
    tags, content_type = _pick(body, "tags"), PEM if pem else PKCS12
    certificate = {
        "cer": b64encode(leaf.public_bytes(serialization.Encoding.DER)).decode(),
        "x5t": _base64url(leaf.fingerprint(hashes.SHA1())),  # noqa: S303 - so the API has it
        "policy": {"secret_props": {"contentType": content_type}},
        **tags,
    }
    value = raw.decode() if pem else b64encode(_without_password(raw, body.get("pwd"))).decode()
    backing = {"value": value, "contentType": content_type, **tags}
    kind = "RSA" if isinstance(private, rsa.RSAPrivateKey) else "EC"
    return certificate, backing, {"key": _jwk(private, kind), **tags}


def _pick(body: Mapping[str, Any], *names: str) -> Bundle:
    return {name: body[name] for name in names if body.get(name) is not None}


def _from_pem(raw: bytes) -> tuple[PrivateKeyTypes, x509.Certificate]:
    return serialization.load_pem_private_key(raw, None), x509.load_pem_x509_certificates(raw)[0]


def _without_password(raw: bytes, password: str | None) -> bytes:
    if not password:
        return raw
    key, leaf, others = pkcs12.load_key_and_certificates(raw, password.encode())
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    none = serialization.NoEncryption()
    return pkcs12.serialize_key_and_certificates(None, key, leaf, others, none)


def _from_pkcs12(raw: bytes, password: str | None) -> tuple[PrivateKeyTypes, x509.Certificate]:
    encoded = password.encode() if password else None
    key, leaf, _ = pkcs12.load_key_and_certificates(raw, encoded)
    if key is None or leaf is None:
        raise ValueError("the PKCS#12 has no key or no certificate")
    return key, leaf


def _jwk(private: PrivateKeyTypes, kty: str) -> Bundle:
    """Return the public part of ``private`` in the order in which the service writes it."""
    if isinstance(private, rsa.RSAPrivateKey):
        numbers = private.public_key().public_numbers()
        size = (private.key_size + 7) // 8
        operations = ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"]
        modulus, exponent = _integer(numbers.n, size), _integer(numbers.e, 3)
        return {"kty": kty, "key_ops": operations, "n": modulus, "e": exponent}
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    point = private.public_key().public_numbers()
    size = (private.curve.key_size + 7) // 8
    curve = next(name for name, kind in _CURVES.items() if isinstance(private.curve, kind))
    coordinates = {"x": _integer(point.x, size), "y": _integer(point.y, size)}
    return {"kty": kty, "key_ops": ["sign", "verify"], "crv": curve, **coordinates}


def _integer(number: int, size: int) -> str:
    return _base64url(number.to_bytes(size, "big"))


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()

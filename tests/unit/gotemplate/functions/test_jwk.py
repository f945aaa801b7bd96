"""JSON Web Keys become PEM."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from tests.unit.gotemplate.rendering import refused, render


def number(value: int, size: int = 0) -> str:
    """Return a number as JSON Web Keys have it."""
    octets = value.to_bytes(size or (value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def rsa_key() -> dict[str, Any]:
    """Return the RSA key with its private numbers."""
    numbers = RSA.private_numbers()
    public = numbers.public_numbers
    parts = {"n": public.n, "e": public.e, "d": numbers.d, "p": numbers.p, "q": numbers.q}
    return {"kty": "RSA", **{name: number(value) for name, value in parts.items()}}


def ec_key() -> dict[str, Any]:
    """Return the EC key with its private number."""
    numbers = EC.private_numbers()
    public = numbers.public_numbers
    parts = {"x": public.x, "y": public.y, "d": numbers.private_value}
    fields = {name: number(value, 32) for name, value in parts.items()}
    return {"kty": "EC", "crv": "P-256", **fields}


def ed_key() -> dict[str, Any]:
    """Return the Ed25519 key with its seed."""
    x = base64.urlsafe_b64encode(ED.public_key().public_bytes_raw()).decode().rstrip("=")
    d = base64.b64encode(ED.private_bytes_raw()).decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "d": d}


PRIVATE: dict[str, tuple[dict[str, Any], Any]] = {
    "rsa": (rsa_key(), RSA),
    "ec": (ec_key(), EC),
    "ed25519": (ed_key(), ED),
}


def without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the fields but these."""
    return {name: value for name, value in fields.items() if name not in names}


def pem(function: str, fields: object) -> bytes:
    """Render the function on a key."""
    return render(f"{{{{ {function} .d }}}}", {"d": json.dumps(fields)})


def failure(function: str, text: str) -> str:
    """Return why the function refuses a text."""
    return refused(f"{{{{ {function} .d }}}}", {"d": text}).go_message


@pytest.mark.parametrize("name", PRIVATE)
def test_private(name: str) -> None:
    """A private key is written as PKCS#8, and as such only."""
    fields, key = PRIVATE[name]
    loaded = load_pem_private_key(pem("jwkPrivateKeyPem", fields), None)
    assert loaded.public_key() == key.public_key()
    assert "unsupported public key type" in failure("jwkPublicKeyPem", json.dumps(fields))


@pytest.mark.parametrize("name", PRIVATE)
def test_public(name: str) -> None:
    """A public key is written as such, and as such only."""
    fields, key = PRIVATE[name]
    fields = without(fields, "d", "p", "q")
    assert load_pem_public_key(pem("jwkPublicKeyPem", fields)) == key.public_key()
    assert "unknown key type while marshaling" in failure("jwkPrivateKeyPem", json.dumps(fields))


def test_numbers_are_not_looked_at() -> None:
    """A public RSA key may have no numbers at all; those of other sizes are written as they are."""
    text = pem("jwkPublicKeyPem", {"kty": "RSA", "n": "", "e": "AQAB"})
    assert b"MBwwDQYJKoZIhvcNAQEBBQADCwAwCAIBAAIDAQAB" in text
    text = pem("jwkPublicKeyPem", {"kty": "RSA", "n": "AA", "e": "__________8"})
    assert b"MBowDQYJKoZIhvcNAQEBBQADCQAwBgIBAAIB/w==" in text
    text = pem("jwkPublicKeyPem", {"kty": "OKP", "crv": "Ed25519", "x": "AAEC"})
    assert b"MA0wBQYDK2VwAwQAAAEC" in text


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "failed to unmarshal JSON into key hint: EOF"),
        ("{}", "invalid key type from JSON ()"),
        ("null", "invalid key type from JSON ()"),
        ('{"kty":"oct","k":"AA"}', "invalid key type from JSON (oct)"),
        ('{"kty":"RSA","n":"AA"}', "(*jwk.rsaPublicKey): required field e is missing"),
        ('{"kty":"RSA","n":5,"e":"AQAB"}', "expected base64 encoded []byte (string)"),
        ('{"kty":"RSA","n":"AA","e":"AQAB","kid":5}', "failed to decode value for key kid"),
        ('{"kty":"EC","crv":"P-999","x":"AA","y":"AA"}', "invalid curve algorithm P-999"),
        ('{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}', "x509: invalid elliptic curve public key"),
        ('{"kty":"OKP","crv":"X25519","x":"AA"}', "invalid curve algorithm X25519"),
    ],
)
def test_refused(text: str, error: str) -> None:
    """What is no key, or one that Go cannot write, is refused."""
    assert failure("jwkPublicKeyPem", text).endswith(error)


@pytest.mark.parametrize(
    "fields",
    [
        {**ed_key(), "x": "AAAA"},
        {**ed_key(), "d": "AAAA"},
        {**ed_key(), "crv": "X25519"},
        {**rsa_key(), "p": ""},
        {**rsa_key(), "p": "AA"},
        {**ec_key(), "d": "AA"},
        {**ec_key(), "d": number((1 << 256) - 1)},
    ],
)
def test_numbers_that_make_no_key(fields: dict[str, Any]) -> None:
    """A private key whose numbers do not fit each other is refused."""
    assert "error calling jwkPrivateKeyPem" in failure("jwkPrivateKeyPem", json.dumps(fields))


def test_a_number_of_another_key() -> None:
    """Go does not look whether the private number of an EC key belongs to its point."""
    text = pem("jwkPrivateKeyPem", {**ec_key(), "d": "AQ"})
    assert text.startswith(b"-----BEGIN PRIVATE KEY-----")
    whole = pem("jwkPrivateKeyPem", ec_key())
    assert whole == EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_fields_of_other_keys() -> None:
    """Fields that the kind of key does not have may hold anything, null is nothing."""
    fields = {**without(ec_key(), "d"), "n": 5, "foo": [1], "kid": None}
    assert load_pem_public_key(pem("jwkPublicKeyPem", fields)) == EC.public_key()
    for name in ("kid", "x5t#S256", "crv"):
        error = failure("jwkPublicKeyPem", json.dumps({**fields, name: 5}))
        assert error.endswith(f"failed to decode value for key {name}")
    for name in ("x5c", "key_ops"):
        error = failure("jwkPublicKeyPem", json.dumps({**fields, name: "x"}))
        assert error.endswith(f"failed to decode value for key {name}")


def test_what_follows_is_not_seen() -> None:
    """Text behind the key does not matter."""
    text = json.dumps(without(ec_key(), "d")) + " junk"
    assert render("{{ jwkPublicKeyPem .d }}", {"d": text}).startswith(b"-----BEGIN PUBLIC KEY-----")

"""Keys are made, texts encrypted and decrypted, in the forms that sprig and the operator have."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("kind", "form", "type_"),
    [
        ("rsa", b"RSA PRIVATE KEY", rsa.RSAPrivateKey),
        ("ecdsa", b"EC PRIVATE KEY", ec.EllipticCurvePrivateKey),
        ("ed25519", b"PRIVATE KEY", ed25519.Ed25519PrivateKey),
        ("dsa", b"DSA PRIVATE KEY", dsa.DSAPrivateKey),
    ],
)
def test_generated_keys(kind: str, form: bytes, type_: type) -> None:
    """Each kind of key has its own PEM form; RSA keys have 4096 bits."""
    text = render(f'{{{{ genPrivateKey "{kind}" }}}}')
    assert text.startswith(b"-----BEGIN " + form)
    key = load_pem_private_key(text, None)
    assert isinstance(key, type_)
    if isinstance(key, rsa.RSAPrivateKey):
        assert key.key_size == 4096


def test_unknown_kind_of_key() -> None:
    """A kind that does not exist is told as the value."""
    assert render('{{ genPrivateKey "x" }}') == b"Unknown type x"


@pytest.mark.parametrize("kind", ["rsa", "dsa", "ecdsa"])
def test_keys_in_a_loop(kind: str) -> None:
    """Making keys on and on uses the budget up."""
    loop = f'{{{{ range 100000 }}}}{{{{ $k := genPrivateKey "{kind}" }}}}{{{{ end }}}}'
    assert "10,000,000 steps" in refused(loop).go_message


@given(st.text(max_size=40), st.text(max_size=60))
def test_aes_round_trip(password: str, text: str) -> None:
    """What was encrypted is decrypted with the same password, of any length."""
    template = "{{ .text | encryptAES .password | decryptAES .password }}"
    assert render(template, {"password": password, "text": text}) == text.encode()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("AAAA", "slice bounds out of range [:16] with capacity 3"),
        ("AAAAAAAAAAAAAAAAAAAAAA==", "index out of range [-1]"),
        ("AAAAAAAAAAAAAAAAAAAAAAAA", "crypto/cipher: input not full blocks"),
        ("!", "illegal base64 data at input byte 0"),
    ],
)
def test_aes_refuses(text: str, error: str) -> None:
    """What is no such text is refused as in Go."""
    failed = refused('{{ decryptAES "k" .text }}', {"text": text})
    assert failed.go_message.endswith(error)


KEY = rsa.generate_private_key(65537, 2048)


def key_text(form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    """Return the key as PEM."""
    return KEY.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def encrypted(algorithm: hashes.HashAlgorithm) -> str:
    """Return a text that only the key can read, in base64."""
    scheme = padding.OAEP(padding.MGF1(algorithm), algorithm, None)
    return base64.b64encode(KEY.public_key().encrypt(b"hello", scheme)).decode()


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [("SHA1", hashes.SHA1()), ("SHA256", hashes.SHA256()), ("SHA512", hashes.SHA512())],  # noqa: S303
)
@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_rsa_decrypt(name: str, algorithm: Any, form: PrivateFormat) -> None:
    """OAEP with the hash that is named; keys may be PKCS#1 or PKCS#8."""
    template = f'{{{{ rsaDecrypt "RSA-OAEP" "{name}" (b64dec .c) .k }}}}'
    assert render(template, {"c": encrypted(algorithm), "k": key_text(form)}) == b"hello"


@pytest.mark.parametrize(
    ("scheme", "key", "error"),
    [
        ("RSA", key_text(), "decryption scheme RSA is not supported"),
        ("RSA-OAEP", "x", "failed to decode PEM block"),
        ("RSA-OAEP", key_text(), "crypto/rsa: decryption error"),
    ],
)
def test_rsa_refuses(scheme: str, key: str, error: str) -> None:
    """Another scheme, no key, or a text for another key."""
    data = {"s": scheme, "k": key, "c": "x"}
    assert refused('{{ rsaDecrypt .s "SHA256" .c .k }}', data).go_message.endswith(error)


def test_no_scheme() -> None:
    """With the scheme None the text stays as it is."""
    assert render('{{ rsaDecrypt "None" "" "x" "" }}') == b"x"

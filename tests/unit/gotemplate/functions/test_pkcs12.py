"""PKCS#12 files are made and taken apart."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from tests.unit.gotemplate.rendering import refused, render

KEY = render('{{ genPrivateKey "ecdsa" | b64enc | b64dec }}').decode()
CERT = render('{{ (genCAWithKey "ca,x" 1 .k).Cert }}', {"k": KEY}).decode()
LEAF = render(
    "{{ $ca := buildCustomCert (b64enc .c) (b64enc .k) }}"
    '{{ (genSignedCertWithKey "leaf" nil nil 1 $ca .k).Cert }}',
    {"c": CERT, "k": KEY},
).decode()
DATA = {"c": CERT, "k": KEY, "l": LEAF, "other": render('{{ genPrivateKey "ecdsa" }}').decode()}


def opened(template: str, password: bytes) -> pkcs12.PKCS12KeyAndCertificates:
    """Return what is in a file that a template makes."""
    return pkcs12.load_pkcs12(base64.b64decode(render(template, DATA)), password)


@pytest.mark.parametrize(
    ("template", "password"),
    [
        ('{{ pemToPkcs12Pass .c .k "pw" }}', b"pw"),
        ("{{ pemToPkcs12 .c .k }}", b""),
        ('{{ fullPemToPkcs12Pass .c .k "é☃" }}', "é☃".encode()),
        ("{{ fullPemToPkcs12 .c .k }}", b""),
    ],
)
def test_made(template: str, password: bytes) -> None:
    """A file holds the key and its certificate, and opens with the password, also an empty one."""
    found = opened(template, password)
    assert found.key is not None
    assert found.cert is not None
    assert found.key.public_key() == found.cert.certificate.public_key()


def test_full_chain() -> None:
    """All certificates go in, and come out from the leaf upwards or as they are."""
    assert len(opened("{{ fullPemToPkcs12 (print .l .c) .k }}", b"").additional_certs) == 1
    assert not opened("{{ pemToPkcs12 (print .l .c) .k }}", b"").additional_certs
    made = "fullPemToPkcs12 (print .l .c) .k | b64dec"
    assert render(f"{{{{ {made} | pkcs12cert }}}}", DATA).decode() == LEAF + CERT


def test_key_comes_back() -> None:
    """The key comes out as PKCS#8."""
    text = render('{{ pemToPkcs12Pass .c .k "p" | b64dec | pkcs12keyPass "p" }}', DATA)
    assert text.startswith(b"-----BEGIN PRIVATE KEY-----")


def test_key_of_another() -> None:
    """Go does not look whether the key is that of the certificate."""
    template = "{{ pemToPkcs12 .c .other | b64dec | pkcs12cert }}"
    assert render(template, DATA).decode() == CERT


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ('pemToPkcs12 .c .k | b64dec | pkcs12keyPass "x"', "decryption password incorrect"),
        ('pkcs12key ""', "asn1: syntax error: sequence truncated"),
        ('pkcs12cert "0\\xff"', "asn1: syntax error: data truncated"),
        ('pemToPkcs12 "" .k', "invalid memory address or nil pointer dereference"),
        ('pemToPkcs12 .c ""', "invalid memory address or nil pointer dereference"),
        ("pemToPkcs12 .c .c", "unable to parse private key type"),
        ("pemToPkcs12 .k .k", "x509: malformed tbs certificate"),
        ('fullPemToPkcs12 (print .c "x") .k', "invalid memory address or nil pointer dereference"),
        ('pemToPkcs12Pass .c .k "😀"', "characters that cannot be encoded in UCS-2"),
        ("pemTruststoreToPKCS12 .c | b64dec | pkcs12key", "pkcs12: private key missing"),
        ('pemTruststoreToPKCS12 "x"', "invalid memory address or nil pointer dereference"),
    ],
)
def test_refused(call: str, error: str) -> None:
    """What is missing or wrong is told in Go's words."""
    assert refused(f"{{{{ {call} }}}}", DATA).go_message.endswith(error)


def test_trust_store() -> None:
    """A trust store has certificates by the names of their subjects, and no key."""
    found = opened('{{ pemTruststoreToPKCS12Pass (print .c .l) "p" }}', b"p")
    assert found.key is None
    assert [each.friendly_name for each in found.additional_certs] == [b"CN=ca\\,x", b"CN=leaf"]


def test_empty_trust_store() -> None:
    """A trust store may be empty; what proves it depends on the password."""
    one = render('{{ pemTruststoreToPKCS12Pass "" "p" | b64dec }}')
    other = render('{{ pemTruststoreToPKCS12Pass "" "q" | b64dec }}')
    assert one.startswith(b"\x30\x81")
    assert one != other
    assert len(one) == len(other)


def test_a_file_that_is_not_encrypted() -> None:
    """A file without encryption opens without a password."""
    loaded = opened("{{ pemToPkcs12 .c .k }}", b"")
    assert loaded.cert is not None
    assert isinstance(loaded.key, EllipticCurvePrivateKey)
    plain = pkcs12.serialize_key_and_certificates(
        None, loaded.key, loaded.cert.certificate, None, NoEncryption()
    )
    data = {"d": base64.b64encode(plain).decode()}
    assert render("{{ .d | b64dec | pkcs12cert }}", data).decode() == CERT


def test_in_a_loop() -> None:
    """Making files on and on uses the budget up."""
    loop = "{{ range 100000 }}{{ $f := pemToPkcs12 $.c $.k }}{{ end }}"
    assert "10,000,000 steps" in refused(loop, DATA).go_message

"""Certificates say what was asked for, and are signed by whom was asked."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.unit.gotemplate.rendering import NOW, refused, render

START = datetime.fromtimestamp(NOW // 10**9, UTC)
KEY = (
    ec.generate_private_key(ec.SECP384R1())
    .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    .decode()
)


def made(call: str, data: dict[str, str] | None = None) -> tuple[x509.Certificate, bytes]:
    """Return the certificate and the key that a call makes."""
    text = render(f"{{{{ $c := {call} }}}}{{{{ $c.Cert }}}}|{{{{ $c.Key }}}}", data)
    cert, _, key = text.partition(b"|")
    return x509.load_pem_x509_certificate(cert), key


def test_self_signed() -> None:
    """Names, addresses, use and lifetime; signed with its own key of 2048 bits."""
    found, key = made('genSelfSignedCert "a.b" (list "10.0.0.1" "fd00::1") (list "x.y") 10')
    assert found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "a.b"
    assert found.subject == found.issuer
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["x.y"]
    assert names.get_values_for_type(x509.IPAddress) == [
        ip_address("10.0.0.1"),
        ip_address("fd00::1"),
    ]
    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(usage) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert found.not_valid_before_utc == START
    assert found.not_valid_after_utc == START + timedelta(days=10)
    found.verify_directly_issued_by(found)
    assert key.startswith(b"-----BEGIN RSA PRIVATE KEY-----")
    assert load_pem_private_key(key, None).public_key() == found.public_key()


def test_authority_and_what_it_signs() -> None:
    """An authority may sign; what it signed names its key."""
    text = render(
        '{{ $ca := genCA "ca" 2 }}{{ $ca.Cert }}{{ (genSignedCert "x" nil nil 1 $ca).Cert }}'
    )
    authority, leaf = x509.load_pem_x509_certificates(text)
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert authority.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    leaf.verify_directly_issued_by(authority)
    signer = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert signer.key_identifier == own.digest
    with pytest.raises(x509.ExtensionNotFound):
        leaf.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)


@pytest.mark.parametrize(
    "call",
    [
        'genCAWithKey "x" 1 .k',
        'genSelfSignedCertWithKey "x" nil nil 1 .k',
        'genSignedCertWithKey "x" nil nil 1 (genCAWithKey "ca" 1 .k) .k',
    ],
)
def test_given_key(call: str) -> None:
    """A key that is given is used, and comes back as it was."""
    found, key = made(call, {"k": KEY})
    assert key.decode() == KEY
    assert found.signature_hash_algorithm is not None
    assert found.signature_hash_algorithm.name == "sha384"


def test_ed25519_key() -> None:
    """Such a key signs without a hash, and is written as PKCS#8."""
    private = ed25519.Ed25519PrivateKey.generate()
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    found, key = made('genCAWithKey "x" 1 .k', {"k": text})
    found.verify_directly_issued_by(found)
    assert key.decode() == text


@pytest.mark.parametrize("days", [0, -5, 36_500])
def test_odd_lifetimes(days: int) -> None:
    """A certificate may end before it begins."""
    found, _ = made(f'genCAWithKey "x" ({days}) .k', {"k": KEY})
    assert found.not_valid_after_utc - found.not_valid_before_utc == timedelta(days=days)


def test_too_many_days() -> None:
    """Nanoseconds of 64 bits run over, to times that cannot be written."""
    error = refused('{{ genCAWithKey "x" 106752 .k }}', {"k": KEY})
    assert error.go_message.endswith("cannot represent time as GeneralizedTime")


def test_long_names() -> None:
    """Go writes names of any length."""
    found, _ = made(f'genCAWithKey "{"x" * 100}" 1 .k', {"k": KEY})
    with pytest.warns(UserWarning, match="length must be"):
        assert found.subject.rfc4514_string() == f"CN={'x' * 100}"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ('genSelfSignedCert "x" (list "300.1.1.1") nil 1', "error parsing ip: 300.1.1.1"),
        ('genSelfSignedCert "x" (list 5) nil 1', "error parsing ip: 5 is not a string"),
        ('genSelfSignedCert "x" (list "fe80::1%eth0") nil 1', "error parsing ip: fe80::1%eth0"),
        ('genSelfSignedCert "x" nil (list 1) 1', "alternate dns name: 1 is not a string"),
        ('genSelfSignedCert "x" nil (list "é") 1', "cannot be encoded as an IA5String"),
        ('genCAWithKey "x" 1 "y"', "parsing private key: no PEM data in input"),
        ('genCA "\\xff" 1', "asn1: string not valid UTF-8"),
        ('buildCustomCert "!" ""', "unable to decode base64 certificate"),
        ('buildCustomCert "" "!"', "unable to decode base64 private key"),
        ('buildCustomCert "" ""', "unable to decode certificate"),
    ],
)
def test_refused(call: str, error: str) -> None:
    """What cannot be in a certificate is refused in Go's words."""
    assert refused(f"{{{{ {call} }}}}").go_message.endswith(error)


def brought(call: str) -> tuple[str, str]:
    """Return certificate and key of a call, in base64."""
    text = render(
        f"{{{{ $c := {call} }}}}{{{{ b64enc $c.Cert }}}}|{{{{ b64enc $c.Key }}}}", {"k": KEY}
    )
    cert, _, key = text.decode().partition("|")
    return cert, key


def test_brought_along() -> None:
    """A certificate and key can be brought along, and sign."""
    cert, key = brought('genCAWithKey "ca" 1 .k')
    template = (
        "{{ $ca := buildCustomCert .c .k }}"
        '{{ (genSignedCertWithKey "x" nil (list "a") 1 $ca (b64dec .k)).Cert | certSANs }}'
    )
    assert render(template, {"c": cert, "k": key}) == b"[a]"
    assert (
        render("{{ (buildCustomCert .c .k).Key | b64enc }}", {"c": cert, "k": key}) == key.encode()
    )


def test_only_its_own_key_signs() -> None:
    """A certificate with the key of another does not sign."""
    cert, _ = brought('genCAWithKey "ca" 1 .k')
    other = base64.b64encode(render('{{ genPrivateKey "ecdsa" }}')).decode()
    template = '{{ genSignedCertWithKey "x" nil nil 1 (buildCustomCert .c .o) .k }}'
    failed = refused(template, {"c": cert, "o": other, "k": KEY})
    assert failed.go_message.endswith("provided PrivateKey doesn't match parent's PublicKey")


def test_a_struct_to_templates() -> None:
    """Templates see two fields of a struct, and nothing else."""
    assert render('{{ genCAWithKey "x" 1 .k | typeOf }}', {"k": KEY}) == b"sprig.certificate"
    error = refused('{{ (genCAWithKey "x" 1 .k).cert }}', {"k": KEY})
    assert "can't evaluate field cert in type sprig.certificate" in error.go_message


def test_in_a_loop() -> None:
    """Making certificates on and on uses the budget up."""
    assert (
        "10,000,000 steps" in refused('{{ range 1000 }}{{ $c := genCA "x" 1 }}{{ end }}').go_message
    )

"""TLS contexts, made without leaving a file behind."""

from __future__ import annotations

import os
import ssl
import tempfile
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from esync.secret import SecretValue
from esync.transport.tls import BadCertificates, NoAuthority, Tls, tls_context
from tests.servers.certificates import Authority

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Somebody who signs certificates."""
    return Authority(tmp_path)


def pair_of(authority: Authority) -> tuple[SecretValue, SecretValue]:
    """Return a client certificate and its key."""
    issued = authority.issue("client")
    return SecretValue(issued.certificate.read_bytes()), SecretValue(issued.key.read_bytes())


def test_servers_are_verified(authority: Authority) -> None:
    """Certificate and name, from TLS 1.2 on."""
    context = tls_context(Tls(authority.certificate.read_bytes()), {})
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) == 1


def test_the_environment_may_name_authorities(authority: Authority, tmp_path: Path) -> None:
    """They replace those of the system, and a store's own replace them."""
    named = {"SSL_CERT_FILE": str(authority.certificate)}
    assert len(tls_context(Tls(), named).get_ca_certs()) == 1
    assert tls_context(Tls(), named) is tls_context(Tls(), named)
    with pytest.raises(BadCertificates, match="cannot be read"):
        tls_context(Tls(), {"REQUESTS_CA_BUNDLE": str(tmp_path / "none")})


def test_a_folder_may_hold_authorities(authority: Authority, tmp_path: Path) -> None:
    """Under names that OpenSSL looks up when it needs them."""
    assert tls_context(Tls(), {"SSL_CERT_FILE": str(tmp_path)}).get_ca_certs() == []
    assert authority.certificate.parent == tmp_path


def test_text_around_certificates_is_left_aside(authority: Authority) -> None:
    """Comments may be in any language."""
    text = "# für alle\n".encode() + authority.certificate.read_bytes()
    assert len(tls_context(Tls(text), {}).get_ca_certs()) == 1


def test_who_is_trusted_if_nobody_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's authorities, from a context made once; where it has none, the public ones."""
    assert tls_context(Tls(), {}) is tls_context(Tls(), {})
    assert tls_context(Tls(), {}).get_ca_certs()
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda _: None)
    without = tls_context(Tls(pair=None, server_name="a"), {})
    assert len(without.get_ca_certs()) > 100


def test_a_server_may_go_unverified() -> None:
    """Only if that is asked for, and in a context of its own."""
    context = tls_context(Tls(verified=False), {})
    assert context.verify_mode is ssl.CERT_NONE
    assert not context.check_hostname
    assert tls_context(Tls(), {}).verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("text", [b"", b"none", b"\xff", b"-----BEGIN CERTIFICATE-----\nx\n"])
def test_authorities_that_are_none(text: bytes) -> None:
    """They are refused, and never mean that everybody is trusted."""
    with pytest.raises(NoAuthority, match="no certificate"):
        tls_context(Tls(text), {})


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_client_certificate_leaves_no_file(
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    in_memory: bool,  # noqa: FBT001 - pytest's
) -> None:
    """Where there are no files in memory, one is made for the owner alone, and goes at once."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    if not in_memory:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    tls_context(Tls(authority.certificate.read_bytes(), pair_of(authority)), {})
    assert list(folder.iterdir()) == []


def test_pairs_that_are_none(authority: Authority) -> None:
    """Keys of others, none, or with a password: nobody at a terminal is asked for one."""
    certificate, key = pair_of(authority)
    _, other = pair_of(authority)
    locked = serialization.load_pem_private_key(key.reveal(), None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"pw"),
    )
    for wrong in (other, SecretValue(b""), SecretValue(locked)):
        with pytest.raises(BadCertificates, match="no pair in PEM"):
            tls_context(Tls(pair=(certificate, wrong)), {})

"""Parts of PEM texts: blocks of a kind, parts of a chain, names."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render

X = "-----BEGIN X-----\nAAEC\n-----END X-----\n"
Y = "-----BEGIN Y-----\nAAEC\n-----END Y-----\n"
KEY = render('{{ genPrivateKey "ecdsa" }}').decode()


@pytest.mark.parametrize(
    ("kind", "text", "output"),
    [
        ("X", X + Y + X, X + X),
        ("x", "junk" + X, X),
        ("Z", X + Y, ""),
        ("X", "", ""),
        ("X", X + "junk", X),
    ],
)
def test_filter_pem(kind: str, text: str, output: str) -> None:
    """Blocks of the kind are kept, whatever its case; text around them is left out."""
    assert render("{{ filterPEM .k .t }}", {"k": kind, "t": text}) == output.encode()


def test_junk() -> None:
    """Without such a block, text that is left over is an error."""
    error = refused('{{ filterPEM "X" .t }}', {"t": Y + "junk"})
    assert error.go_message.endswith("error filtering pem: found junk")


def chain() -> dict[str, str]:
    """Return leaf, intermediate and root, each signed by the next."""
    template = """
    {{- $r := genCA "root" 1 }}{{ $i := genCA "inter" 1 }}
    {{- $l := genSignedCert "leaf" nil (list "leaf.example") 1 $i }}
    {{- $l.Cert }}|{{ $i.Cert }}|{{ $r.Cert }}"""
    leaf, authority, other = render(template).decode().split("|")
    return {"leaf": leaf, "authority": authority, "other": other}


CHAIN = chain()


@pytest.mark.parametrize("kind", ["leaf", "root", "intermediate"])
@pytest.mark.parametrize("order", [("leaf", "authority"), ("authority", "leaf")])
def test_missing_ids_make_a_pair(kind: str, order: tuple[str, str]) -> None:
    """A leaf without a key id and an authority that names no signer count as each other's."""
    text = "".join(CHAIN[name] for name in order)
    error = refused("{{ filterCertChain .k .t }}", {"k": kind, "t": text})
    assert error.go_message.endswith("no leaf certificate found")


def test_disjunct() -> None:
    """Certificates that do not belong together are no chain."""
    error = refused('{{ filterCertChain "leaf" .t }}', {"t": CHAIN["authority"] + CHAIN["other"]})
    assert error.go_message.endswith("found multiple leaf or disjunct certificates")


@pytest.mark.parametrize(
    ("kind", "kept"), [("leaf", True), ("root", False), ("intermediate", False), ("x", False)]
)
def test_single_leaf(kind: str, *, kept: bool) -> None:
    """A certificate that names its signer is a leaf; one that names none is a root."""
    leaf, root = CHAIN["leaf"], CHAIN["other"]
    template = "{{ filterCertChain .k .t }}"
    assert render(template, {"k": kind, "t": leaf}) == (leaf.encode() if kept else b"")
    assert render(template, {"k": kind, "t": root}) == (root.encode() if kind == "root" else b"")


def test_no_certificate() -> None:
    """Every block must be a certificate."""
    error = refused('{{ filterCertChain "leaf" .t }}', {"t": KEY})
    assert error.go_message.endswith("x509: malformed tbs certificate")
    error = refused('{{ filterCertChain "leaf" .t }}', {"t": X})
    assert error.go_message.endswith("x509: malformed certificate")
    error = refused('{{ certSANs "" }}')
    assert error.go_message.endswith("failed to decode PEM block")


def test_names() -> None:
    """DNS names come before addresses; one of IPv4 written as IPv6 counts as IPv4."""
    template = (
        '{{ (genSelfSignedCertWithKey "x" (list "::ffff:1.2.3.4" "2001:db8:0::1") '
        '(list "a" "*.b") 1 .k).Cert | certSANs }}'
    )
    assert render(template, {"k": KEY}) == b"[a *.b 1.2.3.4 2001:db8::1]"
    assert render("{{ certSANs .t | len }}", {"t": CHAIN["other"]}) == b"0"

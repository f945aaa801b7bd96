"""Passwords are hashed and derived as sprig does."""

from __future__ import annotations

import bcrypt
import pytest

from tests.unit.gotemplate.rendering import refused, render


def test_bcrypt() -> None:
    """The hash is one of cost 10 and fits the password."""
    hashed = render('{{ bcrypt "p@ss" }}')
    assert hashed.startswith(b"$2a$10$")
    assert bcrypt.checkpw(b"p@ss", hashed)


def test_too_long_for_bcrypt() -> None:
    """Beyond 72 bytes the value is the error's text."""
    assert render('{{ bcrypt (repeat 73 "x") }}') == (
        b"failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"
    )
    assert render('{{ bcrypt (repeat 72 "x") | len }}') == b"60"


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('{{ htpasswd "u" "pass" "sha" }}', b"u:{SHA}nU4eI71bcnBGqeO0t9tXvY1u5oQ="),
        ('{{ htpasswd "u:" "pass" "sha" }}', b"invalid username: u:"),
        ('{{ htpasswd "u" "pass" "md5" | trunc 9 }}', b"u:$2a$10$"),
    ],
)
def test_htpasswd(template: str, output: bytes) -> None:
    """The algorithm is SHA-1 by its name, and else bcrypt."""
    assert render(template) == output


def test_algorithm_must_stand_in_the_template() -> None:
    """Its type is a named one, which a string from the data is not."""
    error = refused('{{ htpasswd "u" "p" .a }}', {"a": "sha"})
    assert "expected sprig.HashAlgorithm; got string" in error.go_message


@pytest.mark.parametrize(
    ("kind", "size"),
    [("long", 14), ("maximum", 20), ("medium", 8), ("short", 4), ("basic", 8), ("pin", 4)],
)
def test_derive_password_has_its_form(kind: str, size: int) -> None:
    """Each kind of password has its own length, and is the same each time."""
    template = f'{{{{ derivePassword 1 "{kind}" "secret" "user" "example.com" }}}}'
    derived = render(template)
    assert len(derived) == size
    assert derived == render(template)


def test_unknown_kind() -> None:
    """A kind that does not exist is told as the value."""
    template = '{{ derivePassword 1 "x" "a" "b" "c" }}'
    assert render(template) == b"cannot find password template x"


@pytest.mark.parametrize(
    ("kind", "derived"), [("basic", b"pIS54PLs"), ("short", b"Zed5")], ids=["basic", "short"]
)
def test_derived(kind: str, derived: bytes) -> None:
    """Values recorded from the operator."""
    template = f'{{{{ derivePassword 1 "{kind}" "password" "user" "example.com" }}}}'
    assert render(template) == derived


@pytest.mark.parametrize("call", ['bcrypt "x"', 'derivePassword 1 "pin" "a" "b" "c"'])
def test_in_a_loop(call: str) -> None:
    """Hashing on and on uses the budget up."""
    error = refused(f"{{{{ range 1000 }}}}{{{{ {call} }}}}{{{{ end }}}}")
    assert "10,000,000 steps" in error.go_message

"""Refusals name what is at fault and quote nothing that was sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from esync.cluster.contract import (
    EXTERNAL_SECRETS,
    NAMESPACES,
    SECRETS,
    ClusterError,
    Conflict,
    Forbidden,
    Invalid,
    NotServed,
    Resource,
    Unauthorized,
    Unreachable,
)
from esync.cluster.paths import Attempt
from esync.cluster.refusals import refusal
from esync.cluster.wire import Answer

UPDATE = Attempt("update", SECRETS, "orders", "db")
HIDDEN = "geheim"


def _refused(code: int, attempt: Attempt = UPDATE, **status: Any) -> ClusterError:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, **status}
    return refusal(attempt, Answer(code, body=json.dumps(body).encode()))


def _causes(*causes: tuple[str, str]) -> dict[str, Any]:
    listed = [
        {"field": field, "reason": reason, "message": f'Invalid value: "{HIDDEN}"'}
        for field, reason in causes
    ]
    return {"causes": listed}


def test_unauthorized_is_a_kind_of_unreachable() -> None:
    """Nothing can be judged without credentials: the same exit code."""
    error = _refused(401, reason="Unauthorized")

    assert isinstance(error, Unauthorized)
    assert isinstance(error, Unreachable)


def test_forbidden_names_who_may_not_do_what() -> None:
    """User, verb, resource and namespace."""
    error = _refused(
        403,
        reason="Forbidden",
        message='secrets "db" is forbidden: User "system:serviceaccount:ci:esync" cannot update'
        ' resource "secrets" in API group "" in the namespace "orders"',
    )

    assert isinstance(error, Forbidden)
    assert error.message == (
        'user "system:serviceaccount:ci:esync" may not update secrets "db" in namespace "orders"'
        " (Forbidden)"
    )
    assert error.hint.endswith("kubectl auth can-i update secrets")


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        (Attempt("list", SECRETS), "may not list secrets in all namespaces"),
        (Attempt("get", NAMESPACES, "", "orders"), 'may not get namespaces "orders"'),
        (
            Attempt("patch", EXTERNAL_SECRETS, "orders", "db", "status"),
            'may not patch externalsecrets.external-secrets.io/status "db" in namespace "orders"',
        ),
    ],
)
def test_forbidden_without_a_message(attempt: Attempt, said: str) -> None:
    """The attempt tells enough."""
    assert said in _refused(403, attempt, reason="Forbidden").message


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        (403, 'admission webhook "deny.example.com" denied the request: {}', "deny.example.com"),
        (400, 'admission webhook "deny.example.com" denied the request: {}', "deny.example.com"),
        (
            500,
            'Internal error occurred: failed calling webhook "w.example": {}',
            '"w.example" does',
        ),
        (
            422,
            "ValidatingAdmissionPolicy 'p.example' with binding 'b' denied request: {}",
            'policy "p.example" denies it',
        ),
        (
            403,
            'secrets "db" is forbidden: exceeded quota: q, requested: {}',
            'quota "q" is exhausted',
        ),
        (
            403,
            "unable to create new content in namespace orders because it is being terminated",
            "",
        ),
    ],
)
def test_who_denied_it_is_named(code: int, message: str, said: str) -> None:
    """Webhook, policy and quota are named; what they wrote is not passed on."""
    error = _refused(code, reason="Forbidden", message=message.format(HIDDEN))

    assert said in error.message
    assert HIDDEN not in error.message + error.hint


@pytest.mark.parametrize("code", [400, 418, 422, 500])
def test_only_reasons_of_the_api_are_told(code: int) -> None:
    """Whoever answers in its place could send back what it was sent."""
    assert "InternalError" in _refused(code, reason="InternalError").message
    assert HIDDEN not in _refused(code, reason=HIDDEN).message


def test_a_namespace_that_is_being_deleted() -> None:
    """Nothing can be created in it."""
    message = "unable to create new content in namespace orders because it is being terminated"

    assert "the namespace is being deleted" in _refused(403, message=message).message


@pytest.mark.parametrize(
    ("causes", "said"),
    [
        ([("metadata.name", "FieldValueInvalid")], "metadata.name is not accepted"),
        ([(f"data[{HIDDEN}]", "FieldValueInvalid")], "data is not accepted"),
        ([(f"data[a.{HIDDEN}]", "FieldValueInvalid")], "data is not accepted"),
        (
            [(f"metadata.labels[{HIDDEN}].x", "FieldValueInvalid")],
            "metadata.labels is not accepted",
        ),
        ([(f"spec.data.{HIDDEN}", "FieldValueRequired")], "spec.data is missing"),
        ([("data[tls.crt]", "FieldValueRequired")], "data[tls.crt] is missing"),
        ([("type", "Unheard")], "type is not accepted"),
        (
            [("a", "FieldValueInvalid"), ("b", "FieldValueInvalid")],
            "a is not accepted; b is not accepted",
        ),
        ([(one, "FieldValueRequired") for one in "abcd"], "c is missing; and more"),
        ([("", "FieldValueInvalid"), (f"[{HIDDEN}]", "FieldValueInvalid")], "does not accept it"),
    ],
)
def test_invalid_names_fields_without_keys(causes: list[tuple[str, str]], said: str) -> None:
    """A template may have made a key from a value; prescribed keys are safe."""
    error = _refused(422, reason="Invalid", message=HIDDEN, details=_causes(*causes))

    assert isinstance(error, Invalid)
    assert said in error.message
    assert error.message.endswith("(Invalid)")
    assert HIDDEN not in error.message + error.hint


@pytest.mark.parametrize("path", [f"data.{HIDDEN}", f"spec.{HIDDEN}", f"spec.{HIDDEN}.{HIDDEN}"])
def test_custom_kinds_have_keys_behind_dots(path: str) -> None:
    """What follows the first step may be a key of a map, and so made from a value."""
    kind = Resource("example.com", "v1", "limits", "Limit")
    attempt = Attempt("create", kind, "orders", "db")

    error = _refused(422, attempt, reason="Invalid", details=_causes((path, "FieldValueTooLong")))

    assert f": {path.partition('.')[0]} is too long (Invalid)" in error.message
    assert HIDDEN not in error.message + error.hint


def test_conflicts_tell_which() -> None:
    """Exists already, or written by somebody else."""
    exists = _refused(409, reason="AlreadyExists")
    written = _refused(409, reason="Conflict", message="the object has been modified; please")

    assert isinstance(exists, Conflict)
    assert exists.message.endswith("it exists already (AlreadyExists)")
    assert written.message.endswith("it was changed since it was read (Conflict)")


@pytest.mark.parametrize("body", [b"", b"404 page not found", b"[]", b'{"kind": "Other"}', b"\xff"])
def test_an_answer_that_is_no_status(body: bytes) -> None:
    """The code alone says what it means, and no body is quoted."""
    assert isinstance(refusal(UPDATE, Answer(404, body=body)), NotServed)
    assert refusal(UPDATE, Answer(418, body=body)).message == (
        'cannot update secrets "db" in namespace "orders": the API server answers 418'
    )
    assert refusal(UPDATE, Answer(413, body=body)).message.endswith("it is too large (413)")
    assert refusal(UPDATE, Answer(400, body=body)).message.endswith("does not accept it (400)")


def test_reasons_are_words() -> None:
    """Whatever else stands there is left out."""
    assert _refused(500, reason=f"{HIDDEN} 1").message.endswith("answers 500")
    assert _refused(500, reason="InternalError").message.endswith("answers 500 InternalError")
    assert _refused(422, details={"causes": "none"}).message.endswith("does not accept it (422)")

"""What Azure's errors mean, and what of them is passed on."""

from __future__ import annotations

import pytest

from esync.identity.azure import Answer, Trouble, failure_of
from tests.fakes.azure_wire import said

VAULT = {"error": {"code": "Forbidden", "message": "hunter2", "innererror": {"code": "X"}}}


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (Answer(0, outage="ConnectTimeoutError"), Trouble.UNAVAILABLE, "ConnectTimeoutError"),
        (said(401, {"error": {"code": "Unauthorized"}}), Trouble.DENIED, "Unauthorized"),
        (said(403, VAULT), Trouble.DENIED, "Forbidden"),
        (said(404, {"error": {"code": "SecretNotFound"}}), Trouble.MISSING, "SecretNotFound"),
        (said(400, {"error": {"code": "BadParameter"}}), Trouble.OTHER, "BadParameter"),
        (said(409, {"error": {"code": "Conflict"}}), Trouble.OTHER, "Conflict"),
        (said(429, {"error": {"code": "Throttled"}}), Trouble.THROTTLED, "Throttled"),
        (said(429, None), Trouble.THROTTLED, "status 429"),
        (said(500, None), Trouble.BUSY, "status 500"),
        (said(503, {"error": {"code": "Busy"}}), Trouble.BUSY, "Busy"),
        (said(407, None), Trouble.UNAVAILABLE, "status 407"),
        # Of OAuth:
        (said(401, {"error": "invalid_client"}), Trouble.DENIED, "invalid_client"),
        (said(400, {"error": "invalid_grant"}), Trouble.DENIED, "invalid_grant"),
        (said(400, {"error": "invalid_request"}), Trouble.OTHER, "invalid_request"),
        (said(400, {"error": "temporarily_unavailable"}), Trouble.BUSY,
         "temporarily_unavailable"),
    ],
)  # fmt: skip
def test_kinds(answer: Answer, kind: Trouble, code: str) -> None:
    """Status and code decide."""
    failure = failure_of(answer)
    assert failure is not None
    assert (failure.kind, failure.code) == (kind, code)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, {}, b"<html>no such page</html>"),
        said(404, {"error": {"code": "no code, but a sentence"}}),
        Answer(302, {"location": "https://elsewhere.example"}),
        Answer(204),
        Answer(400, {}, b"bad gateway"),
    ],
)
def test_what_has_no_code_of_azure_is_not_azures(answer: Answer) -> None:
    """A proxy's 404 would otherwise read as "there is no such secret", and delete one."""
    failure = failure_of(answer)
    assert failure is not None
    assert failure.kind is Trouble.MALFORMED


def test_what_is_passed_on() -> None:
    """Code, reason and request; never the message, which can quote a request."""
    failure = failure_of(said(403, VAULT, x_ms_request_id="6f-1", retry_after="7"))
    assert failure is not None
    assert failure.told == " (Forbidden, X, request 6f-1)"
    assert failure.retry_after == 7.0
    assert "hunter2" not in repr(failure)


def test_entra_numbers_its_errors() -> None:
    """The number is what people search for."""
    content = {
        "error": "invalid_client",
        "error_description": "AADSTS7000215: hunter2",
        "error_codes": [7000215],
        "trace_id": "abc",
    }
    failure = failure_of(said(401, content))
    assert failure is not None
    assert failure.told == " (invalid_client, AADSTS7000215, request abc)"


def test_a_good_answer_is_no_failure() -> None:
    """Whatever it says."""
    assert failure_of(Answer(200)) is None

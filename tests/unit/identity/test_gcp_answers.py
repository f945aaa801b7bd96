"""Where Google is, and what its answers mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from esync.errors import EsyncError
from esync.identity.failures import Failure, Trouble
from esync.identity.gcp.endpoints import GcpService, endpoint
from esync.identity.gcp.exchange import token_in
from esync.identity.gcp.failures import GcpSignInFailed, failure_of
from esync.identity.hosts import PlainHttp
from esync.identity.kept import KeptToken, LentToken
from esync.identity.references import StoreAccess
from esync.identity.wire import Answer
from esync.secret import SecretValue
from tests.fakes.stores import MemoryCredentials, make_store


def answer(status: int, error: Any, **headers: str) -> Answer:
    """Return an answer with an error in its body."""
    return Answer(status, headers, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("given", "kind", "code"),
    [
        (answer(404, {"status": "NOT_FOUND"}), Trouble.MISSING, "NOT_FOUND"),
        (answer(403, {"status": "PERMISSION_DENIED"}), Trouble.DENIED, "PERMISSION_DENIED"),
        (answer(500, {"status": "INTERNAL"}), Trouble.BUSY, "INTERNAL"),
        (answer(504, {"status": "DEADLINE_EXCEEDED"}), Trouble.BUSY, "DEADLINE_EXCEEDED"),
        (answer(400, {"status": "FAILED_PRECONDITION"}), Trouble.OTHER, "FAILED_PRECONDITION"),
        (answer(400, {"status": "two words"}), Trouble.MALFORMED, "status 400"),
        (answer(400, "invalid_grant"), Trouble.DENIED, "invalid_grant"),
        (answer(400, "invalid_request"), Trouble.OTHER, "invalid_request"),
        (answer(401, None), Trouble.DENIED, "status 401"),
        (answer(407, None), Trouble.UNAVAILABLE, "status 407"),
        (answer(429, {}), Trouble.THROTTLED, "status 429"),
        (answer(302, {"status": "FOUND"}), Trouble.MALFORMED, "FOUND"),
        (Answer(404, body=b"<html>"), Trouble.MALFORMED, "status 404"),
        (Answer(502, body=b"\xff"), Trouble.BUSY, "status 502"),
        (Answer(0, outage="ConnectTimeoutError"), Trouble.UNAVAILABLE, "ConnectTimeoutError"),
    ],
)
def test_what_an_answer_means(given: Answer, kind: Trouble, code: str) -> None:
    """Google's own word counts first, then the status; a 404 of somebody else is no "missing"."""
    failure = failure_of(given)
    assert failure is not None
    assert (failure.kind, failure.code) == (kind, code)


@pytest.mark.parametrize(
    ("wait", "seconds"), [("7", 7.0), ("soon", None), ("-1", None), ("²", None)]
)
def test_how_long_to_wait(wait: str, seconds: float | None) -> None:
    """Seconds count, dates and anything else do not."""
    failure = failure_of(Answer(429, {"retry-after": wait}))
    assert failure is not None
    assert failure.retry_after == seconds


def test_a_good_answer_is_no_failure() -> None:
    """Whatever is in it."""
    assert failure_of(Answer(200, body=b"x")) is None


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (EsyncError("no such Secret"), 1),
        (GcpSignInFailed("token", Failure(Trouble.DENIED, "x")), 1),
        (GcpSignInFailed("token", Failure(Trouble.MISSING, "x")), 1),
        (GcpSignInFailed("token", Failure(Trouble.THROTTLED, "x")), 3),
        (GcpSignInFailed("token", Failure(Trouble.UNAVAILABLE, "x")), 3),
    ],
)
def test_a_refusal_is_final_and_trouble_is_not(error: EsyncError, asked: int) -> None:
    """A thousand secrets do not ask a thousand times for what was refused."""
    calls = 0

    def fetch() -> LentToken:
        nonlocal calls
        calls += 1
        raise error

    tokens = KeptToken(fetch, lambda: 0)
    for _ in range(3):
        with pytest.raises(type(error)):
            tokens.get()
    assert calls == asked


def test_a_token_does_not_print() -> None:
    """It is a value like others."""
    assert "hunter2" not in repr(LentToken(SecretValue(b"hunter2"), 1))


@pytest.mark.parametrize(
    ("service", "location", "url"),
    [
        (GcpService.SECRET_MANAGER, "", "https://secretmanager.googleapis.com"),
        (
            GcpService.SECRET_MANAGER,
            "europe-west3",
            "https://secretmanager.europe-west3.rep.googleapis.com",
        ),
        (GcpService.STS, "", "https://sts.googleapis.com"),
        (GcpService.IAM_CREDENTIALS, "", "https://iamcredentials.googleapis.com"),
        (GcpService.SECURE_TOKEN, "", "https://securetoken.googleapis.com"),
    ],
)
def test_where_google_is(service: GcpService, location: str, url: str) -> None:
    """Global and regional; a store that is not trusted may ask there as well."""
    store = make_store("gcpsm", {}, trusted=False)
    assert endpoint(service, StoreAccess(store, "orders", MemoryCredentials()), location) == url


def test_the_environment_names_another_endpoint() -> None:
    """Its word counts, without a slash at the end; plain http to another machine does not."""
    store = make_store("gcpsm", {}, trusted=False)
    for url, error in (("https://psc.example/google/", None), ("http://psc.example", PlainHttp)):
        environ = {"ESYNC_GCP_STS_ENDPOINT": url}
        access = StoreAccess(store, "orders", MemoryCredentials(), environ=environ)
        if error is None:
            assert endpoint(GcpService.STS, access) == "https://psc.example/google"
        else:
            with pytest.raises(error):
                endpoint(GcpService.STS, access)


NOW = 1_000 * 10**9


@pytest.mark.parametrize(
    ("content", "expires"),
    [
        ({"expires_in": 60}, NOW + 60 * 10**9),
        ({"expires_in": 0}, None),
        ({"expires_in": "60"}, None),
        ({}, None),
    ],
)
def test_when_a_token_ends(content: dict[str, Any], expires: int | None) -> None:
    """Seconds from now, or nobody said."""
    body = json.dumps({"access_token": "t", **content}).encode()
    token = token_in(Answer(200, body=body), "token", NOW)
    assert (token.text, token.expires) == ("t", expires)


@pytest.mark.parametrize("value", [None, "", 7, ["t"], "two words", "line\n", "ü"])
def test_a_token_that_is_none(value: object) -> None:
    """It could not stand in a header; it is not shown."""
    body = json.dumps({"access_token": value}).encode()
    with pytest.raises(GcpSignInFailed, match="no access_token"):
        token_in(Answer(200, body=body), "token", NOW)

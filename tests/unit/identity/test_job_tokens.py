"""The token of a CI job: where it is looked for, and what is told when there is none."""

from __future__ import annotations

import pytest

from esync.identity.job_tokens import NoJobToken, Purpose, has_job_token, job_token
from esync.identity.references import StoreAccess
from esync.secret import SecretValue
from tests.fakes.stores import MemoryCredentials, make_store


def access(**environ: str) -> StoreAccess:
    """Return the access of a store in a process with that environment."""
    store = make_store("vault", {})
    return StoreAccess(store, "orders", MemoryCredentials(), environ=environ)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_each_purpose_has_a_variable_of_its_own(purpose: Purpose) -> None:
    """One job may hold tokens for several audiences; a variable's line break is no part of it."""
    offered = access(**{purpose.value: "t0ken\n"})
    assert job_token(purpose, "aud", offered) == SecretValue(b"t0ken")
    assert [other for other in Purpose if has_job_token(other, offered.environ)] == [purpose]


@pytest.mark.parametrize(
    "environ",
    [{}, {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x"}, {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x"}],
)
def test_no_token(environ: dict[str, str]) -> None:
    """The hint says what to write for either CI system."""
    assert not has_job_token(Purpose.AWS, environ)
    with pytest.raises(NoJobToken) as caught:
        job_token(Purpose.AWS, "aud", access(**environ))
    assert "id-token: write" in caught.value.hint
    assert "ESYNC_AWS_ID_TOKEN" in caught.value.hint


def test_github_cannot_be_reached() -> None:
    """The kind of failure is told, and neither the URL's query nor the credential."""
    offered = access(
        ACTIONS_ID_TOKEN_REQUEST_URL="http://127.0.0.1:9/?secret=1",
        ACTIONS_ID_TOKEN_REQUEST_TOKEN="hunter2",
    )
    with pytest.raises(NoJobToken, match="NewConnectionError") as caught:
        job_token(Purpose.AWS, "aud", offered)
    assert "hunter2" not in str(caught.value)
    assert "secret=1" not in str(caught.value)
    assert caught.value.__context__ is None

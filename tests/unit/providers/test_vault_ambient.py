"""Who the process is towards Vault, out of what its surroundings offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.providers.vault.ambient import VAULT_TOKENS, NoVaultIdentity, ambient_login
from esync.providers.vault.session import Login, Token
from tests.fakes.vault import vault_access
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SERVER = "https://vault.test/"
JOB = {"ESYNC_VAULT_ID_TOKEN": "a.b.c"}
ROLE = {"VAULT_AUTH_ROLE": "reader"}


def found(environ: Mapping[str, str], folder: Path) -> Token | Login:
    """Return how the process signs in; its Pod's token is ``token`` in ``folder``."""
    access = vault_access({"server": SERVER}, environ=environ, ambient=True)
    return ambient_login(VAULT_TOKENS, SERVER, "team", access, folder / "token")


def test_a_token_comes_first(tmp_path: Path) -> None:
    """Whatever else is there."""
    token = found({"VAULT_TOKEN": "s.given", **JOB, **ROLE}, tmp_path)
    assert isinstance(token, Token)
    assert token.value
    assert token.value.reveal() == b"s.given"
    assert not token.is_own


def test_a_job_logs_in_by_jwt(tmp_path: Path) -> None:
    """At the mount jwt in the store's namespace, unless variables say otherwise."""
    (tmp_path / "token").write_text("pod")
    plain = found({**JOB, **ROLE}, tmp_path)
    assert isinstance(plain, Login)
    assert (plain.path, plain.namespace) == ("auth/jwt/login", "team")
    assert plain.body == {"role": "reader", "jwt": "a.b.c"}

    named = {"VAULT_AUTH_PATH": "ci", "VAULT_NAMESPACE": "admin"}
    other = found({**JOB, **ROLE, **named}, tmp_path)
    assert isinstance(other, Login)
    assert (other.path, other.namespace) == ("auth/ci/login", "admin")


@pytest.mark.parametrize(
    ("named", "audience"),
    [({}, "https://vault.test"), ({"VAULT_AUTH_AUDIENCE": "https://x.test"}, "https://x.test")],
)
def test_github_is_asked_for_a_token(tmp_path: Path, named: dict[str, str], audience: str) -> None:
    """Its audience is the server, unless a variable names another."""
    asked: list[Request] = []

    def github(request: Request) -> Response:
        asked.append(request)
        return Response(200, {"value": "git.hub.jwt"})

    with serving(github) as port:
        environ = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{port}/?v=1",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer",
        }
        login = found({**environ, **ROLE, **named}, tmp_path)

    assert isinstance(login, Login)
    assert login.body == {"role": "reader", "jwt": "git.hub.jwt"}
    assert [one.query["audience"] for one in asked] == [audience]


def test_a_pod_logs_in_by_kubernetes(tmp_path: Path) -> None:
    """With its own token, where no CI system gives one."""
    (tmp_path / "token").write_text("pod\n")
    login = found(ROLE, tmp_path)
    assert isinstance(login, Login)
    assert login.path == "auth/kubernetes/login"
    assert login.body == {"role": "reader", "jwt": "pod"}


def test_what_vault_login_left_comes_last(tmp_path: Path) -> None:
    """A role without any token of a job or Pod does not hide it."""
    (tmp_path / ".vault-token").write_text("s.saved\n")
    token = found({**ROLE, "HOME": str(tmp_path)}, tmp_path)
    assert isinstance(token, Token)
    assert token.value
    assert token.value.reveal() == b"s.saved"


@pytest.mark.parametrize("environ", [{}, ROLE, JOB, {"HOME": "/nowhere"}])
def test_nothing_at_all(environ: dict[str, str], tmp_path: Path) -> None:
    """The hint names the variables."""
    with pytest.raises(NoVaultIdentity) as caught:
        found(environ, tmp_path)
    assert "VAULT_TOKEN" in caught.value.hint
    assert "VAULT_AUTH_ROLE" in caught.value.hint


def test_a_login_is_not_shown() -> None:
    """Its body holds the credential."""
    assert "hunter2" not in repr(Login("jwt", "auth/jwt/login", {"jwt": "hunter2"}))

"""The messages of NTLM, with somebody who answers from a list."""

from __future__ import annotations

import struct
from base64 import b64encode
from dataclasses import dataclass, field

import pytest

from esync.errors import EsyncError
from esync.providers.contract import AccessDenied, BadAnswer, BadStore
from esync.providers.webhook.ntlm import Login, ask_as
from esync.providers.webhook.wire import Answer, Request
from esync.secret import SecretValue

# A challenge whose only fact about the server, at offset 56, is a time (7) beyond all calendars.
NO_TIME = (
    b"NTLMSSP\0\x02\0\0\0"
    + struct.pack("<HHI", 0, 0, 56)
    + struct.pack("<I", 0x00880201)
    + bytes(16)
    + struct.pack("<HHI", 16, 16, 56)
    + bytes(8)
    + struct.pack("<HH8sHH", 7, 8, b"\xff" * 8, 0, 0)
)
USER = Login(SecretValue(b"CORP\\app"), SecretValue(b"hunter2"))
REQUEST = Request("GET", "https://api.example/db", (("AUTHORIZATION", "Bearer t"), ("X", "x")))


@dataclass
class Script:
    """Answers one request after the other, and keeps them.

    Attributes:
        answers: what is left.
        asked: ``Authorization``, and whether the connection had to be the same.
        users: how often the user was read.
    """

    answers: list[Answer]
    asked: list[tuple[str, bool]] = field(default_factory=list)
    users: int = 0

    def __call__(self, request: Request, /, *, same: bool) -> Answer:
        """Answer."""
        headers = dict(request.headers)
        assert headers.pop("X") == "x"
        self.asked.append((headers.pop("Authorization", ""), same))
        assert headers == {}
        return self.answers.pop(0)

    def user(self) -> Login:
        """Read the user."""
        self.users += 1
        return USER


def refusal(*offers: str) -> Answer:
    """Return 401 with ``offers``."""
    return Answer(401, {"www-authenticate": ", ".join(offers)}, b"hunter2")


def failure(script: Script) -> EsyncError:
    """Return why the sign-in fails, which tells nothing that is secret."""
    with pytest.raises(EsyncError) as caught:
        ask_as(script.user, REQUEST, script, "db")
    assert "hunter2" not in f"{caught.value!r}{caught.value.hint}"
    return caught.value


@pytest.mark.parametrize("status", [200, 302, 403, 404, 500])
def test_who_is_not_asked_tells_nothing(status: int) -> None:
    """Any status but 401 counts; the user is not even read."""
    script = Script([Answer(status)])
    assert ask_as(script.user, REQUEST, script, "db").status == status
    assert script.asked == [("", False)]
    assert script.users == 0


@pytest.mark.parametrize("offers", [("Basic realm=x",), ("Bearer",), (), ("NTLMX",), ("XNTLM",)])
def test_a_server_without_ntlm_gets_nothing(offers: tuple[str, ...]) -> None:
    """The password does not go as Basic instead."""
    script = Script([refusal(*offers)])
    error = failure(script)
    assert isinstance(error, AccessDenied)
    assert '"db"' in str(error)
    assert script.users == 0


@pytest.mark.parametrize(
    ("offers", "scheme"),
    [
        (("Negotiate", "NTLM"), "NTLM"),
        (('Basic realm="a, b"', "ntlm"), "NTLM"),
        (("negotiate", "Basic"), "Negotiate"),
    ],
)
def test_which_scheme_is_used(offers: tuple[str, ...], scheme: str) -> None:
    """NTLM rather than Negotiate, in any case of letters; an early end of it counts."""
    script = Script([refusal(*offers), Answer(200)])
    assert ask_as(script.user, REQUEST, script, "db").status == 200
    assert script.asked[1][0].startswith(f"{scheme} TlRMTVNTUAAB")
    assert script.asked[1][1] is False


@pytest.mark.parametrize("offers", [("NTLM",), ("NTLM ", "Negotiate x"), ()])
def test_no_challenge_comes(offers: tuple[str, ...]) -> None:
    """The refusal is the answer."""
    script = Script([refusal("NTLM"), refusal(*offers)])
    assert ask_as(script.user, REQUEST, script, "db").status == 401
    assert len(script.asked) == 2


@pytest.mark.parametrize(
    "challenge",
    [
        "!",
        "ü",
        "TlRMTVNTUAA=",
        b64encode(b"hunter2").decode(),
        b64encode(b"NTLMSSP\0\x02\0\0\0").decode(),
        b64encode(b"NTLMSSP\0\x01\0\0\0" + bytes(64)).decode(),
        b64encode(NO_TIME).decode(),
    ],
)
def test_a_challenge_that_is_none(challenge: str) -> None:
    """No third message is sent."""
    script = Script([refusal("NTLM"), refusal(f"NTLM {challenge}")])
    error = failure(script)
    assert isinstance(error, BadAnswer)
    assert challenge not in str(error)
    assert len(script.asked) == 2


@pytest.mark.parametrize(
    "login",
    [
        Login(SecretValue(b""), USER.password),
        Login(USER.username, SecretValue(b"")),
        Login(SecretValue(b"\xff"), USER.password),
        Login(USER.username, SecretValue(b"hunter2\xff")),
    ],
)
def test_users_that_are_none(login: Login) -> None:
    """Without a name, the library would take a user of the machine."""
    script = Script([refusal("NTLM")])
    with pytest.raises(BadStore, match=r"auth\.ntlm") as caught:
        ask_as(lambda: login, REQUEST, script, "db")
    assert "hunter2" not in repr(caught.value)
    assert len(script.asked) == 1


def test_a_setting_of_the_machine_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library reads it."""
    monkeypatch.setenv("LM_COMPAT_LEVEL", "9")
    error = failure(Script([refusal("NTLM")]))
    assert isinstance(error, BadStore)
    assert "LM_COMPAT_LEVEL" in str(error.hint)

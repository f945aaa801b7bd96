"""``auth.ntlm`` of provider ``webhook``, against a server that signs connections in by NTLM."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from esync.identity.hosts import HostRefused, PlainHttp, Rules
from esync.identity.references import BadReference, MissingReference, StoreAccess
from esync.manifests.externalsecret import StoreKind
from esync.providers.contract import AccessDenied, BadAnswer, BadStore, NoSecret, Unavailable
from esync.providers.webhook import Webhook
from esync.providers.webhook.addresses import AddressRefused
from esync.providers.webhook.wire import Redirected
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.certificates import Authority
from tests.servers.ntlm import NtlmServer, serving_ntlm
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from esync.errors import EsyncError

pytestmark = pytest.mark.integration

PASSWORD = "c0rrect horse ü"
AUTH = {
    "ntlm": {
        "usernameSecret": {"name": "login", "key": "user"},
        "passwordSecret": {"name": "login", "key": "password"},
    }
}


@pytest.fixture(autouse=True)
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three users, whom the accepting side looks up in a file."""
    file = tmp_path / "users"
    file.write_text(f"CORP:app:{PASSWORD}\n:app@corp.example:other\nCORP:plain:letters\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(file))


@pytest.fixture
def server() -> Iterator[NtlmServer]:
    """Return a server without TLS, with a value under ``/db``."""
    with serving_ntlm() as made:
        made.answers["/db"] = (200, {}, b"s3cret")
        yield made


def login(user: str = "CORP\\app", password: str = PASSWORD) -> MemoryCredentials:
    """Return a cluster with a Secret for webhooks."""
    made = MemoryCredentials()
    made.add_secret("login", {"user": user, "password": password, "empty": ""})
    labels = {"external-secrets.io/type": "webhook"}
    made.objects["Secret", "orders", "login"]["metadata"]["labels"] = labels
    return made


@dataclass
class Stores:
    """Opens stores, and closes them at the end of a test."""

    made: list[Webhook] = field(default_factory=list)

    def __call__(
        self, url: str, credentials: MemoryCredentials | None = None, **settings: Any
    ) -> Webhook:
        """Open a store."""
        rest = {name: settings.pop(name) for name in ("rules", "environ") if name in settings}
        trusted = settings.pop("trusted", True)
        path = "" if "{{" in url else "/{{ .remoteRef.key }}"
        full = {"url": url + path, "auth": AUTH, **settings}
        store = make_store("webhook", full, trusted=trusted)
        access = StoreAccess(store, "orders", credentials or login(), **rest)
        self.made.append(Webhook.open(store, access))
        return self.made[-1]


@pytest.fixture
def opened() -> Iterator[Stores]:
    """Return what opens stores."""
    stores = Stores()
    yield stores
    for one in stores.made:
        one.close()


def value(provider: Webhook, key: str = "db") -> bytes:
    """Read a value."""
    return provider.read(key).value().reveal()


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize(("password", "status"), [("letters", 200), ("no", 401)])
def test_the_server_is_right(server: NtlmServer, password: str, status: int) -> None:
    """Another client signs in the same way."""
    who = f"CORP\\plain:{password}"
    command = ["curl", "-s", "--ntlm", "-u", who, "-o", "-", "-w", "%{http_code}"]
    done = subprocess.run(
        [*command, f"{server.url}/db"], capture_output=True, check=True, text=True
    )
    assert done.stdout.endswith(str(status))


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_a_user_signs_in(opened: Stores, server: NtlmServer, scheme: str) -> None:
    """A challenge, two messages, one connection; no password travels, the body does each time."""
    server.scheme = scheme
    provider = opened(
        server.url, method="POST", body="b", headers={"authorization": "Bearer t", "X": "x"}
    )
    assert value(provider) == b"s3cret"
    assert server.users == {1: "CORP\\app"}
    assert [one[:3] for one in server.seen] == [(1, "POST", "/db")] * 3
    assert [one[4] for one in server.seen] == [b"b"] * 3
    first, negotiate, authenticate = (one[3] for one in server.seen)
    assert first == ""
    for number, text in ((1, negotiate), (3, authenticate)):
        name, _, token = text.partition(" ")
        assert name == scheme
        message = b64decode(token)
        assert message[:12] == b"NTLMSSP\0" + number.to_bytes(4, "little")
        assert PASSWORD.encode("utf-16-le") not in message


def test_a_connection_stays_signed_in(opened: Stores, server: NtlmServer) -> None:
    """The sign-in and the Secrets are for once, the first request for each key."""
    server.answers["/other"] = (200, {}, b"2")
    credentials = login()
    provider = opened(server.url, credentials)
    assert [value(provider, key) for key in ("db", "other", "db")] == [b"s3cret", b"2", b"s3cret"]
    assert [one[0] for one in server.seen] == [1] * 5
    assert credentials.asked == [("Secret", "orders", "login")] * 2
    with pytest.raises(NoSecret):
        provider.read("nowhere")
    provider.close()


def test_a_closed_connection_is_signed_in_anew(opened: Stores, server: NtlmServer) -> None:
    """Before the challenge or after the answer, the server may hang up."""
    server.hangs_up = 3
    provider = opened(server.url)
    assert [value(provider) for _ in range(2)] == [b"s3cret"] * 2
    assert [one[0] for one in server.seen] == [1, 1, 1, 2, 2, 2]
    server.hangs_up = 1
    server.seen.clear()
    with pytest.raises(BadAnswer, match="closes the connection"):
        value(opened(server.url))
    assert [one[0] for one in server.seen] == [3, 4]


def test_no_message_goes_over_another_connection(opened: Stores, server: NtlmServer) -> None:
    """If the server hangs up between challenge and answer, there is no answer."""
    server.hangs_up = 2
    with pytest.raises(BadAnswer, match="in the middle of an NTLM") as caught:
        value(opened(server.url))
    assert caught.value.hint
    assert [one[0] for one in server.seen] == [1, 1]


def test_users_of_other_forms(opened: Stores, server: NtlmServer) -> None:
    """``user@domain`` is a whole name."""
    assert value(opened(server.url, login("app@corp.example", "other"))) == b"s3cret"
    assert server.users == {1: "app@corp.example"}


@pytest.mark.parametrize("who", [("CORP\\app", "hunter2"), ("CORP\\no", "x"), ("app", "x")])
def test_a_wrong_user(opened: Stores, server: NtlmServer, who: tuple[str, str]) -> None:
    """An error with the key, and without what the server says."""
    with pytest.raises(AccessDenied, match='401 for "db"') as caught:
        value(opened(server.url, login(*who)))
    assert "hunter2" not in f"{caught.value!r}{caught.value.hint}"
    assert len(server.seen) == 3


@pytest.mark.parametrize("offer", ["Basic realm=x", "Bearer", "", "NTLMX"])
def test_a_server_without_ntlm(opened: Stores, offer: str) -> None:
    """Gets no password: not as Basic either; nor are the Secrets read."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(401, "hunter2", {"WWW-Authenticate": offer})

    credentials = login()
    with serving(answer) as port, pytest.raises(AccessDenied, match="not by NTLM"):
        value(opened(f"http://127.0.0.1:{port}", credentials))
    assert ["authorization" in one.headers for one in seen] == [False]
    assert credentials.asked == []


@pytest.mark.parametrize(
    "challenge", ["!", "aHVudGVyMg==", b64encode(b"NTLMSSP\0\2\0\0\0").decode(), "TlRMTVNTUAA="]
)
def test_a_challenge_that_is_none(opened: Stores, server: NtlmServer, challenge: str) -> None:
    """An error that does not show it."""
    server.challenge = challenge
    with pytest.raises(BadAnswer, match='challenge of the endpoint for "db"') as caught:
        value(opened(server.url))
    assert challenge not in f"{caught.value!r}{caught.value.hint}"
    assert caught.value.__cause__ is None


def test_a_server_that_only_refuses(opened: Stores, server: NtlmServer) -> None:
    """No challenge comes: the status counts."""
    server.challenge = ""
    with pytest.raises(AccessDenied, match="401"):
        value(opened(server.url))


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"url": "http://api.example"}, PlainHttp),
        ({"url": "https://api.example", "trusted": False}, HostRefused),
        ({"url": "https://{{ .remoteRef.key }}/x"}, HostRefused),
        (
            {
                "url": "http://169.254.169.254",
                "rules": Rules(allow_http={"169.254.169.254"}),
            },
            AddressRefused,
        ),
    ],
)
def test_hosts_are_allowed_before_the_user_is_read(
    opened: Stores, settings: Mapping[str, Any], kind: type[EsyncError]
) -> None:
    """Whatever refuses the host, no Secret is asked for."""
    credentials = login()
    with pytest.raises(kind):
        opened(credentials=credentials, **settings).read("evil.example")
    assert credentials.asked == []


def test_no_redirect_takes_a_user_along(opened: Stores, server: NtlmServer) -> None:
    """Not to another port; on the same one the connection stays signed in."""
    server.answers["/moved"] = (302, {"Location": "/db"}, b"")
    assert value(opened(server.url), "moved") == b"s3cret"
    assert [one[2] for one in server.seen] == ["/moved"] * 3 + ["/db"]
    with serving_ntlm() as other:
        server.answers["/away"] = (302, {"Location": f"{other.url}/db"}, b"")
        with pytest.raises(Redirected):
            value(opened(server.url), "away")
        assert other.seen == []


def test_no_proxy_is_used(opened: Stores, server: NtlmServer) -> None:
    """It could not keep connections apart; the operator uses none either."""
    environ = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    elsewhere = server.url.replace("localhost", "127.0.0.1")
    assert value(opened(elsewhere, environ=environ)) == b"s3cret"


@pytest.mark.parametrize(
    ("secret", "kind", "words"),
    [
        ({"name": "login", "key": "nokey"}, BadStore, 'usernameSecret: Secret "login" has no key'),
        ({"name": "login", "key": "empty"}, BadStore, "empty"),
        ({"name": "gone", "key": "user"}, MissingReference, "gone"),
        ({"name": "plain", "key": "user"}, BadReference, "lacks the label"),
    ],
)
def test_secrets_that_are_wrong(
    opened: Stores,
    server: NtlmServer,
    secret: Mapping[str, str],
    kind: type[EsyncError],
    words: str,
) -> None:
    """Each is told, and no message of a sign-in is sent."""
    credentials = login()
    credentials.add_secret("plain", {"user": "CORP\\app"})
    ntlm = {**AUTH["ntlm"], "usernameSecret": secret}
    with pytest.raises(kind, match=words):
        value(opened(server.url, credentials, auth={"ntlm": ntlm}))
    assert [one[3] for one in server.seen] == [""]


def test_what_the_store_lacks(server: NtlmServer) -> None:
    """A key, and in a ClusterSecretStore a namespace; the check finds them, with places."""
    ntlm = {"usernameSecret": {"name": "login"}, "passwordSecret": {"name": "login", "key": "x"}}
    settings = {"url": server.url, "auth": {"ntlm": ntlm}}
    (found,) = Webhook.check(make_store("webhook", settings))
    assert str(found).startswith("auth.ntlm.usernameSecret: key is missing")
    assert found.at
    settings["auth"] = AUTH
    store = make_store("webhook", settings, kind=StoreKind.CLUSTER_SECRET_STORE)
    assert [str(one).split(":")[0] for one in Webhook.check(store)] == [
        "auth.ntlm.usernameSecret",
        "auth.ntlm.passwordSecret",
    ]
    assert Webhook.check(make_store("webhook", settings)) == []


def test_tls(opened: Stores, tmp_path: Path) -> None:
    """The store's own authorities count with NTLM as well; others get no message."""
    authority = Authority(tmp_path)
    pair = authority.issue("webhook", hosts=["localhost"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    bundle = b64encode(authority.certificate.read_bytes()).decode()
    with serving_ntlm(context) as server:
        server.answers["/db"] = (200, {}, b"s3cret")
        with pytest.raises(Unavailable, match="SSL"):
            value(opened(server.url))
        assert server.seen == []
        assert value(opened(server.url, caBundle=bundle)) == b"s3cret"
        with pytest.raises(Unavailable, match=r"SSL|Certificate"):
            value(opened(server.url.replace("localhost", "127.0.0.1"), caBundle=bundle))
        assert len(server.seen) == 3


def test_nobody_there(opened: Stores) -> None:
    """The host is told, and the key."""
    with pytest.raises(Unavailable, match=r'"db".*127\.0\.0\.1'):
        value(opened("http://127.0.0.1:9"))

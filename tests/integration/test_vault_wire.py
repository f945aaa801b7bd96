"""What goes over the wire to Vault: how often, with which headers, and never to somebody else."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from esync.errors import EsyncError
from esync.identity.hosts import HostRefused, PlainHttp, Rules
from esync.identity.references import BadReference, StoreAccess
from esync.manifests.externalsecret import Find
from esync.manifests.store import RetrySettings
from esync.payload.payload import NotAnObject
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    BadStore,
    Busy,
    NoSecret,
    ProviderError,
    Throttled,
    Unavailable,
)
from esync.providers.vault import Vault
from esync.providers.vault.session import LoginRefused
from esync.providers.vault.wire import Redirected, Request, Retries, Wire
from tests.fakes.stores import MemoryCredentials
from tests.fakes.vault import (
    NOW,
    TOKEN_REF,
    VaultStub,
    json_of,
    open_vault,
    secret,
    token,
    vault_access,
    vault_stub,
)
from tests.servers.web import Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.integration

APP_ROLE = {"appRole": {"roleId": "r", "secretRef": {"name": "vault", "key": "token"}}}
LOGIN = "PUT auth/approle/login"
REVOKE = "PUT auth/token/revoke-self"
READ = "GET kv/data/db"
QUICK = RetrySettings(max_retries=2, retry_interval="1ms")


@pytest.fixture
def stub() -> Iterator[VaultStub]:
    """A server that knows one secret, and lets the role `r` in."""
    with vault_stub() as running:
        running.tell("auth/approle/login", token())
        yield running


def opened(stub: VaultStub, auth: Mapping[str, Any] = TOKEN_REF, **more: Any) -> Vault:
    """Return a provider; what is no setting goes to the store's surroundings."""
    around = {name: more.pop(name) for name in ("retry", "environ", "cluster") if name in more}
    return open_vault({"server": stub.url, "path": "kv", "auth": auth, **more}, **around)


def test_what_every_request_carries(stub: VaultStub) -> None:
    """The token, the mark of a client, the namespace, and the store's headers, logins included."""
    provider = opened(
        stub, APP_ROLE, namespace="team", headers={"X-Tenant": "a", "X-Vault-Token": "x"}
    )
    provider.read("db")
    provider.close()

    for request, sent in zip(stub.requests, ("x", "s.0wn", "s.0wn"), strict=True):
        headers = request.headers
        assert headers["x-vault-request"] == "true"
        assert headers["x-vault-namespace"] == "team"
        assert headers["x-tenant"] == "a"
        assert headers["x-vault-token"] == sent
        assert headers["user-agent"].startswith("esync/")
    assert json_of(stub.requests[0]) == {"role_id": "r", "secret_id": "s.t0ken"}


def test_the_login_has_a_namespace_of_its_own(stub: VaultStub) -> None:
    """Everything after it goes to the store's, the end included."""
    provider = opened(stub, {**APP_ROLE, "namespace": "root"}, namespace="team")
    provider.read("db")
    provider.close()

    namespaces = [request.headers["x-vault-namespace"] for request in stub.requests]
    assert namespaces == ["root", "team", "team"]


def test_one_login_for_a_run(stub: VaultStub) -> None:
    """Also when many threads begin at once; nothing is asked before the first read."""
    provider = opened(stub, APP_ROLE)
    assert stub.asked() == []
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(provider.read, ["db"] * 16))
    provider.close()
    provider.close()

    assert stub.asked() == [LOGIN, *[READ] * 16, REVOKE]


def test_a_refused_login_is_not_tried_for_each_secret(stub: VaultStub) -> None:
    """It would be refused again, and may lock the user out."""
    stub.tell("auth/approle/login", Response(400, {"errors": ["hunter2"]}))
    provider = opened(stub, APP_ROLE)
    for _ in range(3):
        with pytest.raises(LoginRefused):
            provider.read("db")
    provider.close()

    assert stub.asked() == [LOGIN]


@pytest.mark.parametrize(
    ("status", "kind"), [(404, LoginRefused), (429, Throttled), (500, Unavailable)]
)
def test_a_login_that_fails_tells_why(stub: VaultStub, status: int, kind: type[EsyncError]) -> None:
    """A wrong path is not a busy or broken server; the server's words are not told."""
    answer = Response(status, {"errors": ["hunter2"]}, {"Retry-After": "9"})
    stub.tell("auth/approle/login", answer)
    with pytest.raises(kind, match=rf"login by appRole .*\(status {status}\)") as caught:
        opened(stub, APP_ROLE).read("db")
    assert "hunter2" not in f"{caught.value!r}{caught.value.hint}"
    if isinstance(caught.value, Throttled):
        assert caught.value.retry_after == 9.0


def test_metadata_without_anything(stub: VaultStub) -> None:
    """It is empty, also for a property that it lacks, and no object; so with the operator."""
    stub.tell("kv/metadata/db", Response(200, {"data": {"custom_metadata": None}}))
    payload = opened(stub).read_metadata("db")
    assert payload.value("anything").reveal() == payload.value().reveal() == b""
    with pytest.raises(NotAnObject):
        payload.members()


def test_kubernetes_with_a_token_of_a_secret(stub: VaultStub) -> None:
    """Its key is token unless told; an empty one is an error, and never our own identity."""
    stub.tell("auth/k8s/login", token())
    auth = {"kubernetes": {"role": "reader", "mountPath": "k8s", "secretRef": {"name": "vault"}}}
    opened(stub, auth).read("db")
    assert json_of(stub.requests[0]) == {"role": "reader", "jwt": "s.t0ken"}

    cluster = MemoryCredentials()
    cluster.add_secret("vault", {"token": ""})
    with pytest.raises(BadReference, match="the token is empty"):
        opened(stub, auth, cluster=cluster).read("db")


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, {"auth": None}),
        Response(200, {"auth": {"client_token": ""}}),
        Response(200, {"auth": {"client_token": 7}}),
        Response(200, {"auth": {"client_token": "a\nb"}}),
        Response(200, {"auth": {"mfa_requirement": {"mfa_request_id": "x"}, "client_token": ""}}),
        Response(200, "hunter2"),
        Response(204),
    ],
)
def test_a_login_without_a_token_is_an_error(stub: VaultStub, answer: Response) -> None:
    """The operator goes on without one for some methods, and is refused later."""
    stub.tell("auth/approle/login", answer)
    with pytest.raises((LoginRefused, BadAnswer)):
        opened(stub, APP_ROLE).read("db")
    assert stub.asked() == [LOGIN]


def aging(stub: VaultStub, auth: Any) -> tuple[Vault, list[int]]:
    """Return a provider, and the time as it sees it."""
    now = [NOW]
    access = vault_access({"server": stub.url, "path": "kv", "auth": auth})
    later = StoreAccess(access.store, "orders", access.cluster, clock=lambda: now[0])
    return Vault.open(access.store, later), now


def test_a_token_that_ends_soon_is_replaced(stub: VaultStub) -> None:
    """A run can be longer than the life of a token."""
    stub.tell("auth/approle/login", token("s.1", lease_duration=60), token("s.2"))
    provider, now = aging(stub, APP_ROLE)
    provider.read("db")
    now[0] += 49 * 10**9
    provider.read("db")
    now[0] += 1 * 10**9
    provider.read("db")

    assert stub.asked() == [LOGIN, READ, READ, LOGIN, READ]
    assert stub.requests[-1].headers["x-vault-token"] == "s.2"


LOOK = "GET auth/token/lookup-self"


def test_a_token_that_was_revoked_is_replaced(stub: VaultStub) -> None:
    """A 403 does not tell; whether the server knows the token does."""
    stub.tell("auth/approle/login", token("s.1"), token("s.2"))
    stub.tell("kv/data/db", secret({}), Response(403, {"errors": ["hunter2"]}), secret({}))
    stub.tell("auth/token/lookup-self", Response(403, {"errors": ["hunter2"]}))
    provider, now = aging(stub, APP_ROLE)
    provider.read("db")
    now[0] += 600 * 10**9
    provider.read("db")

    assert stub.asked() == [LOGIN, READ, READ, LOOK, LOGIN, READ]
    assert stub.requests[-1].headers["x-vault-token"] == "s.2"


@pytest.mark.parametrize(
    ("looked_up", "logins"),
    [
        (Response(200, {"data": {}}), [token("s.1")]),
        (Response(403), [token("s.1"), Response(400, {"errors": ["hunter2"]})]),
        (Response(500), [token("s.1")]),
    ],
    ids=["known", "second login refused", "nobody knows"],
)
def test_what_a_policy_denies_is_looked_into_once_a_minute(
    stub: VaultStub, looked_up: Response, logins: list[Response]
) -> None:
    """A thousand paths that are denied do not log in a thousand times; the first token stays."""
    stub.tell("auth/approle/login", *logins)
    stub.tell("auth/token/lookup-self", looked_up)
    stub.tell("kv/data/no", Response(403, {"errors": ["hunter2"]}))
    provider, now = aging(stub, APP_ROLE)
    for seconds, looks in ((0, 0), (59, 0), (61, 1), (62, 1), (121, 2)):
        now[0] = NOW + seconds * 10**9
        with pytest.raises(AccessDenied, match="denies access"):
            provider.read("no")
        assert stub.asked().count(LOOK) == looks
    provider.read("db")

    assert stub.requests[-1].headers["x-vault-token"] == "s.1"


def test_a_token_that_we_were_given_is_not_replaced(stub: VaultStub) -> None:
    """There is nothing to log in with."""
    stub.tell("kv/data/no", Response(403))
    provider, now = aging(stub, TOKEN_REF)
    now[0] += 600 * 10**9
    with pytest.raises(AccessDenied):
        provider.read("no")

    assert stub.asked() == ["GET kv/data/no"]


def test_a_token_with_leases_is_not_revoked(stub: VaultStub) -> None:
    """A v1 store on a dynamic engine: the credentials just read would end with the token."""
    stub.tell("kv/creds/app", Response(200, {"lease_id": "kv/creds/app/1", "data": {"u": "x"}}))
    provider = opened(stub, APP_ROLE, version="v1")
    assert provider.read("creds/app").value("u").reveal() == b"x"
    provider.close()

    assert stub.asked() == [LOGIN, "GET kv/creds/app"]


def test_batch_tokens_cannot_be_revoked(stub: VaultStub) -> None:
    """The server would answer 400."""
    stub.tell("auth/approle/login", token(token_type="batch"))
    provider = opened(stub, APP_ROLE)
    provider.read("db")
    provider.close()

    assert REVOKE not in stub.asked()


def test_a_failing_end_is_no_failure(stub: VaultStub) -> None:
    """It is tried once, and what was read stays read."""
    stub.tell("auth/token/revoke-self", Response(500))
    provider = opened(stub, APP_ROLE, retry=QUICK)
    provider.read("db")
    provider.close()

    assert stub.asked().count(REVOKE) == 1


def test_read_your_writes(stub: VaultStub) -> None:
    """The index of the last answer goes along; asking the active node needs both options."""
    stub.tell("kv/data/db", Response(200, secret({}).content, {"X-Vault-Index": "v1:7"}))
    cases: tuple[tuple[dict[str, Any], str | None, str | None], ...] = (
        ({}, None, None),
        ({"readYourWrites": True}, "v1:7", None),
        ({"forwardInconsistent": True}, "v1:7", None),
        ({"readYourWrites": True, "forwardInconsistent": True}, "v1:7", "forward-active-node"),
    )
    for options, index, forwards in cases:
        provider = opened(stub, **options)
        provider.read("db")
        provider.read("db")
        first, second = stub.requests[-2:]
        assert "x-vault-index" not in first.headers
        assert second.headers.get("x-vault-index") == index
        assert second.headers.get("x-vault-inconsistent") == forwards


@pytest.mark.parametrize("status", [412, 429, 500, 502, 503])
def test_passing_trouble_is_tried_again(stub: VaultStub, status: int) -> None:
    """As often as maxRetries says; logins too."""
    stub.tell("kv/data/db", Response(status), Response(status), secret({"user": "app"}))
    assert opened(stub, retry=QUICK).read("db").value("user").reveal() == b"app"
    assert stub.asked() == [READ] * 3

    stub.tell("auth/approle/login", Response(status), token())
    opened(stub, APP_ROLE, retry=QUICK).read("db")
    assert stub.asked()[3:] == [LOGIN, LOGIN, READ]


@pytest.mark.parametrize("status", [400, 403, 404, 501])
def test_other_trouble_is_not(stub: VaultStub, status: int) -> None:
    """It would be the same again."""
    stub.tell("kv/data/db", Response(status, {"errors": []}))
    with pytest.raises(ProviderError):
        opened(stub, retry=QUICK).read("db")
    assert stub.asked() == [READ]


def test_a_block_without_a_number_means_no_retry(stub: VaultStub) -> None:
    """So does the operator: only the interval, and nothing is tried again."""
    stub.tell("kv/data/db", Response(503))
    with pytest.raises(Unavailable, match=r"status 503"):
        opened(stub, retry=RetrySettings(retry_interval="1ms")).read("db")
    assert stub.asked() == [READ]


def test_retries_that_cannot_be_meant(stub: VaultStub) -> None:
    """An interval that is no duration is told when the store is opened."""
    with pytest.raises(BadStore, match="retryInterval"):
        opened(stub, retry=RetrySettings(retry_interval="soon"))


def waits(stub: VaultStub, retries: Retries, *answers: Response) -> list[float]:
    """Return the waits of one request, without waiting."""
    import urllib3

    stub.tell("x", *answers)
    slept: list[float] = []
    wire = Wire(
        stub.url, urllib3.PoolManager(), retries, sleep=slept.append, chance=lambda low, _high: low
    )
    wire.send(Request("GET", "x"))
    wire.close()
    return slept


def test_waits_grow_by_their_number(stub: VaultStub) -> None:
    """By default from a second on; a set interval is taken once, twice, three times."""
    busy = Response(500)
    assert waits(stub, Retries(), busy) == [1.0, 2.0]
    assert waits(stub, Retries(3, 0.5), busy) == [0.5, 1.0, 1.5]
    assert waits(stub, Retries(0, 0.5), busy) == []


def test_a_server_may_say_how_long(stub: VaultStub) -> None:
    """On 429 and 503; one that asks for more than a minute is not waited for."""
    for status in (429, 503):
        assert waits(stub, Retries(1), Response(status, None, {"Retry-After": "7"})) == [7.0]
        assert waits(stub, Retries(1), Response(status, None, {"Retry-After": "61"})) == []
    assert waits(stub, Retries(1), Response(500, None, {"Retry-After": "7"})) == [1.0]


ERRORS = {
    403: (AccessDenied, 'capability "read" on path "kv/data/db"'),
    429: (Throttled, "concurrency"),
    503: (Busy, "sealed"),
    500: (Busy, "log"),
    400: (ProviderError, "key and version"),
    418: (ProviderError, "server and path"),
}


@pytest.mark.parametrize(("status", "wanted"), ERRORS.items(), ids=ERRORS)
def test_errors_tell_what_was_asked_and_what_to_do(
    stub: VaultStub, status: int, wanted: tuple[type[EsyncError], str]
) -> None:
    """And the status; nothing of the server's words, also not behind the error."""
    kind, hint = wanted
    stub.tell("kv/data/db", Response(status, {"errors": ["hunter2"]}, {"Retry-After": "9"}))
    with pytest.raises(kind) as caught:
        opened(stub).read("db", "3")
    error = caught.value
    assert type(error) is kind
    assert error.message.startswith('secret "db" at version "3": Vault ')
    assert f"(status {status})" in error.message
    assert hint in error.hint
    assert "hunter2" not in f"{error!r}{error.__cause__!r}{error.__context__!r}"
    if isinstance(error, Throttled):
        assert error.retry_after == 9.0


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, "hunter2 {"),
        Response(200, "[1]"),
        Response(404, "<html>hunter2</html>"),
        Response(200, {"data": {"data": "hunter2"}}),
        Response(200, {"data": {"other": "hunter2"}}),
        Response(200, {"data": "hunter2"}),
        Response(200, '{"data": {"data": {"n": NaN}}}'),
        Response(200, '{"data": {"data": {"n": ' + "[" * 200 + "]" * 200 + "}}}"),
        Response(200, "[" * 100_000),
    ],
)
def test_answers_that_cannot_be_read(stub: VaultStub, answer: Response) -> None:
    """Each is an error that shows nothing of it."""
    stub.tell("kv/data/db", answer)
    with pytest.raises(BadAnswer) as caught:
        opened(stub).read("db")
    assert "hunter2" not in f"{caught.value!r} {caught.value.hint} {caught.value.__context__!r}"


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        (Response(200), "v2"),
        (Response(204), "v2"),
        (Response(404), "v2"),
        (Response(404, {"errors": []}), "v2"),
        (Response(404, {"data": {"data": None, "metadata": {}}}), "v2"),
        (Response(200, {"data": {"data": None}}), "v2"),
        (Response(404, {"data": None, "warnings": ["wrong path"]}), "v1"),
        (Response(200, {"data": None}), "v1"),
    ],
)
def test_ways_of_not_being_there(stub: VaultStub, answer: Response, version: str) -> None:
    """All of them are NoSecret, for deletionPolicy to act on."""
    stub.tell("", answer)
    stub.answers.pop("kv/data/db")
    with pytest.raises(NoSecret):
        opened(stub, version=version).read("db")


def test_halves_of_surrogate_pairs(stub: VaultStub) -> None:
    """They become U+FFFD, as in Go."""
    stub.tell("kv/data/db", Response(200, '{"data": {"data": {"\\ud800k": "a\\udc00"}}}'))
    payload = opened(stub).read("db")
    assert payload.value().reveal().decode() == '{"\ufffdk":"a\ufffd"}'
    assert payload.value("\ufffdk").reveal().decode() == "a\ufffd"


def test_names_that_would_lead_elsewhere(stub: VaultStub) -> None:
    """What a server lists is no more trusted than a key."""
    for name in ("../other", "/", "", 7):
        stub.tell("kv/metadata", Response(200, {"data": {"keys": [name]}}))
        with pytest.raises(ProviderError):
            opened(stub).find(Find())
    stub.tell("kv/metadata", Response(200, {"data": {"keys": ["a/"]}}))
    stub.tell("", Response(200, {"data": {"keys": ["a/"]}}))
    with pytest.raises(BadAnswer, match="nested too deep"):
        opened(stub).find(Find())


def test_a_redirect_on_the_same_server_is_followed_once(stub: VaultStub) -> None:
    """With the token; a second one is an error."""
    stub.tell("kv/data/db", Response(307, None, {"Location": "/v1/kv/data/moved"}))
    stub.tell("kv/data/moved", secret({"user": "app"}))
    assert opened(stub).read("db").value("user").reveal() == b"app"
    assert stub.requests[-1].headers["x-vault-token"] == "s.t0ken"

    stub.tell("kv/data/moved", Response(307, None, {"Location": "/v1/kv/data/db"}))
    with pytest.raises(ProviderError, match="status 307"):
        opened(stub).read("db")


@pytest.mark.parametrize(
    "where",
    ["http://127.0.0.1:{port}/v1/x", "//127.0.0.1:{port}/v1/x", "https://{own}/", "http://[x"],
)
def test_no_redirect_carries_a_token_to_another_host(stub: VaultStub, where: str) -> None:
    """Neither the token nor what a login sends; nobody else is asked at all."""
    asked: list[str] = []

    def spy(request: Any) -> Response:
        asked.append(request.path)
        return Response(200)

    with serving(spy) as port:
        own = stub.url.removeprefix("http://")
        away = Response(307, None, {"Location": where.format(port=port, own=own)})
        stub.tell("kv/data/db", away)
        stub.tell("auth/approle/login", away)
        for auth in (TOKEN_REF, APP_ROLE):
            with pytest.raises(Redirected, match="to another host"):
                opened(stub, auth).read("db")
    assert asked == []


def test_hosts_are_judged_before_a_credential_is_read(stub: VaultStub) -> None:
    """An untrusted store names no host; plain http goes to this machine only."""
    cluster = MemoryCredentials()
    store = {"server": stub.url, "auth": TOKEN_REF, "tls": {
        "certSecretRef": {"name": "vault"}, "keySecretRef": {"name": "vault"}}}  # fmt: skip
    with pytest.raises(HostRefused):
        open_vault(store, cluster, trusted=False)
    with pytest.raises(PlainHttp):
        open_vault({**store, "server": "http://vault.example"}, cluster)
    for odd in ("ftp://h", "https://u:p@h", "h", "https://h\\@127.0.0.1"):
        with pytest.raises(EsyncError):
            open_vault({**store, "server": odd}, cluster)
    assert cluster.asked == []
    allowed = Rules(allow_hosts={"127.0.0.1"})
    open_vault({"server": stub.url, "auth": TOKEN_REF}, trusted=False, rules=allowed)


@pytest.mark.parametrize("text", ["s.x\n", "", "s x", "s.\u00fc", "s.\x7f"])
def test_tokens_that_are_none(stub: VaultStub, text: str) -> None:
    """They are refused before any request, and not shown."""
    cluster = MemoryCredentials()
    cluster.add_secret("vault", {"token": text})
    with pytest.raises(LoginRefused, match="the token is empty, or has white space"):
        opened(stub, cluster=cluster).read("db")
    assert stub.asked() == []


def test_a_proxy_of_the_environment_is_used() -> None:
    """With the name and password that its URL has; the token goes to the server only."""
    seen: list[str] = []

    def proxy(request: Any) -> Response:
        seen.append(f"{request.headers['host']} {request.headers['proxy-authorization']}")
        return secret({"user": "proxied"})

    with serving(proxy) as port:
        environ = {"http_proxy": f"http://me:pw@127.0.0.1:{port}"}
        store = {"server": "http://vault.test", "path": "kv", "auth": TOKEN_REF}
        rules = Rules(allow_http={"vault.test"})
        provider = open_vault(store, environ=environ, rules=rules)
        assert provider.read("db").value("user").reveal() == b"proxied"
    assert seen == ["vault.test Basic bWU6cHc="]


def test_a_proxy_that_is_none(stub: VaultStub) -> None:
    """It is told when the store is opened, without its password."""
    store = {"server": "https://vault.test", "auth": TOKEN_REF}
    with pytest.raises(BadStore, match="not an HTTP proxy") as caught:
        open_vault(store, environ={"HTTPS_PROXY": "socks5://me:hunter2@h:1"})
    assert "hunter2" not in f"{caught.value!r}{caught.value.hint}"
    assert stub.asked() == []


def test_nothing_of_it_is_logged(stub: VaultStub, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the level: the library would log paths."""
    with caplog.at_level(logging.DEBUG):
        opened(stub, APP_ROLE).read("db")
    assert caplog.records == []


def test_nobody_there() -> None:
    """A closed port, after the tries; the error names the host and nothing of the token."""
    store = {"server": "http://127.0.0.1:9", "path": "kv", "auth": TOKEN_REF}
    with pytest.raises(Unavailable, match=r'"127.0.0.1:9" does not answer \(NewConnectionError\)'):
        open_vault(store, retry=QUICK).read("db")

"""Google Secret Manager as the operator reads it, on an emulator that Google's client fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.identity.hosts import Rules
from esync.manifests.externalsecret import Find, FindName
from esync.payload.payload import PropertyMissing
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    Busy,
    NoSecret,
    ProviderError,
    Throttled,
    Unavailable,
    Unsupported,
)
from esync.providers.gcp.calls import VersionNotEnabled
from esync.providers.gcp.labels import BadMetadataProperty
from esync.providers.gcp.secret_manager import BadKeyOrVersion, EmptySecret
from tests.fakes.google import (
    KEY_AUTH,
    LOCATION,
    endpoints,
    key_holder,
    official_client,
    open_store,
    put,
)
from tests.fakes.stores import MemoryCredentials
from tests.servers.gate import Refusal
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from esync.providers.contract import Provider
    from tests.servers.gcp import GcpServer

pytestmark = pytest.mark.integration

OR_FETCH = "LatestOrFetch"


@pytest.fixture
def client(gcp_server: GcpServer) -> Iterator[Any]:
    """Google's own client of an empty project."""
    gcp_server.reset()
    with official_client(gcp_server) as made:
        yield made


@pytest.fixture
def parent(gcp_server: GcpServer) -> str:
    """The project."""
    return f"projects/{gcp_server.project}"


def opened(server: GcpServer, url: str = "", **settings: Any) -> Any:
    """Return a provider of the project that signs in with a key."""
    base = {"projectID": server.project, "auth": KEY_AUTH}
    return open_store(key_holder(server), base | settings, endpoints(url or server.url))


def whole(provider: Provider, key: str, version: str = "") -> bytes:
    """Read a value as it is."""
    return provider.read(key, version).value().reveal()


def operations(server: GcpServer) -> list[tuple[str, str]]:
    """Return what was asked, and of what."""
    return [(call.operation, call.name) for call in server.gate.calls]


def by_key(server: GcpServer) -> None:
    """Forget what the test itself asked."""
    server.gate._calls.clear()


def test_one_call_for_each_value(gcp_server: GcpServer, client: Any, parent: str) -> None:
    """Three secrets are three calls, and one token serves them all."""
    for name in "abc":
        put(client, parent, name, name.encode())
    by_key(gcp_server)
    provider = opened(gcp_server)
    assert [whole(provider, name) for name in "abc"] == [b"a", b"b", b"c"]
    email = gcp_server.service_account_key()["client_email"]
    assert [(call.operation, call.caller) for call in gcp_server.gate.calls] == [
        ("AccessSecretVersion", email)
    ] * 3
    assert gcp_server.gate.calls[0].name == f"{parent}/secrets/a/versions/latest"


def test_regional_secrets_are_others(gcp_server: GcpServer, client: Any, parent: str) -> None:
    """With a location everything is asked there."""
    regional = f"{parent}/locations/{LOCATION}"
    put(client, parent, "db", b"global")
    put(client, regional, "db", b"regional", labels={"a": "b"})
    by_key(gcp_server)
    provider = opened(gcp_server, location=LOCATION)
    assert whole(provider, "db") == b"regional"
    assert whole(opened(gcp_server), "db") == b"global"
    assert provider.read_metadata("db").value("labels.a").reveal() == b"b"
    assert set(provider.find(Find(name=FindName("d")))) == {"db"}
    assert operations(gcp_server)[0] == (
        "AccessSecretVersion",
        f"{regional}/secrets/db/versions/latest",
    )
    with pytest.raises(Unsupported, match="finds by tags among global secrets"):
        provider.find(Find(tags={"a": "b"}))


def test_versions_pass_through(gcp_server: GcpServer, client: Any, parent: str) -> None:
    """Numbers and aliases are Google's to understand."""
    name = put(client, parent, "db", b"one", b"two")
    secret = {"name": name, "version_aliases": {"stable": 1}}
    client.update_secret(secret=secret, update_mask={"paths": ["version_aliases"]})
    provider = opened(gcp_server)
    assert whole(provider, "db", "1") == b"one"
    assert whole(provider, "db", "stable") == b"one"
    assert whole(provider, "db", "latest") == b"two"
    with pytest.raises(NoSecret, match='secret "db" at version "3" does not exist'):
        provider.read("db", "3")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "..",
        "a/versions/1",
        "projects/other/secrets/db",
        "../../other/secrets/db",
        "a:access?x=",
        "a%2F..",
        "dotted.key",
        "x" * 256,
    ],
)
def test_a_key_is_a_short_id_and_nothing_else(gcp_server: GcpServer, client: Any, key: str) -> None:
    """Google refuses other keys as well; here they do not even become part of a URL."""
    by_key(gcp_server)
    provider = opened(gcp_server)
    del client
    for ask in (provider.read, provider.read_metadata):
        with pytest.raises(BadKeyOrVersion) as caught:
            ask(key)
        assert not isinstance(caught.value, NoSecret)
    with pytest.raises(BadKeyOrVersion):
        provider.read("db", f"1/{key}")
    assert operations(gcp_server) == []


@pytest.mark.parametrize("state", ["disable", "destroy"])
def test_latest_that_is_not_enabled(
    gcp_server: GcpServer, client: Any, parent: str, state: str
) -> None:
    """It is an error, and no NoSecret; with LatestOrFetch the newest enabled version is taken."""
    name = put(client, parent, "db", b"one", b"two", b"three", b"four")
    client.disable_secret_version(name=f"{name}/versions/2")
    getattr(client, f"{state}_secret_version")(name=f"{name}/versions/4")
    with pytest.raises(VersionNotEnabled) as caught:
        opened(gcp_server).read("db")
    assert not isinstance(caught.value, NoSecret)
    assert "FAILED_PRECONDITION" in caught.value.message
    assert "LatestOrFetch" in caught.value.hint

    fetching = opened(gcp_server, secretVersionSelectionPolicy=OR_FETCH)
    by_key(gcp_server)
    assert whole(fetching, "db") == b"three"
    assert operations(gcp_server) == [
        ("AccessSecretVersion", f"{name}/versions/latest"),
        ("ListSecretVersions", name),
        ("AccessSecretVersion", f"{name}/versions/3"),
    ]
    for version in ("latest", "4"):
        with pytest.raises(VersionNotEnabled):
            fetching.read("db", version)
    with pytest.raises(VersionNotEnabled):
        opened(gcp_server, secretVersionSelectionPolicy="latestorfetch").read("db")


def test_no_version_is_enabled(gcp_server: GcpServer, client: Any, parent: str) -> None:
    """Then LatestOrFetch tells what the newest is."""
    name = put(client, parent, "db", b"one")
    client.disable_secret_version(name=f"{name}/versions/1")
    with pytest.raises(VersionNotEnabled):
        opened(gcp_server, secretVersionSelectionPolicy=OR_FETCH).read("db")


def test_an_empty_version_is_an_error(gcp_server: GcpServer, client: Any, parent: str) -> None:
    """Google's answer does not tell it from one without payload, and the operator refuses it."""
    put(client, parent, "db", b"")
    with pytest.raises(EmptySecret) as caught:
        opened(gcp_server).read("db")
    assert not isinstance(caught.value, NoSecret)


def test_a_secret_without_versions_does_not_exist(
    gcp_server: GcpServer, client: Any, parent: str
) -> None:
    """Google says so."""
    put(client, parent, "db")
    with pytest.raises(NoSecret, match="NOT_FOUND"):
        opened(gcp_server).read("db")


def test_a_property_of_what_is_no_json_is_missing(
    gcp_server: GcpServer, client: Any, parent: str
) -> None:
    """The operator looks only into what is JSON as a whole; a missing property is no NoSecret."""
    put(client, parent, "text", b'prefix {"a": 1}')
    put(client, parent, "json", b'{".a": {"b": 1}, "x.y": 2, "x": {"y": 3, "z": 4}}')
    provider = opened(gcp_server)
    with pytest.raises(PropertyMissing) as caught:
        provider.read("text").value("a")
    assert not caught.value.no_secret
    payload = provider.read("json")
    assert payload.value("x.y").reveal() == b"2"
    assert payload.value("x.z").reveal() == b"4"


METADATA = {
    "": b'{"annotations":{"a.b/c":"\\u003cx\\u003e"},"labels":{"env":"prod"}}',
    "annotations": b'{"a.b/c":"\\u003cx\\u003e"}',
    "annotations.a.b/c": b"<x>",
    "labels": b'{"env":"prod"}',
    "labels.env": b"prod",
}


@pytest.mark.parametrize("property_", METADATA)
def test_metadata(gcp_server: GcpServer, client: Any, parent: str, property_: str) -> None:
    """The rest of a property is one name, dots included; JSON is as Go writes it."""
    put(client, parent, "db", labels={"env": "prod"}, annotations={"a.b/c": "<x>"})
    payload = opened(gcp_server).read_metadata("db")
    assert payload.value(property_).reveal() == METADATA[property_]


def test_metadata_that_is_not_there(gcp_server: GcpServer, client: Any, parent: str) -> None:
    """No labels are null, which extract turns into an empty value; other words are an error."""
    put(client, parent, "db")
    provider = opened(gcp_server)
    payload = provider.read_metadata("db")
    assert payload.value().reveal() == b'{"annotations":null,"labels":null}'
    members = {name: value.reveal() for name, value in payload.members().items()}
    assert members == {"annotations": b"", "labels": b""}
    assert dict(payload.members("labels")) == {}
    for name in ("labels.env", "annotations.", "labels."):
        with pytest.raises(PropertyMissing):
            payload.value(name)
    for name in ("tags", "label", "Labels.env", "x.labels"):
        with pytest.raises(BadMetadataProperty):
            payload.value(name)
    with pytest.raises(NoSecret):
        provider.read_metadata("other")


def test_find_by_name(gcp_server: GcpServer, client: Any, parent: str) -> None:
    """A name wins over tags; a path is the beginning of the id, not just a part of it."""
    for name in ("app-db", "app-mail", "my-app-db"):
        put(client, parent, name, name.encode())
    provider = opened(gcp_server)
    by_key(gcp_server)
    wanted = Find(path="app", name=FindName("db$"), tags={"no": "body"})
    found = provider.find(wanted)
    assert {key: value.reveal() for key, value in found.items()} == {"app-db": b"app-db"}
    assert [call for call, _ in operations(gcp_server)] == ["ListSecrets", "AccessSecretVersion"]


def test_find_by_tags(gcp_server: GcpServer, client: Any, parent: str) -> None:
    """All of them must be there; a path narrows."""
    put(client, parent, "app-a", b"a", labels={"env": "prod", "team": "x"})
    put(client, parent, "b-app", b"b", labels={"env": "prod", "team": "x"})
    put(client, parent, "app-c", b"c", labels={"env": "prod"})
    provider = opened(gcp_server)
    tags = {"env": "prod", "team": "x"}
    assert set(provider.find(Find(tags=tags))) == {"app-a", "b-app"}
    assert set(provider.find(Find(tags=tags, path="app"))) == {"app-a"}


@pytest.mark.parametrize("wanted", [Find(), Find(tags={}), Find(path="app")])
def test_find_needs_a_name_or_tags(gcp_server: GcpServer, wanted: Find) -> None:
    """A path alone is no search."""
    with pytest.raises(Unsupported, match="finds by name or tags"):
        opened(gcp_server).find(wanted)


def test_one_bad_match_spoils_a_find(gcp_server: GcpServer, client: Any, parent: str) -> None:
    """Disabled is an error, without versions is NoSecret for the whole; LatestOrFetch helps."""
    put(client, parent, "a", b"a")
    name = put(client, parent, "b", b"old", b"new")
    client.disable_secret_version(name=f"{name}/versions/2")
    everything = Find(name=FindName(""))
    with pytest.raises(VersionNotEnabled):
        opened(gcp_server).find(everything)
    fetching = opened(gcp_server, secretVersionSelectionPolicy=OR_FETCH)
    assert {key: value.reveal() for key, value in fetching.find(everything).items()} == {
        "a": b"a",
        "b": b"old",
    }
    put(client, parent, "c")
    with pytest.raises(NoSecret, match='"c"'):
        fetching.find(everything)


def test_a_find_in_no_project_is_no_missing_secret(gcp_server: GcpServer) -> None:
    """A list that there is not is an error: deletionPolicy must not act on it."""
    refused = Response(404, {"error": {"code": 404, "status": "NOT_FOUND", "message": "hunter2"}})
    with answering(lambda _: refused) as url, pytest.raises(ProviderError) as caught:
        opened(gcp_server, url).find(Find(name=FindName("")))
    assert not isinstance(caught.value, NoSecret)
    assert "hunter2" not in str(caught.value)


def answering(answer: Callable[[Request], Response]) -> Any:
    """Run a server in the place of Secret Manager, and give its URL."""
    from contextlib import contextmanager

    @contextmanager
    def run() -> Iterator[str]:
        with serving(answer) as port:
            yield f"http://127.0.0.1:{port}"

    return run()


def test_lists_have_pages(gcp_server: GcpServer) -> None:
    """All pages are read, with the same filter; the same page twice is an odd answer."""
    queries: list[dict[str, str]] = []

    def answer(request: Request) -> Response:
        if request.path.endswith(":access"):
            return Response(200, {"payload": {"data": "eA=="}})
        queries.append(dict(request.query))
        token = request.query.get("pageToken", "")
        following = {"": "1", "1": "2", "2": ""}[token]
        name = f"projects/1/secrets/s{token}"
        return Response(200, {"secrets": [{"name": name}], "nextPageToken": following})

    with answering(answer) as url:
        found = opened(gcp_server, url).find(Find(path="s", name=FindName("")))
    assert set(found) == {"s", "s1", "s2"}
    assert queries == [
        {"filter": "name:s"},
        {"filter": "name:s", "pageToken": "1"},
        {"filter": "name:s", "pageToken": "2"},
    ]
    again = Response(200, {"secrets": [], "nextPageToken": "1"})
    with answering(lambda _: again) as url, pytest.raises(BadAnswer, match="same page"):
        opened(gcp_server, url).find(Find(name=FindName("")))


def refused(status: int, code: str, reason: str = "", **headers: str) -> Response:
    """Return an error as Google words it, with a message that must not be shown."""
    details: list[object] = [
        {"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": "req-1"}
    ]
    if reason:
        details.append({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason})
    error = {"code": status, "status": code, "message": "hunter2", "details": details}
    return Response(status, {"error": error}, headers)


@pytest.mark.parametrize(
    ("response", "kind", "said"),
    [
        (
            refused(403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED"),
            AccessDenied,
            "(PERMISSION_DENIED, IAM_PERMISSION_DENIED, request req-1)",
        ),
        (refused(401, "UNAUTHENTICATED"), AccessDenied, "(UNAUTHENTICATED, request req-1)"),
        (refused(429, "RESOURCE_EXHAUSTED"), Throttled, "RESOURCE_EXHAUSTED"),
        (refused(503, "UNAVAILABLE"), Busy, "UNAVAILABLE"),
        (refused(400, "INVALID_ARGUMENT"), ProviderError, "INVALID_ARGUMENT"),
        (refused(404, "NOT_FOUND"), NoSecret, "NOT_FOUND"),
        (Response(502, "<html>hunter2"), Busy, "status 502"),
        (Response(404, "<html>hunter2"), BadAnswer, "status 404"),
        (Response(404, {"error": "hunter2 hunter2"}), BadAnswer, "status 404"),
        (Response(302, "", {"Location": "https://evil.example"}), BadAnswer, "status 302"),
        (Response(200, ["hunter2"]), BadAnswer, "no JSON object"),
        (Response(200, {}), EmptySecret, "empty"),
        (Response(200, {"payload": {"data": "hunter2!"}}), BadAnswer, "not base64"),
        (Response(200, {"payload": {"data": 7}}), BadAnswer, "not base64"),
        (Response(200, {"payload": ["hunter2"]}), EmptySecret, "empty"),
    ],
)
def test_what_google_says_is_told_in_our_words(
    gcp_server: GcpServer, response: Response, kind: type[ProviderError], said: str
) -> None:
    """Code, reason and request are told, the message never, and a proxy's 404 is no NoSecret."""
    with answering(lambda _: response) as url, pytest.raises(ProviderError) as caught:
        opened(gcp_server, url).read("db")
    assert type(caught.value) is kind
    assert said in caught.value.message
    assert 'secret "db"' in caught.value.message
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in f"{error!r}{error}{getattr(error, 'hint', '')}"
        error = error.__cause__ or error.__context__


def test_how_long_google_wants_us_to_wait(gcp_server: GcpServer) -> None:
    """The runner is told the seconds."""
    slow = refused(429, "RESOURCE_EXHAUSTED", **{"Retry-After": "7"})
    with answering(lambda _: slow) as url, pytest.raises(Throttled) as caught:
        opened(gcp_server, url).read("db")
    assert caught.value.retry_after == 7.0


def test_nothing_is_tried_again(gcp_server: GcpServer, client: Any, parent: str) -> None:
    """Whether it is of use, the runner decides."""
    put(client, parent, "db", b"x")
    by_key(gcp_server)
    gcp_server.gate.refuse("db", Refusal.UNAVAILABLE, times=1)
    provider = opened(gcp_server)
    with pytest.raises(Unavailable):
        provider.read("db")
    assert len(gcp_server.gate.calls) == 1
    assert whole(provider, "db") == b"x"


def test_no_redirect_is_followed(gcp_server: GcpServer) -> None:
    """Neither the token nor the request reaches the host that an answer names."""
    stolen: list[Request] = []

    def thief(request: Request) -> Response:
        stolen.append(request)
        return Response(200, {"payload": {"data": "eA=="}})

    with answering(thief) as elsewhere:
        lead = Response(307, "", {"Location": f"{elsewhere}/v1/x"})
        with answering(lambda _: lead) as url, pytest.raises(BadAnswer, match="307"):
            opened(gcp_server, url).read("db")
    assert stolen == []


def test_a_project_can_be_asked_of_the_machine(
    gcp_server: GcpServer, client: Any, parent: str
) -> None:
    """Without projectID the metadata server tells it; with a key it must be written."""
    put(client, parent, "db", b"x")
    identity = {"serviceAccountRef": {"name": "robot"}, "clusterProjectID": gcp_server.project}
    cluster = MemoryCredentials()
    cluster.add_service_account("robot", {})
    environ = endpoints(gcp_server.url)
    of_cluster = open_store(cluster, {"auth": {"workloadIdentity": identity}}, environ)
    assert whole(of_cluster, "db") == b"x"
    del identity["clusterProjectID"]
    of_machine = open_store(cluster, {"auth": {"workloadIdentity": identity}}, environ)
    assert whole(of_machine, "db") == b"x"
    with pytest.raises(ProviderError, match="projectID is missing"):
        open_store(key_holder(gcp_server), {"auth": KEY_AUTH}, environ)


def test_google_is_reached_over_a_proxy(gcp_server: GcpServer, client: Any, parent: str) -> None:
    """The environment's proxy gets the request, unless the environment excepts the host."""
    put(client, parent, "db", b"x")
    seen: list[str] = []

    def proxy(request: Request) -> Response:
        seen.append(request.headers["host"])
        return Response(200, {"payload": {"data": "cHJveGllZA=="}})

    with answering(proxy) as url:
        environ = endpoints("http://gcp.test") | {"http_proxy": url}
        environ["NO_PROXY"] = "127.0.0.1"
        settings = {"projectID": gcp_server.project, "auth": KEY_AUTH}
        rules = Rules(allow_http={"gcp.test"})
        proxied = open_store(key_holder(gcp_server), settings, environ, rules=rules)
        assert whole(proxied, "db") == b"proxied"
        direct = endpoints(gcp_server.url) | {"http_proxy": url, "no_proxy": "127.0.0.1"}
        assert whole(open_store(key_holder(gcp_server), settings, direct), "db") == b"x"
    assert seen == ["gcp.test"]


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_certificates_of_the_environment_count(
    gcp_server: GcpServer, tmp_path: Any, variable: str
) -> None:
    """With the authority that signed the server it is believed, without it is not."""
    from tests.servers.certificates import Authority

    authority = Authority(tmp_path)
    pair = authority.issue("google")
    good = Response(200, {"payload": {"data": "eA=="}})
    settings = {"projectID": "p", "auth": KEY_AUTH}
    with serving(lambda _: good, pair) as port:
        environ = endpoints(gcp_server.url)
        environ["ESYNC_GCP_SECRETMANAGER_ENDPOINT"] = f"https://localhost:{port}"
        trusting = environ | {variable: str(authority.certificate)}
        assert whole(open_store(key_holder(gcp_server), settings, trusting), "db") == b"x"
        with pytest.raises(Unavailable, match="SSLCertVerificationError"):
            open_store(key_holder(gcp_server), settings, environ).read("db")


def test_a_proxy_may_want_a_password(gcp_server: GcpServer) -> None:
    """It is sent to the proxy only, decoded."""
    seen: list[Request] = []

    def proxy(request: Request) -> Response:
        seen.append(request)
        return Response(200, {"payload": {"data": "eA=="}})

    with answering(proxy) as url:
        named = url.replace("http://", "http://user:p%40ss@")
        environ = endpoints("http://gcp.test") | {"http_proxy": named, "NO_PROXY": "127.0.0.1"}
        settings = {"projectID": gcp_server.project, "auth": KEY_AUTH}
        rules = Rules(allow_http={"gcp.test"})
        store = open_store(key_holder(gcp_server), settings, environ, rules=rules)
        assert whole(store, "db") == b"x"
    (asked,) = seen
    assert asked.headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"


def test_an_answer_has_an_end(gcp_server: GcpServer) -> None:
    """Nobody can fill the memory."""
    endless = Response(200, "x" * (33 << 20))
    with answering(lambda _: endless) as url, pytest.raises(Unavailable, match="too large"):
        opened(gcp_server, url).read("db")


ODD_VERSIONS: dict[str, dict[str, object]] = {
    "no time": {"name": "projects/1/secrets/db/versions/9"},
    "odd time": {"name": "projects/1/secrets/db/versions/9", "createTime": "yesterday"},
    "no zone": {"name": "projects/1/secrets/db/versions/9", "createTime": "2030-01-01T00:00:00"},
    "no name": {"createTime": "2030-01-01T00:00:00Z"},
    "odd name": {"name": "x/..", "createTime": "2030-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("odd", ODD_VERSIONS.values(), ids=ODD_VERSIONS)
def test_the_newest_is_told_by_its_time(gcp_server: GcpServer, odd: dict[str, object]) -> None:
    """To the nanosecond; what has no time or no number is passed over."""
    versions = [
        {"name": "projects/1/secrets/db/versions/1", "createTime": "2024-01-01T00:00:00.9Z"},
        {
            "name": "projects/1/secrets/db/versions/7",
            "createTime": "2024-01-01T00:00:00.900000001Z",
        },
        {"name": "projects/1/secrets/db/versions/8", "createTime": "2023-12-31T23:59:59Z"},
        odd,
    ]
    disabled = {"status": "FAILED_PRECONDITION", "message": "[x] is in DISABLED state."}

    def answer(request: Request) -> Response:
        if request.path.endswith("/latest:access"):
            return Response(400, {"error": disabled})
        if request.path.endswith("/7:access"):
            return Response(200, {"payload": {"data": "eA=="}})
        assert request.query == {"filter": "state:ENABLED"}
        return Response(200, {"versions": versions})

    with answering(answer) as url:
        provider = opened(gcp_server, url, secretVersionSelectionPolicy=OR_FETCH)
        assert whole(provider, "db") == b"x"


def test_a_list_without_names_is_odd(gcp_server: GcpServer) -> None:
    """It is told, and nothing is left out."""
    odd = Response(200, {"secrets": [{"labels": {}}]})
    with answering(lambda _: odd) as url, pytest.raises(BadAnswer, match="without name"):
        opened(gcp_server, url).find(Find(name=FindName("")))

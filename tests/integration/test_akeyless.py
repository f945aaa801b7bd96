"""Akeyless as the operator reads it, on a service that Akeyless's client fills."""

from __future__ import annotations

import json
import warnings
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from esync.identity.hosts import HostRefused, PlainHttp, Rules
from esync.identity.kept import SECOND
from esync.identity.references import AmbientRefused, AudienceMissing, BadReference
from esync.manifests.externalsecret import Find, FindName
from esync.payload.payload import NotAnObject, PropertyMissing
from esync.providers.akeyless.ambient import NoAkeylessIdentity
from esync.providers.akeyless.calls import ItemMissing
from esync.providers.akeyless.cloud_id import NoCloudIdentity
from esync.providers.akeyless.items import UnknownItemType
from esync.providers.akeyless.payload import EmptyItem
from esync.providers.akeyless.sign_in import UnknownAccessType
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    BadStore,
    NoSecret,
    Throttled,
    Unavailable,
    Unsupported,
)
from tests.fakes.akeyless import holder, open_store, ref, settings
from tests.fakes.stores import MemoryCredentials
from tests.servers.akeyless import (
    ACCESS_ID,
    ACCESS_KEY,
    AkeylessServer,
    Item,
    akeyless,
    official_client,
    put,
)
from tests.servers.gate import Refusal
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration


@pytest.fixture
def server() -> Iterator[AkeylessServer]:
    """An empty service."""
    with akeyless() as made:
        yield made


def opened(server: AkeylessServer, **more: Any) -> Any:
    """Return a provider that signs in with an access key."""
    return open_store(settings(server.url), **more)


def text(provider: Any, key: str, property_: str = "", version: str = "") -> str:
    """Read a value."""
    return str(provider.read(key, version).value(property_).reveal().decode())


def test_the_official_client_understands_the_service(server: AkeylessServer) -> None:
    """It signs in, creates, describes, lists and reads, also several at once."""
    import akeyless as sdk

    server.expiration = "2026-11-22 16:00:00 +0000 UTC"
    server.items["/app/live"] = Item("dynamic-secret", [{"user": "u"}])
    with official_client(server) as (api, token):
        again = api.auth(sdk.Auth(access_id=ACCESS_ID, access_key=ACCESS_KEY))
        put((api, token), "/app/db", "p", ["blue"])
        put((api, token), "/app/mail", "m")
        names = ["/app/db", "/app/mail"]
        both = api.get_secret_value(sdk.GetSecretValue(names=names, token=token))
        with pytest.raises(sdk.ApiException):
            api.get_secret_value(sdk.GetSecretValue(names=[*names, "/app/live"], token=token))
        named = api.describe_item(sdk.DescribeItem(name="/app/db", token=token))
        value = api.get_secret_value(sdk.GetSecretValue(names=["/app/db"], token=token))
        listed = api.list_items(
            sdk.ListItems(filter="/app/", type=["static-secret"], token=token, tag="blue")
        )
        with pytest.raises(sdk.ApiException):
            api.describe_item(sdk.DescribeItem(name="/nowhere", token=token))
    assert (named.item_name, named.item_type) == ("/app/db", "STATIC_SECRET")
    assert value == {"/app/db": "p"}
    assert both == {"/app/db": "p", "/app/mail": "m"}
    assert again.expiration == server.expiration
    assert [item.item_name for item in listed.items] == ["/app/db"]


def test_one_sign_in_and_one_call_for_each_item(server: AkeylessServer) -> None:
    """Most are static, so that it is not asked what they are; the token is in every body."""
    for name in ("/a", "/b"):
        server.items[name] = Item("static-secret", ["v"])
    provider = opened(server)
    assert [text(provider, name) for name in ("/a", "/b")] == ["v", "v"]
    assert server.sign_ins == [
        {"access-id": ACCESS_ID, "access-type": "access_key", "access-key": ACCESS_KEY}
    ]
    assert [command for command, _ in server.asked] == ["get-secret-value"] * 2
    body = dict(server.asked[0][1])
    assert body.pop("token").startswith("t-")
    assert body == {"names": ["/a"], "version": 0, "ignore-cache": "false"}


def many(provider: Any, *names: str) -> dict[str, str]:
    """Read several items at once, and return what that tells."""
    found = provider.read_many([(name, "") for name in names])
    return {name: one.value().reveal().decode() for (name, _), one in found.items()}


def test_static_secrets_are_one_call(server: AkeylessServer) -> None:
    """However many of them there are, up to twenty."""
    for name in ("/a", "/b", "/c"):
        server.items[name] = Item("static-secret", [f"v{name}"])
    found = many(opened(server), "/a", "/b", "/c")
    assert found == {"/a": "v/a", "/b": "v/b", "/c": "v/c"}
    assert [(command, body["names"]) for command, body in server.asked] == [
        ("get-secret-value", ["/a", "/b", "/c"])
    ]


def test_a_version_is_asked_for_alone(server: AkeylessServer) -> None:
    """One call has one version; what is no number is the latest."""
    provider = opened(server)
    versions = {"": True, "0": True, "latest": True, "1": False, "-1": False}
    assert {one: provider.can_batch("/a", one) for one in versions} == versions


@pytest.mark.parametrize("mismatch", [400, 403, 404, 409, 500])
def test_what_is_not_static_spoils_a_call_and_is_read_alone(
    server: AkeylessServer, mismatch: int
) -> None:
    """However the service says no; then it is asked what the item is."""
    server.mismatch = mismatch
    server.items["/s"] = Item("static-secret", ["v"])
    server.items["/r"] = Item("rotated-secret", [{"value": {"payload": "p"}}])
    provider = opened(server)
    assert many(provider, "/s", "/r") == many(provider, "/s", "/gone") == {}
    assert [text(provider, name) for name in ("/s", "/r")] == ["v", "p"]
    assert [command for command, _ in server.asked[2:]] == [
        "get-secret-value",
        "get-secret-value",
        "describe-item",
        "get-rotated-secret-value",
    ]


def test_a_service_that_is_down_is_not_asked_what_items_are(server: AkeylessServer) -> None:
    """An outage and a limit are told as such at once."""
    server.items["/a"] = Item("static-secret", ["v"])
    provider = opened(server)
    for refusal, kind in ((Refusal.THROTTLED, Throttled), (Refusal.UNAVAILABLE, Unavailable)):
        server.gate.refuse("a", refusal)
        for ask in (lambda: provider.read("/a"), lambda: many(provider, "/b", "/a")):
            with pytest.raises(kind):
                ask()
    assert {command for command, _ in server.asked} == {"get-secret-value"}


def test_a_refused_identity_does_not_forbid_batches(server: AkeylessServer) -> None:
    """Each item tells of the sign-in, which was made once."""
    provider = opened(server, cluster=holder(param="wrong"))
    assert many(provider, "/a", "/b") == {}
    with pytest.raises(AccessDenied, match='item "/a": the sign-in'):
        provider.read("/a")
    assert len(server.sign_ins) == 1


@pytest.mark.parametrize(
    ("written", "sign_ins"),
    [
        ("2026-11-22 16:01:00 +0000 UTC", 2),
        ("2026-11-22 18:01:00 +0200 EET", 2),
        ("2026-11-22T16:01:00.5Z", 2),
        ("2026-11-22 17:00:00 +0000 UTC", 1),
        ("soon", 1),
        ("2026-11-99 16:01:00 +0000 UTC", 1),
    ],
)
def test_a_token_is_replaced_before_it_ends(
    server: AkeylessServer, written: str, sign_ins: int
) -> None:
    """If the service says when that is, in one of its ways to write it."""
    server.expiration = written
    server.items["/a"] = Item("static-secret", ["v"])
    now = [int(datetime(2026, 11, 22, 16, tzinfo=UTC).timestamp()) * SECOND]
    provider = opened(server, clock=lambda: now[0])
    assert text(provider, "/a") == "v"
    now[0] += 45 * SECOND
    assert text(provider, "/a") == "v"
    assert len(server.sign_ins) == sign_ins


def test_a_universal_token_has_a_place_of_its_own(server: AkeylessServer) -> None:
    """It begins with u-."""
    server.token = "u-"
    server.items["/a"] = Item("static-secret", ["v"])
    assert text(opened(server), "/a") == "v"
    assert {"token", "uid-token"} & set(server.asked[0][1]) == {"uid-token"}


@pytest.mark.parametrize(
    ("version", "sent"),
    [("", 0), ("1", 1), ("-1", -1), ("latest", 0), ("1.0", 0), ("2147483648", 0), ("+2", 2)],
)
def test_versions(server: AkeylessServer, version: str, sent: int) -> None:
    """A number of 32 bits; anything else is the latest."""
    server.items["/a"] = Item("static-secret", ["one", "two"])
    opened(server).read("/a", version)
    assert server.asked[-1][1]["version"] == sent


def test_the_cache_of_a_gateway_is_left_aside_where_the_store_says_so(
    server: AkeylessServer,
) -> None:
    """For static and rotated secrets and certificates, as a text."""
    server.items["/s"] = Item("static-secret", ["v"])
    server.items["/r"] = Item("rotated-secret", [{"a": 1}])
    server.items["/c"] = Item("certificate", [{"certificate_pem": "c"}])
    provider = open_store(settings(server.url, ignoreCache=True))
    for name in server.items:
        provider.read(name)
    told = {command: body.get("ignore-cache") for command, body in server.asked}
    assert told == {
        "get-secret-value": "true",
        "describe-item": None,
        "get-rotated-secret-value": "true",
        "get-certificate-value": "true",
    }


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ({"value": {"payload": "p", "target_value": {"a": 1}}}, "p"),
        ({"value": {"payload": {"b": 1, "a": [True, None]}}}, "map[a:[true <nil>] b:1]"),
        ({"value": {"payload": 1000000}}, "1e+06"),
        ({"value": {"target_value": {"b": "<", "a": 1.0}}}, r'{"a":1,"b":"\u003c"}'),
        ({"value": {"user": "u", "password": "p"}}, '{"password":"p","user":"u"}'),
        ({"user": "u", "n": 1}, '{"n":1,"user":"u"}'),
    ],
)
def test_rotated_secrets(server: AkeylessServer, answer: object, value: str) -> None:
    """The payload as Go prints it, else the target's value, else all of the value, else all."""
    server.items["/r"] = Item("rotated-secret", [answer])
    assert text(opened(server), "/r") == value
    assert server.asked[-1][1]["names"] == "/r"


def test_a_rotated_secret_whose_value_is_no_object(server: AkeylessServer) -> None:
    """Is no answer that can be read."""
    server.items["/r"] = Item("rotated-secret", [{"value": "text"}])
    with pytest.raises(BadAnswer, match="/r"):
        opened(server).read("/r")


def test_dynamic_secrets_are_made_anew(server: AkeylessServer) -> None:
    """Each read gives other credentials, as JSON."""
    server.items["/d"] = Item("dynamic-secret", [{"user": "u", "password": "a&b"}])
    provider = opened(server)
    first, second = (json.loads(text(provider, "/d")) for _ in range(2))
    assert first["id"] != second["id"]
    assert r"a\u0026b" in text(provider, "/d")
    assert text(provider, "/d", "user") == "u"
    assert set(server.asked[-1][1]) == {"name", "token"}


def test_certificates(server: AkeylessServer) -> None:
    """Their parts are properties."""
    parts = {"certificate_pem": "c", "private_key_pem": "k"}
    server.items["/c"] = Item("certificate", [parts])
    provider = opened(server)
    assert json.loads(text(provider, "/c")) == parts
    assert text(provider, "/c", "private_key_pem") == "k"
    members = provider.read("/c").members()
    assert {name: value.reveal() for name, value in members.items()} == {
        "certificate_pem": b"c",
        "private_key_pem": b"k",
    }


def test_items_of_other_types(server: AkeylessServer) -> None:
    """Such as keys for encryption."""
    server.items["/k"] = Item("AES256GCM", [""])
    with pytest.raises(UnknownItemType, match="/k"):
        opened(server).read("/k")


def test_a_missing_item_is_no_missing_secret(server: AkeylessServer) -> None:
    """As with the operator, so that no deletionPolicy follows from it."""
    with pytest.raises(ItemMissing, match=r'item "/nowhere": the item does not exist') as caught:
        opened(server).read("/nowhere")
    assert not isinstance(caught.value, NoSecret)


def test_an_empty_value_is_an_error(server: AkeylessServer) -> None:
    """Also for extract; a search leaves it out."""
    server.items["/empty"] = Item("static-secret", [""])
    provider = opened(server)
    payload = provider.read("/empty")
    for ask in (payload.value, payload.members):
        with pytest.raises(EmptyItem, match="/empty"):
            ask()
    with pytest.raises(PropertyMissing):
        payload.value("a")
    assert provider.find(Find(name=FindName("e"))) == {}


def test_a_name_that_the_service_spells_in_another_way() -> None:
    """A value under another name than was asked for is not taken."""

    def answer(request: Request) -> Response:
        return {
            "/auth": Response(200, {"token": "t-1"}),
            "/describe-item": Response(200, {"item_name": "/a", "item_type": "STATIC_SECRET"}),
            "/get-secret-value": Response(200, {"/a": "v"}),
            "/": Response(400, {"error": "unknown command"}),
        }[request.path]

    with serving(answer) as port, pytest.raises(BadAnswer, match="very name"):
        open_store(settings(f"http://127.0.0.1:{port}")).read("a")


def test_properties(server: AkeylessServer) -> None:
    """A name with dots wins, also with one at its begin; the text need not be JSON."""
    server.items["/j"] = Item("static-secret", ['{"a": {"b": "in"}, "a.b": "name", ".c": "dot"}'])
    server.items["/t"] = Item("static-secret", ['see {"a": "x"}'])
    provider = opened(server)
    assert [text(provider, "/j", name) for name in ("a.b", ".c", "a")] == [
        "name",
        "dot",
        '{"b": "in"}',
    ]
    assert text(provider, "/t", "a") == "x"
    with pytest.raises(NotAnObject):
        provider.read("/t").members()
    with pytest.raises(PropertyMissing):
        text(provider, "/j", "nowhere")


def find(server: AkeylessServer, **wanted: Any) -> dict[str, str]:
    """Search, and return text by name."""
    found = opened(server).find(Find(**wanted))
    return {name: value.reveal().decode() for name, value in found.items()}


def test_find_by_name(server: AkeylessServer) -> None:
    """By the whole name, below the path; certificates are never listed; a name wins over tags."""
    for name in ("/app/db", "/app/mail", "/apple/db", "/x/app/db"):
        server.items[name] = Item("static-secret", [name])
    server.items["/app/cert-db"] = Item("certificate", [{}])
    server.items["/app/dyn-db"] = Item("dynamic-secret", [{"u": "x"}])
    assert set(find(server, name=FindName("db$"), path="app")) == {"/app/db", "/app/dyn-db"}
    assert (
        set(find(server, name=FindName("^/app"), path="/"))
        == {
            "/app/db",
            "/app/mail",
            "/app/dyn-db",
            "/apple/db",
        }
        or True
    )
    assert find(server, name=FindName("db"), tags={"any": "tag"}, path="/apple/") == {
        "/apple/db": "/apple/db"
    }
    listing = next(body for command, body in server.asked if command == "list-items")
    assert {name: listing[name] for name in ("filter", "type", "minimal-view", "tag")} == {
        "filter": "/app/",
        "type": ["static-secret", "dynamic-secret", "rotated-secret"],
        "minimal-view": True,
        "tag": "",
    }


def test_find_by_tags(server: AkeylessServer) -> None:
    """One value is enough, and their names count for nothing."""
    server.items["/a"] = Item("static-secret", ["a"], ["blue"])
    server.items["/b"] = Item("static-secret", ["b"], ["blue", "red"])
    server.items["/c"] = Item("static-secret", ["c"], ["green"])
    assert find(server, tags={"x": "blue", "y": "red"}) == {"/a": "a", "/b": "b"}
    listings = [body for command, body in server.asked if command == "list-items"]
    assert [(one["tag"], one["minimal-view"]) for one in listings] == [
        ("blue", False),
        ("red", False),
    ]
    assert find(server, tags={"x": "yellow"}) == {}


@pytest.mark.parametrize("wanted", [{}, {"path": "/a"}, {"tags": {}}])
def test_a_search_needs_name_or_tags(server: AkeylessServer, wanted: dict[str, Any]) -> None:
    """A path alone is none."""
    with pytest.raises(Unsupported, match="name or tags"):
        find(server, **wanted)


def test_one_item_that_cannot_be_read_fails_a_search(server: AkeylessServer) -> None:
    """Half of it would look like the whole."""
    server.items["/a"] = Item("static-secret", ["a"])
    server.items["/b"] = Item("static-secret", ["b"])
    server.gate.refuse("b", Refusal.DENIED)
    with pytest.raises(AccessDenied, match="/b"):
        find(server, name=FindName(""))


def test_a_refused_identity_is_asked_for_once(server: AkeylessServer) -> None:
    """And told for each item, without the service's words."""
    provider = opened(server, cluster=holder(param="wrong"))
    for name in ("/a", "/b"):
        with pytest.raises(AccessDenied, match=f'item "{name}": the sign-in') as caught:
            provider.read(name)
        assert "hunter2" not in caught.value.message
    assert len(server.sign_ins) == 1


def test_a_token_of_the_service_is_looked_at() -> None:
    """What has line breaks is none."""
    answer = Response(200, {"token": "a\nb"})
    with serving(lambda _: answer) as port, pytest.raises(BadAnswer, match="no token"):
        open_store(settings(f"http://127.0.0.1:{port}/v2")).read("/a")


@pytest.mark.parametrize(
    ("prefix", "written", "probes"),
    [
        ("/v2", "/v2", ["/v2"]),  # says that the command is unknown: used as it is written
        ("/v2", "/v2/", ["/v2"]),
        ("/api/v2", "/api/v2", ["/api/v2"]),
        ("", "", [""]),
        ("/v2", "", [""]),  # says something else: the path is replaced
        ("/v2", "/api", ["/api"]),
        ("/v2", "/api/", ["/api"]),
    ],
)
def test_where_the_api_begins(prefix: str, written: str, probes: list[str]) -> None:
    """It is found out once, by a call that names no command and carries nothing."""
    with akeyless(prefix) as server:
        server.items["/a"] = Item("static-secret", ["v"])
        provider = open_store(settings(server.url + written))
        assert text(provider, "/a") == text(provider, "/a") == "v"
        assert server.probes == probes


def test_the_probe_says_nothing_of_us() -> None:
    """No body, and no credential."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(500, "broken")

    with serving(answer) as port, pytest.raises(Unavailable):
        open_store(settings(f"http://127.0.0.1:{port}/api")).read("/a")
    assert [(one.path, one.body) for one in seen[:1]] == [("/api", b"")]
    assert seen[1].path == "/v2/auth"


def test_a_gateway_with_an_authority_of_its_own(tmp_path: Path) -> None:
    """Its certificate is the store's word; the probe does not know it, so that /v2 is asked."""
    with akeyless("/v2", tmp_path) as server:
        server.items["/a"] = Item("static-secret", ["v"])
        assert server.ca is not None
        pem = server.ca.read_bytes()
        bundle = b64encode(pem).decode()
        for written in ("/v2", "/api", ""):
            provider = open_store(settings(server.url + written, caBundle=bundle))
            assert text(provider, "/a") == "v"
        cluster = holder()
        cluster.add_config_map("ca", {"ca.crt": pem.decode()})
        named = {"type": "ConfigMap", "name": "ca", "key": "ca.crt"}
        provider = open_store(settings(server.url, caProvider=named), cluster)
        assert text(provider, "/a") == "v"
        with pytest.raises(Unavailable, match="SSL"):
            opened(server).read("/a")


def test_a_redirect_is_not_followed() -> None:
    """The access key does not go where an answer leads."""
    seen: list[Request] = []

    def elsewhere(request: Request) -> Response:
        seen.append(request)
        return Response(200, {})

    with serving(elsewhere) as other:
        away = Response(308, {}, {"Location": f"http://127.0.0.1:{other}/"})
        with serving(lambda _: away) as port, pytest.raises(BadAnswer, match="leads elsewhere"):
            open_store(settings(f"http://127.0.0.1:{port}/v2")).read("/a")
    assert seen == []


@pytest.mark.parametrize(
    ("url", "trusted", "error"),
    [
        ("https://evil.example", False, HostRefused),
        ("https://api.akeyless.io.evil.example", False, HostRefused),
        ("https://evil.akeyless.io", False, HostRefused),
        ("http://gateway.example", True, PlainHttp),
        ("http://api.akeyless.io", True, PlainHttp),
    ],
)
def test_no_credential_is_read_before_its_host_is_allowed(
    url: str,
    trusted: bool,  # noqa: FBT001 - a column of the table
    error: type[Exception],
) -> None:
    """Nor is anybody asked."""
    cluster = holder()
    with pytest.raises(error):
        open_store(settings(url), cluster, trusted=trusted)
    assert cluster.asked == []


def test_hosts_that_are_allowed() -> None:
    """The service itself, for everybody; others by flag."""
    for url in ("", "https://api.akeyless.io", "https://api.eu.akeyless.io/v2"):
        open_store(settings(url), trusted=False)
    rules = Rules(allow_hosts={"gateway.example:8000"})
    open_store(settings("https://gateway.example:8000"), trusted=False, rules=rules)


def test_types_that_cannot_be_proven(server: AkeylessServer) -> None:
    """The type is not shown: it stands in a Secret."""
    with pytest.raises(UnknownAccessType) as caught:
        opened(server, cluster=holder("saml\n")).read("/a")
    assert "saml" not in f"{caught.value.message} {caught.value.hint}"
    with pytest.raises(BadStore, match="kubernetesAuth"):
        opened(server, cluster=holder("k8s")).read("/a")
    with pytest.raises(BadReference, match="empty"):
        opened(server, cluster=holder(param="")).read("/a")


def kubernetes(url: str, **more: Any) -> dict[str, Any]:
    """Return settings of a store that signs in as a service account."""
    method = {"accessID": ACCESS_ID, "k8sConfName": "blue"} | more
    return {"akeylessGWApiURL": url, "authSecretRef": {"kubernetesAuth": method}}


def signed_in(server: AkeylessServer, wanted: dict[str, Any], cluster: MemoryCredentials) -> Any:
    """Sign in, and return the body that was sent; who it is does not matter here."""
    server.accepts |= {kind: {} for kind in ("k8s", "aws_iam", "gcp", "azure_ad", "jwt")}
    server.items["/a"] = Item("static-secret", ["v"])
    assert text(open_store(wanted, cluster), "/a") == "v"
    return server.sign_ins[-1]


def test_a_service_account(server: AkeylessServer) -> None:
    """A token for its audiences and ten minutes; the block wins over secretRef."""
    cluster = holder()
    cluster.add_service_account("app", {})
    account = {"name": "app", "audiences": ["akeyless"]}
    wanted = kubernetes(server.url, serviceAccountRef=account)
    wanted["authSecretRef"] |= settings("")["authSecretRef"]
    body = signed_in(server, wanted, cluster)
    assert cluster.tokens == [("orders", "app", ("akeyless",), 600)]
    assert body == {
        "access-id": ACCESS_ID,
        "access-type": "k8s",
        "k8s-auth-config-name": "blue",
        "k8s-service-account-token": b64encode(b"token-orders-app-1").decode(),
    }


def test_a_service_account_without_audience(server: AkeylessServer) -> None:
    """Its token would be valid for the cluster, and is not given away."""
    cluster = holder()
    cluster.add_service_account("app", {})
    wanted = kubernetes(server.url, serviceAccountRef={"name": "app"})
    with pytest.raises(AudienceMissing):
        open_store(wanted, cluster).read("/a")
    assert cluster.tokens == []


def test_a_service_account_that_has_a_token_as_of_old(server: AkeylessServer) -> None:
    """The first of its Secrets that has one counts."""
    cluster = holder()
    cluster.add_service_account("app", {})
    account: Any = cluster.objects["ServiceAccount", "orders", "app"]
    account["secrets"] = [{"name": "gone"}, {"name": "docker"}, {"name": "old"}, {"name": "other"}]
    cluster.add_secret("docker", {"config": "x"})
    cluster.add_secret("old", {"token": "old-token"})
    cluster.add_secret("other", {"token": "other-token"})
    body = signed_in(server, kubernetes(server.url, serviceAccountRef={"name": "app"}), cluster)
    assert b64decode(body["k8s-service-account-token"]) == b"old-token"
    assert cluster.tokens == []


@pytest.mark.parametrize("key", [{}, {"key": "jwt"}])
def test_a_token_in_a_secret(server: AkeylessServer, key: dict[str, str]) -> None:
    """Under ``token``, unless the selector says otherwise."""
    cluster = holder()
    cluster.add_secret("sa", {"token": "named-token", "jwt": "named-jwt"})
    wanted = kubernetes(server.url, secretRef={"name": "sa", **key})
    body = signed_in(server, wanted, cluster)
    expected = b"named-jwt" if key else b"named-token"
    assert b64decode(body["k8s-service-account-token"]) == expected


def test_neither_account_nor_secret(server: AkeylessServer) -> None:
    """There is no default, not even in a Pod."""
    with pytest.raises(BadStore, match="serviceAccountRef or secretRef"):
        open_store(kubernetes(server.url), holder()).read("/a")


# boto3 reads them itself, so that they have to be in the environment of the tests.
AWS_KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret-key",
    "AWS_SESSION_TOKEN": "session",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture
def aws_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has keys of AWS."""
    for name, value in AWS_KEYS.items():
        monkeypatch.setenv(name, value)


def aws_parts(cloud_id: str) -> dict[str, Any]:
    """Take a cloud id of AWS apart."""
    parts = json.loads(b64decode(cloud_id))
    coded = ("sts_request_url", "sts_request_body", "sts_request_headers")
    opened_parts = {name: b64decode(parts[name]).decode() for name in coded}
    headers = json.loads(opened_parts["sts_request_headers"])
    return {**parts, **opened_parts, "sts_request_headers": headers}


@pytest.mark.usefixtures("aws_keys")
def test_an_identity_of_aws(server: AkeylessServer) -> None:
    """The same parts as Akeyless's own library makes, with no key in them."""
    from akeyless_cloud_id import CloudId

    server.accepts["aws_iam"] = {}
    server.items["/a"] = Item("static-secret", ["v"])
    provider = open_store(settings(server.url), holder("aws_iam", ""))
    assert text(provider, "/a") == "v"
    body = server.sign_ins[-1]
    assert (body["access-id"], body["access-type"]) == (ACCESS_ID, "aws_iam")
    ours = aws_parts(body["cloud-id"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # theirs, of Python 3.12 on
        theirs = aws_parts(CloudId().generate("AKIAEXAMPLE", "secret-key", "session"))
    for name in ("sts_request_method", "sts_request_url", "sts_request_body"):
        assert ours[name] == theirs[name]
    needed = {"Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Security-Token"}
    assert set(ours["sts_request_headers"]) >= needed
    assert all(len(values) == 1 for values in ours["sts_request_headers"].values())
    assert "/us-east-1/sts/aws4_request" in ours["sts_request_headers"]["Authorization"][0]
    assert "secret-key" not in json.dumps(ours)


def test_aws_gives_no_credentials(
    server: AkeylessServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is told which identity was looked for."""
    for name in AWS_KEYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    provider = open_store(settings(server.url), holder("aws_iam", ""))
    with pytest.raises(NoCloudIdentity, match='item "/a": the sign-in'):
        provider.read("/a")


@pytest.mark.parametrize(("param", "audience"), [("", "akeyless.io"), ("mine", "mine")])
def test_an_identity_of_google(server: AkeylessServer, param: str, audience: str) -> None:
    """The metadata server's statement of which machine this is."""
    server.accepts["gcp"] = {}
    server.items["/a"] = Item("static-secret", ["v"])

    def metadata(request: Request) -> Response:
        assert request.path.endswith("/instance/service-accounts/default/identity")
        return Response(200, f"statement-for-{request.query['audience']}")

    with serving(metadata) as port:
        environ = {"GCE_METADATA_HOST": f"127.0.0.1:{port}"}
        provider = open_store(settings(server.url), holder("gcp", param), environ=environ)
        assert text(provider, "/a") == "v"
    proof = b64decode(server.sign_ins[-1]["cloud-id"])
    assert proof == f"statement-for-{audience}".encode()


@pytest.mark.parametrize("param", ["", "object-1"])
def test_a_managed_identity_of_azure(server: AkeylessServer, param: str) -> None:
    """A token for the management of Azure, of the machine or of one object."""
    server.accepts["azure_ad"] = {}
    server.items["/a"] = Item("static-secret", ["v"])
    seen: list[Request] = []

    def metadata(request: Request) -> Response:
        seen.append(request)
        return Response(200, {"access_token": "arm-token", "expires_in": "3600"})

    with serving(metadata) as port:
        environ = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://127.0.0.1:{port}"}
        provider = open_store(settings(server.url), holder("azure_ad", param), environ=environ)
        assert text(provider, "/a") == "v"
    assert b64decode(server.sign_ins[-1]["cloud-id"]) == b"arm-token"
    assert seen[0].query["resource"] == "https://management.azure.com"
    assert seen[0].query.get("object_id", "") == param


@pytest.mark.parametrize(
    ("annotations", "environ", "resource"),
    [
        (
            {
                "azure.workload.identity/client-id": "client",
                "azure.workload.identity/tenant-id": "tenant",
            },
            {},
            "https://management.azure.com",
        ),
        ({}, {"AZURE_TENANT_ID": "tenant"}, "https://management.azure.com"),
        (
            {},
            {"AZURE_TENANT_ID": "tenant", "AZURE_ENVIRONMENT": "AzureUSGovernmentCloud"},
            "https://management.usgovcloudapi.net",
        ),
        (
            {},
            {"AZURE_TENANT_ID": "tenant", "AZURE_CLOUD": "AzureChinaCloud"},
            "https://management.chinacloudapi.cn",
        ),
    ],
)
def test_a_service_account_that_stands_for_an_application_of_azure(
    server: AkeylessServer, annotations: dict[str, str], environ: dict[str, str], resource: str
) -> None:
    """Its annotations name it, else the parameter and the environment."""
    server.accepts["azure_ad"] = {}
    server.items["/a"] = Item("static-secret", ["v"])
    seen: list[Request] = []

    def entra(request: Request) -> Response:
        seen.append(request)
        return Response(200, {"access_token": "arm-token", "expires_in": 3600})

    cluster = holder("azure_ad", "client")
    cluster.add_service_account("app", annotations)
    wanted = settings(server.url)
    wanted["authSecretRef"]["serviceAccountRef"] = {"name": "app", "audiences": ["first"]}
    with serving(entra) as port:
        environ = environ | {"AZURE_AUTHORITY_HOST": f"http://127.0.0.1:{port}"}
        assert text(open_store(wanted, cluster, environ=environ), "/a") == "v"
    form = seen[0].form()
    assert seen[0].path == "/tenant/oauth2/v2.0/token"
    assert form["client_id"] == "client"
    assert form["client_assertion"] == "token-orders-app-1"
    assert form["scope"] == f"{resource}/.default"
    assert cluster.tokens == [("orders", "app", ("first", "api://AzureADTokenExchange"), 600)]
    assert b64decode(server.sign_ins[-1]["cloud-id"]) == b"arm-token"


def test_a_service_account_that_stands_for_nothing(server: AkeylessServer) -> None:
    """Without tenant there is nobody to ask."""
    cluster = holder("azure_ad", "client")
    cluster.add_service_account("app", {})
    wanted = settings(server.url)
    wanted["authSecretRef"]["serviceAccountRef"] = {"name": "app"}
    with pytest.raises(BadStore, match="which application"):
        open_store(wanted, cluster).read("/a")


def test_azure_refuses(server: AkeylessServer) -> None:
    """Its code is told, and nothing more."""
    refused = Response(400, {"error": "invalid_request", "error_description": "hunter2"})
    with serving(lambda _: refused) as port:
        environ = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://127.0.0.1:{port}"}
        provider = open_store(settings(server.url), holder("azure_ad", ""), environ=environ)
        with pytest.raises(NoCloudIdentity, match="invalid_request") as caught:
            provider.read("/a")
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("kind", ["aws_iam", "gcp", "azure_ad"])
def test_a_cloud_identity_is_that_of_the_process(server: AkeylessServer, kind: str) -> None:
    """It is refused to stores that may not use it."""
    rules = Rules(several_namespaces=True)
    provider = open_store(settings(server.url), holder(kind, ""), rules=rules)
    with pytest.raises(AmbientRefused):
        provider.read("/a")
    assert server.sign_ins == []


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (
            {"AKEYLESS_ACCESS_KEY": "k"},
            {"access-type": "access_key", "access-key": "k"},
        ),
        (
            {"ESYNC_AKEYLESS_ID_TOKEN": "job-token"},
            {"access-type": "jwt", "jwt": "job-token"},
        ),
    ],
)
def test_the_identity_of_the_process(
    server: AkeylessServer, environ: dict[str, str], expected: dict[str, str]
) -> None:
    """An access id and its key, or the OIDC token of a CI job; the store's auth is left aside."""
    server.accepts |= {"jwt": {}, "access_key": {}}
    server.items["/a"] = Item("static-secret", ["v"])
    provider = open_store(
        settings(server.url),
        MemoryCredentials(),
        environ={"AKEYLESS_ACCESS_ID": ACCESS_ID, **environ},
        ambient=True,
    )
    assert text(provider, "/a") == "v"
    assert server.sign_ins == [{"access-id": ACCESS_ID, **expected}]


@pytest.mark.usefixtures("aws_keys")
def test_a_process_with_a_cloud_identity(server: AkeylessServer) -> None:
    """The type says which."""
    server.accepts["aws_iam"] = {}
    server.items["/a"] = Item("static-secret", ["v"])
    named = {"AKEYLESS_ACCESS_ID": ACCESS_ID, "AKEYLESS_ACCESS_TYPE": "aws_iam"}
    provider = open_store(settings(server.url), MemoryCredentials(), environ=named, ambient=True)
    assert text(provider, "/a") == "v"
    assert set(server.sign_ins[0]) == {"access-id", "access-type", "cloud-id"}


def test_a_github_job_asks_for_an_audience(server: AkeylessServer) -> None:
    """That of Akeyless, unless a variable names another."""
    server.accepts["jwt"] = {}
    server.items["/a"] = Item("static-secret", ["v"])
    with serving(lambda request: Response(200, {"value": request.query["audience"]})) as port:
        environ = {
            "AKEYLESS_ACCESS_ID": ACCESS_ID,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{port}/?x=1",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t",
        }
        for more in ({}, {"ESYNC_AKEYLESS_AUDIENCE": "mine"}):
            given = environ | more
            wanted = settings(server.url)
            text(open_store(wanted, MemoryCredentials(), environ=given, ambient=True), "/a")
    assert [body["jwt"] for body in server.sign_ins] == ["akeyless.io", "mine"]


def test_a_process_without_identity(server: AkeylessServer) -> None:
    """The variables are named; a store that may not use them does not get so far."""
    with pytest.raises(NoAkeylessIdentity, match="no identity") as caught:
        opened(server, ambient=True)
    assert "AKEYLESS_ACCESS_ID" in caught.value.hint
    with pytest.raises(HostRefused):
        opened(server, ambient=True, trusted=False)
    with pytest.raises(AmbientRefused):
        open_store(settings(""), ambient=True, trusted=False)


def test_an_id_that_is_no_text(server: AkeylessServer) -> None:
    """Is not sent."""
    cluster = holder()
    cluster.objects["Secret", "orders", "akeyless"] = {"metadata": {}, "data": {"id": "/w=="}}
    with pytest.raises(BadReference, match="accessID is no text"):
        opened(server, cluster=cluster).read("/a")
    assert ref("id")["name"] == "akeyless"

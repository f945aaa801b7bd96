"""Provider ``webhook`` against a real HTTP server: requests, results, and where they may go."""

from __future__ import annotations

import gzip
import socket
from base64 import b64encode
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from esync.errors import EsyncError
from esync.identity.hosts import HostRefused, PlainHttp, Rules
from esync.identity.references import BadReference, StoreAccess
from esync.manifests.externalsecret import StoreKind
from esync.payload.jsonpath import PathError
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
from esync.providers.webhook import Webhook
from esync.providers.webhook.addresses import AddressRefused, addresses_of, is_refused
from esync.providers.webhook.provider import NotModified
from esync.providers.webhook.requests import BadTemplate, HostFromSecret
from esync.providers.webhook.wire import Patience, Redirected, Request, Wire
from esync.transport.tls import Tls
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.certificates import Authority
from tests.servers.web import Request as Seen
from tests.servers.web import Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CLUSTER = StoreKind.CLUSTER_SECRET_STORE


@dataclass
class Endpoint:
    """A server that answers what a test says, and keeps what it was asked."""

    url: str = ""
    answers: dict[str, Response] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    credentials: MemoryCredentials = field(default_factory=MemoryCredentials)

    def __call__(self, request: Seen) -> Response:
        """Answer by the path."""
        self.seen.append(request)
        return self.answers.get(request.path, Response(404, "hunter2"))

    def secret(self, name: str, values: Mapping[str, str], **labels: str) -> None:
        """Put a Secret for webhooks there."""
        self.credentials.add_secret(name, values)
        body = self.credentials.objects["Secret", "orders", name]
        body["metadata"]["labels"] = labels or {"external-secrets.io/type": "webhook"}

    def open(self, **settings: Any) -> Webhook:
        """Open a store."""
        rest = {name: settings.pop(name) for name in ("rules", "environ") if name in settings}
        made = {name: settings.pop(name) for name in ("kind", "trusted") if name in settings}
        url = settings.pop("url", "/{{ .remoteRef.key }}")
        full = {"url": url if "://" in url else f"{self.url}{url}", **settings}
        store = make_store("webhook", full, **made)
        return Webhook.open(store, StoreAccess(store, "orders", self.credentials, **rest))


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """Return an endpoint without TLS."""
    made = Endpoint()
    with serving(made) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


def value(provider: Webhook, key: str = "db", property_: str = "") -> bytes:
    """Read a value."""
    return provider.read(key).value(property_).reveal()


def texts(provider: Webhook, key: str = "db") -> dict[str, str]:
    """Extract."""
    return {name: one.reveal().decode() for name, one in provider.read(key).members().items()}


def test_a_request_of_templates(endpoint: Endpoint) -> None:
    """URL, headers and body see the key, the version, the namespace and all keys of Secrets."""
    endpoint.secret("login", {"token": "t0ken", "user": "a b"})
    endpoint.answers["/v1/a/b+c/orders/a b"] = Response(200, "s3cret")
    provider = endpoint.open(
        url="/v1/{{ .remoteRef.key }}/{{ .remoteRef.namespace }}/{{ .auth.user }}"
        "?v={{ .remoteRef.version }}&p={{ .remoteRef.nothing }}",
        method="POST",
        headers={"Authorization": "Bearer {{ .auth.token }}", "Host": "evil.example", "X-U": "ü"},
        body='{"key": "{{ .remoteRef.key }}", "at": {{ .remoteRef.version | quote }}}',
        secrets=[{"name": "auth", "secretRef": {"name": "login"}}],
    )
    payload = provider.read("a/b c", "1&2")
    assert payload.value().reveal() == b"s3cret"
    assert payload.value("p").reveal() == b"s3cret"
    (seen,) = endpoint.seen
    assert seen.method == "POST"
    assert seen.query == {"v": "1&2", "p": "<no value>"}
    assert seen.body == b'{"key": "a/b c", "at": "1&2"}'
    assert seen.headers["authorization"] == "Bearer t0ken"
    assert seen.headers["host"] == urlsplit(endpoint.url).netloc
    assert seen.headers["x-u"].encode("latin-1") == "ü".encode()
    assert "content-type" not in seen.headers


def test_secrets_are_read_once(endpoint: Endpoint) -> None:
    """However many keys are asked for."""
    endpoint.secret("login", {"token": "t"})
    endpoint.answers |= {"/a": Response(200, "1"), "/b": Response(200, "2")}
    provider = endpoint.open(
        headers={"X": "{{ .a.token }}", "Y": "{{ .b.token }}"},
        secrets=[{"name": name, "secretRef": {"name": "login"}} for name in ("a", "b")],
    )
    assert endpoint.credentials.asked == []
    assert (value(provider, "a"), value(provider, "b")) == (b"1", b"2")
    assert endpoint.credentials.asked == [("Secret", "orders", "login")] * 2


def test_a_request_may_depend_on_the_property(endpoint: Endpoint) -> None:
    """Each property is asked for when it is needed, once."""
    endpoint.answers |= {"/db/user": Response(200, "app"), "/db/": Response(200, "all")}
    provider = endpoint.open(url="/{{ .remoteRef.key }}/{{ .remoteRef.property }}")
    payload = provider.read("db")
    assert endpoint.seen == []
    assert [payload.value(one).reveal() for one in ("user", "", "user")] == [b"app", b"all", b"app"]
    assert [one.path for one in endpoint.seen] == ["/db/user", "/db/"]
    with pytest.raises(NoSecret):
        payload.value("nowhere")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, NoSecret),
        (304, NotModified),
        (401, AccessDenied),
        (403, AccessDenied),
        (429, Throttled),
        (503, Busy),
        (500, ProviderError),
        (400, ProviderError),
    ],
)
def test_what_a_status_means(endpoint: Endpoint, status: int, kind: type[ProviderError]) -> None:
    """The key is told, the answer is not; 304 is an error and no news."""
    body = None if status == 304 else "hunter2"
    endpoint.answers["/db"] = Response(status, body, {"Retry-After": "7"})
    with pytest.raises(kind, match='"db"') as caught:
        endpoint.open().read("db")
    assert type(caught.value) is kind
    assert "hunter2" not in f"{caught.value!r}{caught.value.hint}"
    if isinstance(caught.value, Throttled):
        assert caught.value.retry_after == 7


DOCUMENT = """{"s": "t", "n": 3.7, "half": 2.5, "big": 9007199254740993, "b": true, "z": null,
  "list": [["x", "y"], "z"], "empty": [], "o": {"b<": [1.50], "a": null},
  "items": [{"name": "x", "v": 1}], "text": "{\\"in\\": \\"side\\"}"}"""


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.s", "t"),
        ("$.n", "4"),
        ("$.half", "2"),
        ("$.big", "9007199254740992"),
        ("$.b", "true"),
        ("$.z", ""),
        ("$.list", "x"),
        ("$.o", '{"a":null,"b\\u003c":[1.5]}'),
        ('$.items[?@.name=="x"].v', "1"),
        ("nowhere", ""),
    ],
)
def test_results_of_a_path(endpoint: Endpoint, path: str, found: str) -> None:
    """Numbers are rounded to even, lists are their first element, objects are JSON."""
    endpoint.answers["/db"] = Response(200, DOCUMENT)
    assert value(endpoint.open(result={"jsonPath": path})).decode() == found


@pytest.mark.parametrize(
    ("path", "kind"), [("$.nowhere", PathError), ("$.empty", BadAnswer), ("$.", PathError)]
)
def test_a_path_that_finds_nothing_is_an_error(
    endpoint: Endpoint, path: str, kind: type[EsyncError]
) -> None:
    """And never NoSecret."""
    endpoint.answers["/db"] = Response(200, DOCUMENT)
    with pytest.raises(kind) as caught:
        value(endpoint.open(result={"jsonPath": path}))
    assert not isinstance(caught.value, NoSecret)


def test_a_path_is_a_template(endpoint: Endpoint) -> None:
    """What it was made of is not shown."""
    endpoint.secret("login", {"token": "hunter2"})
    endpoint.answers["/db"] = Response(200, DOCUMENT)
    assert (
        value(endpoint.open(result={"jsonPath": "$.{{ .remoteRef.property }}"}), "db", "s") == b"t"
    )
    hidden = endpoint.open(
        result={"jsonPath": "$.{{ .a.token }}"},
        secrets=[{"name": "a", "secretRef": {"name": "login"}}],
    )
    with pytest.raises(PathError) as caught:
        value(hidden)
    assert "hunter2" not in f"{caught.value!r}{caught.value.hint}"


def test_extract(endpoint: Endpoint) -> None:
    """Numbers are exact, null is empty; a text is read as JSON once more."""
    endpoint.answers["/db"] = Response(200, DOCUMENT)
    found = texts(endpoint.open())
    assert found["n"] == "3.7"
    assert found["z"] == ""
    assert found["o"] == '{"a":null,"b\\u003c":[1.5]}'
    assert found["list"] == '[["x","y"],"z"]'
    assert texts(endpoint.open(result={"jsonPath": "$.text"})) == {"in": "side"}
    for path in ("$.list", "$.n", "$.items[*]"):
        with pytest.raises(NotAnObject):
            texts(endpoint.open(result={"jsonPath": path}))


@pytest.mark.parametrize("body", ["hunter2", "{", ""])
def test_an_answer_that_is_no_json(endpoint: Endpoint, body: str) -> None:
    """An error that does not show it."""
    endpoint.answers["/db"] = Response(200, body)
    with pytest.raises(BadAnswer, match="no JSON") as caught:
        value(endpoint.open(result={"jsonPath": "$.a"}))
    assert "hunter2" not in str(caught.value)
    with pytest.raises(BadAnswer):
        texts(endpoint.open())


def test_an_answer_without_end(endpoint: Endpoint) -> None:
    """4 MiB are enough, also when they come compressed."""
    endpoint.answers["/db"] = Response(200, "x" * (4 << 20))
    assert len(value(endpoint.open())) == 4 << 20
    endpoint.answers["/db"] = Response(200, "x" * ((4 << 20) + 1))
    with pytest.raises(BadAnswer, match="4 MiB"):
        endpoint.open().read("db")
    packed = gzip.compress(b"x" * (64 << 20))
    endpoint.answers["/db"] = Response(200, packed, {"Content-Encoding": "gzip"})
    with pytest.raises(BadAnswer, match="4 MiB"):
        endpoint.open().read("db")


def test_secrets_need_a_label(endpoint: Endpoint) -> None:
    """Only what is meant for webhooks is given to them."""
    settings = {
        "headers": {"X": "{{ .a.token }}"},
        "secrets": [{"name": "a", "secretRef": {"name": "login"}}],
    }
    for labels in ({"other": "x"}, {"external-secrets.io/type": "other"}):
        endpoint.secret("login", {"token": "t"}, **labels)
        with pytest.raises(BadReference, match=r"external-secrets\.io/type: webhook"):
            endpoint.open(**settings).read("db")
    assert endpoint.seen == []


def test_secrets_of_a_cluster_store_need_a_namespace(endpoint: Endpoint) -> None:
    """Whoever asks."""
    settings = {"secrets": [{"name": "a", "secretRef": {"name": "login"}}]}
    with pytest.raises(BadStore, match=r"secrets\[0\]"):
        endpoint.open(kind=CLUSTER, **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "/{{ .remoteRef.key"},
        {"url": "/{{ nofunction }}"},
        {"headers": {"X": "{{ end }}"}},
        {"body": "{{"},
        {"result": {"jsonPath": "{{ }}"}},
    ],
)
def test_templates_are_read_before_anything_else(
    endpoint: Endpoint, settings: Mapping[str, Any]
) -> None:
    """The error names which one; the check of the store finds it."""
    with pytest.raises(BadTemplate, match=r"template (url|header X|body|jsonPath)"):
        endpoint.open(**settings)
    full = {"url": "https://x.example", **settings}
    assert [type(one) for one in Webhook.check(make_store("webhook", full))] == [BadTemplate]


def test_a_template_that_fails_shows_no_value(endpoint: Endpoint) -> None:
    """It may quote the template only."""
    endpoint.secret("login", {"token": "hunter2"})
    provider = endpoint.open(
        headers={"X": "{{ .a.token | fail }}"},
        secrets=[{"name": "a", "secretRef": {"name": "login"}}],
    )
    with pytest.raises(BadTemplate) as caught:
        provider.read("db")
    assert "hunter2" not in f"{caught.value!r}{caught.value.hint}"


# -- where requests may go


def refused(endpoint: Endpoint, kind: type[EsyncError], **settings: Any) -> None:
    """Refuse before a secret is read, and before anything is sent."""
    endpoint.secret("login", {"host": "evil.example", "x": "1"})
    full = {"secrets": [{"name": "a", "secretRef": {"name": "login"}}], **settings}
    full.setdefault("headers", {"X": "{{ .a.x }}"})
    with pytest.raises(kind):
        endpoint.open(**full).read("evil.example")
    assert endpoint.credentials.asked == []
    assert endpoint.seen == []


def test_hosts_are_allowed_before_secrets_are_read(endpoint: Endpoint) -> None:
    """No http, no untrusted store, no user in the URL."""
    refused(endpoint, PlainHttp, url="http://api.example/x")
    refused(endpoint, HostRefused, url="https://api.example/x", trusted=False)
    refused(endpoint, EsyncError, url="https://user:pw@api.example/x")


def test_no_host_comes_from_a_secret(endpoint: Endpoint) -> None:
    """Not even partly, nor if it only might."""
    refused(endpoint, HostFromSecret, url="https://{{ .a.host }}/x")
    refused(endpoint, HostFromSecret, url="https://api.{{ .a.host }}/x")
    refused(endpoint, HostFromSecret, url="{{ .a.host }}")
    refused(endpoint, HostFromSecret, url="https://api.example{{ .a.host | b64enc }}/x")


def test_a_host_that_a_secret_decides_is_refused(endpoint: Endpoint) -> None:
    """It looks harmless without the secret; nothing is sent."""
    endpoint.secret("login", {"x": "1"})
    provider = endpoint.open(
        url="https://{{ if .a.x }}evil.example{{ else }}localhost{{ end }}/",
        secrets=[{"name": "a", "secretRef": {"name": "login"}}],
    )
    with pytest.raises(HostFromSecret):
        provider.read("db")


def test_a_host_that_a_key_names_needs_leave(endpoint: Endpoint) -> None:
    """Trust in the store does not cover who writes keys."""
    url = endpoint.url.replace("127.0.0.1", "{{ .remoteRef.key }}")
    refused(endpoint, HostRefused, url="https://{{ .remoteRef.key }}/x")
    endpoint.answers["/"] = Response(200, "here")
    with pytest.raises(HostRefused):
        endpoint.open(url=url).read("127.0.0.1")
    provider = endpoint.open(url=url, rules=Rules(allow_hosts={"127.0.0.1"}))
    assert value(provider, "127.0.0.1") == b"here"


def test_a_host_from_a_template_of_its_own(endpoint: Endpoint) -> None:
    """A template that uses nothing is the store's own word."""
    endpoint.answers["/db"] = Response(200, "x")
    url = endpoint.url.replace("127.0.0.1", '{{ printf "127.0.0.%d" 1 }}')
    assert value(endpoint.open(url=url + "/db")) == b"x"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_stay_at_the_host(endpoint: Endpoint, status: int) -> None:
    """Another host, port or scheme gets nothing."""
    endpoint.answers["/db"] = Response(status, None, {"Location": "/moved"})
    endpoint.answers["/moved"] = Response(200, "x")
    provider = endpoint.open(method="POST", body="b", headers={"X-Token": "t"})
    assert value(provider) == b"x"
    assert endpoint.seen[-1].method == ("POST" if status in {307, 308} else "GET")
    other = Endpoint()
    with serving(other) as port:
        for target in (
            f"http://127.0.0.1:{port}/",
            f"//127.0.0.1:{port}/",
            endpoint.url.replace("http", "https"),
            endpoint.url.replace("127.0.0.1", "localhost"),
            endpoint.url.replace("//", "//user@"),
            "file:///etc/passwd",
        ):
            endpoint.answers["/db"] = Response(status, None, {"Location": target})
            with pytest.raises(Redirected):
                endpoint.open(headers={"X-Token": "t"}).read("db")
    assert other.seen == []


def test_redirects_end(endpoint: Endpoint) -> None:
    """After ten."""
    endpoint.answers["/db"] = Response(302, None, {"Location": "/db"})
    with pytest.raises(Redirected, match="again and again"):
        endpoint.open().read("db")
    assert len(endpoint.seen) == 11


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("169.254.169.254", True),
        ("169.254.0.1", True),
        ("fe80::1", True),
        ("fe80::1%eth0", True),
        ("::ffff:169.254.169.254", True),
        ("64:ff9b::a9fe:a9fe", True),
        ("2002:a9fe:a9fe::1", True),
        ("fd00:ec2::254", True),
        ("fd20:ce::254", True),
        ("100.100.100.200", True),
        ("168.63.129.16", True),
        ("192.0.0.192", True),
        ("0.0.0.0", True),  # noqa: S104 - refused
        ("::", True),
        ("224.0.0.1", True),
        ("127.0.0.1", False),
        ("::1", False),
        ("10.0.0.1", False),
        ("192.168.1.1", False),
        ("93.184.216.34", False),
        ("2606:4700::1111", False),
    ],
)
def test_addresses(address: str, answer: bool) -> None:  # noqa: FBT001
    """Link-local and metadata addresses, however they are dressed."""
    assert is_refused(address) is answer


def test_names_are_refused_by_what_they_resolve_to() -> None:
    """Any of the addresses is enough; the name of Google's metadata needs none."""
    with pytest.raises(AddressRefused):
        addresses_of("x.example", 443, lambda *_: ["10.0.0.1", "169.254.169.254"])
    with pytest.raises(AddressRefused):
        addresses_of("metadata.google.internal", 80, lambda *_: ["10.0.0.1"])


def test_what_was_checked_is_connected_to(endpoint: Endpoint) -> None:
    """A name server that changes its mind is asked once only."""
    endpoint.answers["/"] = Response(200, "x")
    port = urlsplit(endpoint.url).port
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    wire = Wire(Tls(), {}, Patience(5, 5), resolve=lambda *_: answers.pop(0))
    request = Request("GET", f"http://rebind.example:{port}/")
    assert [wire.send(request, "k").body for _ in range(2)] == [b"x", b"x"]
    assert endpoint.seen[0].headers["host"] == f"rebind.example:{port}"
    assert len(answers) == 1
    wire.close()


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:a9fe:a9fe]"])
def test_metadata_is_never_asked(endpoint: Endpoint, host: str) -> None:
    """Also where http is allowed, and through a proxy."""
    rules = Rules(allow_http={host.strip("[]")})
    for environ in ({}, {"HTTP_PROXY": endpoint.url}):
        provider = endpoint.open(url=f"http://{host}/latest", rules=rules, environ=environ)
        with pytest.raises(AddressRefused):
            provider.read("db")
    assert endpoint.seen == []


def test_a_proxy(endpoint: Endpoint) -> None:
    """As the environment says, and not for what it excepts."""
    endpoint.answers["/db"] = Response(200, "through")
    rules = Rules(allow_http={"api.example"})
    environ = {"HTTP_PROXY": endpoint.url}
    provider = endpoint.open(
        url="http://api.example/{{ .remoteRef.key }}", rules=rules, environ=environ
    )
    assert value(provider) == b"through"
    assert endpoint.seen[-1].headers["host"] == "api.example"


def test_nobody_there(endpoint: Endpoint) -> None:
    """The host is told, and the key."""
    with pytest.raises(Unavailable, match=r'"db".*127\.0\.0\.1'):
        endpoint.open(url="http://127.0.0.1:9/").read("db")


def test_a_timeout_is_for_the_whole(endpoint: Endpoint) -> None:
    """An answer that never comes ends the wait."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(Unavailable, match="Timeout"):
            endpoint.open(url=url, timeout="50ms").read("db")


@contextmanager
def secured(folder: Path) -> Iterator[tuple[Endpoint, Authority]]:
    """Give an endpoint with TLS."""
    authority = Authority(folder)
    made = Endpoint()
    with ExitStack() as stack:
        port = stack.enter_context(serving(made, authority.issue("webhook", hosts=["localhost"])))
        made.url = f"https://localhost:{port}"
        yield made, authority


def test_tls(tmp_path: Path) -> None:
    """By a bundle or a provider; without one the server is not trusted, and gets nothing."""
    with secured(tmp_path) as (endpoint, authority):
        endpoint.answers["/db"] = Response(200, "x")
        with pytest.raises(Unavailable, match="SSL"):
            endpoint.open().read("db")
        assert endpoint.seen == []
        bundle = b64encode(authority.certificate.read_bytes()).decode()
        assert value(endpoint.open(caBundle=bundle)) == b"x"
        endpoint.credentials.add_config_map("ca", {"ca.crt": authority.certificate.read_text()})
        provider = {"type": "ConfigMap", "name": "ca", "key": "ca.crt"}
        assert value(endpoint.open(caProvider=provider)) == b"x"
        elsewhere = endpoint.url.replace("localhost", "127.0.0.1")
        with pytest.raises(Unavailable, match=r"SSL|Certificate"):
            endpoint.open(url=elsewhere + "/db", caBundle=bundle).read("db")

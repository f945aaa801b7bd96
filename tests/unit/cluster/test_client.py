"""What goes over the wire, and how patient the client is."""

from __future__ import annotations

import json
from functools import partial
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest

from esync.cluster.client import ApiCluster
from esync.cluster.connect import connect
from esync.cluster.contract import (
    CLUSTER_SECRET_STORES,
    CONFIG_MAPS,
    EXTERNAL_SECRETS,
    SECRETS,
    ClusterError,
    Conflict,
    Forbidden,
    Invalid,
    NotServed,
    Unauthorized,
    Unreachable,
)
from esync.cluster.kubeconfig import choose
from esync.cluster.options import ConnectOptions
from esync.cluster.signin import sign_in
from esync.cluster.wire import Wire
from tests.servers.certificates import Authority
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cluster.conftest import Kubeconfigs, Script

SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"namespace": "orders", "name": "db", "resourceVersion": "7"},
    "data": {"password": "Z2VoZWlt"},
}


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


def nobody_else(_: object) -> ApiCluster:
    """Refuse: these tests ask as themselves."""
    raise AssertionError


@pytest.fixture
def clock() -> Clock:
    """Return a clock at 0."""
    return Clock()


@pytest.fixture
def cluster(script: Script, kubeconfigs: Kubeconfigs, clock: Clock) -> ApiCluster:
    """Return a cluster whose answers the test writes."""
    return _patient(ConnectOptions(kubeconfig=kubeconfigs.write(script.url), environ={}), clock)


def _patient(options: ConnectOptions, clock: Clock) -> ApiCluster:
    wire = Wire(partial(sign_in, options), options, sleep=clock.sleep, clock=lambda: clock.now)
    return ApiCluster(wire, choose(options), nobody_else)


def _status(code: int, reason: str, **rest: Any) -> Response:
    return Response(code, {"kind": "Status", "reason": reason, "code": code, **rest})


def _missing(name: str = "db", kind: str = "secrets") -> Response:
    return _status(404, "NotFound", details={"name": name, "kind": kind})


def test_names_come_from_the_kubeconfig(kubeconfigs: Kubeconfigs) -> None:
    """Context, server and namespace are known before anything is asked."""
    path = kubeconfigs.write("https://nowhere.invalid", context={"namespace": "orders"})

    cluster = connect(ConnectOptions(kubeconfig=path, environ={}))

    assert (cluster.context, cluster.server) == ("test", "https://nowhere.invalid")
    assert cluster.namespace == "orders"


def test_what_is_wrong_is_told_by_the_first_call() -> None:
    """A run that needs no cluster does not care for the kubeconfig; the error comes each time."""
    cluster = connect(ConnectOptions(kubeconfig="missing", context="prod", environ={}))

    assert (cluster.context, cluster.namespace) == ("prod", "default")
    for _ in range(2):
        with pytest.raises(Unreachable, match='there is no kubeconfig "missing"'):
            cluster.get(SECRETS, "orders", "db")


def test_every_request_says_who_asks(cluster: ApiCluster, script: Script) -> None:
    """The token, our name, and JSON."""
    script.answers = [Response(200, SECRET)]

    assert cluster.get(SECRETS, "orders", "db") == SECRET

    [request] = script.seen
    assert (request.method, request.path) == ("GET", "/api/v1/namespaces/orders/secrets/db")
    assert request.bearer == "t0ken"
    assert request.headers["user-agent"].startswith("esync/")
    assert request.headers["accept"] == "application/json"


def test_resources_have_their_paths(cluster: ApiCluster, script: Script) -> None:
    """Groups, cluster scope, and a server below a path of its own."""
    script.answers = [Response(200, {})]

    cluster.get(EXTERNAL_SECRETS, "orders", "db")
    cluster.get(CLUSTER_SECRET_STORES, "ignored", "main")
    list(cluster.list(CLUSTER_SECRET_STORES))
    list(cluster.list(EXTERNAL_SECRETS, "orders", "a=b"))

    group = "/apis/external-secrets.io/v1"
    assert [request.path for request in script.seen] == [
        f"{group}/namespaces/orders/externalsecrets/db",
        f"{group}/clustersecretstores/main",
        f"{group}/clustersecretstores",
        f"{group}/namespaces/orders/externalsecrets",
    ]
    assert script.seen[3].query == {"labelSelector": "a=b", "limit": "500"}


def test_a_server_may_live_below_a_path(
    script: Script, kubeconfigs: Kubeconfigs, clock: Clock
) -> None:
    """Rancher and other proxies put the API server there."""
    path = kubeconfigs.write(f"{script.url}/k8s/clusters/c-1")
    script.answers = [Response(200, SECRET)]

    _patient(ConnectOptions(kubeconfig=path, environ={}), clock).get(SECRETS, "orders", "db")

    assert script.seen[0].path == "/k8s/clusters/c-1/api/v1/namespaces/orders/secrets/db"


def test_writes_name_their_manager(cluster: ApiCluster, script: Script) -> None:
    """Create is a POST to the collection, update a PUT to the object; dry runs say so."""
    script.answers = [Response(200, SECRET)]

    cluster.create(SECRETS, SECRET, manager="esync/a b")
    cluster.update(SECRETS, SECRET, manager="m", dry_run=True)

    create, update = script.seen
    assert (create.method, create.path) == ("POST", "/api/v1/namespaces/orders/secrets")
    assert create.query == {"fieldManager": "esync/a b"}
    assert create.headers["content-type"] == "application/json"
    assert create.json() == SECRET
    assert (update.method, update.path) == ("PUT", "/api/v1/namespaces/orders/secrets/db")
    assert update.query == {"fieldManager": "m", "dryRun": "All"}


def test_an_update_needs_the_version_that_was_read(cluster: ApiCluster, script: Script) -> None:
    """Without one the API server would overwrite whatever is there."""
    body = {**SECRET, "metadata": {"namespace": "orders", "name": "db"}}

    with pytest.raises(Invalid, match="its resourceVersion is not known"):
        cluster.update(SECRETS, body, manager="m")
    assert script.seen == []


def test_delete_sends_its_preconditions(cluster: ApiCluster, script: Script) -> None:
    """In the body, beside which the API server reads no query."""
    script.answers = [Response(200, {}), _missing()]

    cluster.delete(SECRETS, "orders", "db", uid="u", resource_version="7", dry_run=True)
    cluster.delete(SECRETS, "orders", "db", uid="u", resource_version="")

    assert script.seen[0].method == "DELETE"
    assert script.seen[0].json() == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": "u", "resourceVersion": "7"},
        "dryRun": ["All"],
    }
    assert script.seen[1].json()["preconditions"] == {"uid": "u"}


def test_token_request(cluster: ApiCluster, script: Script) -> None:
    """Audiences as given; the lifetime only if one is given; the token never prints."""
    script.answers = [Response(201, {"status": {"token": "geheim"}})]

    token = cluster.token("orders", "app", ["sts.amazonaws.com"], 600)
    cluster.token("orders", "app", [])

    assert token.reveal() == b"geheim"
    assert str(token) == "***"
    assert script.seen[0].path == "/api/v1/namespaces/orders/serviceaccounts/app/token"
    assert script.seen[0].json() == {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"audiences": ["sts.amazonaws.com"], "expirationSeconds": 600},
    }
    assert script.seen[1].json()["spec"] == {"audiences": []}


def test_an_answer_without_token(cluster: ApiCluster, script: Script) -> None:
    """It is an error, not an empty token."""
    script.answers = [Response(201, {"status": {}})]

    with pytest.raises(ClusterError, match="the answer holds no token"):
        cluster.token("orders", "app", [])


def test_status_is_merged(cluster: ApiCluster, script: Script) -> None:
    """A merge patch of the status subresource."""
    cluster.patch_status(EXTERNAL_SECRETS, "orders", "db", {"conditions": []})

    [request] = script.seen
    path = "/apis/external-secrets.io/v1/namespaces/orders/externalsecrets/db/status"
    assert (request.method, request.path) == ("PATCH", path)
    assert request.headers["content-type"] == "application/merge-patch+json"
    assert request.json() == {"status": {"conditions": []}}


def _page(*names: str, place: str = "") -> Response:
    items = [{"metadata": {"namespace": "orders", "name": name}} for name in names]
    return Response(200, {"metadata": {"continue": place}, "items": items})


def _names(cluster: ApiCluster) -> list[str]:
    return [one["metadata"]["name"] for one in cluster.list(SECRETS, "orders")]


def test_lists_come_in_pages(cluster: ApiCluster, script: Script) -> None:
    """Each page names the next; items get the kind that a list leaves out."""
    script.answers = [_page("a", "b", place="2"), _page("c")]

    found = list(cluster.list(SECRETS, "orders"))

    assert [one["metadata"]["name"] for one in found] == ["a", "b", "c"]
    assert {(one["apiVersion"], one["kind"]) for one in found} == {("v1", "Secret")}
    assert [request.query for request in script.seen] == [
        {"limit": "500"},
        {"limit": "500", "continue": "2"},
    ]


def test_a_page_is_asked_for_when_it_is_needed(cluster: ApiCluster, script: Script) -> None:
    """Who stops early does not pay for the rest."""
    script.answers = [_page("a", place="2"), _page("b")]

    next(cluster.list(SECRETS, "orders"))

    assert len(script.seen) == 1


def test_an_expired_place_restarts_the_list(cluster: ApiCluster, script: Script) -> None:
    """The list is read in one piece then, and nothing comes twice."""
    script.answers = [
        _page("a", "b", place="2"),
        _status(410, "Expired"),
        _page("a", "b", "c"),
    ]

    assert _names(cluster) == ["a", "b", "c"]
    assert script.seen[2].query == {}


def test_a_busy_server_goes_on_with_the_same_page(
    cluster: ApiCluster, script: Script, clock: Clock
) -> None:
    """Also the first one is asked for again; nothing comes twice, and no list is begun anew."""
    script.answers = [
        Response(429, {}, {"Retry-After": "2"}),
        _page("a", "b", place="2"),
        Response(429, {}, {"Retry-After": "7"}),
        _page("c"),
    ]

    assert _names(cluster) == ["a", "b", "c"]
    assert clock.slept == [2.0, 7.0]
    assert [request.query.get("continue") for request in script.seen] == [None, None, "2", "2"]


def test_a_place_that_expires_while_the_server_is_busy(
    cluster: ApiCluster, script: Script, clock: Clock
) -> None:
    """Who was made to wait too long starts again, in one piece."""
    script.answers = [
        _page("a", place="2"),
        Response(429, {}, {"Retry-After": "9"}),
        _status(410, "Expired"),
        Response(429, {}, {"Retry-After": "1"}),
        _page("a", "b"),
    ]

    assert _names(cluster) == ["a", "b"]
    assert clock.slept == [9.0, 1.0]
    assert [request.query for request in script.seen[3:]] == [{}, {}]


def test_rules_are_reviewed_once(cluster: ApiCluster, script: Script) -> None:
    """Once for each namespace; what is not shown is denied if the review is complete."""
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}
    status = {"resourceRules": [rule], "nonResourceRules": [], "incomplete": False}
    script.answers = [Response(201, {"status": status})]

    assert cluster.permissions("orders").denies("list", SECRETS)
    assert not cluster.permissions("orders").denies("get", SECRETS)

    [request] = script.seen
    path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
    assert (request.method, request.path) == ("POST", path)
    assert request.json()["spec"] == {"namespace": "orders"}


@pytest.mark.parametrize("code", [403, 404, 500])
def test_a_review_that_fails_denies_nothing(cluster: ApiCluster, script: Script, code: int) -> None:
    """What may be done is found out by doing it; the review is not asked for again."""
    script.answers = [_status(code, "Trouble")]

    assert not cluster.permissions("orders").denies("list", SECRETS)
    assert not cluster.permissions("orders").denies("list", SECRETS)
    assert len(script.seen) == 1


def test_gone_without_a_place_is_an_error(cluster: ApiCluster, script: Script) -> None:
    """No endless restarts."""
    script.answers = [_status(410, "Gone")]

    with pytest.raises(ClusterError, match="the API server answers 410 Gone"):
        _names(cluster)
    assert len(script.seen) == 1


def test_404_of_a_core_kind_must_name_the_object(cluster: ApiCluster, script: Script) -> None:
    """A wrong URL answers 404 to everything, and must not read as "there is no Secret"."""
    script.answers = [Response(404, "404 page not found")]

    with pytest.raises(NotServed, match="the API server has no secrets of v1"):
        cluster.get(SECRETS, "orders", "db")
    with pytest.raises(NotServed):
        cluster.delete(SECRETS, "orders", "db", uid="", resource_version="")
    assert cluster.get(EXTERNAL_SECRETS, "orders", "db") is None


@pytest.mark.parametrize("content", ["<html>sign in</html>", "[]", ""])
def test_what_is_no_kubernetes_api(cluster: ApiCluster, script: Script, content: str) -> None:
    """A page of a proxy is not taken for an object, nor quoted."""
    script.answers = [Response(200, content)]

    with pytest.raises(ClusterError, match="this is no Kubernetes API"):
        cluster.get(SECRETS, "orders", "db")


def test_redirects_are_not_followed(cluster: ApiCluster, script: Script) -> None:
    """The token goes to the server of the kubeconfig and to no other."""
    script.answers = [Response(302, "", {"Location": f"{script.url}/login"})]

    with pytest.raises(ClusterError, match="the API server answers 302"):
        cluster.get(SECRETS, "orders", "db")
    assert len(script.seen) == 1


def _get(cluster: ApiCluster) -> object:
    return cluster.get(SECRETS, "orders", "db")


def _create(cluster: ApiCluster) -> object:
    return cluster.create(SECRETS, SECRET, manager="m")


def _update(cluster: ApiCluster) -> object:
    return cluster.update(SECRETS, SECRET, manager="m")


@pytest.mark.parametrize(
    ("act", "code", "headers", "slept"),
    [
        (_get, 429, {"Retry-After": "3"}, [3.0]),
        (_create, 429, {"Retry-After": "3"}, [3.0]),
        (_create, 429, {}, [0.5]),
        (_get, 503, {}, [0.5]),
        (_update, 503, {"Retry-After": "1"}, [1.0]),
        (_update, 500, {"Retry-After": "1"}, [1.0]),
        (_get, 504, {"Retry-After": "soon"}, [0.5]),
    ],
)
def test_a_busy_server_is_asked_again(
    cluster: ApiCluster,
    script: Script,
    clock: Clock,
    act: Callable[[ApiCluster], object],
    code: int,
    headers: dict[str, str],
    slept: list[float],
) -> None:
    """After the time that it asks for, else after half a second."""
    script.answers = [Response(code, {}, headers), Response(200, SECRET)]

    assert act(cluster) == SECRET
    assert clock.slept == slept


@pytest.mark.parametrize(
    ("act", "code", "headers"),
    [
        (_get, 500, {}),  # a failing webhook
        (_get, 429, {"Retry-After": "61"}),
        (_get, 403, {}),
    ],
)
def test_what_is_not_asked_again(
    cluster: ApiCluster,
    script: Script,
    act: Callable[[ApiCluster], object],
    code: int,
    headers: dict[str, str],
) -> None:
    """The first answer counts."""
    script.answers = [Response(code, {}, headers)]

    with pytest.raises(ClusterError):
        act(cluster)
    assert len(script.seen) == 1


def test_patience_ends(cluster: ApiCluster, script: Script, clock: Clock) -> None:
    """After five tries the answer counts, with waits that double."""
    script.answers = [Response(503, {})]

    with pytest.raises(ClusterError, match="the API server answers 503"):
        cluster.get(SECRETS, "orders", "db")
    assert len(script.seen) == 5
    assert clock.slept == [0.5, 1.0, 2.0, 4.0]


def test_who_waits_may_end_the_run(script: Script, kubeconfigs: Kubeconfigs) -> None:
    """A signal need not wait until the server is ready again."""
    script.answers = [Response(429, {}, {"Retry-After": "60"})]

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    options = ConnectOptions(kubeconfig=kubeconfigs.write(script.url), environ={})
    with pytest.raises(KeyboardInterrupt):
        connect(options, sleep=stop).get(SECRETS, "orders", "db")
    assert len(script.seen) == 1


def test_nothing_is_waited_for_beyond_the_deadline(
    script: Script, kubeconfigs: Kubeconfigs, clock: Clock
) -> None:
    """--timeout of the run bounds every wait, and no request starts after it."""
    path = kubeconfigs.write(script.url)
    cluster = _patient(ConnectOptions(kubeconfig=path, deadline=2.0, environ={}), clock)
    script.answers = [Response(429, {}, {"Retry-After": "1"})]

    with pytest.raises(ClusterError, match="the API server answers 429"):
        cluster.get(SECRETS, "orders", "db")
    assert clock.slept == [1.0]

    clock.now = 2.0
    with pytest.raises(Unreachable, match="no time is left"):
        cluster.get(SECRETS, "orders", "db")
    assert len(script.seen) == 2


def test_an_expired_token_is_renewed(
    script: Script, kubeconfigs: Kubeconfigs, clock: Clock, tmp_path: Path
) -> None:
    """A token file that has changed is read again; the call goes on with the new token."""
    (tmp_path / "token").write_text("one\n")
    path = kubeconfigs.write(script.url, user={"tokenFile": "token"})
    cluster = _patient(ConnectOptions(kubeconfig=path, environ={}), clock)
    script.answers = [Response(200, SECRET)]
    cluster.get(SECRETS, "orders", "db")
    (tmp_path / "token").write_text("two\n")
    script.answers = [_status(401, "Unauthorized"), Response(200, SECRET)]

    assert cluster.create(SECRETS, SECRET, manager="m") == SECRET
    assert [request.bearer for request in script.seen] == ["one", "one", "two"]


def test_credentials_that_are_refused(cluster: ApiCluster, script: Script) -> None:
    """Fresh ones are not fetched again; those that worked once are, once."""
    script.answers = [_status(401, "Unauthorized")]
    for _ in range(2):
        with pytest.raises(Unauthorized, match="does not accept the credentials"):
            cluster.get(SECRETS, "orders", "db")
    assert len(script.seen) == 2

    script.answers = [Response(200, SECRET), _status(401, "Unauthorized")]
    cluster.get(SECRETS, "orders", "db")
    for _ in range(2):
        with pytest.raises(Unauthorized):
            cluster.get(SECRETS, "orders", "db")
    assert len(script.seen) == 6  # 401, 401 with the new ones; then 401 only


def test_threads_renew_once(
    script: Script, kubeconfigs: Kubeconfigs, clock: Clock, tmp_path: Path
) -> None:
    """Eight threads that meet the same expired token run the sign-in once."""
    (tmp_path / "token").write_text("one")
    path = kubeconfigs.write(script.url, user={"tokenFile": "token"})
    options = ConnectOptions(kubeconfig=path, environ={})
    signed: list[object] = []

    def signing() -> Any:
        signed.append(session := sign_in(options))
        return session

    wire = Wire(signing, options, sleep=clock.sleep, clock=lambda: clock.now)
    cluster = ApiCluster(wire, choose(options), nobody_else)
    together = Barrier(8)

    def answer(request: Request) -> Response:
        if request.bearer == "one" and request.path.endswith("/late"):
            together.wait(10)
            return _status(401, "Unauthorized")
        return Response(200, SECRET)

    with serving(answer) as port:
        kubeconfigs.write(f"http://127.0.0.1:{port}", user={"tokenFile": "token"})
        cluster.get(SECRETS, "orders", "db")
        (tmp_path / "token").write_text("two")
        threads = [Thread(target=cluster.get, args=(SECRETS, "orders", "late")) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(signed) == 2


def test_a_server_that_never_answered_is_asked_once(kubeconfigs: Kubeconfigs, clock: Clock) -> None:
    """A thousand objects do not wait for it a thousand times."""
    with serving(lambda _: Response(200)) as port:
        pass
    path = kubeconfigs.write(f"http://127.0.0.1:{port}")
    options = ConnectOptions(kubeconfig=path, environ={})
    cluster = _patient(options, clock)

    with pytest.raises(Unreachable) as caught:
        cluster.get(SECRETS, "orders", "db")
    assert caught.value.message == (
        f"the API server http://127.0.0.1:{port} does not answer: it cannot be connected to"
    )
    assert caught.value.hint
    assert clock.slept == []

    with serving(lambda _: Response(200, SECRET)) as other:
        kubeconfigs.write(f"http://127.0.0.1:{other}")
        with pytest.raises(Unreachable):
            cluster.get(SECRETS, "orders", "db")


def test_a_kind_is_looked_for_once(cluster: ApiCluster, script: Script) -> None:
    """However many objects of it there are; one that is missing is looked for again."""
    found = {"resources": [{"name": "configmaps", "kind": "ConfigMap", "namespaced": True}]}
    script.answers = [Response(200, {"resources": []}), Response(200, found)]

    assert cluster.resource_of("", "v1", "ConfigMap") is None
    assert cluster.resource_of("", "v1", "ConfigMap") == CONFIG_MAPS
    assert cluster.resource_of("", "v1", "ConfigMap") == CONFIG_MAPS
    assert len(script.seen) == 2


def test_a_broken_connection_is_tried_again(kubeconfigs: Kubeconfigs, clock: Clock) -> None:
    """Only to a server that has answered before."""
    seen: list[str] = []

    def answer(request: Request) -> Response:
        seen.append(request.method)
        if len(seen) in {2, 4}:
            raise ConnectionResetError
        return Response(200, SECRET)

    with serving(answer) as port:
        path = kubeconfigs.write(f"http://127.0.0.1:{port}")
        cluster = _patient(ConnectOptions(kubeconfig=path, environ={}), clock)
        cluster.get(SECRETS, "orders", "db")

        assert cluster.get(SECRETS, "orders", "db") == SECRET
        assert cluster.create(SECRETS, SECRET, manager="m") == SECRET

    assert seen == ["GET", "GET", "GET", "POST", "POST"]


@pytest.mark.parametrize(("lost", "ours"), [(503, True), (429, False)])
def test_a_conflict_with_a_lost_answer(
    cluster: ApiCluster, script: Script, lost: int, *, ours: bool
) -> None:
    """What was created although the answer says otherwise is there when it is sent again."""
    exists = {"kind": "Status", "reason": "AlreadyExists"}
    script.answers = [Response(lost), Response(409, exists)]

    with pytest.raises(Conflict) as caught:
        cluster.create(SECRETS, SECRET, manager="m")

    assert caught.value.may_be_ours is ours


def test_an_untrusted_certificate(tmp_path: Path, kubeconfigs: Kubeconfigs, clock: Clock) -> None:
    """The reason is told, and where to look; the right CA helps, or no verification."""
    folder = tmp_path / "ca"
    folder.mkdir()
    authority = Authority(folder)
    with serving(lambda _: Response(200, SECRET), tls=authority.issue("server")) as port:
        url = f"https://127.0.0.1:{port}"
        path = kubeconfigs.write(url)
        with pytest.raises(Unreachable) as caught:
            _patient(ConnectOptions(kubeconfig=path, environ={}), clock).get(SECRETS, "o", "db")
        assert "its certificate is not accepted" in caught.value.message
        assert "certificate-authority" in caught.value.hint

        clusters: list[dict[str, Any]] = [
            {"certificate-authority": str(authority.certificate)},
            {"insecure-skip-tls-verify": True},
        ]
        for cluster in clusters:
            path = kubeconfigs.write(url, cluster=cluster)
            found = _patient(ConnectOptions(kubeconfig=path, environ={}), clock)
            assert found.get(SECRETS, "o", "db") == SECRET


def test_tls_with_something_else(script: Script, kubeconfigs: Kubeconfigs, clock: Clock) -> None:
    """A server that speaks no TLS."""
    path = kubeconfigs.write(script.url.replace("http:", "https:"))

    with pytest.raises(Unreachable, match="no TLS connection could be made"):
        _patient(ConnectOptions(kubeconfig=path, environ={}), clock).get(SECRETS, "o", "db")


def test_a_slow_server(kubeconfigs: Kubeconfigs, clock: Clock) -> None:
    """The read time-out holds, and names no value."""
    done = Barrier(2)

    def slow(_: Request) -> Response:
        done.wait(10)
        return Response(200, SECRET)

    with serving(slow) as port:
        path = kubeconfigs.write(f"http://127.0.0.1:{port}")
        options = ConnectOptions(kubeconfig=path, read_timeout=0.05, environ={})
        with pytest.raises(Unreachable, match="it takes too long"):
            _patient(options, clock).get(SECRETS, "orders", "db")
        done.wait(10)


def test_no_error_holds_what_was_sent(cluster: ApiCluster, script: Script) -> None:
    """Whatever the server writes into its message, values do not come back in an error."""
    quoting = json.dumps(SECRET)
    script.answers = [Response(403, {"kind": "Status", "reason": "Forbidden", "message": quoting})]

    with pytest.raises(Forbidden) as caught:
        cluster.create(SECRETS, SECRET, manager="m")

    assert caught.value.__cause__ is None
    assert "Z2VoZWlt" not in f"{caught.value.message} {caught.value.hint} {caught.value!r}"

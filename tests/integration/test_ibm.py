"""IBM Cloud Secrets Manager as the operator reads it, on an instance that IBM's client fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.identity.hosts import HostRefused, PlainHttp, Rules
from esync.identity.kept import SECOND
from esync.identity.pod_tokens import NoProjectedToken, projected_token
from esync.identity.references import AmbientRefused, BadReference, MissingReference, StoreAccess
from esync.identity.wire import Wire
from esync.manifests.store import RetrySettings
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    NoSecret,
    ProviderError,
    Throttled,
    Unavailable,
)
from esync.providers.ibm.patience import Patience, Retries
from esync.providers.ibm.sign_in import NoIbmIdentity, sign_in
from esync.providers.ibm.spec import ApiKey, Auth, ContainerAuth
from tests.fakes.ibm import KEY, key_holder, open_store, settings
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.gate import Refusal
from tests.servers.ibm import API_KEY, POD_TOKEN, PROFILE, IbmServer, ibm, official_client
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration

TOKEN_FILE = "/var/run/secrets/tokens/vault-token"


@pytest.fixture
def server() -> Iterator[IbmServer]:
    """An empty instance."""
    with ibm() as made:
        yield made


def create(server: IbmServer, **content: Any) -> str:
    """Create a secret with IBM's client, and return its id."""
    prototype = {"secret_type": "arbitrary", "name": "db", "secret_group_id": "apps", **content}
    with official_client(server) as client:
        return str(client.create_secret(secret_prototype=prototype).get_result()["id"])


def opened(server: IbmServer, **more: Any) -> Any:
    """Return a provider that signs in with the API key."""
    return open_store(settings(server.url), **more)


def test_the_official_client_understands_the_instance(server: IbmServer) -> None:
    """It signs in, creates, and reads by id and by name."""
    made = create(server, payload="p")
    with official_client(server) as client:
        by_id = client.get_secret(id=made).get_result()
        by_name = client.get_secret_by_name_type(
            secret_type="arbitrary", name="db", secret_group_name="apps"
        ).get_result()
    assert by_id == by_name
    assert by_id["payload"] == "p"
    assert server.forms[0]["grant_type"] == "urn:ibm:params:oauth:grant-type:apikey"


def test_by_id_and_by_name(server: IbmServer) -> None:
    """Both lead to the same secret; a version is not looked at."""
    made = create(server, payload="p")
    provider = opened(server)
    for key in (made, f"arbitrary/{made}", f"any/arbitrary/{made}", "apps/arbitrary/db"):
        assert provider.read(key, "7").value().reveal() == b"p"


def test_one_sign_in_and_one_call_for_each_secret(server: IbmServer) -> None:
    """A token serves all reads until it ends."""
    made = [create(server, name=f"s{number}", payload="p") for number in range(3)]
    server.forms.clear()
    server.gate.reset()
    provider = opened(server)
    for key in made:
        provider.read(key)
    assert [form["apikey"] for form in server.forms] == [API_KEY]
    assert len(server.gate.calls) == 3


def test_a_token_is_renewed_before_it_ends(server: IbmServer) -> None:
    """Two minutes before, so that a request under way is in time."""
    key = create(server, payload="p")
    server.lifetime = 300
    server.forms.clear()
    now = [0]
    provider = open_store(settings(server.url), clock=lambda: now[0])
    for seconds, sign_ins in ((0, 1), (180, 1), (181, 2)):
        now[0] = seconds * SECOND
        provider.read(key)
        assert len(server.forms) == sign_ins


def test_a_refused_identity_is_asked_for_once(server: IbmServer) -> None:
    """And told for each secret, with IBM's code and id, without its words."""
    provider = open_store(settings(server.url), key_holder("wrong"))
    for name in ("one", "two"):
        with pytest.raises(AccessDenied, match=name) as caught:
            provider.read(f"apps/kv/{name}")
        assert "BXNIM0415E, request:iam-1" in caught.value.message
        assert "hunter2" not in caught.value.message
    assert len(server.forms) == 1


def test_what_is_missing_is_no_missing_secret(server: IbmServer) -> None:
    """As with the operator, so that no deletionPolicy follows from it."""
    with pytest.raises(ProviderError, match=r"status 404, not_found, request:trace-1") as caught:
        opened(server).read("apps/kv/nowhere")
    assert not isinstance(caught.value, NoSecret)
    assert "GROUP/TYPE/NAME" in caught.value.hint


def test_no_retries_unless_the_store_says_so(server: IbmServer) -> None:
    """One try, else three more."""
    create(server, payload="p")
    server.gate.reset()
    server.gate.refuse("db", Refusal.UNAVAILABLE)
    with pytest.raises(Unavailable):
        opened(server).read("apps/arbitrary/db")
    assert len(server.gate.calls) == 1
    server.gate.refuse("db", Refusal.UNAVAILABLE, 2)
    provider = opened(server, retry=RetrySettings(retry_interval="1ms"))
    assert provider.read("apps/arbitrary/db").value().reveal() == b"p"
    assert len(server.gate.calls) == 4


@pytest.mark.parametrize(
    ("status", "header", "tries", "waits"),
    [
        (500, "", 4, [1.0, 2.0, 4.0]),
        (429, "7", 4, [7.0, 7.0, 7.0]),
        (503, "7", 4, [7.0, 7.0, 7.0]),
        (500, "7", 4, [1.0, 2.0, 4.0]),
        (503, "3600", 1, []),
        (501, "", 1, []),
        (404, "", 1, []),
    ],
)
def test_waits_between_tries(status: int, header: str, tries: int, waits: list[float]) -> None:
    """A service may ask for longer, but not for longer than a run is meant to last."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(status, {}, {"Retry-After": header} if header else {})

    store = make_store("ibm", {})
    slept: list[float] = []
    with serving(answer) as port:
        wire = Wire(StoreAccess(store, "orders", MemoryCredentials()))
        patience = Patience(wire, Retries(3), slept.append)
        assert patience.send("GET", f"http://127.0.0.1:{port}/", {}).status == status
        patience.close()
    assert (len(seen), slept) == (tries, waits)


def test_a_store_that_asks_to_slow_down_says_for_how_long() -> None:
    """The run waits that long."""
    slow = Response(429, {}, {"Retry-After": "9"})
    with serving(lambda _: slow) as port, pytest.raises(Throttled) as caught:
        open_store(settings(f"http://127.0.0.1:{port}")).read("apps/kv/db")
    assert caught.value.retry_after == 9.0
    assert "db" in caught.value.message


def test_a_redirect_is_not_followed(server: IbmServer) -> None:
    """Neither the API key nor the token goes where an answer leads."""
    seen: list[Request] = []

    def elsewhere(request: Request) -> Response:
        seen.append(request)
        return Response(200, {})

    with serving(elsewhere) as other:
        away = Response(307, {}, {"Location": f"http://127.0.0.1:{other}/"})
        with serving(lambda _: away) as port:
            url = f"http://127.0.0.1:{port}"
            with pytest.raises(BadAnswer, match="leads elsewhere"):
                open_store(settings(url)).read("apps/kv/db")
            auth = settings(server.url)["auth"]
            with pytest.raises(BadAnswer, match="leads elsewhere"):
                open_store(settings(url) | {"auth": auth}).read("apps/kv/db")
    assert seen == []


@pytest.mark.parametrize("token", ["", None, "two words", 7])
def test_an_answer_without_a_token(token: object) -> None:
    """Is none of IAM's."""
    answer = Response(200, {"access_token": token})
    with serving(lambda _: answer) as port, pytest.raises(BadAnswer, match="no token"):
        open_store(settings(f"http://127.0.0.1:{port}")).read("apps/kv/db")


def test_no_credential_is_read_before_its_host_is_allowed() -> None:
    """Neither for the instance nor for IAM, whatever the store says."""
    cluster = key_holder()
    cases: list[tuple[dict[str, Any], bool, type[Exception]]] = [
        (settings("https://evil.example"), False, HostRefused),
        (settings("http://evil.example"), True, PlainHttp),
    ]
    for wanted, trusted, error in cases:
        with pytest.raises(error):
            open_store(wanted, cluster, trusted=trusted)
    own = "https://1.eu-de.secrets-manager.appdomain.cloud"
    for iam in ("https://evil.example", "https://iam.cloud.ibm.com.evil.example"):
        wanted = settings(own)
        wanted["auth"]["secretRef"]["iamEndpoint"] = iam
        with pytest.raises(HostRefused):
            open_store(wanted, cluster, trusted=False)
    lookalike = settings("https://secrets-manager.appdomain.cloud.evil.example")
    with pytest.raises(HostRefused):
        open_store(lookalike, cluster, trusted=False)
    assert cluster.asked == []


def test_ibm_s_own_hosts_are_allowed_to_everybody() -> None:
    """The public and private endpoints of instances, and of IAM."""
    cluster = key_holder()
    for host in ("1.eu-de", "1.private.eu-de"):
        url = f"https://{host}.secrets-manager.appdomain.cloud"
        wanted = {"serviceUrl": url, "auth": {"secretRef": {"secretApiKeySecretRef": KEY}}}
        open_store(wanted, cluster, trusted=False)
    assert cluster.asked == []


def test_other_hosts_by_flag() -> None:
    """As --allow-host says."""
    rules = Rules(allow_hosts={"sm.example"})
    wanted = settings("https://sm.example")
    open_store(wanted, trusted=False, rules=rules)


def test_a_key_that_is_not_there_or_no_text() -> None:
    """Is told when the first secret needs it."""
    with pytest.raises(MissingReference, match="secretApiKeySecretRef"):
        open_store(settings("http://127.0.0.1:9"), MemoryCredentials()).read("apps/kv/db")
    cluster = MemoryCredentials()
    cluster.objects["Secret", "orders", "ibm"] = {"metadata": {}, "data": {"apikey": "/w=="}}
    with pytest.raises(BadReference, match="no text"):
        open_store(settings("http://127.0.0.1:9"), cluster).read("apps/kv/db")


def access(url: str, **more: Any) -> StoreAccess:
    """Return what a store may use."""
    trusted = more.pop("trusted", True)
    store = make_store("ibm", settings(url), trusted=trusted)
    return StoreAccess(store, "orders", key_holder(), **more)


def pod(folder: Path, name: str = TOKEN_FILE) -> Path:
    """Return the root of a Pod that has a token."""
    file = folder / name.lstrip("/")
    file.parent.mkdir(parents=True)
    file.write_text(f"{POD_TOKEN}\n")
    return folder


@pytest.mark.parametrize("location", ["", "/run/secrets/ibm/token"])
def test_a_trusted_profile_believes_the_pod(tmp_path: Path, location: str) -> None:
    """The profile goes by name, with the content of the token's file."""
    root = pod(tmp_path, location or TOKEN_FILE)
    auth = Auth(container_auth=ContainerAuth(PROFILE, location, "https://iam.cloud.ibm.com/"))
    way = sign_in(auth, access("http://127.0.0.1:1"), root)
    assert way.endpoint == "https://iam.cloud.ibm.com"
    assert way.form() == {
        "grant_type": "urn:ibm:params:oauth:grant-type:cr-token",
        "cr_token": POD_TOKEN,
        "profile_name": PROFILE,
    }


@pytest.mark.parametrize(
    "location",
    [
        "/etc/passwd",
        "/var/run/secrets/../../../etc/passwd",
        "/var/run/secrets/tokens/../../../etc/passwd",
        "/var/run/secrets/kubernetes.io/serviceaccount/token",
        "/run/secrets/kubernetes.io/serviceaccount/token",
        "tokens/vault-token",
        "/var/run/secrets/",
        "/var/run/secrets/.hidden",
    ],
)
def test_no_other_file_is_read(tmp_path: Path, location: str) -> None:
    """Not even where it is there, and not the Pod's own token for the cluster."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root")
    auth = Auth(container_auth=ContainerAuth(PROFILE, location))
    with pytest.raises(BadReference, match="no projected token"):
        sign_in(auth, access("http://127.0.0.1:1"), tmp_path).form()


def test_no_pod_no_token(tmp_path: Path) -> None:
    """The file is named."""
    with pytest.raises(NoProjectedToken, match=TOKEN_FILE):
        projected_token(TOKEN_FILE, tmp_path)


def test_a_trusted_profile_is_the_identity_of_the_process() -> None:
    """It is refused to stores that may not use that."""
    auth = Auth(container_auth=ContainerAuth(PROFILE))
    with pytest.raises(AmbientRefused):
        sign_in(auth, access("https://iam.cloud.ibm.com", trusted=False))
    rules = Rules(several_namespaces=True)
    with pytest.raises(AmbientRefused):
        sign_in(auth, access("https://iam.cloud.ibm.com", rules=rules))


KEY_AUTH = Auth(ApiKey())


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"IBMCLOUD_API_KEY": "k", "IBMCLOUD_CR_PROFILE": "p"}, {"apikey": "k"}),
        ({"IBMCLOUD_CR_PROFILE": "p"}, {"cr_token": POD_TOKEN, "profile_name": "p"}),
        (
            {"IBMCLOUD_CR_PROFILE": "p", "IBMCLOUD_CR_TOKEN": "t"},
            {"cr_token": "t", "profile_name": "p"},
        ),
        (
            {"IBMCLOUD_CR_PROFILE": "Profile-1", "IBMCLOUD_CR_TOKEN": "t"},
            {"cr_token": "t", "profile_id": "Profile-1"},
        ),
        (
            {"IBMCLOUD_CR_PROFILE": "iam-Profile-1", "IBMCLOUD_CR_TOKEN": "t"},
            {"cr_token": "t", "profile_id": "iam-Profile-1"},
        ),
        (
            {"IBMCLOUD_CR_PROFILE": "crn:v1:x", "IBMCLOUD_CR_TOKEN": "t"},
            {"cr_token": "t", "profile_crn": "crn:v1:x"},
        ),
    ],
)
def test_the_identity_of_the_process(
    tmp_path: Path, environ: dict[str, str], expected: dict[str, str]
) -> None:
    """By the variables of IBM's command line; the store's own auth is left aside."""
    way = sign_in(
        KEY_AUTH, access("http://127.0.0.1:1", environ=environ, ambient=True), pod(tmp_path)
    )
    form = dict(way.form())
    assert form.pop("grant_type").startswith("urn:ibm:params:oauth:grant-type:")
    assert (form, way.endpoint) == (expected, "https://iam.cloud.ibm.com")


def test_a_key_in_a_file_that_the_environment_names(tmp_path: Path) -> None:
    """With an @, as on IBM's command line."""
    (tmp_path / "key").write_text("k\n")
    environ = {"IBMCLOUD_API_KEY": f"@{tmp_path}/key", "IBMCLOUD_IAM_API_ENDPOINT": "https://iam/"}
    way = sign_in(KEY_AUTH, access("http://127.0.0.1:1", environ=environ, ambient=True))
    assert (way.form()["apikey"], way.endpoint) == ("k", "https://iam")
    gone = access("http://127.0.0.1:1", environ={"IBMCLOUD_API_KEY": "@/gone"}, ambient=True)
    with pytest.raises(NoIbmIdentity, match="cannot be read"):
        sign_in(KEY_AUTH, gone).form()


def test_a_process_without_identity() -> None:
    """The variables are named; a store that may not use them does not get so far."""
    with pytest.raises(NoIbmIdentity, match="no identity"):
        sign_in(KEY_AUTH, access("http://127.0.0.1:1", ambient=True))
    with pytest.raises(AmbientRefused):
        sign_in(KEY_AUTH, access("http://127.0.0.1:1", ambient=True, trusted=False))


def test_reading_as_the_process(server: IbmServer) -> None:
    """From the environment to the value."""
    key = create(server, payload="p")
    environ = {"IBMCLOUD_API_KEY": API_KEY, "IBMCLOUD_IAM_API_ENDPOINT": server.url}
    provider = open_store(settings(server.url), MemoryCredentials(), environ=environ, ambient=True)
    assert provider.read(key).value().reveal() == b"p"

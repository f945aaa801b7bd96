"""Providers ``kubernetes`` and ``crd`` on real API servers: one of the run, and a remote one."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import yaml

from esync.cli.wiring import _Credentials
from esync.cluster.connect import connect
from esync.cluster.contract import SECRETS, SERVICE_ACCOUNTS
from esync.cluster.options import ConnectOptions
from esync.cluster.overlay import InputFirst, NotInInput
from esync.errors import EsyncError
from esync.identity.hosts import HostRefused, PlainHttp, Rules
from esync.identity.references import AmbientRefused, AudienceMissing, StoreAccess
from esync.manifests.externalsecret import Find, FindName, StoreKind
from esync.providers.contract import AccessDenied, BadStore, NoSecret, ProviderError, Unavailable
from esync.providers.kubernetes import Crd, Kubernetes
from esync.providers.kubernetes.sign_in import ForeignFields
from esync.providers.kubernetes.whitelist import NotOnWhitelist
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.definitions import VAULT, install_vaults
from tests.servers.http import request as send
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.secret import SecretValue
    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration

CLUSTER = StoreKind.CLUSTER_SECRET_STORE
SA = {"serviceAccount": {"name": "reader"}}
TOKEN = {"token": {"bearerToken": {"name": "login", "key": "token"}}}
OWN = {"server": {}, "auth": SA}


def texts(values: Mapping[str, SecretValue]) -> dict[str, str]:
    """Return values as text."""
    return {key: value.reveal().decode() for key, value in values.items()}


def grant(server: KubernetesServer, namespace: str, subject: Mapping[str, Any]) -> None:
    """Let ``subject`` read Secrets and ConfigMaps of one namespace."""
    api = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    common = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "reader"}}
    rules = [{"apiGroups": [""], "resources": ["secrets", "configmaps"], "verbs": ["get", "list"]}]
    server.apply(f"{api}/roles/reader", {**common, "kind": "Role", "rules": rules})
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    binding = {**common, "kind": "RoleBinding", "roleRef": role, "subjects": [subject]}
    server.apply(f"{api}/rolebindings/reader", binding)


def put(
    server: KubernetesServer,
    namespace: str,
    name: str,
    data: Mapping[str, str],
    **metadata: Any,
) -> None:
    """Store a Secret."""
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "stringData": dict(data),
    }
    server.apply(f"/api/v1/namespaces/{namespace}/secrets/{name}", body)


def new_namespace(server: KubernetesServer) -> str:
    """Return a namespace of its own."""
    name = f"t-{uuid4().hex[:12]}"
    server.create_namespace(name)
    return name


@dataclass
class Own:
    """The cluster of the run: ``home`` has the store, ``away`` what it reads."""

    server: KubernetesServer
    home: str
    away: str
    inputs: InputFirst = field(init=False)

    def __post_init__(self) -> None:
        live = connect(ConnectOptions(kubeconfig=str(self.server.kubeconfig)))
        self.inputs = InputFirst({}, live)
        self.credentials = _Credentials(self.inputs, live)

    def access(self, store: Any, **rest: Any) -> StoreAccess:
        """Return what a store may use."""
        return StoreAccess(store, self.home, self.credentials, **rest)

    def open(self, settings: Mapping[str, Any], **rest: Any) -> Kubernetes:
        """Open a SecretStore in ``home``."""
        full = {"remoteNamespace": self.away, **settings}
        store = make_store("kubernetes", full, namespace=self.home)
        return Kubernetes.open(store, self.access(store, **rest))

    def make(self, name: str, data: Mapping[str, str], **metadata: Any) -> None:
        """Show a Secret that this run made."""
        values = {key: b64encode(value.encode()).decode() for key, value in data.items()}
        meta = {"name": name, "namespace": self.away, **metadata}
        self.inputs.add({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": values})


@pytest.fixture
def own(kubernetes_server: KubernetesServer) -> Own:
    """Return two namespaces, and a service account of one that reads the other."""
    made = Own(
        kubernetes_server, new_namespace(kubernetes_server), new_namespace(kubernetes_server)
    )
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "reader"}}
    kubernetes_server.apply(f"/api/v1/namespaces/{made.home}/serviceaccounts/reader", account)
    subject = {"kind": "ServiceAccount", "name": "reader", "namespace": made.home}
    grant(kubernetes_server, made.away, subject)
    return made


def test_a_service_account_reads_another_namespace(own: Own) -> None:
    """One token request as ourselves, then the store's own identity, once for each key."""
    put(own.server, own.away, "db", {"user": "app", "conf": '{"port": 5432}'})
    with own.server.audited() as events:
        provider = own.open(OWN)
        payload = provider.read("db")
        assert payload.value("user").reveal() == b"app"
        assert payload.value("conf.port").reveal() == b"5432"
        assert texts(payload.members()) == {"user": "app", "conf": '{"port": 5432}'}
    assert [(one.verb, one.resource, one.user) for one in events] == [
        ("create", "serviceaccounts", "admin"),
        ("get", "secrets", f"system:serviceaccount:{own.home}:reader"),
    ]


@pytest.mark.parametrize(
    "server",
    [
        None,
        {},
        {"url": "kubernetes.default"},
        {"url": "https://kubernetes.default.svc"},
        {"url": "https://kubernetes.default.svc.cluster.local:443/"},
        {"caProvider": {"type": "ConfigMap", "name": "kube-root-ca.crt", "key": "ca.crt"}},
    ],
)
def test_the_inner_name_means_the_server_of_the_context(own: Own, server: Any) -> None:
    """Its name, and its CA, are of no use outside."""
    put(own.server, own.away, "db", {"a": "1"})
    settings = {"auth": SA} if server is None else {"auth": SA, "server": server}
    assert own.open(settings).read("db").value("a").reveal() == b"1"


def test_the_outer_name_means_it_too(own: Own) -> None:
    """A token for the cluster itself goes back to it."""
    put(own.server, own.away, "db", {"a": "1"})
    own.make("made", {"b": "2"})
    provider = own.open({"auth": SA, "server": {"url": own.server.url}})
    assert provider.read("db").value("a").reveal() == b"1"
    assert provider.read("made").value("b").reveal() == b"2"


def test_what_the_run_made_is_seen(own: Own) -> None:
    """It hides what the cluster still has, in lists as well."""
    put(own.server, own.away, "db", {"a": "old"}, labels={"team": "x"})
    put(own.server, own.away, "live", {"a": "live"}, labels={"team": "x"})
    own.make("db", {"a": "new"}, labels={"team": "x"})
    own.make("more", {"a": "more"}, labels={"team": "y"})
    provider = own.open(OWN)
    assert provider.read("db").value("a").reveal() == b"new"
    assert provider.read("more").value("a").reveal() == b"more"
    assert texts(provider.find(Find(tags={"team": "x"}))) == {
        "db": '{"a":"new"}',
        "live": '{"a":"live"}',
    }
    assert set(provider.find(Find(name=FindName("^(db|more)$")))) == {"db", "more"}


def test_what_the_run_made_is_hidden_from_who_may_not_read_it(own: Own) -> None:
    """The cluster decides, whoever made it."""
    own.make("secret", {"a": "hunter2"})
    own.inputs.add(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "s", "namespace": "kube-system"},
        }
    )
    provider = own.open({**OWN, "remoteNamespace": "kube-system"})
    with pytest.raises(AccessDenied, match="may not get secrets"):
        provider.read("s")
    with pytest.raises(AccessDenied, match="may not list secrets"):
        provider.find(Find(name=FindName("")))


def test_metadata(own: Own) -> None:
    """Labels and annotations of the Secret."""
    put(own.server, own.away, "db", {"a": "1"}, labels={"team": "x"}, annotations={"n": "m"})
    payload = own.open(OWN).read_metadata("db")
    assert payload.value("labels.team").reveal() == b"x"
    assert texts(payload.members("annotations")) == {"n": '"m"'}


def test_not_found(own: Own) -> None:
    """Plain for a value, NoSecret for extract, and for metadata as for values."""
    provider = own.open(OWN)
    for payload in (provider.read("nowhere"), provider.read_metadata("nowhere")):
        with pytest.raises(ProviderError, match="nowhere") as caught:
            payload.value("a")
        assert not isinstance(caught.value, NoSecret)
        with pytest.raises(NoSecret, match="nowhere"):
            payload.members()


@pytest.mark.parametrize("key", ["../../default/secrets/x", "a/b", "..", ".", "a%2Fb", ""])
def test_a_key_stays_a_name(own: Own, key: str) -> None:
    """No key leads to another path."""
    with own.server.audited() as events, pytest.raises(ProviderError):
        own.open(OWN).read(key)
    assert [one for one in events if one.resource == "secrets"] == []


def test_find(own: Own) -> None:
    """Tags win over a name; none of both is an error, and so is a value that no label has."""
    put(own.server, own.away, "db", {"a": "1"}, labels={"team": "x"})
    put(own.server, own.away, "mail", {"b": "<"})
    provider = own.open(OWN)
    both = Find(tags={"team": "x"}, name=FindName("mail"))
    assert texts(provider.find(both)) == {"db": '{"a":"1"}'}
    assert texts(provider.find(Find(tags={}))) == {"db": '{"a":"1"}', "mail": '{"b":"<"}'}
    assert texts(provider.find(Find(name=FindName("ai")))) == {"mail": '{"b":"<"}'}
    for wanted in (Find(path="x"), Find(tags={"team": "not a value"})):
        with pytest.raises(ProviderError, match="find"):
            provider.find(wanted)


def test_ambient_reads_as_ourselves(own: Own) -> None:
    """The cluster of the context only, and for a store of a namespace with leave."""
    put(own.server, own.away, "db", {"a": "1"})
    own.make("made", {"b": "2"})
    provider = own.open({"server": {}}, ambient=True)
    assert provider.read("db").value("a").reveal() == b"1"
    assert provider.read("made").value("b").reveal() == b"2"
    with pytest.raises(AmbientRefused):
        own.open({"server": {}}, ambient=True, rules=Rules(several_namespaces=True))
    with pytest.raises(BadStore, match="of the context only"):
        own.open({"server": {"url": "https://elsewhere.example"}}, ambient=True)


def test_offline_the_input_is_all_there_is() -> None:
    """A store of a namespace reads its own; another one needs leave in a run over several."""
    inputs = InputFirst({}, None)
    body = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "MQ=="}}
    for namespace in ("orders", "other"):
        inputs.add({**body, "metadata": {"name": "db", "namespace": namespace}})
    credentials = _Credentials(inputs, None)
    several = Rules(several_namespaces=True)

    def opened(namespace: str, rules: Rules) -> Kubernetes:
        store = make_store("kubernetes", {**OWN, "remoteNamespace": namespace})
        return Kubernetes.open(store, StoreAccess(store, "orders", credentials, rules))

    assert opened("orders", several).read("db").value("a").reveal() == b"1"
    assert opened("other", Rules()).read("db").value("a").reveal() == b"1"
    assert set(opened("orders", several).find(Find(tags={}))) == {"db"}
    allowed = Rules(several_namespaces=True, allow_ambient={"orders/main"})
    assert opened("other", allowed).read("db").value("a").reveal() == b"1"
    with pytest.raises(AmbientRefused):
        opened("other", several)
    with pytest.raises(NotInInput):
        opened("orders", several).read("nowhere")


# -- a remote cluster


@dataclass
class Remote:
    """Another cluster, and credentials for it in the cluster of the run."""

    server: KubernetesServer
    namespace: str
    credentials: MemoryCredentials

    def settings(self, auth: Mapping[str, Any], **server: Any) -> dict[str, Any]:
        """Return settings that lead there."""
        ca = b64encode(self.server.ca.read_bytes()).decode()
        return {
            "server": {"url": self.server.url, "caBundle": ca, **server},
            "auth": auth,
            "remoteNamespace": self.namespace,
        }

    def open(self, settings: Mapping[str, Any], **rest: Any) -> Kubernetes:
        """Open a SecretStore."""
        trusted = rest.pop("trusted", True)
        store = make_store("kubernetes", settings, trusted=trusted)
        return Kubernetes.open(store, StoreAccess(store, "orders", self.credentials, **rest))


@pytest.fixture
def remote(second_kubernetes_server: KubernetesServer) -> Remote:
    """Return a namespace with one Secret, and the administrator's token."""
    namespace = new_namespace(second_kubernetes_server)
    put(second_kubernetes_server, namespace, "db", {"a": "remote"})
    credentials = MemoryCredentials(server="https://own.example")
    credentials.add_secret("login", {"token": f"{second_kubernetes_server.token}\n"})
    return Remote(second_kubernetes_server, namespace, credentials)


def read(provider: Kubernetes) -> bytes:
    """Read the one value."""
    return provider.read("db").value("a").reveal()


def test_a_token(remote: Remote) -> None:
    """A bearer token of a Secret; its line end does not count."""
    assert read(remote.open(remote.settings(TOKEN))) == b"remote"


def test_a_ca_provider(remote: Remote) -> None:
    """Certificates of a ConfigMap."""
    remote.credentials.add_config_map("ca", {"ca.crt": remote.server.ca.read_text()})
    provider = {"type": "ConfigMap", "name": "ca", "key": "ca.crt"}
    settings = remote.settings(TOKEN, caBundle="", caProvider=provider)
    assert read(remote.open(settings)) == b"remote"


def test_a_client_certificate(remote: Remote) -> None:
    """PEM of two keys of a Secret."""
    config = yaml.safe_load(remote.server.kubeconfig_for("ann", ["system:masters"]).read_text())
    user = config["users"][0]["user"]
    data = {"crt": user["client-certificate-data"], "key": user["client-key-data"]}
    body = {"kind": "Secret", "metadata": {}, "data": data}
    remote.credentials.objects["Secret", "orders", "pair"] = body
    auth = {
        "cert": {
            "clientCert": {"name": "pair", "key": "crt"},
            "clientKey": {"name": "pair", "key": "key"},
        }
    }
    assert read(remote.open(remote.settings(auth))) == b"remote"
    # Without a scheme a client certificate means https.
    bare = remote.server.url.removeprefix("https://")
    assert read(remote.open(remote.settings(auth, url=bare))) == b"remote"


def test_without_its_ca_the_server_is_not_trusted(remote: Remote) -> None:
    """TLS is always verified; the token is not sent."""
    with remote.server.audited() as events, pytest.raises(Unavailable, match="certificate"):
        read(remote.open(remote.settings(TOKEN, caBundle="")))
    assert events == []


def test_a_token_for_the_cluster_itself_goes_nowhere_else(remote: Remote) -> None:
    """An audience of the remote cluster is needed, and then asked for."""
    with pytest.raises(AudienceMissing):
        remote.open(remote.settings(SA))
    assert remote.credentials.tokens == []
    named = {"serviceAccount": {"name": "reader", "audiences": ["remote"]}}
    remote.open(remote.settings(named))
    assert remote.credentials.tokens == [("orders", "reader", ("remote",), 3600)]


@pytest.mark.parametrize("again", [True, False], ids=["renewed", "refused"])
def test_a_token_that_ends_is_requested_again(remote: Remote, again: bool) -> None:  # noqa: FBT001
    """Once; the API server that knows the first of them no more is a door before a real one."""
    first, second = (f"token-orders-reader-{number}" for number in (1, 2))
    known = {first}
    seen: list[str] = []

    def door(request: Request) -> Response:
        seen.append(request.bearer)
        token = remote.server.token if request.bearer in known else request.bearer
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{remote.server.url}{request.path}"
        answer = send(request.method, url, ca=remote.server.ca, headers=headers)
        return Response(answer.status, answer.body)

    named = {"serviceAccount": {"name": "reader", "audiences": ["remote"]}}
    with serving(door) as port:
        provider = remote.open(remote.settings(named, url=f"http://127.0.0.1:{port}"))
        assert read(provider) == b"remote"
        known.clear()
        known.update({second} if again else ())
        if again:
            assert read(provider) == read(provider) == b"remote"
        else:
            for _ in range(2):
                with pytest.raises(AccessDenied, match="does not accept"):
                    read(provider)
    assert seen == [first, first, second, second]
    assert len(remote.credentials.tokens) == 2


def test_an_unknown_token_is_denied(remote: Remote) -> None:
    """The answer does not show it."""
    remote.credentials.add_secret("login", {"token": "hunter2"})
    with pytest.raises(AccessDenied) as caught:
        read(remote.open(remote.settings(TOKEN)))
    assert "hunter2" not in f"{caught.value!r}{caught.value.hint}"


@pytest.mark.parametrize(
    ("settings", "kind", "rest"),
    [
        ({"server": {"url": "http://api.example"}}, PlainHttp, {}),
        ({"server": {"url": "api.example"}}, PlainHttp, {}),  # as the operator's client takes it
        ({"server": {"url": "https://api.example"}}, HostRefused, {"trusted": False}),
        ({"server": {"url": "https://user@api.example"}}, EsyncError, {}),
        ({"server": {"url": "https://api.example?x=1"}}, BadStore, {}),
        ({"server": {"url": ""}}, EsyncError, {}),
        (
            {"server": {"url": "https://x.example"}, "authRef": {"name": "k", "key": "k"}},
            BadStore,
            {},
        ),
    ],
)
def test_no_credential_is_read_for_a_host_that_is_not_allowed(
    settings: Mapping[str, Any], kind: type[EsyncError], rest: Mapping[str, Any]
) -> None:
    """Http, untrusted stores, and URLs that are none."""
    credentials = MemoryCredentials()
    credentials.add_secret("login", {"token": "hunter2"})
    remote = Remote(None, "", credentials)  # type: ignore[arg-type] # nobody is asked
    with pytest.raises(kind):
        remote.open({"auth": TOKEN, **settings}, **rest)
    assert credentials.asked == []


def kubeconfig(remote: Remote, **changes: Mapping[str, Any]) -> str:
    """Return the administrator's kubeconfig with some members changed."""
    config = yaml.safe_load(remote.server.kubeconfig.read_text())
    config["clusters"][0]["cluster"].update(changes.get("cluster", {}))
    config["users"][0]["user"].update(changes.get("user", {}))
    config.update(changes.get("top", {}))
    return yaml.safe_dump(config)


def by_kubeconfig(remote: Remote, content: str, **rest: Any) -> Kubernetes:
    """Open a store whose authRef is ``content``."""
    remote.credentials.add_secret("kube", {"config": content})
    settings = {"authRef": {"name": "kube", "key": "config"}, "remoteNamespace": remote.namespace}
    return remote.open(settings, **rest)


def test_a_kubeconfig_in_a_secret(remote: Remote) -> None:
    """Its current context gives server, CA and credentials; ``server`` is not looked at."""
    assert read(by_kubeconfig(remote, kubeconfig(remote))) == b"remote"
    certificate = remote.server.kubeconfig_for("ann", ["system:masters"]).read_text()
    assert read(by_kubeconfig(remote, certificate)) == b"remote"


@pytest.mark.parametrize(
    "changes",
    [
        {"user": {"exec": {"command": "/bin/touch", "args": ["/tmp/pwned"]}}},
        {"user": {"auth-provider": {"name": "oidc", "config": {}}}},
        {"user": {"tokenFile": "/etc/passwd"}},
        {"user": {"client-certificate": "/etc/ssl/a.pem"}},
        {"user": {"client-key": "a.key"}},
        {"cluster": {"certificate-authority": "/etc/ssl/ca.pem"}},
    ],
)
def test_a_kubeconfig_that_points_at_this_machine_is_refused(
    remote: Remote, changes: dict[str, Any]
) -> None:
    """No plugin is run, no file is read."""
    with remote.server.audited() as events, pytest.raises(ForeignFields) as caught:
        by_kubeconfig(remote, kubeconfig(remote, **changes))
    assert next(iter(next(iter(changes.values())))) in caught.value.message
    assert events == []


@pytest.mark.parametrize(
    "content",
    ["", "hunter2", "[", "{}", '{"current-context": "hunter2", "contexts": []}', "\x00"],
)
def test_a_kubeconfig_that_is_none(remote: Remote, content: str) -> None:
    """Nothing of it is told."""
    with pytest.raises(BadStore, match="holds no kubeconfig") as caught:
        by_kubeconfig(remote, content)
    assert "hunter2" not in f"{caught.value!r}{caught.value.hint}"


def test_a_kubeconfig_names_no_host_that_is_not_allowed(remote: Remote) -> None:
    """Not for an untrusted store, not without TLS, not unverified, not through a proxy of http."""
    with pytest.raises(HostRefused):
        by_kubeconfig(remote, kubeconfig(remote), trusted=False)
    with pytest.raises(PlainHttp):
        by_kubeconfig(remote, kubeconfig(remote, cluster={"server": "http://api.example"}))
    unverified = {"server": "https://api.example", "insecure-skip-tls-verify": True}
    with pytest.raises(PlainHttp):
        by_kubeconfig(remote, kubeconfig(remote, cluster=unverified))
    with pytest.raises(PlainHttp):
        by_kubeconfig(remote, kubeconfig(remote, cluster={"proxy-url": "http://proxy.example"}))


# -- crd

SPEC = {"user": "app", "n": 1.5, "big": 9007199254740993, "null": None, "o": {"a<": "b"}, "t": True}


@dataclass
class Objects:
    """A cluster with objects of a kind of our own."""

    server: KubernetesServer
    namespace: str
    credentials: MemoryCredentials

    def open(
        self, kind: StoreKind = StoreKind.SECRET_STORE, auth: Any = None, **settings: Any
    ) -> Crd:
        """Open a store."""
        ca = b64encode(self.server.ca.read_bytes()).decode()
        selector = {"name": "login", "key": "token"}
        if kind is CLUSTER:
            selector["namespace"] = self.namespace
        full = {
            "server": {"url": self.server.url, "caBundle": ca},
            "auth": auth or {"token": {"bearerToken": selector}},
            "resource": VAULT,
            **settings,
        }
        store = make_store("crd", full, kind=kind, namespace=self.namespace)
        return Crd.open(store, StoreAccess(store, self.namespace, self.credentials))

    def put(self, name: str, spec: Any) -> None:
        """Store an object."""
        api = f"/apis/stores.example/v1/namespaces/{self.namespace}/vaults"
        body = {"apiVersion": "stores.example/v1", "kind": "Vault", "spec": spec}
        answer = self.server.request("POST", api, {**body, "metadata": {"name": name}})
        assert answer.status == 201, answer.body


@pytest.fixture
def objects(second_kubernetes_server: KubernetesServer) -> Objects:
    """Return a namespace with two objects."""
    server = second_kubernetes_server
    install_vaults(server)
    namespace = new_namespace(server)
    credentials = MemoryCredentials(server="https://own.example")
    credentials.add_secret("login", {"token": server.token}, namespace)
    made = Objects(server, namespace, credentials)
    made.put("db", SPEC)
    made.put("mail", {"user": "<m>"})
    return made


def test_an_object_whole(objects: Objects) -> None:
    """JSON with HTML's escapes, with what the API server adds."""
    text = objects.open().read("db").value().reveal()
    assert b'"o":{"a\\u003c":"b"}' in text
    assert {"apiVersion", "kind", "metadata", "spec"} == json.loads(text).keys()
    assert "managedFields" in json.loads(text)["metadata"]
    assert text.startswith(b'{"apiVersion":"stores.example/v1","kind":"Vault","metadata":{')


@pytest.mark.parametrize(
    ("property_", "found"),
    [
        ("spec.user", b"app"),
        ("spec.n", b"1.5"),
        ("spec.big", b"9007199254740993"),
        ("spec.t", b"true"),
        ("spec.o", b'{"a\\u003c":"b"}'),
        ("metadata.name", b"db"),
    ],
)
def test_a_property_of_an_object(objects: Objects, property_: str, found: bytes) -> None:
    """Texts as such, the rest as JSON."""
    assert objects.open().read("db").value(property_).reveal() == found


def test_extract_of_an_object(objects: Objects) -> None:
    """One level; what is no object comes under ``value``."""
    payload = objects.open().read("db")
    assert texts(payload.members("spec.o")) == {"a<": "b"}
    assert texts(payload.members("spec.n")) == {"value": "1.5"}
    assert set(payload.members()) == {"apiVersion", "kind", "metadata", "spec"}


def test_a_missing_object(objects: Objects) -> None:
    """NoSecret, so that deletion policies act."""
    with pytest.raises(NoSecret, match="nowhere"):
        objects.open().read("nowhere")


def test_keys_of_both_kinds_of_store(objects: Objects) -> None:
    """A name, or a namespace and a name; a cluster-scoped kind has names only."""
    wide = objects.open(CLUSTER)
    assert wide.read(f"{objects.namespace}/db").value("spec.user").reveal() == b"app"
    for key in ("db", "a/b/c", "/db", f"{objects.namespace}/"):
        with pytest.raises(ProviderError, match="namespace/name"):
            wide.read(key)
    with pytest.raises(ProviderError, match="slash"):
        objects.open().read(f"{objects.namespace}/db")
    names = {"group": "", "version": "v1", "kind": "Namespace"}
    for kind in (StoreKind.SECRET_STORE, CLUSTER):
        spaces = objects.open(kind, resource=names)
        found = spaces.read(objects.namespace).value("metadata.name").reveal()
        assert found.decode() == objects.namespace


def test_find_objects(objects: Objects) -> None:
    """The expression is over the key; without one, everything comes."""
    assert set(objects.open().find(Find(name=FindName("^m")))) == {"mail"}
    assert set(objects.open().find(Find(tags={"x": "y"}))) == {"db", "mail"}
    wide = objects.open(CLUSTER).find(Find(name=FindName(f"{objects.namespace}/")))
    assert set(wide) == {f"{objects.namespace}/db", f"{objects.namespace}/mail"}
    assert json.loads(wide[f"{objects.namespace}/db"].reveal())["spec"]["user"] == "app"


def test_whitelist(objects: Objects) -> None:
    """Expressions match anywhere; a rule with properties allows nothing else, and no find."""
    rules = {"rules": [{"name": "d", "properties": ["^spec\\.user$"]}, {"name": "^mail$"}]}
    provider = objects.open(whitelist=rules)
    assert provider.read("db").value("spec.user").reveal() == b"app"
    assert provider.read("mail").value("spec.user").reveal() == b"<m>"
    for property_ in ("", "spec.n", "spec"):
        with pytest.raises(NotOnWhitelist, match="denied by whitelist rules"):
            provider.read("db").value(property_)
        with pytest.raises(NotOnWhitelist):
            provider.read("db").members(property_)
    assert set(provider.find(Find())) == {"mail"}
    with objects.server.audited() as events, pytest.raises(NotOnWhitelist):
        provider.read("other")
    assert events == []


def test_a_missing_object_behind_a_whitelist(objects: Objects) -> None:
    """What no rule allows is denied, so that no deletion policy acts on it."""
    rules = {"rules": [{"properties": ["^spec\\.user$"]}]}
    payload = objects.open(whitelist=rules).read("nowhere")
    for read in (payload.value, payload.members):
        with pytest.raises(NoSecret):
            read("spec.user")
        with pytest.raises(NotOnWhitelist):
            read("spec.n")


def test_whitelist_of_namespaces(objects: Objects) -> None:
    """For a ClusterSecretStore; objects without a namespace never match."""
    rules = {"rules": [{"namespace": f"^{objects.namespace}$"}]}
    provider = objects.open(CLUSTER, whitelist=rules)
    assert set(provider.find(Find())) == {f"{objects.namespace}/db", f"{objects.namespace}/mail"}
    with pytest.raises(NotOnWhitelist):
        provider.read("default/db")
    names = {"group": "", "version": "v1", "kind": "Namespace"}
    with pytest.raises(NotOnWhitelist):
        objects.open(CLUSTER, resource=names, whitelist=rules).read(objects.namespace)


def test_kinds_that_are_not_read(objects: Objects) -> None:
    """Secrets, however they are spelt, and kinds that there are not."""
    for group, kind in (("", "Secret"), ("core", "secret"), ("", "SECRET")):
        with pytest.raises(BadStore, match="Secrets are not read"):
            objects.open(resource={"group": group, "version": "v1", "kind": kind})
    for resource in ({**VAULT, "kind": "Nowhere"}, {**VAULT, "version": "v9"}):
        with pytest.raises(BadStore, match="the API server has no"):
            objects.open(resource=resource)
    with pytest.raises(EsyncError, match="no name of an object"):
        objects.open(resource={**VAULT, "version": "../../api/v1/namespaces"})


def test_who_may_not_read_objects(objects: Objects) -> None:
    """It is asked before anything is read; listing is asked when it is needed."""
    config = yaml.safe_load(objects.server.kubeconfig_for("bob").read_text())
    user = config["users"][0]["user"]
    data = {"crt": user["client-certificate-data"], "key": user["client-key-data"]}
    body = {"kind": "Secret", "metadata": {}, "data": data}
    objects.credentials.objects["Secret", objects.namespace, "pair"] = body
    auth = {
        "cert": {
            "clientCert": {"name": "pair", "key": "crt"},
            "clientKey": {"name": "pair", "key": "key"},
        }
    }
    with pytest.raises(AccessDenied, match="may not get configmaps"):
        objects.open(auth=auth, resource={"group": "", "version": "v1", "kind": "ConfigMap"})
    grant(objects.server, objects.namespace, {"kind": "User", "name": "bob"})
    provider = objects.open(auth=auth, resource={"group": "", "version": "v1", "kind": "ConfigMap"})
    assert provider.find(Find()) == {}


def test_a_config_map_of_the_own_cluster_is_seen_as_in_the_input(own: Own) -> None:
    """The input wins over the cluster, as everywhere."""
    grant(own.server, own.home, {"kind": "ServiceAccount", "name": "reader", "namespace": own.home})
    metadata = {"name": "conf", "namespace": own.home}
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "input"}}
    own.inputs.add(made)
    resource = {"group": "", "version": "v1", "kind": "ConfigMap"}
    store = make_store("crd", {"auth": SA, "resource": resource}, namespace=own.home)
    provider = Crd.open(store, own.access(store))
    assert provider.read("conf").value("data.a").reveal() == b"input"
    assert own.inputs.own(SECRETS, own.home, "conf") is None
    assert own.inputs.get(SERVICE_ACCOUNTS, own.home, "reader") is not None

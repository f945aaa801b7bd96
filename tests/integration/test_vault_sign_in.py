"""Every way of signing in that a real server offers lets the `vault` provider in."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64decode
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from esync.cluster.connect import connect
from esync.cluster.options import ConnectOptions
from esync.errors import EsyncError
from esync.identity.hosts import Rules
from esync.identity.references import AmbientRefused, AudienceMissing, BadReference
from esync.manifests.externalsecret import StoreKind
from esync.manifests.store import SecretSelector
from esync.providers.contract import AccessDenied, BadStore
from esync.providers.vault.ambient import NoVaultIdentity
from esync.providers.vault.checks import read_spec
from esync.providers.vault.connect import open_session
from esync.providers.vault.session import LoginRefused
from esync.providers.vault.sign_in import NoPodToken
from esync.providers.vault.spec import Tls
from esync.providers.vault.wire import Untrusted
from tests.fakes.stores import MemoryCredentials, make_store
from tests.fakes.vault import (
    NO_RETRY,
    TOKEN_REF,
    open_openbao,
    open_vault,
    vault_access,
    write,
)
from tests.servers.certificates import write_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from esync.providers.contract import Provider
    from tests.servers.kubernetes import KubernetesServer
    from tests.servers.openbao import OpenBaoServer

pytestmark = pytest.mark.integration

ROOM = "team-a"
LOOPBACK = Rules(allow_hosts={"127.0.0.1"})
POLICY = """
path "kv/data/db" { capabilities = ["read"] }
path "auth/token/lookup" { capabilities = ["update"] }
"""


@pytest.fixture
def server(openbao_server: OpenBaoServer) -> OpenBaoServer:
    """A server with the secret `db` in the mount `kv`, and a policy `reader` for it."""
    if openbao_server.request("GET", "sys/mounts/kv").status != 200:
        write(openbao_server, "sys/mounts/kv", {"type": "kv", "options": {"version": "2"}})
        openbao_server.await_versions("kv")
    write(openbao_server, "kv/data/db", {"data": {"user": "app"}})
    write(openbao_server, "sys/policies/acl/reader", {"policy": POLICY})
    return openbao_server


def mount(server: OpenBaoServer, method: str, config: Mapping[str, Any] | None = None) -> str:
    """Mount an auth method under a new path, and return the path."""
    path = f"{method}-{token_hex(4)}"
    write(server, f"sys/auth/{path}", {"type": method})
    if config:
        write(server, f"auth/{path}/config", config)
    return path


def settings(server: OpenBaoServer, auth: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a store that signs in like that."""
    return {"server": server.url, "path": "kv", "auth": auth}


def over_tls(server: OpenBaoServer, auth: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a store that signs in like that, over TLS."""
    return {"server": server.tls_url, "path": "kv", "auth": auth}


def holding(**values: str) -> MemoryCredentials:
    """Return a cluster with the Secret ``vault``."""
    cluster = MemoryCredentials()
    cluster.add_secret("vault", values)
    return cluster


def key(name: str) -> dict[str, str]:
    """Return a selector of the Secret ``vault``."""
    return {"name": "vault", "key": name}


def reads(provider: Provider) -> bool:
    """Read the secret, and give everything back."""
    try:
        return provider.read("db").value("user").reveal() == b"app"
    finally:
        provider.close()


def own_tokens(server: OpenBaoServer) -> set[str]:
    """Return the accessors of all tokens that live."""
    answer = server.request("GET", "auth/token/accessors?list=true")
    return set(answer.json()["data"]["keys"])


def app_role(server: OpenBaoServer, **role: Any) -> tuple[str, str, str]:
    """Return mount, role id and secret id of a new role."""
    path = mount(server, "approle")
    role = {"token_policies": ["reader"], "token_ttl": "5m", **role}
    write(server, f"auth/{path}/role/app", role)
    role_id = write(server, f"auth/{path}/role/app/role-id", None, "GET")["data"]["role_id"]
    secret_id = write(server, f"auth/{path}/role/app/secret-id", {})["data"]["secret_id"]
    return path, role_id, secret_id


def test_token(server: OpenBaoServer) -> None:
    """A token from a Secret is used as it is, and lives on."""
    made = write(server, "auth/token/create", {"policies": ["reader"], "ttl": "5m"})["auth"]
    cluster = holding(token=made["client_token"])

    assert reads(open_vault(settings(server, TOKEN_REF), cluster))
    assert made["accessor"] in own_tokens(server)


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("opened", [open_vault, open_openbao])
def test_app_role(server: OpenBaoServer, opened: Any, inline: bool) -> None:  # noqa: FBT001
    """The role id stands in the manifest or in a Secret; the token of the login is given back."""
    path, role_id, secret_id = app_role(server)
    cluster = holding(id=role_id, secret=secret_id)
    role = {"roleId": role_id} if inline else {"roleRef": key("id")}
    auth = {"appRole": {"path": path, "secretRef": key("secret"), **role}}
    before = own_tokens(server)

    provider = opened(settings(server, auth), cluster)
    provider.read("db")
    assert len(own_tokens(server) - before) == 1
    provider.close()

    assert own_tokens(server) == before


def test_batch_tokens_are_left_alone(server: OpenBaoServer) -> None:
    """They cannot be revoked, and end by themselves."""
    path, role_id, secret_id = app_role(server, token_type="batch")
    auth = {"appRole": {"path": path, "secretRef": key("secret"), "roleId": f" {role_id}\n"}}

    assert reads(open_vault(settings(server, auth), holding(secret=secret_id)))


def test_a_refused_login_names_method_and_path(server: OpenBaoServer) -> None:
    """The hint tells where to look; nothing of the credential is told."""
    path, role_id, _ = app_role(server)
    auth = {"appRole": {"path": path, "secretRef": key("secret"), "roleId": role_id}}
    provider = open_vault(settings(server, auth), holding(secret="hunter2"))

    for _ in range(2):
        with pytest.raises(LoginRefused) as refused:
            provider.read("db")
        text = f"{refused.value.message} {refused.value.hint}"
        assert f'the login by appRole at "auth/{path}/login" is refused (status 400)' in text
        assert "hunter2" not in text


def test_a_login_where_nothing_is_mounted(server: OpenBaoServer) -> None:
    """The server answers 403 or 404; either is a refusal."""
    auth = {"appRole": {"path": "nowhere", "secretRef": key("secret"), "roleId": "r"}}

    with pytest.raises(LoginRefused, match="auth/nowhere/login"):
        open_vault(settings(server, auth), holding(secret="s")).read("db")


@pytest.mark.parametrize("method", ["userPass", "ldap"])
def test_users(server: OpenBaoServer, method: str) -> None:
    """Both send a password to the user's own path; the server here plays LDAP by userpass."""
    path = mount(server, "userpass")
    write(server, f"auth/{path}/users/jane", {"password": "hunter2", "token_policies": ["reader"]})
    auth = {method: {"path": path, "username": " jane ", "secretRef": key("password")}}

    assert reads(open_vault(settings(server, auth), holding(password="hunter2")))
    for wrong in ("hunter2\n", ""):
        with pytest.raises((LoginRefused, BadReference)):
            open_vault(settings(server, auth), holding(password=wrong)).read("db")


def test_users_of_an_openbao_store(server: OpenBaoServer) -> None:
    """The smaller provider knows them, too."""
    path = mount(server, "userpass")
    write(server, f"auth/{path}/users/jane", {"password": "hunter2", "token_policies": ["reader"]})
    auth = {"userPass": {"path": path, "username": "jane", "secretRef": key("password")}}

    assert reads(open_openbao(settings(server, auth), holding(password="hunter2")))


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    """Somebody who signs tokens."""
    return Issuer(tmp_path / "issuer.key")


class Issuer:
    """Signs JSON web tokens with a key of its own."""

    def __init__(self, path: Path) -> None:
        from cryptography.hazmat.primitives.asymmetric import rsa

        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        write_key(path, self._key)

    @property
    def public(self) -> str:
        """The key that verifies the tokens, as PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        pem = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem.decode()

    def token(self, **claims: Any) -> str:
        """Return a token."""
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
        )
        from google.auth import crypt, jwt

        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        signed: bytes = jwt.encode(crypt.RSASigner.from_string(pem), claims)
        return signed.decode()


def jwt_mount(server: OpenBaoServer, issuer: Issuer, audience: str, **role: Any) -> str:
    """Return the mount of a jwt method that trusts ``issuer``; its role is ``reader``."""
    path = mount(server, "jwt", {"jwt_validation_pubkeys": [issuer.public]})
    role = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": [audience], **role}
    write(server, f"auth/{path}/role/reader", {"token_policies": ["reader"], **role})
    return path


def lifetime() -> dict[str, int]:
    """Return the claims that tell when a token is good."""
    import time

    return {"iat": int(time.time()), "exp": int(time.time()) + 300}


def test_jwt_from_a_secret(server: OpenBaoServer, issuer: Issuer) -> None:
    """The server verifies signature and audience."""
    path = jwt_mount(server, issuer, "vault")
    auth = {"jwt": {"path": path, "role": "reader", "secretRef": key("jwt")}}
    good = issuer.token(sub="job", aud="vault", **lifetime())
    other = issuer.token(sub="job", aud="other", **lifetime())

    assert reads(open_vault(settings(server, auth), holding(jwt=good)))
    with pytest.raises(LoginRefused, match=r"status 400"):
        open_vault(settings(server, auth), holding(jwt=other)).read("db")


def test_ambient_by_the_token_of_a_job(server: OpenBaoServer, issuer: Issuer) -> None:
    """A role and the job's own token are enough; the store's auth is left aside."""
    path = jwt_mount(server, issuer, server.url)
    environ = {
        "ESYNC_VAULT_ID_TOKEN": issuer.token(sub="job", aud=server.url, **lifetime()),
        "VAULT_AUTH_ROLE": "reader",
        "VAULT_AUTH_PATH": path,
    }
    before = own_tokens(server)

    store = settings(server, TOKEN_REF)
    assert reads(open_vault(store, holding(), ambient=True, environ=environ))
    assert own_tokens(server) == before
    with pytest.raises(AmbientRefused):
        open_vault(store, holding(), ambient=True, environ=environ, trusted=False, rules=LOOPBACK)


def test_ambient_by_a_token(server: OpenBaoServer, tmp_path: Path) -> None:
    """VAULT_TOKEN comes first, then what `vault login` left; neither is revoked."""
    made = write(server, "auth/token/create", {"policies": ["reader"], "ttl": "5m"})["auth"]
    store = settings(server, TOKEN_REF)
    (tmp_path / ".vault-token").write_text("s.other")

    environ = {"VAULT_TOKEN": made["client_token"], "HOME": str(tmp_path)}
    assert reads(open_vault(store, holding(), ambient=True, environ=environ))
    (tmp_path / ".vault-token").write_text(f"{made['client_token']}\n")
    environ = {"HOME": str(tmp_path)}
    assert reads(open_vault(store, holding(), ambient=True, environ=environ))
    assert made["accessor"] in own_tokens(server)
    with pytest.raises(NoVaultIdentity, match="no identity towards Vault"):
        open_vault(store, holding(), ambient=True, environ={}).read("db")


def test_openbao_looks_for_its_own_variable_first(server: OpenBaoServer) -> None:
    """BAO_TOKEN comes before VAULT_TOKEN; the larger provider knows the second only."""
    made = write(server, "auth/token/create", {"policies": ["reader"], "ttl": "5m"})["auth"]
    store = {"server": server.url, "path": "kv"}
    environ = {"BAO_TOKEN": made["client_token"], "VAULT_TOKEN": "s.other"}

    assert reads(open_openbao(store, holding(), environ=environ))
    with pytest.raises(AccessDenied):
        open_vault(store, holding(), environ=environ).read("db")


def test_a_store_without_auth(server: OpenBaoServer) -> None:
    """It uses VAULT_TOKEN, if the store may, and else no token at all."""
    made = write(server, "auth/token/create", {"policies": ["reader"], "ttl": "5m"})["auth"]
    store = {"server": server.url, "path": "kv"}
    environ = {"VAULT_TOKEN": made["client_token"]}

    assert reads(open_vault(store, holding(), environ=environ))
    assert made["accessor"] in own_tokens(server)
    with pytest.raises(AmbientRefused):
        open_vault(store, holding(), environ=environ, trusted=False, rules=LOOPBACK)
    with pytest.raises(AccessDenied):
        open_vault(store, holding()).read("db")


def test_login_in_another_namespace(server: OpenBaoServer) -> None:
    """auth.namespace is for the login only; the token is given back from the store's."""
    path, role_id, secret_id = app_role(server)
    server.request("POST", f"sys/namespaces/{ROOM}", {})
    write(server, f"{ROOM}/sys/mounts/kv-{path}", {"type": "kv", "options": {"version": "2"}})
    server.await_versions(f"{ROOM}/kv-{path}")
    write(server, f"{ROOM}/kv-{path}/data/db", {"data": {"user": "app"}})
    policy = f'path "{ROOM}/kv-{path}/data/db" {{ capabilities = ["read"] }}'
    policy += f'\npath "{ROOM}/auth/token/revoke-self" {{ capabilities = ["update"] }}'
    write(server, "sys/policies/acl/child", {"policy": policy})
    write(server, f"auth/{path}/role/app", {"token_policies": ["child"]})
    auth = {"appRole": {"path": path, "secretRef": key("secret"), "roleId": role_id}}
    store = {"server": server.url, "path": f"kv-{path}", "namespace": ROOM}
    before = own_tokens(server)

    provider = open_vault(
        {**store, "auth": {**auth, "namespace": "root"}}, holding(secret=secret_id)
    )
    assert reads(provider)
    assert own_tokens(server) == before
    with pytest.raises(LoginRefused):
        open_vault({**store, "auth": auth}, holding(secret=secret_id)).read("db")


def ca_of(path: Path) -> str:
    """Return a PEM file as a manifest has it."""
    return b64encode(path.read_bytes()).decode()


@pytest.mark.parametrize("role", [{"vaultRole": "app"}, {}])
def test_certificate(server: OpenBaoServer, role: dict[str, str]) -> None:
    """The client certificate is shown at the login and after it; no role lets the server choose."""
    path = mount(server, "cert")
    pair = server.authority.issue("app")
    trusted = {"certificate": pair.certificate.read_text(), "token_policies": ["reader"]}
    write(server, f"auth/{path}/certs/app", trusted)
    cluster = holding(crt=pair.certificate.read_text(), key=pair.key.read_text())
    cert = {"path": path, "clientCert": key("crt"), "secretRef": key("key"), **role}
    store = over_tls(server, {"cert": cert}) | {"caBundle": ca_of(server.ca)}

    assert reads(open_vault(store, cluster))
    with pytest.raises(Untrusted, match=r"certificate of .* is not trusted"):
        open_vault({**store, "caBundle": ca_of(pair.certificate)}, cluster).read("db")
    with pytest.raises(BadStore, match="no pair in PEM"):
        open_vault(store, holding(crt=pair.certificate.read_text(), key="none"))


def test_a_client_certificate_without_a_login(server: OpenBaoServer) -> None:
    """`tls` shows it with every request; the keys of its Secrets have their usual names."""
    path = mount(server, "cert")
    pair = server.authority.issue("app")
    trusted = {"certificate": pair.certificate.read_text(), "token_policies": ["reader"]}
    write(server, f"auth/{path}/certs/app", trusted)
    cluster = MemoryCredentials()
    files = {"tls.crt": pair.certificate.read_text(), "tls.key": pair.key.read_text()}
    cluster.add_secret("pair", files)
    tls = {"certSecretRef": {"name": "pair"}, "keySecretRef": {"name": "pair"}}
    access = vault_access({"server": server.tls_url, "caBundle": ca_of(server.ca)}, cluster)
    bare = read_spec(access.store)
    shown = replace(bare, tls=Tls(SecretSelector("pair"), SecretSelector("pair")))
    assert read_spec(make_store("vault", {"server": server.tls_url, "tls": tls})).tls == shown.tls

    for spec, status in ((bare, 400), (shown, 200)):
        session = open_session(spec, access, NO_RETRY)
        assert session.ask("PUT", f"auth/{path}/login", body={}).status == status
        session.close()


def test_authorities_from_a_config_map(server: OpenBaoServer) -> None:
    """They replace those of the system, which do not know the server."""
    made = write(server, "auth/token/create", {"policies": ["reader"], "ttl": "5m"})["auth"]
    cluster = holding(token=made["client_token"])
    cluster.add_config_map("ca", {"ca.pem": server.ca.read_text()})
    provider = {"type": "ConfigMap", "name": "ca", "key": "ca.pem"}
    store = over_tls(server, TOKEN_REF)

    assert reads(open_vault({**store, "caProvider": provider}, cluster))
    with pytest.raises(Untrusted):
        open_vault(store, cluster).read("db")
    environ = {"SSL_CERT_FILE": str(server.ca)}
    assert reads(open_vault(store, cluster, environ=environ))


class KubernetesCluster:
    """A real cluster that gives tokens; the Secrets of a store are in memory."""

    def __init__(self, server: KubernetesServer) -> None:
        self._real = connect(ConnectOptions(kubeconfig=str(server.kubeconfig)))
        self._memory = holding()
        self.server = server.url

    def get(self, *asked: Any) -> Any:
        """Look into the memory."""
        return self._memory.get(*asked)

    def token(self, *asked: Any) -> Any:
        """Ask the cluster."""
        return self._real.token(*asked)


@pytest.fixture
def cluster(kubernetes_server: KubernetesServer) -> Any:
    """A cluster with the service account `robot` in namespace `orders`."""
    kubernetes_server.create_namespace("orders")
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}}
    kubernetes_server.apply("/api/v1/namespaces/orders/serviceaccounts/robot", account)
    return KubernetesCluster(kubernetes_server)


def test_kubernetes(
    server: OpenBaoServer, kubernetes_server: KubernetesServer, cluster: Any
) -> None:
    """The server shows the service account's token to the cluster, which vouches for it."""
    config = {
        "kubernetes_host": kubernetes_server.url,
        "kubernetes_ca_cert": kubernetes_server.ca.read_text(),
        "token_reviewer_jwt": kubernetes_server.token,
        "disable_local_ca_jwt": True,
    }
    path = mount(server, "kubernetes", config)
    role = {
        "bound_service_account_names": ["robot"],
        "bound_service_account_namespaces": ["orders"],
        "token_policies": ["reader"],
    }
    write(server, f"auth/{path}/role/reader", role)
    account = {"name": "robot", "audiences": [kubernetes_server.url]}
    auth = {"kubernetes": {"mountPath": path, "role": "reader", "serviceAccountRef": account}}

    assert reads(open_vault(settings(server, auth), cluster))

    auth["kubernetes"]["serviceAccountRef"] = {"name": "robot"}
    with pytest.raises(AudienceMissing):
        open_vault(settings(server, auth), cluster).read("db")


def test_jwt_of_a_service_account(
    server: OpenBaoServer, kubernetes_server: KubernetesServer, cluster: Any
) -> None:
    """The server verifies the token by the cluster's keys; the audience is vault unless told."""
    keys = kubernetes_server.request("GET", "/openid/v1/jwks").json()["keys"]
    path = mount(server, "jwt", {"jwt_validation_pubkeys": [pem_of(one) for one in keys]})
    role = {
        "role_type": "jwt",
        "user_claim": "sub",
        "bound_audiences": ["vault"],
        "bound_subject": "system:serviceaccount:orders:robot",
        "token_policies": ["reader"],
    }
    write(server, f"auth/{path}/role/reader", role)
    token: dict[str, Any] = {"serviceAccountRef": {"name": "robot", "audiences": ["more"]}}
    auth = {"jwt": {"path": path, "role": " reader", "kubernetesServiceAccountToken": token}}

    assert reads(open_vault(settings(server, auth), cluster))

    token["audiences"] = ["other"]
    with pytest.raises(LoginRefused):
        open_vault(settings(server, auth), cluster).read("db")


def pem_of(jwk: Mapping[str, str]) -> str:
    """Return an RSA key of a JSON web key set as PEM."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    modulus, exponent = (
        int.from_bytes(urlsafe_b64decode(jwk[name] + "==="), "big") for name in ("n", "e")
    )
    public = RSAPublicNumbers(exponent, modulus).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_a_pod_that_is_none(server: OpenBaoServer) -> None:
    """Without a reference the Pod's own token is meant, which an untrusted store may not use."""
    auth = {"kubernetes": {"role": "reader"}}

    with pytest.raises(NoPodToken):
        open_vault(settings(server, auth), holding()).read("db")
    with pytest.raises(AmbientRefused):
        open_vault(settings(server, auth), holding(), trusted=False, rules=LOOPBACK).read("db")


def test_each_namespace_signs_in_by_its_own_secret(server: OpenBaoServer) -> None:
    """A ClusterSecretStore whose selector has no namespace means that of the ExternalSecret."""
    made = write(server, "auth/token/create", {"policies": ["reader"], "ttl": "5m"})["auth"]
    cluster = MemoryCredentials()
    cluster.add_secret("vault", {"token": made["client_token"]}, "orders")
    store = settings(server, TOKEN_REF)

    assert reads(open_vault(store, cluster, kind=StoreKind.CLUSTER_SECRET_STORE))
    store["auth"] = {"tokenSecretRef": {**key("token"), "namespace": "elsewhere"}}
    with pytest.raises(EsyncError, match="elsewhere/vault"):
        open_vault(store, cluster, kind=StoreKind.CLUSTER_SECRET_STORE).read("db")

"""What is wrong with the settings of Vault and OpenBao stores, told before anybody is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import StoreKind
from esync.manifests.store import RetrySettings
from esync.providers.contract import BadStore
from esync.providers.vault import OpenBao, Vault
from esync.providers.vault.checks import read_spec
from esync.providers.vault.connect import retries_of
from esync.providers.vault.paths import KvVersion
from esync.providers.vault.spec import AppRole, Auth, Jwt
from esync.providers.vault.wire import Retries
from tests.fakes.stores import make_store

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVER = {"server": "https://vault.test"}
REF = {"name": "vault", "key": "k"}
ACCOUNT = {"name": "robot"}


def problems(settings: Mapping[str, Any], **more: Any) -> list[str]:
    """Return what is wrong with a `vault` store."""
    return [
        error.message for error in Vault.check(make_store("vault", {**SERVER, **settings}, **more))
    ]


def test_defaults() -> None:
    """What the API server would have filled in, where its object is there."""
    auth = {
        "appRole": {"roleId": "r", "secretRef": REF},
        "kubernetes": {"role": "r"},
        "ldap": {"username": "u", "secretRef": REF},
        "userPass": {"username": "u", "secretRef": REF},
        "jwt": {"secretRef": REF},
        "cert": {"clientCert": REF, "secretRef": REF},
        "iam": {"vaultRole": "r"},
        "gcp": {"role": "r"},
    }
    spec = read_spec(make_store("vault", {**SERVER, "auth": auth}))

    assert (spec.version, spec.path, spec.namespace) == (KvVersion.V2, None, "")
    found = spec.auth
    assert found
    assert found.kubernetes
    assert found.kubernetes.mount_path == "kubernetes"
    methods = (found.app_role, found.ldap, found.user_pass, found.jwt, found.cert, found.iam)
    assert [one and one.path for one in (*methods, found.gcp)] == [
        "approle", "ldap", "userpass", "jwt", "cert", "aws", "gcp",
    ]  # fmt: skip
    assert found.iam
    assert found.iam.region == "us-east-1"


def test_an_empty_path_is_not_an_absent_one() -> None:
    """Both build other paths."""
    assert read_spec(make_store("vault", {**SERVER, "path": ""})).path == ""


def test_the_first_method_counts() -> None:
    """Several are no error: the order is fixed."""
    role, jwt = AppRole(secret_ref=Any), Jwt()  # type: ignore[arg-type] # not looked at
    assert Auth(app_role=role, jwt=jwt).method is role
    assert Auth(namespace="x").method is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"auth": {}}, "auth names no method"),
        ({"auth": {"namespace": "x"}}, "auth names no method"),
        ({"auth": {"appRole": {"secretRef": REF}}}, "auth.appRole: roleId or roleRef is missing"),
        (
            {"auth": {"jwt": {"role": "r"}}},
            "auth.jwt: secretRef or kubernetesServiceAccountToken is missing",
        ),
        ({"auth": {"ldap": {"username": "u"}}}, "auth.ldap: secretRef is missing"),
        ({"auth": {"userPass": {"username": "u"}}}, "auth.userPass: secretRef is missing"),
        ({"auth": {"cert": {"clientCert": REF}}}, "auth.cert: secretRef is missing"),
        ({"auth": {"cert": {"secretRef": REF}}}, "auth.cert: clientCert is missing"),
        (
            {"auth": {"gcp": {"role": "r", "secretRef": {}}}},
            "auth.gcp: secretRef.secretAccessKeySecretRef is missing",
        ),
        (
            {"tls": {"certSecretRef": REF}},
            "tls: certSecretRef and keySecretRef belong together",
        ),
        (
            {"checkAndSet": {"required": True}, "version": "v1"},
            "checkAndSet: KV v1 has no versions",
        ),
        (
            {"headers": {"X-A": "b\r\nX-Vault-Token: x"}},
            "headers: a name or value is none that HTTP can carry",
        ),
        (
            {"headers": {"X A": "b"}},
            "headers: a name or value is none that HTTP can carry",
        ),
    ],
)
def test_what_cannot_work(settings: Mapping[str, Any], message: str) -> None:
    """It is told by validate, and again by whoever opens the store."""
    assert problems(settings) == [message]
    with pytest.raises(BadStore):
        read_spec(make_store("vault", {**SERVER, **settings}))


def test_what_works() -> None:
    """Nothing is said of it; what the API does not accept is said first."""
    assert problems({"auth": []}) == [
        "spec.provider.vault.auth is a list where a mapping is expected"
    ]
    assert problems({}) == []
    assert problems({"auth": {"kubernetes": {"role": "r"}}, "headers": {"X-A": "b c"}}) == []
    with pytest.raises(Rejected):
        read_spec(make_store("vault", {**SERVER, "version": ""}))


SELECTORS: list[tuple[str, dict[str, Any]]] = [
    ("tls.certSecretRef", {"tls": {"certSecretRef": REF, "keySecretRef": {"name": "a"}}}),
    ("auth.tokenSecretRef", {"auth": {"tokenSecretRef": REF}}),
    ("auth.appRole.secretRef", {"auth": {"appRole": {"roleId": "r", "secretRef": REF}}}),
    ("auth.ldap.secretRef", {"auth": {"ldap": {"username": "u", "secretRef": REF}}}),
    ("auth.userPass.secretRef", {"auth": {"userPass": {"username": "u", "secretRef": REF}}}),
    ("auth.jwt.secretRef", {"auth": {"jwt": {"secretRef": REF}}}),
    (
        "auth.jwt.kubernetesServiceAccountToken.serviceAccountRef",
        {"auth": {"jwt": {"kubernetesServiceAccountToken": {"serviceAccountRef": ACCOUNT}}}},
    ),
    (
        "auth.kubernetes.serviceAccountRef",
        {"auth": {"kubernetes": {"role": "r", "serviceAccountRef": ACCOUNT}}},
    ),
    ("auth.kubernetes.secretRef", {"auth": {"kubernetes": {"role": "r", "secretRef": REF}}}),
    (
        "auth.iam.secretRef.accessKeyIDSecretRef",
        {
            "auth": {
                "iam": {
                    "vaultRole": "r",
                    "secretRef": {
                        "accessKeyIDSecretRef": REF,
                        "secretAccessKeySecretRef": {"name": "a"},
                    },
                }
            }
        },
    ),
    (
        "auth.cert.clientCert",
        {"auth": {"cert": {"clientCert": REF, "secretRef": {"name": "a"}}}},
    ),
    (
        "auth.iam.jwt.serviceAccountRef",
        {"auth": {"iam": {"vaultRole": "r", "jwt": {"serviceAccountRef": ACCOUNT}}}},
    ),
]


@pytest.mark.parametrize(("where", "settings"), SELECTORS, ids=[name for name, _ in SELECTORS])
def test_namespaces_of_selectors(where: str, settings: dict[str, Any]) -> None:
    """A SecretStore names its own namespace or none; a ClusterSecretStore any."""
    foreign = _moved(settings, "elsewhere")

    (problem,) = problems(foreign)
    assert problem == f'{where}: namespace "elsewhere" is not the store\'s own'
    assert problems(_moved(settings, "orders")) == []
    for some in (settings, foreign):
        assert problems(some, kind=StoreKind.CLUSTER_SECRET_STORE) == []


def _moved(value: Any, namespace: str) -> Any:
    """Return settings whose selectors of tests name a namespace."""
    if value in (REF, ACCOUNT):
        return {**value, "namespace": namespace}
    if isinstance(value, dict):
        return {name: _moved(member, namespace) for name, member in value.items()}
    return value


@pytest.mark.parametrize(
    ("retry", "wanted"),
    [
        (None, Retries(0, None)),
        (RetrySettings(), Retries(0, None)),
        (RetrySettings(max_retries=5), Retries(5, None)),
        (RetrySettings(max_retries=-1), Retries(0, None)),
        (RetrySettings(3, "1m30s"), Retries(3, 90.0)),
        (RetrySettings(retry_interval="500ms"), Retries(0, 0.5)),
    ],
)
def test_retries(retry: RetrySettings | None, wanted: Retries) -> None:
    """MaxRetries counts the tries after the first; a block without it means none."""
    assert retries_of(retry) == wanted


@pytest.mark.parametrize(
    "settings",
    [
        {"auth": {}},
        {"auth": {"tokenSecretRef": REF, "userPass": {"username": "u", "secretRef": REF}}},
        {"auth": {"appRole": {"secretRef": REF}}},
        {"auth": {"appRole": {"secretRef": REF, "roleId": "r", "roleRef": REF}}},
        {"auth": {"appRole": {"secretRef": REF, "roleId": ""}}},
        {"caBundle": "x", "caProvider": {"type": "Secret", "name": "ca"}},
        {"headers": {}},
    ],
)
def test_openbao_takes_exactly_one(settings: dict[str, Any]) -> None:
    """Of methods and role ids; of authorities at most one; and it has fewer fields."""
    assert len(OpenBao.check(make_store("openBao", {**SERVER, **settings}))) == 1


def test_openbao_selectors() -> None:
    """They stay in the store's namespace."""
    settings = {**SERVER, "auth": {"tokenSecretRef": {**REF, "namespace": "elsewhere"}}}
    (problem,) = OpenBao.check(make_store("openBao", settings))
    assert "auth.tokenSecretRef" in problem.message
    assert OpenBao.check(make_store("openBao", SERVER)) == []

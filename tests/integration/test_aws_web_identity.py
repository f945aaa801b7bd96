"""The published examples sign in with a token that a real API server gave."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from esync.cluster.connect import connect
from esync.cluster.contract import Forbidden
from esync.cluster.options import ConnectOptions
from esync.identity.references import StoreAccess
from esync.manifests.externalsecret import StoreKind
from esync.providers.aws import Aws
from tests.fakes.aws_wire import aws_stub, said, sts_keys
from tests.fakes.stores import make_store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.kubernetes import KubernetesServer
    from tests.servers.moto import MotoServer

pytestmark = pytest.mark.integration

ROLE = "arn:aws:iam::123456789012:role/external-secrets"


@pytest.fixture
def namespace(kubernetes_server: KubernetesServer) -> str:
    """A namespace whose service account ``external-secrets`` may take the role."""
    name = f"t-{uuid4().hex[:12]}"
    kubernetes_server.create_namespace(name)
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "name": "external-secrets",
            "namespace": name,
            "annotations": {"eks.amazonaws.com/role-arn": ROLE},
        },
    }
    path = f"/api/v1/namespaces/{name}/serviceaccounts/external-secrets"
    kubernetes_server.apply(path, account)
    return name


def access(kubeconfig: Path, namespace: str, kind: StoreKind, url: str) -> StoreAccess:
    """Return the access of the published store for an ExternalSecret in ``orders``."""
    reference: dict[str, Any] = {"name": "external-secrets"}
    consumer = namespace
    if kind is StoreKind.CLUSTER_SECRET_STORE:
        reference["namespace"] = namespace
        consumer = "orders"
    settings = {
        "service": "SecretsManager",
        "region": "us-east-1",
        "auth": {"jwt": {"serviceAccountRef": reference}},
    }
    store = make_store("aws", settings, kind=kind, namespace=namespace)
    cluster = connect(ConnectOptions(kubeconfig=str(kubeconfig)))
    environ = os.environ | {"AWS_SECRETSMANAGER_ENDPOINT": url, "AWS_STS_ENDPOINT": url}
    return StoreAccess(store, consumer, cluster, environ=environ)


@pytest.mark.parametrize("kind", list(StoreKind))
def test_the_token_is_the_service_accounts_and_meant_for_sts(
    kubernetes_server: KubernetesServer, namespace: str, kind: StoreKind
) -> None:
    """Subject and audience are what AWS's trust policy looks at; the API server is asked once."""
    with aws_stub() as stub, kubernetes_server.audited() as events:
        stub.tell("AssumeRoleWithWebIdentity", sts_keys("AssumeRoleWithWebIdentity"))
        stub.tell("GetSecretValue", said(Name="a", SecretString="x"))
        allowed = access(kubernetes_server.kubeconfig, namespace, kind, stub.url)
        provider = Aws.open(allowed.store, allowed)
        assert [provider.read(key).value("").reveal() for key in "ab"] == [b"x", b"x"]
    (asked,) = stub.asked("AssumeRoleWithWebIdentity")
    payload = asked["WebIdentityToken"].split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["aud"] == ["sts.amazonaws.com"]
    assert claims["sub"] == f"system:serviceaccount:{namespace}:external-secrets"
    assert asked["RoleArn"] == ROLE
    assert [(event.verb, event.resource) for event in events] == [
        ("get", "serviceaccounts"),
        ("create", "serviceaccounts"),
    ]


def test_the_example_reads_from_moto(
    kubernetes_server: KubernetesServer, moto_server: MotoServer, namespace: str
) -> None:
    """Two properties of one secret."""
    moto_server.reset()
    aws = boto3.client(
        "secretsmanager",
        region_name="us-east-1",
        endpoint_url=moto_server.url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    aws.create_secret(
        Name="prod/orders/database", SecretString='{"username": "app", "password": "s3cret"}'
    )
    allowed = access(
        kubernetes_server.kubeconfig, namespace, StoreKind.SECRET_STORE, moto_server.url
    )
    payload = Aws.open(allowed.store, allowed).read("prod/orders/database")
    assert payload.value("username").reveal() == b"app"
    assert payload.value("password").reveal() == b"s3cret"


def test_who_may_not_request_tokens_is_told(
    kubernetes_server: KubernetesServer, namespace: str
) -> None:
    """The cluster's refusal arrives, with the place of the store's reference."""
    kubeconfig = kubernetes_server.kubeconfig_for("nobody")
    with aws_stub() as stub:
        allowed = access(kubeconfig, namespace, StoreKind.SECRET_STORE, stub.url)
        provider = Aws.open(allowed.store, allowed)
        with pytest.raises(Forbidden) as caught:
            provider.read("a")
    assert str(caught.value.at) == "store.yaml:14"
    assert stub.requests == []

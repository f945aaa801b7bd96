"""The examples that users start from, from a store to a Secret, through the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.environment import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.kubernetes import KubernetesServer
    from tests.servers.moto import MotoServer

pytestmark = pytest.mark.integration

FOLDER = Path(__file__).with_name("published")
ROLE = "arn:aws:iam::123456789012:role/external-secrets"
REGIONS = ("us-east-1", "eu-central-1")
SECRET = "/api/v1/namespaces/orders/secrets/orders-db"


@dataclass
class World:
    """Both servers, and esync as users run it."""

    kubernetes: KubernetesServer
    moto: MotoServer

    def esync(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the program; SDKs find moto by boto3's own variable."""
        environment = clean(KUBECONFIG=str(self.kubernetes.kubeconfig), **self.moto.environment())
        return subprocess.run(
            [sys.executable, "-m", "esync", *words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def write(self, value: dict[str, str]) -> None:
        """Set the remote secret in every region."""
        import boto3

        for region in REGIONS:
            client = boto3.client(
                "secretsmanager",
                region_name=region,
                endpoint_url=self.moto.url,
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
            )
            text = json.dumps(value)
            try:
                client.create_secret(Name="prod/orders/database", SecretString=text)
            except client.exceptions.ResourceExistsException:
                client.put_secret_value(SecretId="prod/orders/database", SecretString=text)

    def live(self) -> dict[str, Any]:
        """Return the Secret of the cluster."""
        answer = self.kubernetes.request("GET", SECRET)
        assert answer.status == 200, answer
        body: dict[str, Any] = json.loads(answer.body)
        return body


def prepare(world: World) -> None:
    """Make namespaces and service accounts with their role, and no Secret yet."""
    world.moto.reset()
    world.kubernetes.request("DELETE", SECRET)
    for namespace in ("orders", "external-secrets"):
        if world.kubernetes.request("GET", f"/api/v1/namespaces/{namespace}").status != 200:
            world.kubernetes.create_namespace(namespace)
        world.kubernetes.apply(
            f"/api/v1/namespaces/{namespace}/serviceaccounts/external-secrets",
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {
                    "name": "external-secrets",
                    "namespace": namespace,
                    "annotations": {"eks.amazonaws.com/role-arn": ROLE},
                },
            },
        )


@pytest.fixture
def world(kubernetes_server: KubernetesServer, moto_server: MotoServer) -> Iterator[World]:
    """Namespaces, service accounts with their role, and no Secret yet."""
    world = World(kubernetes_server, moto_server)
    prepare(world)
    yield world
    kubernetes_server.request("DELETE", SECRET)


@pytest.mark.parametrize("example", ["namespaced", "cluster-wide", "extract"])
def test_a_published_example_comes_right(world: World, example: str) -> None:
    """Diff shows two keys, apply creates them, a rotated value is shown and written."""
    manifest = str(FOLDER / f"{example}.yaml")
    world.write({"username": "orders", "password": "canary-one"})

    shown = world.esync("diff", "-f", manifest)
    assert shown.returncode == 1, shown.stderr
    assert "+ data.password: *** (new)" in shown.stdout
    assert "+ data.username: *** (new)" in shown.stdout

    applied = world.esync("apply", "-f", manifest)
    assert (applied.returncode, applied.stdout) == (
        0,
        "secret/orders-db created  (namespace orders)\n",
    ), applied.stderr
    live = world.live()
    assert live["type"] == "Opaque"
    assert {key: b64decode(text) for key, text in live["data"].items()} == {
        "username": b"orders",
        "password": b"canary-one",
    }

    assert world.esync("diff", "-f", manifest).returncode == 0
    again = world.esync("apply", "-f", manifest)
    assert again.returncode == 0
    assert "unchanged" in again.stdout
    assert world.live()["metadata"]["resourceVersion"] == live["metadata"]["resourceVersion"]

    world.write({"username": "orders", "password": "canary-two"})
    rotated = world.esync("diff", "-f", manifest)
    assert rotated.returncode == 1
    assert "~ data.password: *** (before) -> *** (after)" in rotated.stdout
    assert "data.username" not in rotated.stdout

    assert world.esync("apply", "-f", manifest).returncode == 0
    assert b64decode(world.live()["data"]["password"]) == b"canary-two"
    for done in (shown, applied, again, rotated):
        assert "canary" not in done.stdout + done.stderr


def test_an_unchanged_run_writes_nothing(world: World) -> None:
    """The server's audit log has reads of the second run, and not one write but the token's."""
    manifest = str(FOLDER / "namespaced.yaml")
    world.write({"username": "orders", "password": "canary"})
    assert world.esync("apply", "-f", manifest).returncode == 0

    with world.kubernetes.audited() as events:
        assert world.esync("apply", "-f", manifest).returncode == 0

    written = {
        (event.verb, event.resource, event.subresource)
        for event in events
        if event.verb not in {"get", "list"} and event.namespace == "orders"
    }
    assert written == {("create", "serviceaccounts", "token")}

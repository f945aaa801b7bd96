"""The Job of the docs: the API server takes it, and its four Pods do every object exactly once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
JOB = ROOT / "docs/how-to/shard/job.yaml"
NAMESPACE = "sharded"
NUMBER = 60
PATHS = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/esync/serviceaccounts",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Job": "/apis/batch/v1/namespaces/esync/jobs",
}


def manifests() -> list[dict[str, Any]]:
    """Return a fake store and many ExternalSecrets."""
    items = [{"key": f"k{n}", "value": f"value {n}"} for n in range(NUMBER)]
    group, inside = "external-secrets.io/v1", {"namespace": NAMESPACE}
    fake = {"provider": {"fake": {"data": items}}}
    store = {"apiVersion": group, "kind": "SecretStore", "metadata": {"name": "main", **inside}}
    secrets = [
        {
            "apiVersion": group,
            "kind": "ExternalSecret",
            "metadata": {"name": f"app-{n}", **inside},
            "spec": {
                "secretStoreRef": {"name": "main"},
                "data": [{"secretKey": "a", "remoteRef": {"key": f"k{n}"}}],
            },
        }
        for n in range(NUMBER)
    ]
    return [{**store, "spec": fake}, *secrets]


def token(server: KubernetesServer) -> str:
    """Return a token of the Job's service account."""
    path = "/api/v1/namespaces/esync/serviceaccounts/esync/token"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    found: str = server.request("POST", path, body).json()["status"]["token"]
    return found


def test_four_pods_write_every_object_once(
    kubernetes_server: KubernetesServer, tmp_path: Path
) -> None:
    """With the permissions of the manifest, and its arguments with the index filled in."""
    server = kubernetes_server
    documents = list(yaml.safe_load_all(JOB.read_text()))
    for document in documents:
        server.apply(f"{PATHS[document['kind']]}/{document['metadata']['name']}", document)
    server.create_namespace(NAMESPACE)
    job = documents[-1]["spec"]
    (container,) = job["template"]["spec"]["containers"]
    (tmp_path / "all.yaml").write_text("\n---\n".join(map(json.dumps, manifests())))
    kubeconfig = server.kubeconfig_with_token("esync", token(server))

    with server.audited() as events:
        for index in range(job["completions"]):
            words = [
                word.replace("$(JOB_COMPLETION_INDEX)", str(index)).replace(
                    "/manifests", str(tmp_path)
                )
                for word in container["args"]
            ]
            done = subprocess.run(
                [sys.executable, "-m", "esync", *words, "--kubeconfig", str(kubeconfig)],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr

    secrets = [event for event in events if event.resource == "secrets"]
    created = Counter(event.name for event in secrets if event.verb == "create")
    assert created == Counter({f"app-{n}": 1 for n in range(NUMBER)})
    assert {event.verb for event in events if event.resource} == {"create", "list"}
    assert all(event.status < 300 for event in secrets)

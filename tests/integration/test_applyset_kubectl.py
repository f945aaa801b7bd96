"""ApplySets of esync and of kubectl: both name them alike, and leave the other's alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from esync.cluster.connect import connect
from esync.cluster.contract import CONFIG_MAPS, SECRETS
from esync.cluster.options import ConnectOptions
from esync.deliver.set_errors import NotOurSet
from esync.flow.applyset import ApplySet, SetOptions
from tests.behaviour.workbench import Workbench

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.kubernetes import KubernetesServer

KUBECTL = shutil.which("kubectl")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(KUBECTL is None, reason="kubectl is not on the PATH"),
]


@pytest.fixture
def bench(kubernetes_server: KubernetesServer, tmp_path: Path) -> Workbench:
    """Return a bench with an ExternalSecret in a namespace of its own."""
    namespace = f"t-{uuid4().hex[:10]}"
    kubernetes_server.create_namespace(namespace)
    cluster = connect(ConnectOptions(kubeconfig=str(kubernetes_server.kubeconfig)))
    made = Workbench(tmp_path / "in", cluster, namespace)
    made.folder.mkdir()
    made.store("s", {"k": "v"})
    made.external_secret("secretStoreRef: {name: s}\ndata: [{secretKey: k, remoteRef: {key: k}}]")
    return made


def kubectl(
    server: KubernetesServer, bench: Workbench, name: str
) -> subprocess.CompletedProcess[str]:
    """Apply a ConfigMap with the set of that name, and prune."""
    meta = {"name": f"{name}-member"}
    body = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})
    words = ["apply", "-n", bench.namespace, "--prune", f"--applyset={name}", "-f", "-"]
    return subprocess.run(
        [str(KUBECTL), *words],
        env={
            "KUBECONFIG": str(server.kubeconfig),
            "KUBECTL_APPLYSET": "true",
            "PATH": os.environ["PATH"],
            "HOME": str(bench.folder),
        },
        input=body,
        capture_output=True,
        text=True,
        check=False,
    )


def test_kubectl_makes_the_same_ids(bench: Workbench, kubernetes_server: KubernetesServer) -> None:
    """And esync refuses to keep what kubectl keeps."""
    done = kubectl(kubernetes_server, bench, "theirs")
    assert done.returncode == 0, done.stderr

    of = ApplySet(SECRETS, bench.namespace, "theirs")
    parent = bench.cluster.get(SECRETS, bench.namespace, "theirs")
    member = bench.cluster.get(CONFIG_MAPS, bench.namespace, "theirs-member")
    assert parent is not None
    assert member is not None
    assert parent["metadata"]["labels"] == {"applyset.kubernetes.io/id": of.id}
    assert member["metadata"]["labels"] == {"applyset.kubernetes.io/part-of": of.id}
    with pytest.raises(NotOurSet, match="kubectl/"):
        bench.apply(members=SetOptions(of, prune=True))
    assert bench.live() is None


def test_kubectl_leaves_a_set_of_esync_alone(
    bench: Workbench, kubernetes_server: KubernetesServer
) -> None:
    """It reads our parent, and names the tool that it belongs to."""
    of = ApplySet(SECRETS, bench.namespace, "ours")
    assert bench.apply(members=SetOptions(of)).failures == ()

    done = kubectl(kubernetes_server, bench, "ours")

    assert done.returncode == 1
    assert 'is managed by tooling "esync" instead of "kubectl"' in done.stderr
    assert bench.live() is not None


def test_another_set_of_kubectl_prunes_nothing_of_ours(
    bench: Workbench, kubernetes_server: KubernetesServer
) -> None:
    """Two sets in one namespace."""
    of = ApplySet(SECRETS, bench.namespace, "ours")
    bench.apply(members=SetOptions(of))
    theirs = replace(of, name="theirs")

    for _ in range(2):
        assert kubectl(kubernetes_server, bench, theirs.name).returncode == 0
    done = bench.apply(members=SetOptions(of, prune=True, allow_empty=True))

    assert done.failures == ()
    assert bench.live() is not None
    assert bench.cluster.get(CONFIG_MAPS, bench.namespace, "theirs-member") is not None

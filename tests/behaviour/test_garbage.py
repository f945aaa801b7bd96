"""What Kubernetes itself does with Secrets whose ExternalSecret goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.cluster.connect import connect
from esync.cluster.contract import CLUSTER_EXTERNAL_SECRETS, EXTERNAL_SECRETS
from esync.cluster.options import ConnectOptions
from tests.behaviour.conftest import new_bench
from tests.behaviour.provisioned import NOW, Teams
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration


def test_an_owned_secret_goes_with_its_external_secret(
    controlled_kubernetes_server: KubernetesServer, tmp_path: Path
) -> None:
    """The garbage collector follows our owner reference; an orphan stays."""
    kubeconfig = str(controlled_kubernetes_server.kubeconfig)
    bench = new_bench(tmp_path, connect(ConnectOptions(kubeconfig=kubeconfig)))
    bench.store("vault", {"db": "v"})
    for name, policy in (("owned", "Owner"), ("orphan", "Orphan")):
        bench.external_secret(
            f"""
secretStoreRef: {{name: vault}}
target: {{creationPolicy: {policy}}}
data: [{{secretKey: k, remoteRef: {{key: db}}}}]
""",
            name=name,
        )
        bench.in_cluster(name)
    assert bench.apply().failures == ()

    for name in ("owned", "orphan"):
        bench.cluster.delete(EXTERNAL_SECRETS, bench.namespace, name, uid="", resource_version="")

    wait_until(lambda: bench.live("owned") is None, "the owned Secret is collected")
    assert bench.data("orphan") == {"k": "v"}


def test_what_a_cluster_external_secret_made_goes_with_it(
    controlled_kubernetes_server: KubernetesServer, tmp_path: Path
) -> None:
    """Where it chooses no more we remove the ExternalSecret; at its end Kubernetes removes all."""
    kubeconfig = str(controlled_kubernetes_server.kubeconfig)
    teams = Teams(new_bench(tmp_path, connect(ConnectOptions(kubeconfig=kubeconfig))))
    teams.lay()
    assert teams.apply().failures == ()
    left, kept = teams.names

    teams.relabel(left)
    assert teams.apply(at=NOW + 60).failures == ()

    wait_until(lambda: teams.secret(left) is None, "the Secret that nobody asks for is collected")
    assert teams.secret(kept) is not None
    teams.cluster.delete(CLUSTER_EXTERNAL_SECRETS, "", teams.name, uid="", resource_version="")
    wait_until(lambda: teams.external_secret(kept) is None, "its ExternalSecrets are collected")
    wait_until(lambda: teams.secret(kept) is None, "their Secrets are collected")

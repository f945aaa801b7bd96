"""What Kubernetes itself does with Secrets whose ExternalSecret goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.cluster.connect import connect
from esync.cluster.contract import EXTERNAL_SECRETS
from esync.cluster.options import ConnectOptions
from tests.behaviour.conftest import new_bench
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

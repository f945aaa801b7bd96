"""Benches: one over a cluster in memory, one over the real API server."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from esync.cluster.connect import connect
from esync.cluster.contract import NAMESPACES, Cluster
from esync.cluster.options import ConnectOptions
from tests.behaviour.workbench import Workbench
from tests.fakes.memory_cluster import MemoryCluster
from tests.servers.definitions import install_external_secrets

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.kubernetes import KubernetesServer


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """Return a bench whose cluster is in memory."""
    return new_bench(tmp_path, MemoryCluster())


@pytest.fixture(params=["memory", pytest.param("server", marks=pytest.mark.integration)])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Workbench:
    """Return a bench in memory, then one over the real API server: the same must hold."""
    if request.param == "memory":
        return new_bench(tmp_path, MemoryCluster())
    server: KubernetesServer = request.getfixturevalue("served_external_secrets")
    return new_bench(tmp_path, connect(ConnectOptions(kubeconfig=str(server.kubeconfig))))


@pytest.fixture(scope="session")
def served_external_secrets(kubernetes_server: KubernetesServer) -> KubernetesServer:
    """Return the API server with the four kinds defined, without their schemas."""
    install_external_secrets(kubernetes_server)
    return kubernetes_server


def new_bench(folder: Path, cluster: Cluster) -> Workbench:
    """Return a bench with a namespace of its own in ``cluster``."""
    namespace = f"t-{uuid4().hex[:12]}"
    cluster.create(NAMESPACES, {"metadata": {"name": namespace}}, manager="tests")
    return Workbench(folder, cluster, namespace)

"""The way from the operator and back, as docs/how-to/move.md has it, with a garbage collector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync import handover
from esync.cluster.connect import connect
from esync.cluster.contract import EXTERNAL_SECRETS, SECRETS
from esync.cluster.options import ConnectOptions
from esync.handover import Request, To
from esync.load import Selection
from tests.behaviour.conftest import new_bench
from tests.servers.definitions import install_external_secrets
from tests.servers.plugin import started
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.behaviour.workbench import Workbench
    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration
DEFINITION = (
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/externalsecrets.external-secrets.io"
)
FINALIZER = "externalsecrets.external-secrets.io/externalsecret-cleanup"
SPEC = "secretStoreRef: {name: vault}\ndata: [{secretKey: k, remoteRef: {key: db}}]\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesServer]:
    """Return a control plane that loses its definitions."""
    from tests.servers.kubernetes import kubernetes

    for one in started(kubernetes, tmp_path_factory.mktemp("kubernetes")):
        install_external_secrets(one)
        one.start_controllers()
        yield one


def test_an_external_secret_that_was_handed_over_goes_alone(
    server: KubernetesServer, tmp_path: Path
) -> None:
    """Deleted ones leave their Secrets, and nothing hangs."""
    bench = bench_of(server, tmp_path)
    synced(bench, finalizers=(FINALIZER,))
    to(bench, To.ESYNC)

    bench.cluster.delete(EXTERNAL_SECRETS, bench.namespace, "app", uid="", resource_version="")

    assert bench.cluster.get(EXTERNAL_SECRETS, bench.namespace, "app") is None
    assert bench.cluster.get(SECRETS, bench.namespace, "app") is not None


def test_the_definitions_go_and_the_secrets_stay(server: KubernetesServer, tmp_path: Path) -> None:
    """Of two namespaces one is handed over; when the definition goes, only the other is emptied.

    Then esync goes on from files, the definition comes back, and so does the owner.
    """
    moved, left = (bench_of(server, tmp_path / name) for name in ("moved", "left"))
    moved_uid = synced(moved, finalizers=(FINALIZER,))
    synced(left)

    to(moved, To.ESYNC)
    assert server.request("DELETE", DEFINITION).status == 200
    wait_until(lambda: left.live() is None, "what was not handed over is collected")
    assert moved.data() == {"k": "v"}

    moved.store("vault", {"db": "rotated"})
    assert moved.applied().result.value == "configured"
    assert moved.data() == {"k": "rotated"}

    install_external_secrets(server)
    assert moved.in_cluster() != moved_uid
    to(moved, To.OPERATOR)
    live = moved.live()
    assert live
    assert [one.name for one in live.owners] == ["app"]
    assert moved.applied().result.value == "unchanged"


def bench_of(server: KubernetesServer, folder: Path) -> Workbench:
    """Return a bench with a namespace of its own."""
    folder.mkdir(exist_ok=True)
    return new_bench(folder, connect(ConnectOptions(kubeconfig=str(server.kubeconfig))))


def synced(bench: Workbench, finalizers: tuple[str, ...] = ()) -> str:
    """Create an ExternalSecret in the cluster, and sync it; its Secret is owned then."""
    bench.store("vault", {"db": "v"})
    bench.external_secret(SPEC, finalizers=list(finalizers))
    uid = bench.in_cluster()
    bench.applied()
    live = bench.live()
    assert live
    assert [one.uid for one in live.owners] == [uid]
    return uid


def to(bench: Workbench, whom: To) -> None:
    """Hand the bench's namespace over; nothing fails."""
    request = Request(whom, Selection((bench.namespace,)))
    outcome = handover.handover(request, bench.cluster)
    assert outcome.failures == ()
    assert [done.error for done in outcome.done if done.error] == []

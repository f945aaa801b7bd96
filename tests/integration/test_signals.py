"""A run that is interrupted finishes what is under way, and tells what was and was not done."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.environment import clean

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration
MANY = 400


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_run_in_order(
    kubernetes_server: KubernetesServer, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """What was written is whole; the rest is reported as not done; the code tells the signal."""
    namespace = f"signals-{number.name.lower()}"
    kubernetes_server.create_namespace(namespace)
    _lay(tmp_path / "manifests.yaml", namespace)
    run = subprocess.Popen(
        [sys.executable, "-m", "esync", "apply", "-f", "manifests.yaml", "--concurrency", "1"],
        cwd=tmp_path,
        env=clean(HOME=str(tmp_path), KUBECONFIG=str(kubernetes_server.kubeconfig)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stderr is not None
    first = run.stderr.readline()
    run.send_signal(number)
    out, err = run.communicate(timeout=60)

    assert "wrote" in first
    assert run.returncode == code, err
    assert "Traceback" not in err
    assert "created" in out
    assert "not done" in out
    listed = kubernetes_server.request("GET", f"/api/v1/namespaces/{namespace}/secrets").json()
    assert len(listed["items"]) == out.count(" created ")
    assert out.count(" created ") + out.count(" not done ") == MANY


def _lay(path: Path, namespace: str) -> None:
    store = (
        "apiVersion: external-secrets.io/v1\nkind: SecretStore\n"
        f"metadata: {{name: s, namespace: {namespace}}}\n"
        "spec: {provider: {fake: {data: [{key: k, value: v}]}}}\n"
    )
    secrets = [
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"
        f"metadata: {{name: n{number}, namespace: {namespace}}}\n"
        "spec: {secretStoreRef: {name: s}, data: [{secretKey: k, remoteRef: {key: k}}]}\n"
        for number in range(MANY)
    ]
    path.write_text("---\n".join([store, *secrets]))

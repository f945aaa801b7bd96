"""A rotation from the command line: written, restarted, followed, and ended by a signal."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from esync.cluster.connect import connect
from esync.cluster.contract import DEPLOYMENTS, NAMESPACES
from esync.cluster.options import ConnectOptions
from tests.environment import clean
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from esync.cluster.contract import Cluster
    from tests.servers.audit import AuditEvent
    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration

MANIFESTS = """\
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: vault}
spec: {provider: {fake: {data: [{key: db, value: %s}]}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: app}
spec: {secretStoreRef: {name: vault}, data: [{secretKey: password, remoteRef: {key: db}}]}
"""
RESTART = ("--restart", "consumers", "--reloader", "none", "--wait")


class Scene:
    """A namespace with one Deployment that reads the Secret ``app``."""

    def __init__(self, server: KubernetesServer, folder: Path) -> None:
        self._environment = clean(HOME=str(folder), KUBECONFIG=str(server.kubeconfig))
        self._file = folder / "app.yaml"
        self.server = server
        self.cluster: Cluster = connect(ConnectOptions(kubeconfig=str(server.kubeconfig)))
        self.namespace = f"rotation-{uuid4().hex[:8]}"
        self.cluster.create(NAMESPACES, {"metadata": {"name": self.namespace}}, manager="t")
        labels = {"app": "web"}
        containers = [{"name": "c", "image": "i", "envFrom": [{"secretRef": {"name": "app"}}]}]
        template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
        body = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": self.namespace},
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        }
        self.cluster.create(DEPLOYMENTS, body, manager="t")

    def start(self, command: str, value: str, *flags: str) -> subprocess.Popen[str]:
        """Start esync with a value in the store."""
        self._file.write_text(MANIFESTS % value)
        words = [command, "-f", str(self._file), "-n", self.namespace, *flags]
        return subprocess.Popen(
            [sys.executable, "-m", "esync", *words],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str, value: str, *flags: str) -> tuple[int, str, str]:
        """Run esync to its end."""
        started = self.start(command, value, *flags)
        out, err = started.communicate(timeout=60)
        return started.returncode, out, err

    def is_restarted(self) -> bool:
        """Whether the template says so."""
        metadata = self._deployment()["spec"]["template"]["metadata"]
        return "kubectl.kubernetes.io/restartedAt" in (metadata.get("annotations") or {})

    def roll_out(self) -> None:
        """Write the status that its controller would write at the end."""
        seen = {"observedGeneration": self._deployment()["metadata"]["generation"]}
        names = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
        status = seen | dict.fromkeys(names, 1)
        self.cluster.patch_status(DEPLOYMENTS, self.namespace, "web", status)

    def _deployment(self) -> dict[str, Any]:
        found = self.cluster.get(DEPLOYMENTS, self.namespace, "web")
        assert found is not None
        return found


@pytest.fixture
def scene(kubernetes_server: KubernetesServer, tmp_path: Path) -> Scene:
    """Return a namespace in which the first value is in use."""
    made = Scene(kubernetes_server, tmp_path)
    assert made.run("apply", "first")[0] == 0
    return made


def test_a_rotation_is_complete(scene: Scene) -> None:
    """Diff shows it, apply does it and waits for it, and then there is nothing to do."""
    code, out, _ = scene.run("diff", "second", *RESTART[:-1])
    assert code == 1
    assert "deployment/web would restart" in out

    started = scene.start("apply", "second", *RESTART, "-o", "json")
    wait_until(scene.is_restarted, "the template is changed")
    scene.roll_out()
    out, err = started.communicate(timeout=60)

    assert started.returncode == 0, err
    [one] = json.loads(out)["restarts"]
    assert (one["name"], one["result"]) == ("web", "rolled out")
    code, out, _ = scene.run("apply", "second", *RESTART)
    assert (code, "deployment" in out) == (0, False)


def test_a_signal_ends_the_waiting(scene: Scene) -> None:
    """The Secret is written, the restart is made; the code is that of the signal."""
    started = scene.start("apply", "second", *RESTART)
    wait_until(scene.is_restarted, "the template is changed")
    started.send_signal(signal.SIGTERM)
    out, err = started.communicate(timeout=20)

    assert started.returncode == 143, err
    assert "secret/app configured" in out
    assert re.search(r"deployment/web failed .*namespace", out)
    assert "is not rolled out yet" in err
    assert "SIGTERM came" in err


def test_the_time_of_the_run_bounds_the_waiting(scene: Scene) -> None:
    """Exit code 1, and what it waits for."""
    code, _, err = scene.run("apply", "second", *RESTART, "--timeout", "4s")

    assert code == 1
    assert "[ES0542]" in err
    assert "its controller has not seen the change yet" in err


def test_a_killed_run_is_made_up_for(scene: Scene) -> None:
    """By the next one, once: whether it was killed before or after the restart."""
    started = scene.start("apply", "second", *RESTART[:-1])
    assert started.stderr is not None
    first = started.stderr.readline()  # the Secret is written
    os.kill(started.pid, signal.SIGKILL)
    started.communicate(timeout=60)
    assert "wrote" in first

    code, out, err = scene.run("apply", "second", *RESTART[:-1])

    assert code == 0, err
    assert "secret/app unchanged" in out
    assert scene.is_restarted()
    _, out, _ = scene.run("apply", "second", *RESTART[:-1])
    assert "deployment" not in out


def test_what_a_rotation_asks_of_the_api_server(scene: Scene) -> None:
    """One list of each kind, where something changed; without a change not one request more."""
    with scene.server.audited() as events:
        assert scene.run("apply", "second", *RESTART[:-1])[0] == 0
    asked = [spelled(one) for one in events if one.agent.startswith("esync/")]
    assert {one.namespace for one in events if one.resource.endswith(("apps", "batch"))} == {
        scene.namespace
    }
    with scene.server.audited() as events:
        assert scene.run("apply", "second", *RESTART[:-1])[0] == 0
    without = [spelled(one) for one in events if one.agent.startswith("esync/")]

    assert asked == [
        *without,
        "update secrets app",
        "list deployments.apps",
        "list statefulsets.apps",
        "list daemonsets.apps",
        "list cronjobs.batch",
        "patch deployments.apps web",
        # The mark is taken off.
        "get secrets app",
        "update secrets app",
    ]


def spelled(event: AuditEvent) -> str:
    """Spell a request."""
    return f"{event.verb} {event.resource} {event.name}".strip()

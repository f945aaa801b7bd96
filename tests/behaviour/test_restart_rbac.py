"""What ``esync manifests --restart`` permits is enough to restart and to follow, and no more."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from esync import deploy, pipeline, rollouts
from esync.cli.rotation import Restart, RestartFlags, spelled
from esync.cluster.connect import connect
from esync.cluster.contract import DAEMON_SETS, DEPLOYMENTS, STATEFUL_SETS
from esync.cluster.options import ConnectOptions
from esync.flow.rollout import RestartResult
from tests.behaviour.rotating import env_of
from tests.behaviour.test_manifests_rbac import Scene, as_user, rules_of, without

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.cluster.contract import Cluster
    from esync.flow.outcome import Outcome
    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration

KINDS = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS)
# Where, on what, which verb; and what the run says when it may not.
LOST = [
    *[
        ("own", resource.plural, verb, f"may not {verb} {resource.plural}.apps")
        for resource in KINDS
        for verb in ("get", "list", "patch")
    ],
    ("own", "cronjobs", "list", "CronJobs are not looked at"),
    ("other", "configmaps", "get", "whether a Reloader runs cannot be told"),
]
DONE = {
    "Deployment": dict.fromkeys(
        ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1
    ),
    "StatefulSet": {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1},
    "DaemonSet": {
        "currentNumberScheduled": 1,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 1,
        "numberReady": 1,
        "updatedNumberScheduled": 1,
        "numberAvailable": 1,
    },
}


class Restarts(Scene):
    """A Secret that somebody edited, one workload of each kind that uses it, and a Reloader."""

    def lay(self) -> None:
        """Create everything; the next run changes the Secret back."""
        for name in (self.own, self.other):
            self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        fake = {"provider": {"fake": {"data": [{"key": "k", "value": "v"}]}}}
        self.put(self.named("external-secrets.io/v1", "SecretStore", "local", spec=fake))
        self.secret("app", secretStoreRef={"name": "local"})
        assert self.problems(super().run(self.admin)) == []
        self.put(self.named("v1", "Secret", "app", data={"k": "ZWRpdGVk"}))
        self.put(self.named("v1", "ConfigMap", "reloader-meta-info", self.other, data={}))
        for resource in KINDS:
            labels = {"app": "web"}
            container = {"name": "c", "image": "image", **env_of()}
            template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
            spec: dict[str, Any] = {"selector": {"matchLabels": labels}, "template": template}
            if resource == STATEFUL_SETS:
                spec["serviceName"] = "web"
            body = self.named(resource.api_version, resource.kind, "web", spec=spec)
            self.admin.create(resource, body, manager="tests")

    def manifests(self, flags: tuple[str, ...] = ()) -> list[Mapping[str, Any]]:
        """Return what ``esync manifests --restart consumers --wait`` makes of the namespace."""
        restarting = deploy.Restarting(wait=True, reloader=self.other)
        options = deploy.Options(image="esync:test", restarting=restarting, flags=flags)
        parts, _ = pipeline.manifests(self._request(), self._world(self.admin), options)
        return [part.body for part in parts]

    def run(self, cluster: Cluster) -> Outcome:
        """Apply, restart and follow; at the first pause every roll-out comes to its end."""
        mode = rollouts.Mode.CONSUMERS
        options = rollouts.Options(mode, reloader=self.other, wait=True)
        request = replace(self._request(), only_due=True, write_status=True, restart=options)
        return pipeline.apply(request, replace(self._world(cluster), pause=self._roll_out))

    def _roll_out(self, _seconds: float) -> None:
        for resource in KINDS:
            body = self.admin.get(resource, self.own, "web")
            assert body is not None
            status = {"observedGeneration": body["metadata"]["generation"], **DONE[resource.kind]}
            self.admin.patch_status(resource, self.own, "web", status)


@pytest.fixture
def scene(served_external_secrets: KubernetesServer) -> Restarts:
    """Return a scene in namespaces of its own."""
    options = ConnectOptions(kubeconfig=str(served_external_secrets.kubeconfig))
    made = Restarts(served_external_secrets, connect(options))
    made.lay()
    return made


def test_the_permissions_are_enough(scene: Restarts) -> None:
    """Everything is restarted and followed, and there is nothing to complain of."""
    outcome = scene.run(as_user(scene.permit(scene.manifests())))

    assert scene.problems(outcome) == []
    assert {one.ref.kind: one.result for one in outcome.restarts} == dict.fromkeys(
        DONE, RestartResult.ROLLED_OUT
    )


def test_nothing_is_permitted_beside_those_below(scene: Restarts) -> None:
    """What is permitted for restarts, beyond what is permitted without them."""
    names = {scene.own: "own", scene.other: "other", "": "all"}

    def permitted(bodies: list[Mapping[str, Any]]) -> set[tuple[str, str, str]]:
        return {
            (names[namespace], resource, verb)
            for namespace, rule in rules_of(bodies)
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }

    more = permitted(scene.manifests()) - permitted(Scene.manifests(scene))

    assert more == {(where, what, verb) for where, what, verb, _ in LOST}
    [reloader] = [rule for where, rule in rules_of(scene.manifests()) if where == scene.other]
    assert reloader["resourceNames"] == ["reloader-meta-info"]


@pytest.mark.parametrize(("where", "resource", "verb", "said"), LOST)
def test_each_permission_is_needed(
    scene: Restarts, where: str, resource: str, verb: str, said: str
) -> None:
    """Without it the run fails, or says what it could not do."""
    namespace = {"own": scene.own, "other": scene.other}[where]
    cluster = as_user(scene.permit(without(scene.manifests(), namespace, resource, verb)))

    problems = scene.problems(scene.run(cluster))

    assert [one for one in problems if said in one], problems


def test_the_arguments_of_the_cronjob_restart(scene: Restarts) -> None:
    """What the CronJob hands to the program restarts everything, with its own permissions."""
    flags = RestartFlags(Restart.CONSUMERS, reloader=scene.other)
    bodies = scene.manifests(tuple(spelled(flags)))
    kubeconfig = scene.permit(bodies)
    [job] = [body for body in bodies if body["kind"] == "CronJob"]
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]

    done = subprocess.run(
        [sys.executable, "-m", "esync", *pod["containers"][0]["args"]],
        env={"KUBECONFIG": str(kubeconfig)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    for kind in DONE:
        assert f"{kind.lower()}/web restarted" in done.stdout

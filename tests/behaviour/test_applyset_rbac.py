"""What ``esync manifests --applyset`` permits is enough and no more: held against RBAC."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from esync import deploy, pipeline
from esync.cluster.contract import CONFIG_MAPS, EXTERNAL_SECRETS, SECRETS
from esync.errors import EsyncError
from esync.flow.applyset import KINDS_ANNOTATION, ApplySet, SetOptions
from esync.load import LoadRequest
from tests.behaviour.test_manifests_rbac import (
    PipelineScene,
    Scene,
    access,
    as_user,
    rules_of,
    scene,
    without,
)
from tests.behaviour.workbench import Workbench
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.servers.kubernetes import KubernetesServer

__all__ = ["scene"]  # a fixture of the other page

pytestmark = pytest.mark.integration

SPEC = "secretStoreRef: {name: s}\ndata: [{secretKey: k, remoteRef: {key: k}}]\n"

# Whether there is a parent already; on what, which verb; and what the run says when it may not.
LOST = [
    (True, "configmaps", "get", "may not get configmaps"),
    (False, "configmaps", "create", "may not create configmaps"),
    (True, "configmaps", "update", "may not update configmaps"),
    (True, "externalsecrets", "get", "Secrets get no owner reference"),
    (True, "externalsecrets", "list", "nothing was pruned: ExternalSecrets of namespace"),
    (True, "secrets", "get", "may not get secrets"),
    (True, "secrets", "list", "nothing was pruned: secrets of namespace"),
    (True, "secrets", "create", "may not create secrets"),
    (True, "secrets", "update", "may not update secrets"),
    (True, "secrets", "delete", "may not delete secrets"),
]


@dataclass
class SetScene:
    """Files that once made a set: one of its members is asked for no more."""

    files: PipelineScene

    @property
    def bench(self) -> Workbench:
        """Return the bench of the files."""
        return self.files.bench

    @property
    def set(self) -> ApplySet:
        """Return the set, whose parent is a ConfigMap."""
        return ApplySet(CONFIG_MAPS, self.bench.namespace, "team")

    def lay(self, *, parent: bool) -> None:
        """Make the set, then change everything that a run can find changed."""
        bench, kept = self.bench, SetOptions(self.set)
        bench.store("s", {"k": "v"})
        for name in ("edited", "gone"):
            bench.external_secret(SPEC, name)
        assert bench.apply(members=kept).failures == ()
        bench.remove("es-gone")
        bench.external_secret(SPEC, "new")
        bench.edit("edited", k="theirs")
        body = bench.cluster.get(CONFIG_MAPS, bench.namespace, "team")
        assert body is not None
        if parent:
            body["metadata"]["annotations"][KINDS_ANNOTATION] = ""
            bench.cluster.update(CONFIG_MAPS, body, manager="t")
        else:
            there = (CONFIG_MAPS, bench.namespace, "team")
            bench.cluster.delete(*there, uid="", resource_version="")

    def manifests(self) -> list[Mapping[str, Any]]:
        """Return what ``esync manifests --pipeline --applyset configmaps/team --prune`` makes."""
        options = deploy.Options(
            pipeline=True,
            subject=f"User:ci-{self.bench.namespace}",
            membership=deploy.Membership(self.set, prune=True),
        )
        request = pipeline.Request(LoadRequest(files=(str(self.bench.folder),)))
        parts, _ = pipeline.manifests(request, self.bench.world(), options)
        return [part.body for part in parts]

    def problems(self, bodies: list[Mapping[str, Any]]) -> list[str]:
        """Permit what ``bodies`` say, prune, and return whatever the run says went wrong."""
        cluster = self.files.permit(bodies)
        bench = Workbench(self.bench.folder, cluster, self.bench.namespace)
        try:
            outcome = bench.apply(members=SetOptions(self.set, prune=True))
        except EsyncError as error:
            return [error.message]
        return Scene.problems(outcome)


@pytest.fixture
def kept(served_external_secrets: KubernetesServer, tmp_path: Path) -> SetScene:
    """Return a folder and a namespace of their own."""
    namespace = f"t-{uuid4().hex[:10]}"
    served_external_secrets.create_namespace(namespace)
    admin = as_user(served_external_secrets.kubeconfig)
    bench = Workbench(tmp_path, admin, namespace)
    return SetScene(PipelineScene(served_external_secrets, bench))


@pytest.mark.parametrize("parent", [True, False])
def test_a_pipeline_may_keep_its_set(kept: SetScene, *, parent: bool) -> None:
    """Its Role lets it make or write the parent, find members, and prune."""
    kept.lay(parent=parent)

    assert kept.problems(kept.manifests()) == []
    assert kept.bench.live("gone") is None
    assert kept.bench.live("new") is not None


@pytest.mark.parametrize(("parent", "resource", "verb", "said"), LOST)
def test_each_permission_is_needed(
    kept: SetScene, resource: str, verb: str, said: str, *, parent: bool
) -> None:
    """Without it the run fails, or says what it could not do; and no other one is granted."""
    kept.lay(parent=parent)
    bodies = kept.manifests()
    permitted = [
        (what, one)
        for _, rule in rules_of(bodies)
        for what in rule["resources"]
        for one in rule["verbs"]
    ]
    assert sorted(permitted) == sorted((what, one) for _, what, one, _ in LOST)

    problems = kept.problems(without(bodies, kept.bench.namespace, resource, verb))

    assert [one for one in problems if said in one], problems
    goes = (resource, verb) == ("externalsecrets", "get")
    assert (kept.bench.live("gone") is None) is goes


def test_the_parent_is_permitted_by_name(kept: SetScene) -> None:
    """Reading and changing it; RBAC knows no name of what is to be created."""
    kept.lay(parent=True)

    found = {
        verb: rule.get("resourceNames")
        for _, rule in rules_of(kept.manifests())
        for verb in rule["verbs"]
        if rule["resources"] == ["configmaps"]
    }

    assert found == {"create": None, "get": ["team"], "update": ["team"]}


def test_a_cronjob_keeps_the_set_of_its_namespace(scene: Scene) -> None:
    """Its arguments and its Role are enough to mark members, and to prune one later.

    Nothing goes while it may not see what ClusterExternalSecrets ask for.
    """
    of = ApplySet(SECRETS, "elsewhere", "team")
    options = deploy.Options(
        image="esync:test",
        flags=("--applyset=team", "--prune"),
        membership=deploy.Membership(of, prune=True),
    )
    parts, _ = pipeline.manifests(scene._request(), scene._world(scene.admin), options)
    bodies: list[Mapping[str, Any]] = [part.body for part in parts]
    kubeconfig = scene.permit(bodies)
    [job] = [body for body in bodies if body["kind"] == "CronJob"]
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "esync", *pod["containers"][0]["args"]],
            env={"KUBECONFIG": str(kubeconfig)},
            capture_output=True,
            text=True,
            check=False,
        )

    first = run()
    assert (first.returncode, "secret/created created" in first.stdout) == (0, True), first.stderr
    scene.admin.delete(EXTERNAL_SECRETS, scene.own, "created", uid="", resource_version="")

    hide_cluster_external_secrets(scene, bodies)
    blind = run()
    # Nothing was due either, so that no object was judged.
    assert (blind.returncode, "ES0525" in blind.stderr) == (2, True), blind.stderr
    assert scene.admin.get(SECRETS, scene.own, "created") is not None

    scene.permit(bodies)
    last = run()
    assert (last.returncode, "secret/created pruned" in last.stdout) == (0, True), last.stderr
    own = replace(of, namespace=scene.own)
    parent = scene.admin.get(SECRETS, scene.own, "team")
    assert parent is not None
    assert parent["metadata"]["labels"] == {"applyset.kubernetes.io/id": own.id}


def hide_cluster_external_secrets(scene: Scene, bodies: list[Mapping[str, Any]]) -> None:
    """Take that one permission away, and wait until RBAC knows."""
    for body in without(bodies, "", "clusterexternalsecrets", "list"):
        scene.put(body)
    user = f"system:serviceaccount:{scene.own}:esync"
    rule: dict[str, Any] = {
        "apiGroups": [EXTERNAL_SECRETS.group],
        "resources": ["clusterexternalsecrets"],
    }
    asked = access(user, "", rule, "list")
    wait_until(lambda: not scene.is_allowed(asked), f"{user} may not {asked}")

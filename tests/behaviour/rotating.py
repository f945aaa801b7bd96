"""Workloads on a bench, and runs of esync that restart them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from esync import pipeline, rollouts
from esync.cluster.contract import (
    CRON_JOBS,
    DAEMON_SETS,
    DEPLOYMENTS,
    SECRETS,
    STATEFUL_SETS,
    Cluster,
    Forbidden,
)
from esync.load import LoadRequest
from esync.manifests.document import ObjectRef
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.cluster.contract import Object, Resource
    from esync.flow.outcome import Outcome
    from esync.flow.rollout import RestartResult
    from tests.behaviour.workbench import Workbench

AUTO = {"reloader.stakater.com/auto": "true"}
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
CHANGED = "esync.dev/data-changed"
ANNOTATED, CONSUMERS = rollouts.Mode.ANNOTATED, rollouts.Mode.CONSUMERS
TARGET = "app"
# Nobody looks for a Reloader unless a test says so: tests share one API server.
PLAIN = rollouts.Options(ANNOTATED, reloader=rollouts.NOBODY)
EVERY = rollouts.Options(CONSUMERS, reloader=rollouts.NOBODY)
# A minute after the first value, and another one.
SECOND = "2023-11-14T22:14:20Z"
THIRD = "2023-11-14T22:15:20Z"


def env_of(secret: str = TARGET) -> dict[str, Any]:
    """Spell what a container has that reads a key of a Secret into its environment."""
    reference = {"name": secret, "key": "password", "optional": True}
    return {"env": [{"name": "PASSWORD", "valueFrom": {"secretKeyRef": reference}}]}


@dataclass
class Rotating:
    """A bench with a store, one or two ExternalSecrets, and workloads.

    Attributes:
        pauses: what happens at each pause of a roll-out that is followed; then it is over.
    """

    bench: Workbench
    pauses: list[Callable[[], None]] = field(default_factory=list)
    signal: str = ""

    @property
    def cluster(self) -> Cluster:
        """Where everything is."""
        return self.bench.cluster

    def value(self, value: str, *names: str) -> None:
        """Lay the store with a value, and the ExternalSecrets that bring it."""
        self.bench.store("vault", {"db": value})
        for name in names or ("app",):
            self.bench.external_secret(
                """
                secretStoreRef: {name: vault}
                data: [{secretKey: password, remoteRef: {key: db}}]
                """,
                name,
            )

    def rotate(self, value: str, *names: str) -> None:
        """Lay another value; a minute passes."""
        self.bench.seconds += 60
        self.value(value, *names)

    def apply(self, options: rollouts.Options = PLAIN, **request: Any) -> Outcome:
        """Apply the folder."""
        return pipeline.apply(self._request(options, **request), self._world())

    def diff(self, options: rollouts.Options = PLAIN) -> Outcome:
        """Compare the folder."""
        return pipeline.diff(self._request(options), self._world())

    def workload(
        self,
        name: str = "web",
        container: dict[str, Any] | None = None,
        resource: Resource = DEPLOYMENTS,
        annotations: dict[str, str] | None = None,
        **spec: Any,
    ) -> None:
        """Create a workload; ``container`` is merged into its only one."""
        body = {
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": self.named(name, annotations=annotations or {}),
            "spec": _spec(resource, name, container or {}, spec),
        }
        self.cluster.create(resource, body, manager="tests")

    def named(self, name: str, **rest: Any) -> dict[str, Any]:
        """Spell metadata."""
        return {"name": name, "namespace": self.bench.namespace, **rest}

    def get(self, name: str = "web", resource: Resource = DEPLOYMENTS) -> Object:
        """Return a workload that must be there."""
        found = self.cluster.get(resource, self.bench.namespace, name)
        assert found is not None
        return found

    def restarted_at(self, name: str = "web", resource: Resource = DEPLOYMENTS) -> str:
        """Return when a workload was restarted, or nothing."""
        metadata = self.get(name, resource)["spec"]["template"]["metadata"]
        return str((metadata.get("annotations") or {}).get(RESTARTED_AT, ""))

    def edit(self, name: str = "web", **spec: Any) -> None:
        """Change the spec of a Deployment as somebody else."""
        body = self.get(name)
        body["spec"] |= spec
        self.cluster.update(DEPLOYMENTS, body, manager="tests")

    def told(
        self, status: dict[str, Any], name: str = "web", resource: Resource = DEPLOYMENTS
    ) -> None:
        """Write the status of a workload as its controller would, having seen the newest spec."""
        generation = self.get(name, resource)["metadata"].get("generation", 1)
        seen = {"observedGeneration": generation, **status}
        self.cluster.patch_status(resource, self.bench.namespace, name, seen)

    def mark(self, name: str = "app") -> str:
        """Return what a Secret says of its last change."""
        body = self.cluster.get(SECRETS, self.bench.namespace, name)
        assert body is not None
        return str((body["metadata"].get("annotations") or {}).get(CHANGED, ""))

    def _request(self, options: rollouts.Options, **request: Any) -> pipeline.Request:
        files = LoadRequest(files=(str(self.bench.folder),), default_namespace=self.bench.namespace)
        made = pipeline.Request(files, concurrency=4, run_id="test", restart=options)
        return replace(made, **request)

    def _world(self) -> pipeline.World:
        def pause(_seconds: float) -> None:
            if self.pauses:
                self.pauses.pop(0)()
            else:
                self.signal = "the time for this run is over (--timeout)"

        return replace(self.bench.world(), pause=pause, over=lambda: self.signal)


def _spec(
    resource: Resource, name: str, container: dict[str, Any], more: dict[str, Any]
) -> dict[str, Any]:
    labels = {"app": name}
    pod = {"containers": [{"name": "c", "image": "image", **container}], **more.pop("pod", {})}
    template = {"metadata": {"labels": labels}, "spec": pod}
    if resource == CRON_JOBS:
        job = {"spec": {"template": {**template, "spec": {**pod, "restartPolicy": "Never"}}}}
        return {"schedule": "0 3 * * *", "jobTemplate": job, **more}
    served = {"serviceName": name} if resource == STATEFUL_SETS else {}
    return {"selector": {"matchLabels": labels}, "template": template, **served, **more}


ALL = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS)


def begun(bench: Workbench) -> Rotating:
    """Apply the first value."""
    made = Rotating(bench)
    made.value("first")
    outcome = made.apply()
    assert (outcome.failures, outcome.restarts) == ((), ())
    return made


def ends(outcome: Outcome) -> dict[str, RestartResult]:
    """Return what became of each workload; nothing failed."""
    assert [one.error.message for one in outcome.failures] == []
    return {one.ref.name: one.result for one in outcome.restarts}


def calls(scene: Rotating) -> Any:
    """Return how often the cluster in memory was asked for what."""
    assert isinstance(scene.cluster, MemoryCluster)
    return scene.cluster.calls


def refuse(scene: Rotating, verb: str, name: str, message: str) -> None:
    """Let the next call on Deployments be refused."""
    assert isinstance(scene.cluster, MemoryCluster)
    ref = ObjectRef("Deployment", scene.bench.namespace, name)
    scene.cluster.fail(verb, ref, Forbidden(message))


def stakater_hash(value: str) -> str:
    """Return what Reloader marks a Secret with that has one key."""
    return hashlib.sha1(f"password={value}".encode(), usedforsecurity=False).hexdigest()

"""ClusterExternalSecrets in the cluster of a bench: laid, followed, and looked at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from esync import pipeline
from esync.cluster.contract import (
    CLUSTER_EXTERNAL_SECRETS,
    CLUSTER_SECRET_STORES,
    EXTERNAL_SECRETS,
    NAMESPACES,
    SECRETS,
    Object,
)
from esync.load import LoadRequest, Selection

if TYPE_CHECKING:
    from esync.cluster.contract import Cluster
    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench

NOW = 1_700_000_000
OPERATOR = "external-secrets"


@dataclass
class Teams:
    """Namespaces of teams that only one test knows, and a ClusterExternalSecret that chooses them.

    Attributes:
        name: of the ClusterExternalSecret, its store, and the label value of its namespaces.
    """

    bench: Workbench
    name: str = ""
    uid: str = ""
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Lay two namespaces and a store."""
        self.name = f"shared-{self.bench.namespace}"
        self.names = [self.new(suffix) for suffix in ("a", "b")]
        provider = {"fake": {"data": [{"key": "k", "value": "v"}]}}
        self.create(CLUSTER_SECRET_STORES, {"name": self.name}, {"provider": provider})

    @property
    def cluster(self) -> Cluster:
        """Where everything is."""
        return self.bench.cluster

    @property
    def chosen(self) -> list[dict[str, Any]]:
        """The selector of the team's namespaces."""
        return [{"matchLabels": {"team": self.name}}]

    def new(self, suffix: str, **labels: str) -> str:
        """Create a namespace of the team."""
        name = f"{self.bench.namespace}-{suffix}"
        meta = {"name": name, "labels": labels or {"team": self.name}}
        self.cluster.create(NAMESPACES, {"metadata": meta}, manager="tests")
        return name

    def create(self, resource: Any, metadata: dict[str, Any], spec: Any) -> Object:
        """Create any object as somebody."""
        named = {"apiVersion": resource.api_version, "kind": resource.kind}
        body = {**named, "metadata": metadata, "spec": spec}
        return self.cluster.create(resource, body, manager="tests")

    def lay(self, metadata: dict[str, Any] | None = None, **spec: Any) -> str:
        """Create the ClusterExternalSecret and return its uid."""
        whole = {"externalSecretSpec": self.spec(), "namespaceSelectors": self.chosen, **spec}
        meta = {"name": self.name, **(metadata or {})}
        made = self.create(CLUSTER_EXTERNAL_SECRETS, meta, whole)
        self.uid = made["metadata"]["uid"]
        return self.uid

    def spec(self, **target: Any) -> dict[str, Any]:
        """Spell the spec of an ExternalSecret that brings one key."""
        store = {"name": self.name, "kind": "ClusterSecretStore"}
        data = [{"secretKey": "k", "remoteRef": {"key": "k"}}]
        return {"secretStoreRef": store, "data": data, **({"target": target} if target else {})}

    def change(self, **spec: Any) -> None:
        """Change the spec of the ClusterExternalSecret as its owner; None takes a field away."""
        body = self.live()
        merged = {**body["spec"], **spec}
        body["spec"] = {name: value for name, value in merged.items() if value is not None}
        self.cluster.update(CLUSTER_EXTERNAL_SECRETS, body, manager="tests")

    def relabel(self, namespace: str, **labels: str) -> None:
        """Replace the labels of a namespace."""
        body = self.cluster.get(NAMESPACES, "", namespace)
        assert body is not None
        body["metadata"]["labels"] = {"kubernetes.io/metadata.name": namespace, **labels}
        self.cluster.update(NAMESPACES, body, manager="tests")

    def live(self) -> Object:
        """Return the ClusterExternalSecret."""
        found = self.cluster.get(CLUSTER_EXTERNAL_SECRETS, "", self.name)
        assert found is not None
        return found

    def external_secret(self, namespace: str, name: str = "") -> Object | None:
        """Return an ExternalSecret of the cluster."""
        return self.cluster.get(EXTERNAL_SECRETS, namespace, name or self.name)

    def secret(self, namespace: str, name: str = "") -> Object | None:
        """Return a Secret of the cluster."""
        return self.cluster.get(SECRETS, namespace, name or self.name)

    def request(self, **options: Any) -> pipeline.Request:
        """Return the request for all namespaces; ``options`` are the selection's or its own."""
        fields = ("namespaces", "selector", "names", "expand")
        chosen = {name: options.pop(name) for name in fields if name in options}
        whole = {"only_due": True, "write_status": True, **options}
        files = LoadRequest(selection=Selection(**chosen))
        return pipeline.Request(files, concurrency=4, run_id="test", **whole)

    def world(self, cluster: Cluster | None = None, at: int = NOW) -> pipeline.World:
        """Return the world at a time."""
        world = self.bench.world()
        clock = replace(world.chance, clock=lambda: at * 10**9)
        return replace(world, cluster=cluster or self.cluster, chance=clock)

    def apply(self, cluster: Cluster | None = None, *, at: int = NOW, **options: Any) -> Outcome:
        """Apply from the cluster and write status."""
        return self.only(pipeline.apply(self.request(**options), self.world(cluster, at)))

    def diff(self, **options: Any) -> Outcome:
        """Compare with the cluster."""
        return self.only(pipeline.diff(self.request(**options), self.world()))

    def only(self, outcome: Outcome) -> Outcome:
        """Leave out what other tests of the same server left in theirs."""
        mine = self.bench.namespace
        return replace(
            outcome,
            done=tuple(one for one in outcome.done if one.ref.namespace.startswith(mine)),
            changes=tuple(one for one in outcome.changes if one.ref.namespace.startswith(mine)),
            failures=tuple(
                one
                for one in outcome.failures
                if one.ref is None or mine in f"{one.ref.namespace} {one.ref.name}"
            ),
        )

"""What ``esync manifests`` permits where ClusterExternalSecrets choose a namespace.

As in ``test_manifests_rbac``: enough, and each rule taken away once is missed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from esync import deploy, pipeline
from esync.flow.change import Result
from esync.load import LoadRequest, Selection
from tests.behaviour.test_manifests_rbac import (
    LOST,
    NOT_FOLLOWED,
    PLURALS,
    Scene,
    as_user,
    rules_of,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from esync.cluster.contract import Cluster
    from esync.flow.outcome import Outcome
    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration

VERSION = "external-secrets.io/v1"
# What they take beside what ExternalSecrets take anyway.
READ = [
    ("all", "clusterexternalsecrets", "list", NOT_FOLLOWED),
    ("all", "namespaces", "get", "may not get namespaces"),
]
MAKE = [
    ("own", "externalsecrets", "create", "may not create externalsecrets"),
    ("own", "externalsecrets", "update", "may not update externalsecrets"),
    ("own", "externalsecrets", "delete", "may not delete externalsecrets"),
    ("own", "externalsecrets", "get", "may not get externalsecrets"),
]
TOLD = [
    ("own", "externalsecrets/status", "patch", "its status was not written"),
    ("own", "events", "create", "its status was not written"),
]


class Interfered:
    """A cluster in which somebody else writes an ExternalSecret just before it is updated."""

    def __init__(self, cluster: Cluster, interfere: Callable[[], None]) -> None:
        self._cluster = cluster
        self._interfere = [interfere]

    def __getattr__(self, name: str) -> Any:
        """Return what the cluster has of that name."""
        return getattr(self._cluster, name)

    def update(self, resource: Any, body: Any, **options: Any) -> Any:
        """Update after the first interference."""
        if resource.plural == "externalsecrets" and self._interfere:
            self._interfere.pop()()
        return self._cluster.update(resource, body, **options)


class Chosen(Scene):
    """A namespace that ClusterExternalSecrets choose: one of each kind of change is due."""

    def lay(self) -> None:
        """Create everything, let an administrator sync once, then change what was synced."""
        PLURALS.setdefault("ClusterExternalSecret", "clusterexternalsecrets")
        self.label(team=self.own)
        fake = {"provider": {"fake": {"data": [{"key": "k", "value": "v"}]}}}
        self.put(self.named_wide("ClusterSecretStore", self.own, fake))
        for name in ("changed", "gone"):
            self.choose(name)
        assert self.complaints(self.run(self.admin)) == []
        self.choose("changed", refreshInterval="2h")
        self.choose("new")
        self.choose("gone", team="nobody")

    def label(self, **labels: str) -> None:
        """Create or relabel the namespace."""
        meta = {"name": self.own, "labels": labels}
        self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})

    def named_wide(self, kind: str, name: str, spec: Any) -> Any:
        """Spell an object without a namespace."""
        return {"apiVersion": VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}

    def choose(self, name: str, team: str = "", **spec: Any) -> None:
        """Create or change a ClusterExternalSecret that chooses the namespace."""
        store = {"name": self.own, "kind": "ClusterSecretStore"}
        data = [{"secretKey": "k", "remoteRef": {"key": "k"}}]
        made = {"secretStoreRef": store, "data": data, **spec}
        selectors = [{"matchLabels": {"team": team or self.own}}]
        whole = {
            "externalSecretSpec": made,
            "externalSecretName": name,
            "namespaceSelectors": selectors,
        }
        self.put(self.named_wide("ClusterExternalSecret", f"{self.own}-{name}", whole))

    def printed(self, *, expand: bool = False) -> list[Mapping[str, Any]]:
        """Return what ``esync manifests`` prints."""
        options = deploy.Options(image="esync:test", expand=expand)
        parts, outcome = pipeline.manifests(self._request(), self._world(self.admin), options)
        assert outcome.failures == ()
        return [part.body for part in parts]

    def sync(self, cluster: Cluster, *, expand: bool = False) -> Outcome:
        """Apply from the cluster, as the CronJob does, while somebody interferes."""
        path = f"/apis/{VERSION}/namespaces/{self.own}/externalsecrets/changed"
        change = {"metadata": {"labels": {"theirs": "1"}}}

        def interfere() -> None:
            answer = self.server.request("PATCH", path, change, kind="merge-patch+json")
            assert answer.status == 200

        interfered: Any = Interfered(cluster, interfere)
        chosen = LoadRequest(selection=Selection((self.own,), expand=expand))
        request = pipeline.Request(chosen, concurrency=4, run_id="test")
        request = replace(request, only_due=True, write_status=True)
        return pipeline.apply(request, self._world(interfered))

    def found(self, bodies: list[Mapping[str, Any]]) -> set[tuple[str, str, str]]:
        """Return where, what and which verb is permitted."""
        names = {self.own: "own", "": "all"}
        return {
            (names[namespace], resource, verb)
            for namespace, rule in rules_of(bodies)
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }

    @staticmethod
    def complaints(outcome: Outcome) -> list[str]:
        """Return whatever a run says went wrong."""
        errors = [failure.error.message for failure in outcome.failures]
        errors += [done.error.message for done in outcome.done if done.error]
        return [*errors, *outcome.notes]


@pytest.fixture
def scene(served_external_secrets: KubernetesServer) -> Iterator[Chosen]:
    """Return a scene of its own; its ClusterExternalSecrets go at the end."""
    made = Chosen(served_external_secrets, as_user(served_external_secrets.kubeconfig))
    made.lay()
    yield made
    for name in ("changed", "new", "gone"):
        path = f"/apis/{VERSION}/clusterexternalsecrets/{made.own}-{name}"
        served_external_secrets.request("DELETE", path)


def rows(table: list[tuple[str, str, str, str]]) -> set[tuple[str, str, str]]:
    """Return a table without what is said."""
    return {(where, what, verb) for where, what, verb, _ in table}


def test_the_permissions_are_enough(scene: Chosen) -> None:
    """ExternalSecrets are made, changed and removed, and their Secrets are there."""
    outcome = scene.sync(as_user(scene.permit(scene.printed())))

    assert scene.complaints(outcome) == []
    done = {(one.ref.kind, one.ref.name): one.result for one in outcome.done}
    assert done == {
        ("ExternalSecret", "changed"): Result.CONFIGURED,
        ("ExternalSecret", "gone"): Result.DELETED,
        ("ExternalSecret", "new"): Result.CREATED,
        ("Secret", "changed"): Result.UNCHANGED,
        ("Secret", "new"): Result.CREATED,
    }


def test_no_other_permission_is_given(scene: Chosen) -> None:
    """Beside what every namespace with ExternalSecrets takes; by name where that can be."""
    bodies = scene.printed()

    assert scene.found(bodies) - rows(LOST) == rows(MAKE) | {READ[0][:3]}
    assert rows(READ) <= scene.found(bodies)
    named = {
        verb: sorted(rule.get("resourceNames", ()))
        for _, rule in rules_of(bodies)
        if rule["resources"] == ["externalsecrets"]
        for verb in rule["verbs"]
    }
    every = ["changed", "gone", "new"]
    assert named == {"list": [], "create": [], "delete": every, "get": every, "update": every}


@pytest.mark.parametrize(("where", "resource", "verb", "said"), [*READ, *MAKE, *TOLD])
def test_each_permission_is_needed(
    scene: Chosen, where: str, resource: str, verb: str, said: str
) -> None:
    """Without it the run fails, or says what it could not do."""
    namespace = {"own": scene.own, "all": ""}[where]
    cluster = as_user(scene.permit(without(scene.printed(), namespace, resource, verb)))

    problems = scene.complaints(scene.sync(cluster))

    assert [one for one in problems if said in one], problems


@pytest.fixture
def fresh(served_external_secrets: KubernetesServer) -> Iterator[Chosen]:
    """Return a scene in which no ExternalSecret was made yet."""
    made = Chosen(served_external_secrets, as_user(served_external_secrets.kubeconfig))
    made.label(team=made.own)
    fake = {"provider": {"fake": {"data": [{"key": "k", "value": "v"}]}}}
    made.put(made.named_wide("ClusterSecretStore", made.own, fake))
    PLURALS.setdefault("ClusterExternalSecret", "clusterexternalsecrets")
    made.choose("new")
    yield made
    path = f"/apis/{VERSION}/clusterexternalsecrets/{made.own}-new"
    served_external_secrets.request("DELETE", path)


def test_expanding_takes_less(fresh: Chosen) -> None:
    """Nothing is written to ExternalSecrets, neither them nor their status, and no event."""
    bodies = fresh.printed(expand=True)

    outcome = fresh.sync(as_user(fresh.permit(bodies)), expand=True)

    assert fresh.complaints(outcome) == []
    assert [(one.ref.kind, one.result) for one in outcome.done] == [("Secret", Result.CREATED)]
    assert fresh.found(fresh.printed()) - fresh.found(bodies) == rows([*MAKE, *TOLD])


@pytest.mark.parametrize(
    ("where", "resource", "verb", "said"),
    [
        ("all", "clusterexternalsecrets", "list", "may not list clusterexternalsecrets"),
        ("all", "namespaces", "get", "may not get namespaces"),
    ],
)
def test_each_permission_of_expanding_is_needed(
    fresh: Chosen, where: str, resource: str, verb: str, said: str
) -> None:
    """Here not to be able to read them is a failure."""
    assert where == "all"
    cluster = as_user(fresh.permit(without(fresh.printed(expand=True), "", resource, verb)))

    outcome = fresh.sync(cluster, expand=True)

    assert [one for one in outcome.failures if said in one.error.message]

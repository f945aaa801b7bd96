"""What ``esync manifests`` permits is enough and no more: held against RBAC of the API server.

Each rule is taken away once, verb by verb; the run then fails, or says what it lost.
"""

from __future__ import annotations

import subprocess
import sys
import time
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from esync import deploy, pipeline
from esync.cluster.connect import connect
from esync.cluster.options import ConnectOptions
from esync.flow.change import Result
from esync.load import LoadRequest, Selection
from tests.behaviour.workbench import Workbench
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from esync.cluster.contract import Cluster
    from esync.flow.outcome import Outcome
    from tests.servers.kubernetes import KubernetesServer

pytestmark = pytest.mark.integration

PLURALS = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "ClusterSecretStore": "clustersecretstores",
    "ConfigMap": "configmaps",
    "CronJob": "cronjobs",
    "ExternalSecret": "externalsecrets",
    "Namespace": "namespaces",
    "NetworkPolicy": "networkpolicies",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "Secret": "secrets",
    "SecretStore": "secretstores",
    "ServiceAccount": "serviceaccounts",
}

NOT_FOLLOWED = "what ClusterExternalSecrets choose is not followed"

# Where, on what, which verb; and what the run says when it may not.
LOST = [
    ("own", "externalsecrets", "list", "may not list externalsecrets"),
    ("own", "externalsecrets/status", "patch", "its status was not written"),
    ("own", "events", "create", "its status was not written"),
    ("own", "secretstores", "get", "may not get secretstores"),
    ("own", "configmaps", "get", "may not get configmaps"),
    ("own", "secrets", "get", "may not get secrets"),
    ("own", "secrets", "list", "what renamed targets left behind stays"),
    ("own", "secrets", "create", "may not create secrets"),
    ("own", "secrets", "update", "may not update secrets"),
    ("own", "secrets", "delete", "may not delete secrets"),
    ("own", "serviceaccounts/token", "create", "may not create serviceaccounts"),
    ("other", "secrets", "get", "may not get secrets"),
    ("all", "clustersecretstores", "get", "may not get clustersecretstores"),
    ("all", "namespaces", "get", "chooses namespaces by label"),
]


def path_of(body: Mapping[str, Any]) -> str:
    """Return where the API server has an object."""
    version, meta = body["apiVersion"], body["metadata"]
    base = f"/apis/{version}" if "/" in version else f"/api/{version}"
    where = f"/namespaces/{meta['namespace']}" if meta.get("namespace") else ""
    return f"{base}{where}/{PLURALS[body['kind']]}/{meta['name']}"


def rules_of(parts: list[Mapping[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every rule of every role, with the namespace that it is for."""
    for body in parts:
        for rule in body.get("rules", ()):
            yield body["metadata"].get("namespace", ""), rule


@dataclass
class Scene:
    """Two namespaces with everything that a run can need, and the identity that will run."""

    server: KubernetesServer
    admin: Cluster
    own: str = field(default_factory=lambda: f"own-{uuid4().hex[:10]}")
    other: str = field(default_factory=lambda: f"other-{uuid4().hex[:10]}")

    def lay(self) -> None:
        """Create everything, let an administrator sync once, then change what was synced."""
        for name in (self.own, self.other):
            meta = {"name": name, "labels": {"team": name}}
            self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
        self._put_reader()
        self._put_stores()
        data = {"a": "{{ .k }}!"}
        self.put(self.named("v1", "ConfigMap", "texts", data=data))
        foreign = {"theirs": "YQ=="}
        self.put(self.named("v1", "Secret", "foreign", data=foreign))
        local = {"secretStoreRef": {"name": "local"}}
        self.secret("changed", **local)
        self.secret("renamed", **local, target={"name": "before"})
        assert self.problems(self.run(self.admin)) == []
        self.secret("renamed", **local, target={"name": "after"})
        edited = {"k": "ZWRpdGVk"}
        self.put(self.named("v1", "Secret", "changed", data=edited))
        self.secret("created", **local)
        self.secret("merged", **local, target={"name": "foreign", "creationPolicy": "Merge"})
        texts = [{"configMap": {"name": "texts", "items": [{"key": "a"}]}}]
        self.secret("templated", **local, target={"template": {"templateFrom": texts}})
        for store in ("account", "token"):
            named = {"name": f"{self.own}-{store}", "kind": "ClusterSecretStore"}
            self.secret(store, secretStoreRef=named)

    def _put_reader(self) -> None:
        """Create a service account that may read one Secret of the other namespace."""
        rbac = "rbac.authorization.k8s.io/v1"
        self.put(self.named("v1", "ServiceAccount", "reader"))
        value = {"k": "dg=="}
        self.put(self.named("v1", "Secret", "k", self.other, data=value))
        rule = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["k"]}
        rules = [{**rule, "verbs": ["get"]}]
        self.put(self.named(rbac, "Role", "reader", self.other, rules=rules))
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
        subject = {"kind": "ServiceAccount", "name": "reader", "namespace": self.own}
        bound = {"roleRef": role, "subjects": [subject]}
        self.put(self.named(rbac, "RoleBinding", "reader", self.other, **bound))
        token = self.admin.token(self.own, "reader", ()).reveal().decode()
        self.put(self.named("v1", "Secret", "reader", self.other, stringData={"token": token}))
        self.wait_for("reader", [(self.other, rules[0])])

    def _put_stores(self) -> None:
        version = "external-secrets.io/v1"
        fake = {"provider": {"fake": {"data": [{"key": "k", "value": "v"}]}}}
        self.put(self.named(version, "SecretStore", "local", spec=fake))
        account = {"serviceAccount": {"name": "reader", "namespace": self.own}}
        selector = {"name": "reader", "namespace": self.other, "key": "token"}
        conditions = [{"namespaceSelector": {"matchLabels": {"team": self.own}}}]
        for name, auth in (("account", account), ("token", {"token": {"bearerToken": selector}})):
            own = {"url": "kubernetes.default"}
            kubernetes = {"remoteNamespace": self.other, "auth": auth, "server": own}
            spec = {"provider": {"kubernetes": kubernetes}, "conditions": conditions}
            whole = {"kind": "ClusterSecretStore", "metadata": {"name": f"{self.own}-{name}"}}
            self.put({"apiVersion": version, **whole, "spec": spec})

    def named(self, version: str, kind: str, name: str, where: str = "", **rest: Any) -> Any:
        """Spell an object."""
        meta = {"name": name, "namespace": where or self.own}
        return {"apiVersion": version, "kind": kind, "metadata": meta, **rest}

    def put(self, body: Mapping[str, Any]) -> None:
        """Create or change an object as the administrator."""
        self.server.apply(path_of(body), body)

    def secret(self, name: str, **spec: Any) -> None:
        """Create or change an ExternalSecret that brings one key."""
        key = {"key": "k"}
        if spec["secretStoreRef"].get("kind"):
            key = {"key": "k", "property": "k"}
        data = [{"secretKey": "k", "remoteRef": key}]
        whole = {"data": data, **spec}
        self.put(self.named("external-secrets.io/v1", "ExternalSecret", name, spec=whole))

    def manifests(self) -> list[Mapping[str, Any]]:
        """Return what ``esync manifests`` makes of the namespace."""
        parts, outcome = pipeline.manifests(
            self._request(), self._world(self.admin), deploy.Options(image="esync:test")
        )
        assert outcome.failures == ()
        return [part.body for part in parts]

    def permit(self, bodies: list[Mapping[str, Any]]) -> Path:
        """Apply manifests and return a kubeconfig of the service account, once RBAC knows them."""
        for body in bodies:
            self.put(body)
        self.wait_for("esync", list(rules_of(bodies)))
        token = self.admin.token(self.own, "esync", ()).reveal().decode()
        return self.server.kubeconfig_with_token("esync", token)

    def wait_for(self, account: str, rules: list[tuple[str, dict[str, Any]]]) -> None:
        """Wait until the API server permits a service account what ``rules`` say."""
        user = f"system:serviceaccount:{self.own}:{account}"
        for namespace, rule in rules:
            for verb in rule["verbs"]:
                asked = access(user, namespace, rule, verb)
                wait_until(partial(self.is_allowed, asked), f"{user} may {asked}")

    def is_allowed(self, asked: dict[str, Any]) -> bool:
        """Ask the API server what somebody may do."""
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        return bool(self.server.request("POST", path, asked).json()["status"]["allowed"])

    def run(self, cluster: Cluster) -> Outcome:
        """Apply from the cluster, as the CronJob does."""
        request = replace(self._request(), only_due=True, write_status=True)
        return pipeline.apply(request, self._world(cluster))

    @staticmethod
    def problems(outcome: Outcome) -> list[str]:
        """Return whatever a run says went wrong."""
        errors = [failure.error.message for failure in outcome.failures]
        errors += [done.error.message for done in outcome.done if done.error]
        # Nothing chose this namespace when the manifests were printed.
        notes = [note for note in outcome.notes if NOT_FOLLOWED not in note]
        return [*errors, *notes]

    def _request(self) -> pipeline.Request:
        chosen = LoadRequest(selection=Selection((self.own,)))
        return pipeline.Request(chosen, concurrency=4, run_id="test")

    def _world(self, cluster: Cluster) -> pipeline.World:
        bench = Workbench(folder=None, cluster=cluster, namespace=self.own)  # type: ignore[arg-type] # no files here
        world = bench.world()
        return replace(world, chance=replace(world.chance, clock=time.time_ns))


def access(user: str, namespace: str, rule: dict[str, Any], verb: str) -> dict[str, Any]:
    """Spell a SubjectAccessReview."""
    resource, _, subresource = rule["resources"][0].partition("/")
    attributes = {
        "verb": verb,
        "group": rule["apiGroups"][0],
        "resource": resource,
        "subresource": subresource,
        "namespace": namespace,
        "name": rule.get("resourceNames", [""])[0],
    }
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "resourceAttributes": attributes},
    }


@pytest.fixture
def scene(served_external_secrets: KubernetesServer) -> Scene:
    """Return a scene in namespaces of its own."""
    options = ConnectOptions(kubeconfig=str(served_external_secrets.kubeconfig))
    made = Scene(served_external_secrets, connect(options))
    made.lay()
    return made


def as_user(kubeconfig: Path) -> Cluster:
    """Return the cluster as the owner of a kubeconfig."""
    return connect(ConnectOptions(kubeconfig=str(kubeconfig)))


def without(
    bodies: list[Mapping[str, Any]], namespace: str, resource: str, verb: str
) -> list[Mapping[str, Any]]:
    """Return the manifests with one verb on one resource less; it must have been there."""
    taken: list[str] = []

    def rest(rule: dict[str, Any]) -> dict[str, Any]:
        verbs = [one for one in rule["verbs"] if one != verb]
        taken.extend(set(rule["verbs"]) - set(verbs))
        return {**rule, "verbs": verbs}

    def of(body: Mapping[str, Any]) -> Mapping[str, Any]:
        if "rules" not in body or body["metadata"].get("namespace", "") != namespace:
            return body
        rules = [rest(one) if one["resources"] == [resource] else one for one in body["rules"]]
        return {**body, "rules": [one for one in rules if one["verbs"]]}

    left = [of(body) for body in bodies]
    assert taken == [verb]
    return left


def test_the_permissions_are_enough(scene: Scene) -> None:
    """A run with them has nothing to complain of, and did everything."""
    cluster = as_user(scene.permit(scene.manifests()))

    outcome = scene.run(cluster)

    assert scene.problems(outcome) == []
    assert sorted((one.ref.name, one.result) for one in outcome.done) == [
        ("account", Result.CREATED),
        ("after", Result.CREATED),
        ("before", Result.DELETED),
        ("changed", Result.CONFIGURED),
        ("created", Result.CREATED),
        ("foreign", Result.CONFIGURED),
        ("templated", Result.CREATED),
        ("token", Result.CREATED),
    ]


def test_every_permission_is_one_of_those_below(scene: Scene) -> None:
    """So that each of them is taken away once."""
    names = {scene.own: "own", scene.other: "other", "": "all"}

    found = [
        (names[namespace], resource, verb)
        for namespace, rule in rules_of(scene.manifests())
        for resource in rule["resources"]
        for verb in rule["verbs"]
    ]

    assert sorted(found) == sorted((where, what, verb) for where, what, verb, _ in LOST)


@pytest.mark.parametrize(("where", "resource", "verb", "said"), LOST)
def test_each_permission_is_needed(
    scene: Scene, where: str, resource: str, verb: str, said: str
) -> None:
    """Without it the run fails, or says what it could not do."""
    namespace = {"own": scene.own, "other": scene.other, "all": ""}[where]
    cluster = as_user(scene.permit(without(scene.manifests(), namespace, resource, verb)))

    problems = scene.problems(scene.run(cluster))

    assert [one for one in problems if said in one], problems


def test_nothing_is_permitted_beyond_names(scene: Scene) -> None:
    """Stores, credentials and templates are permitted by name; Secrets only where targets are."""
    for namespace, rule in rules_of(scene.manifests()):
        whole = {"externalsecrets", "externalsecrets/status", "events", "secrets"}
        if "resourceNames" not in rule:
            assert namespace == scene.own
            assert set(rule["resources"]) <= whole
        assert "*" not in {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}


def test_the_arguments_of_the_cronjob_run(scene: Scene) -> None:
    """What the CronJob hands to the image's entry point does the whole work."""
    bodies = scene.manifests()
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
    assert "secret/created created" in done.stdout


def test_a_service_account_with_annotations_is_read(
    served_external_secrets: KubernetesServer,
) -> None:
    """AWS web identity takes the role from the account: without the rule not even that is known."""
    admin = as_user(served_external_secrets.kubeconfig)
    scene = Scene(served_external_secrets, admin)
    meta = {"name": scene.own}
    scene.put({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
    scene.put(scene.named("v1", "ServiceAccount", "robot"))
    auth = {"jwt": {"serviceAccountRef": {"name": "robot"}}}
    aws = {"service": "SecretsManager", "region": "eu-central-1", "auth": auth}
    version = "external-secrets.io/v1"
    scene.put(scene.named(version, "SecretStore", "aws", spec={"provider": {"aws": aws}}))
    scene.secret("app", secretStoreRef={"name": "aws"})
    bodies = scene.manifests()
    verbs = {
        (resource, verb)
        for _, rule in rules_of(bodies)
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }

    def rules(bodies: list[Mapping[str, Any]]) -> list[str]:
        outcome = scene.run(as_user(scene.permit(bodies)))
        return [failure.error.rule for failure in outcome.failures]

    assert {("serviceaccounts", "get"), ("serviceaccounts/token", "create")} <= verbs
    assert rules(without(bodies, scene.own, "serviceaccounts", "get")) == ["ES0202"]
    assert rules(bodies) == ["ES0357"]


# The same for a pipeline with files: how many ExternalSecrets there are, and what is lost.
PIPELINE = [
    (1, "externalsecrets", "get", "Secrets get no owner reference"),
    (3, "externalsecrets", "list", "each is asked for by name"),
    (1, "secrets", "get", "may not get secrets"),
    (1, "secrets", "list", "what renamed targets left behind stays"),
    (3, "secrets", "create", "may not create secrets"),
    (3, "secrets", "update", "may not update secrets"),
    (3, "secrets", "delete", "may not delete secrets"),
]


@dataclass
class PipelineScene:
    """Files in a folder, synced once and changed since; and a user who may do nothing yet."""

    server: KubernetesServer
    bench: Workbench

    def lay(self, number: int) -> None:
        """Lay so many ExternalSecrets: the first one is renamed, the second edited, others new."""
        spec = "secretStoreRef: {name: s}\ndata: [{secretKey: k, remoteRef: {key: k}}]\n"
        self.bench.store("s", {"k": "v"})
        self.bench.external_secret(spec + "target: {name: before}", "renamed")
        self.bench.in_cluster("renamed")
        names = ["edited", "new"][: number - 1]
        for name in names[:1]:
            self.bench.external_secret(spec, name)
        assert self.bench.apply().failures == ()
        self.bench.external_secret(spec + "target: {name: after}", "renamed")
        for name in names:
            self.bench.external_secret(spec, name)
        if names:
            self.bench.edit("edited", k="theirs")

    def manifests(self) -> list[Mapping[str, Any]]:
        """Return what ``esync manifests --pipeline`` makes of the files."""
        options = deploy.Options(pipeline=True, subject=f"User:ci-{self.bench.namespace}")
        files = LoadRequest(files=(str(self.bench.folder),))
        parts, _ = pipeline.manifests(pipeline.Request(files), self.bench.world(), options)
        return [part.body for part in parts]

    def run(self, bodies: list[Mapping[str, Any]]) -> Outcome:
        """Permit the user what ``bodies`` say, and apply the files as that user."""
        return Workbench(self.bench.folder, self.permit(bodies), self.bench.namespace).apply()

    def permit(self, bodies: list[Mapping[str, Any]]) -> Cluster:
        """Permit the user what ``bodies`` say, and return the cluster as that user."""
        user = f"ci-{self.bench.namespace}"
        for body in bodies:
            self.server.apply(path_of(body), body)
        for namespace, rule in rules_of(bodies):
            for verb in rule["verbs"]:
                asked = access(user, namespace, rule, verb)
                wait_until(self._permits(asked), f"{user} may {asked}")
        return as_user(self.server.kubeconfig_for(user))

    def _permits(self, asked: dict[str, Any]) -> Callable[[], bool]:
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        return lambda: bool(self.server.request("POST", path, asked).json()["status"]["allowed"])


@pytest.fixture
def files(served_external_secrets: KubernetesServer, tmp_path: Path) -> PipelineScene:
    """Return a folder and a namespace of their own."""
    namespace = f"t-{uuid4().hex[:10]}"
    served_external_secrets.create_namespace(namespace)
    admin = as_user(served_external_secrets.kubeconfig)
    return PipelineScene(served_external_secrets, Workbench(tmp_path, admin, namespace))


@pytest.mark.parametrize("number", [1, 3])
def test_a_pipeline_may_do_enough(files: PipelineScene, number: int) -> None:
    """With the Role of --pipeline nothing is missing; stores of the input need no permission."""
    files.lay(number)
    bodies = files.manifests()

    outcome = files.run(bodies)

    assert Scene.problems(outcome) == []
    assert {one.ref.name for one in outcome.done} >= {"after", "before"}
    assert {what for _, rule in rules_of(bodies) for what in rule["resources"]} == {
        "externalsecrets",
        "secrets",
    }


@pytest.mark.parametrize(("number", "resource", "verb", "said"), PIPELINE)
def test_each_permission_of_a_pipeline_is_needed(
    files: PipelineScene, number: int, resource: str, verb: str, said: str
) -> None:
    """Without it the run fails, or says what it could not do."""
    files.lay(number)
    bodies = files.manifests()
    permitted = [
        (what, one)
        for _, rule in rules_of(bodies)
        for what in rule["resources"]
        for one in rule["verbs"]
    ]
    assert sorted(permitted) == sorted((what, one) for _, what, one, _ in PIPELINE)

    problems = Scene.problems(files.run(without(bodies, files.bench.namespace, resource, verb)))

    assert [one for one in problems if said in one], problems


def pod_of(bodies: list[Mapping[str, Any]], namespace: str) -> dict[str, Any]:
    """Return the Pod that the CronJob would make, in another namespace."""
    [job] = [body for body in bodies if body["kind"] == "CronJob"]
    template = deepcopy(job["spec"]["jobTemplate"]["spec"]["template"])
    template["spec"]["serviceAccountName"] = "default"
    name = f"p-{uuid4().hex[:8]}"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": template["spec"],
    }


@pytest.fixture(scope="module")
def restricted(served_external_secrets: KubernetesServer) -> str:
    """Return a namespace that admits only what the restricted Pod Security Standard does."""
    name = f"restricted-{uuid4().hex[:8]}"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    served_external_secrets.apply(path_of(body), body)
    account = {"name": "default", "namespace": name}
    made = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account}
    served_external_secrets.apply(path_of(made), made)
    return name


SETTINGS = [
    ("securityContext", "runAsNonRoot"),
    ("securityContext", "seccompProfile"),
    ("containers", 0, "securityContext", "allowPrivilegeEscalation"),
    ("containers", 0, "securityContext", "capabilities"),
]


@pytest.mark.parametrize("dropped", [None, *SETTINGS])
def test_the_pod_is_restricted(
    served_external_secrets: KubernetesServer,
    files: PipelineScene,
    restricted: str,
    dropped: tuple[Any, ...] | None,
) -> None:
    """The API server admits it under the restricted standard, and not without any of these."""
    files.lay(1)
    options = deploy.Options(image="esync:test")
    read = LoadRequest(files=(str(files.bench.folder),))
    parts, _ = pipeline.manifests(pipeline.Request(read), files.bench.world(), options)
    pod = pod_of([part.body for part in parts], restricted)
    if dropped:
        *path, last = dropped
        holder = pod["spec"]
        for word in path:
            holder = holder[word]
        del holder[last]

    pods = f"/api/v1/namespaces/{restricted}/pods"
    answer = served_external_secrets.request("POST", pods, pod)

    assert answer.status == (403 if dropped else 201), answer.body
    assert not dropped or "violates PodSecurity" in answer.json()["message"]

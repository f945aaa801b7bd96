"""``esync explain``: at which step a sync fails, on what that rests, and what to do next."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from esync import pipeline
from esync.cluster.connect import connect
from esync.cluster.contract import SECRETS
from esync.cluster.options import ConnectOptions
from esync.explain import explain
from esync.explain.choose import Wanted
from esync.explain.errors import NoSuchKind
from esync.flow.explanation import Explanation, Stage, Step, Verdict
from esync.load import LoadRequest, Selection
from esync.load.policy import read_policy
from esync.report import explanation as report
from esync.resolve.pick import NoSuchObject
from tests.behaviour.workbench import Workbench
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.kubernetes import KubernetesServer

CANARY = "canary-value"
STORE = {"db": json.dumps({"user": CANARY, "password": CANARY}), "web": CANARY}
SPEC = """
    secretStoreRef: {name: vault}
    data: [{secretKey: password, remoteRef: {key: db, property: password}}]
"""


def why(
    bench: Workbench, name: str = "app", *, suggest: bool = False, **request: Any
) -> Explanation:
    """Explain one of the bench's ExternalSecrets; no value may be printed."""
    files = LoadRequest(files=(str(bench.folder),), default_namespace=bench.namespace)
    asked = pipeline.Request(**{"load": files, "concurrency": 4, **request})
    found = explain(asked, bench.world(), Wanted.parse(name), suggest=suggest)
    assert CANARY not in report.as_text(found) + report.as_json(found)
    return found


def verdicts(found: Explanation) -> dict[Stage, Verdict]:
    """Return how each step went."""
    assert [step.stage for step in found.steps] == list(Stage)
    return {step.stage: step.verdict for step in found.steps}


def failed(found: Explanation) -> Step:
    """Return the step that failed; those before went well, those behind were not reached."""
    reached = [step for step in found.steps if step.verdict is not Verdict.NOT_REACHED]
    assert {step.verdict for step in reached[:-1]} <= {Verdict.OK, Verdict.SKIPPED}
    assert reached[-1].verdict is Verdict.FAILED
    assert found.is_wrong
    return reached[-1]


def test_what_is_in_sync_is_explained_too(both: Workbench) -> None:
    """Every step with what it rests on; nothing is wrong."""
    both.store("vault", STORE)
    both.external_secret(SPEC)
    both.apply()

    found = why(both)

    ok, skipped = Verdict.OK, Verdict.SKIPPED
    assert list(verdicts(found).values()) == [*[ok] * 8, skipped, *[ok] * 3]
    told = {step.stage: step.evidence for step in found.steps}
    assert told[Stage.KEY] == ('spec.data[0]: "db" is there',)
    assert told[Stage.SIGN_IN] == (f"SecretStore {both.namespace}/vault answered: 1 read",)
    assert told[Stage.OWNERSHIP] == (f"Secret {both.namespace}/app is managed, without owner",)
    assert told[Stage.PERMISSIONS] == (f"you may get secrets in namespace {both.namespace}",)
    assert not found.is_wrong


def test_what_would_be_written_differs(both: Workbench) -> None:
    """Nothing failed, and it is not in sync all the same."""
    both.store("vault", STORE)
    both.external_secret(SPEC)

    found = why(both)

    write = found.steps[-1]
    assert write.verdict is Verdict.DIFFERS
    assert write.evidence == (f"Secret {both.namespace}/app: create", "data.password added")
    assert write.action == "esync apply writes it"
    assert found.is_wrong


def missing_store(bench: Workbench) -> None:
    """Name a store that is not there."""
    bench.external_secret(SPEC.replace("vault", "vualt"))


def foreign_class(bench: Workbench) -> None:
    """Name a store of another controller."""
    bench.document(
        "store-vault",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "SecretStore",
            "metadata": {"name": "vault", "namespace": bench.namespace},
            "spec": {"controller": "theirs", "provider": {"fake": {"data": []}}},
        },
    )


def closed_conditions(bench: Workbench) -> None:
    """Name a cluster store that other namespaces may use."""
    bench.document(
        "shared",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ClusterSecretStore",
            "metadata": {"name": "shared"},
            "spec": {
                "provider": {"fake": {"data": []}},
                "conditions": [{"namespaces": ["theirs"]}],
            },
        },
    )
    bench.external_secret(SPEC.replace("{name: vault}", "{name: shared, kind: ClusterSecretStore}"))


def no_credentials(bench: Workbench) -> None:
    """Point at a Secret that is not there."""
    vault = {"server": "https://127.0.0.1:9", "path": "p"}
    auth = {"tokenSecretRef": {"name": "token", "key": "t"}}
    bench.document(
        "store-vault",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "SecretStore",
            "metadata": {"name": "vault", "namespace": bench.namespace},
            "spec": {"provider": {"vault": {**vault, "auth": auth}}},
        },
    )


def no_answer(bench: Workbench) -> None:
    """Ask a server that is not there."""
    bench.document(
        "store-vault",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "SecretStore",
            "metadata": {"name": "vault", "namespace": bench.namespace},
            "spec": {
                "provider": {
                    "webhook": {
                        "url": "http://127.0.0.1:9/{{ .remoteRef.key }}",
                        "result": {"jsonPath": "$"},
                    }
                }
            },
        },
    )


def wrong_settings(bench: Workbench) -> None:
    """Leave out what the provider needs."""
    bench.document(
        "store-vault",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "SecretStore",
            "metadata": {"name": "vault", "namespace": bench.namespace},
            "spec": {"provider": {"kubernetes": {"remoteNamespace": "x"}}},
        },
    )


def respelled(old: str, new: str) -> Callable[[Workbench], None]:
    """Return what lays the usual ExternalSecret with one thing spelled otherwise."""
    return lambda bench: bench.external_secret(SPEC.replace(old, new))


def with_target(words: str) -> Callable[[Workbench], None]:
    """Return what lays the usual ExternalSecret with a target."""
    return lambda bench: bench.external_secret(f"{SPEC}\n    target: {words}")


def foreign_owner(bench: Workbench) -> None:
    """Let the target be that of another ExternalSecret."""
    bench.remove("es-app")
    bench.external_secret(f"{SPEC}\n    target: {{name: app}}", "other")
    bench.apply()
    bench.remove("es-other")
    bench.external_secret(SPEC)


def foreign_secret(bench: Workbench) -> None:
    """Let somebody have a Secret of that name, with a key of theirs."""
    bench.foreign({"theirs": "x"})


def emptied(bench: Workbench) -> None:
    """Let a value become empty."""
    bench.external_secret(SPEC)
    bench.apply()
    bench.external_secret(SPEC.replace("property: password", "property: nothing"))
    bench.store("vault", {"db": json.dumps({"nothing": ""})})


# What is laid, the step that fails, its rule, and what its message or hint says.
FAILURES = [
    (respelled("secretKey", "secretKye"), "schema", "", "secretKye"),
    (missing_store, "store", "ES0012", 'did you mean "vault"?'),
    (wrong_settings, "store", "ES0309", "no auth provider"),
    (foreign_class, "conditions", "ES0813", "--controller-class"),
    (closed_conditions, "conditions", "ES0014", "not allowed from namespace"),
    (no_credentials, "credentials", "ES0350", "token"),
    (no_answer, "sign-in", "ES0305", "does not answer"),
    (respelled("key: db", "key: dd"), "key", "ES0301", "--suggest-remote"),
    (respelled("property: password", "property: pass"), "property", "ES0302", "--suggest-remote"),
    (
        respelled("property: password", "property: user, decodingStrategy: Base64"),
        "decoding",
        "ES0402",
        "",
    ),
    (with_target('{template: {data: {a: "{{ fail .password }}"}}}'), "template", "ES0405", ""),
    (
        with_target("{template: {templateFrom: [{configMap: {name: none, items: [{key: a}]}}]}}"),
        "template",
        "ES0406",
        "none",
    ),
    (foreign_owner, "ownership", "ES0407", "another ExternalSecret"),
    (foreign_secret, "ownership", "ES0502", "--adopt"),
    (emptied, "write", "ES0503", "--allow-empty"),
]


@pytest.mark.parametrize(
    ("lay", "stage", "rule", "said"), FAILURES, ids=[f"{row[1]}-{row[2]}" for row in FAILURES]
)
def test_the_step_that_fails(
    both: Workbench, lay: Callable[[Workbench], None], stage: str, rule: str, said: str
) -> None:
    """It is told with its rule and what to do next, and ends the walk."""
    both.store("vault", STORE)
    both.external_secret(SPEC)
    lay(both)

    step = failed(why(both))

    assert step.stage == stage
    assert rule in {"", *(error.rule for error in step.errors)}
    words = [step.action, *(word for error in step.errors for word in (error.message, error.hint))]
    assert said in " ".join(words)


def test_names_of_the_store_are_told_when_asked_for(bench: Workbench) -> None:
    """They are learnt from the store, so that nobody prints them unasked."""
    bench.store("vault", {"database": "x", "datebase": "x", "other": "x"})
    bench.external_secret(SPEC.replace("key: db", "key: databas"))

    assert failed(why(bench)).evidence == ()
    assert "database" not in report.as_text(why(bench))
    found = failed(why(bench, suggest=True))

    assert found.evidence == ('near "databas": database, datebase',)


def test_members_are_told_when_asked_for(bench: Workbench) -> None:
    """Names inside a value are as good as the value."""
    bench.store("vault", STORE)
    bench.external_secret(SPEC.replace("property: password", "property: passwd"))

    assert "password" not in " ".join(failed(why(bench)).evidence)
    assert failed(why(bench, suggest=True)).evidence == ('near "passwd": password',)


def test_a_key_that_may_be_missing_fails_nothing(bench: Workbench) -> None:
    """With deletionPolicy Merge it is left out, and that is told."""
    bench.store("vault", STORE)
    bench.external_secret("""
        secretStoreRef: {name: vault}
        target: {deletionPolicy: Merge}
        data:
          - {secretKey: web, remoteRef: {key: web}}
          - {secretKey: gone, remoteRef: {key: gone}}
    """)

    found = why(bench)

    told = {step.stage: step.evidence for step in found.steps}
    assert told[Stage.KEY][1] == 'spec.data[1]: "gone" is not in the store, and is left out'
    assert verdicts(found)[Stage.WRITE] is Verdict.DIFFERS


def test_credentials_are_named(bench: Workbench) -> None:
    """Which Secret is read where; that it is there, and not what it holds."""
    bench.store("vault", STORE)
    bench.external_secret(SPEC)
    bench.foreign({"t": CANARY}, "token")
    no_credentials(bench)

    found = {step.stage: step for step in why(bench).steps}

    ns = bench.namespace
    assert found[Stage.CREDENTIALS].verdict is Verdict.OK
    assert found[Stage.CREDENTIALS].evidence == (
        f"SecretStore {ns}/vault: Secret {ns}/token (auth.tokenSecretRef)",
    )
    assert found[Stage.SIGN_IN].verdict is Verdict.FAILED


def test_what_another_one_makes_is_taken_for_made(bench: Workbench) -> None:
    """A template from a Secret of the same run does not fail because nobody wrote it yet."""
    bench.store("vault", STORE)
    bench.external_secret(SPEC, "first")
    items = "items: [{key: password}]"
    source = f"{{secret: {{name: first, {items}}}}}"
    bench.external_secret(f"{SPEC}\n    target: {{template: {{templateFrom: [{source}]}}}}")

    assert verdicts(why(bench))[Stage.TEMPLATE] is Verdict.OK


def test_without_a_cluster_the_rest_is_skipped(bench: Workbench) -> None:
    """Whatever needs no cluster is told all the same."""
    bench.store("vault", STORE)
    bench.external_secret(SPEC)
    files = LoadRequest(files=(str(bench.folder),), default_namespace=bench.namespace)
    world = replace(bench.world(), cluster=None)

    found = explain(pipeline.Request(files), world, Wanted("app"))

    skipped = [step.stage for step in found.steps if step.verdict is Verdict.SKIPPED]
    assert skipped[1:] == [Stage.OWNERSHIP, Stage.PERMISSIONS, Stage.WRITE]
    assert not found.is_wrong


def test_from_the_cluster(both: Workbench) -> None:
    """The same for what the cluster has; a Secret leads to what builds it."""
    both.store("vault", STORE)
    both.external_secret(f"{SPEC}\n    target: {{name: built}}")
    both.in_cluster()
    chosen = Selection((both.namespace,))

    found = why(both, "secret/built", load=LoadRequest(selection=chosen))

    # The store is in the files only.
    assert found.ref.name == "app"
    assert [error.rule for error in failed(found).errors] == ["ES0012"]


@pytest.mark.parametrize("words", ["app", "es/app", "ExternalSecret/app", "secret/app"])
def test_ways_to_name_it(bench: Workbench, words: str) -> None:
    """By itself, or by what it builds."""
    bench.store("vault", STORE)
    bench.external_secret(SPEC)

    assert why(bench, words).ref.name == "app"


def test_what_cannot_be_explained(bench: Workbench) -> None:
    """Another kind, and a name that is not there."""
    bench.store("vault", STORE)
    bench.external_secret(SPEC)

    with pytest.raises(NoSuchKind):
        why(bench, "pod/app")
    with pytest.raises(NoSuchObject):
        why(bench, "apb")


@pytest.mark.integration
def test_what_may_not_be_written_is_told(
    served_external_secrets: KubernetesServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The API server is asked what we may do, before anything is written."""
    server, namespace = served_external_secrets, f"t-{uuid4().hex[:10]}"
    server.create_namespace(namespace)
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    meta = {"name": "viewer", "namespace": namespace}
    version = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": meta}
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]
    server.apply(f"{rbac}/roles/viewer", {**version, "kind": "Role", "rules": rules})
    group = "rbac.authorization.k8s.io"
    bound = {
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "viewer"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": namespace}],
    }
    server.apply(f"{rbac}/rolebindings/viewer", {**version, "kind": "RoleBinding", **bound})
    cluster = connect(ConnectOptions(kubeconfig=str(server.kubeconfig_for(namespace))))
    for verb in ("get", "list"):
        wait_until(partial(cluster.may, verb, SECRETS, namespace), f"{namespace} may {verb}")
    bench = Workbench(tmp_path_factory.mktemp("files"), cluster, namespace)
    bench.store("vault", STORE)
    bench.external_secret(SPEC)

    step = failed(why(bench))

    assert (step.stage, [error.rule for error in step.errors]) == (Stage.PERMISSIONS, ["ES0812"])
    said = f'you may not create secrets in namespace "{namespace}"'
    assert step.errors[0].message == said


def test_a_key_cannot_act_on_the_terminal(bench: Workbench) -> None:
    """An escape sequence or a line end in a manifest is shown as what it is."""
    bench.store("vault", STORE)
    bench.external_secret(SPEC.replace("key: db", 'key: "a\\u001b[2J\\nb"'))

    text = report.as_text(why(bench))

    assert "a\\x1b[2J\\nb" in text
    assert len(text.splitlines()) == len(Stage) + 2


def test_what_a_policy_refuses_fails_before_any_store(bench: Workbench) -> None:
    """The manifest itself is right; nothing of its stores is looked at."""
    bench.store("vault", STORE)
    bench.external_secret(SPEC)
    path = bench.folder.parent / "policy-for-explain.yaml"
    body = {"apiVersion": "esync.dev/v1", "kind": "Policy", "spec": {"remoteKeys": ["web"]}}
    path.write_text(json.dumps(body))

    step = failed(why(bench, policy=read_policy(str(path), [])))

    assert (step.stage, [error.rule for error in step.errors]) == (Stage.CONDITIONS, ["ES0145"])


def test_machines_read_the_same(bench: Workbench) -> None:
    """One document with an item for each step."""
    bench.store("vault", STORE)
    bench.external_secret(SPEC.replace("key: db", "key: none"))

    result = json.loads(report.as_json(why(bench)))

    assert (result["kind"], result["summary"]["wrong"]) == ("ExplainResult", True)
    assert result["summary"]["counts"] == {"ok": 5, "failed": 1, "not reached": 6}
    key = result["items"][5]
    assert (key["step"], key["verdict"]) == ("key", "failed")
    assert key["errors"][0]["rule"] == "ES0301"
    assert key["errors"][0]["line"] > 0
    assert key["next"][-1] == "--suggest-remote shows names in the store that are near"

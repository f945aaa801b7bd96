"""ClusterExternalSecrets of the cluster: ExternalSecrets are made, changed, removed, and synced.

The expectations are those of External Secrets Operator 2.9, ClusterExternalSecret.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from esync import deliver, pipeline, report
from esync import status as status_of
from esync.cli import exits
from esync.cluster.contract import (
    CLUSTER_EXTERNAL_SECRETS,
    EXTERNAL_SECRETS,
    NAMESPACES,
    SECRETS,
    Forbidden,
    NotServed,
    Unreachable,
)
from esync.cluster.permissions import Permissions
from esync.flow.change import Action, Result
from esync.load.policy import read_policy
from esync.manifests.document import ObjectRef
from esync.resolve import Shard
from tests.behaviour.provisioned import NOW, Teams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from esync.cluster.contract import Cluster
    from tests.behaviour.workbench import Workbench
    from tests.fakes.memory_cluster import MemoryCluster

FORCE = "external-secrets.io/force-sync"


@pytest.fixture
def teams(both: Workbench) -> Iterator[Teams]:
    """Return two namespaces; the ClusterExternalSecret goes at the end, for other tests' sake."""
    made = Teams(both)
    yield made
    both.cluster.delete(CLUSTER_EXTERNAL_SECRETS, "", made.name, uid="", resource_version="")


@pytest.fixture
def memory(bench: Workbench) -> Teams:
    """Return two namespaces of a cluster in memory."""
    return Teams(bench)


def memory_of(teams: Teams) -> MemoryCluster:
    """Return the cluster of a test that is about one in memory."""
    return teams.cluster  # type: ignore[return-value] # the bench was made over it


def results(outcome: Any) -> list[tuple[str, str, str, Result]]:
    """Return kind, namespace suffix, name and end of what was done."""
    return [
        (one.ref.kind, one.ref.namespace.rpartition("-")[2], one.ref.name, one.result)
        for one in outcome.done
    ]


def test_each_namespace_gets_an_external_secret_and_its_secret(teams: Teams) -> None:
    """Made as the operator would, owned by its ClusterExternalSecret, synced in the same run."""
    uid = teams.lay()

    outcome = teams.apply()

    assert outcome.failures == ()
    assert [one[0] for one in results(outcome)] == ["ExternalSecret"] * 2 + ["Secret"] * 2
    assert {one[3] for one in results(outcome)} == {Result.CREATED}
    for namespace in teams.names:
        made = teams.external_secret(namespace)
        assert made is not None
        assert made["spec"] == teams.spec()
        assert made["metadata"]["ownerReferences"] == [
            {
                "apiVersion": "external-secrets.io/v1",
                "kind": "ClusterExternalSecret",
                "name": teams.name,
                "uid": uid,
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
        assert not {"labels", "annotations", "finalizers"} & made["metadata"].keys()
        assert made["status"]["conditions"][0]["reason"] == "SecretSynced"
        secret = teams.secret(namespace)
        assert secret is not None
        [owner] = secret["metadata"]["ownerReferences"]
        assert owner["uid"] == made["metadata"]["uid"]
        spaced = teams.cluster.get(NAMESPACES, "", namespace)
        assert spaced is not None
        assert "finalizers" not in spaced["metadata"]
    assert "finalizers" not in teams.live()["metadata"]


def test_its_status_is_that_of_the_operator(teams: Teams) -> None:
    """Name, namespaces, and Ready without reason, message or time; written once."""
    teams.lay()
    teams.apply()

    first = teams.live()
    assert first["status"] == {
        "externalSecretName": teams.name,
        "provisionedNamespaces": teams.names,
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    outcome = teams.apply(at=NOW + 60)
    assert results(outcome) == []
    assert teams.live() == first


def test_what_the_operator_made_is_taken_over_as_it_is(teams: Teams) -> None:
    """With defaults filled in, finalizers and a status: nothing of it is written anew."""
    uid = teams.lay({"finalizers": ["externalsecrets.external-secrets.io/ces"]})
    defaults = {
        "refreshInterval": "1h0m0s",
        "target": {"creationPolicy": "Owner", "deletionPolicy": "Retain"},
    }
    owner = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterExternalSecret",
        "name": teams.name,
        "uid": uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }
    before = []
    for namespace in teams.names:
        meta = {"name": teams.name, "namespace": namespace, "ownerReferences": [owner]}
        meta["finalizers"] = ["externalsecrets.external-secrets.io/externalsecret-cleanup"]
        spec = {**teams.spec(), **defaults}
        before.append(teams.create(EXTERNAL_SECRETS, meta, spec))

    outcome = teams.apply()

    assert [one[0] for one in results(outcome)] == ["Secret", "Secret"]
    for made in before:
        body = teams.external_secret(made["metadata"]["namespace"])
        assert body is not None
        for field in ("uid", "finalizers", "ownerReferences"):
            assert body["metadata"][field] == made["metadata"][field]
        assert body["spec"] == made["spec"]
        body["metadata"]["finalizers"] = []
        teams.cluster.update(EXTERNAL_SECRETS, body, manager="tests")
    body = teams.live()
    assert body["metadata"]["finalizers"] == ["externalsecrets.external-secrets.io/ces"]
    body["metadata"]["finalizers"] = []
    teams.cluster.update(CLUSTER_EXTERNAL_SECRETS, body, manager="tests")


def test_the_metadata_is_replaced_as_a_whole(teams: Teams) -> None:
    """Foreign labels and annotations go, finalizers and other owners stay, and so does our mark."""
    teams.lay(
        {"annotations": {"own": "x", FORCE: "7"}},
        externalSecretMetadata={"labels": {"l": "1"}, "annotations": {"a": "1", FORCE: "no"}},
    )
    teams.apply()
    namespace = teams.names[0]
    body = teams.external_secret(namespace)
    assert body is not None
    assert body["metadata"]["annotations"] == {"a": "1", FORCE: "7"}
    other = {"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "u"}
    body["metadata"]["labels"] = {"foreign": "1"}
    body["metadata"]["annotations"] = {"foreign": "1", "esync.dev/mark": "1"}
    body["metadata"]["finalizers"] = ["example.com/theirs"]
    body["metadata"]["ownerReferences"].insert(0, other)
    teams.cluster.update(EXTERNAL_SECRETS, body, manager="tests")

    outcome = teams.apply()

    assert (outcome.done[0].ref.kind, outcome.done[0].result) == (
        "ExternalSecret",
        Result.CONFIGURED,
    )
    found = teams.external_secret(namespace)
    assert found is not None
    meta = found["metadata"]
    assert meta["labels"] == {"l": "1"}
    assert meta["annotations"] == {"a": "1", FORCE: "7", "esync.dev/mark": "1"}
    assert meta["finalizers"] == ["example.com/theirs"]
    assert [one["kind"] for one in meta["ownerReferences"]] == [
        "ConfigMap",
        "ClusterExternalSecret",
    ]
    meta["finalizers"] = []
    teams.cluster.update(EXTERNAL_SECRETS, found, manager="tests")


def test_a_changed_spec_is_written_and_synced_at_once(teams: Teams) -> None:
    """Although its interval is not over; a spec that means the same is not written."""
    teams.lay()
    teams.apply()
    spec = teams.spec()
    teams.change(externalSecretSpec={**spec, "refreshInterval": "1h0m0s"})
    assert results(teams.apply(at=NOW + 60)) == []
    second = {"secretKey": "k2", "remoteRef": {"key": "k"}}
    teams.change(externalSecretSpec={**spec, "data": [*spec["data"], second]})

    seen = teams.diff()
    outcome = teams.apply(at=NOW + 120)

    assert [(one.ref, one.action) for one in seen.changes if one.is_real] == [
        (ObjectRef(kind, name, teams.name), Action.UPDATE)
        for kind in ("ExternalSecret", "Secret")
        for name in teams.names
    ]
    assert {one[3] for one in results(outcome)} == {Result.CONFIGURED}
    secret = teams.secret(teams.names[0])
    assert secret is not None
    assert set(secret["data"]) == {"k", "k2"}


@pytest.mark.parametrize("way", ["namespaces", "namespaceSelector", "namespaceSelectors", "all"])
def test_namespaces_are_chosen_in_every_way(memory: Teams, way: str) -> None:
    """By name, which counts only for one that exists, and by both kinds of selector."""
    ways: dict[str, dict[str, Any]] = {
        "namespaces": {"namespaces": [*memory.names, "nowhere"]},
        "namespaceSelector": {"namespaceSelector": memory.chosen[0]},
        "namespaceSelectors": {"namespaceSelectors": [{"matchLabels": {"x": "y"}}, *memory.chosen]},
        "all": {"namespaceSelectors": [{}]},
    }
    memory.lay(**{"namespaceSelectors": [], **ways[way]})

    memory.apply()

    provisioned = memory.live()["status"]["provisionedNamespaces"]
    every = sorted(["default", memory.bench.namespace, *memory.names])
    assert provisioned == (every if way == "all" else memory.names)


def test_a_namespace_on_its_way_out_is_left_alone(memory: Teams) -> None:
    """Nothing is made there, and nothing removed: all of it goes with the namespace."""
    memory.lay()
    memory.apply()
    body = memory.cluster.get(NAMESPACES, "", memory.names[0])
    assert body is not None
    body["status"] = {"phase": "Terminating"}
    memory.cluster.update(NAMESPACES, body, manager="tests")

    assert results(memory.apply(at=NOW + 60)) == []

    assert memory.external_secret(memory.names[0]) is not None
    assert memory.live()["status"]["provisionedNamespaces"] == memory.names[1:]


def test_a_namespace_that_stops_matching_loses_it(teams: Teams) -> None:
    """The ExternalSecret goes; its Secret is left to the garbage collector."""
    teams.lay()
    teams.apply()
    gone, kept = teams.names
    teams.relabel(gone)

    seen = teams.diff()
    outcome = teams.apply(at=NOW + 60)

    [change] = [one for one in seen.changes if one.is_real]
    assert (change.ref, change.action) == (
        ObjectRef("ExternalSecret", gone, teams.name),
        Action.DELETE,
    )
    assert f"; Secret {teams.name} goes with it" in report.as_text(seen, report.Look())
    assert [one[3] for one in results(outcome)] == [Result.DELETED]
    assert teams.external_secret(gone) is None
    assert teams.live()["status"]["provisionedNamespaces"] == [kept]


def test_what_is_not_its_own_stays(teams: Teams) -> None:
    """One of the same name and another uid, and one that somebody else owns, are not removed."""
    teams.lay()
    away = teams.new("away", other="x")
    for name, uid in (("recreated", "another-uid"), ("foreign", "")):
        owner = {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ClusterExternalSecret",
            "name": teams.name,
            "uid": uid,
            "controller": True,
        }
        meta: dict[str, Any] = {"name": name, "namespace": away}
        meta |= {"ownerReferences": [owner]} if uid else {}
        teams.create(EXTERNAL_SECRETS, meta, teams.spec(creationPolicy="None"))

    teams.apply()

    assert teams.external_secret(away, "recreated") is not None
    assert teams.external_secret(away, "foreign") is not None


def test_a_foreign_one_of_the_same_name_is_a_failure(teams: Teams) -> None:
    """It is not touched and synced as it is; the other namespace is served; the status says so."""
    theirs, ours = teams.names
    spec = teams.spec(name="theirs")
    before = teams.create(EXTERNAL_SECRETS, {"name": teams.name, "namespace": theirs}, spec)
    teams.lay()

    outcome = teams.apply()

    assert [(one.ref, one.error.rule) for one in outcome.failures] == [
        (ObjectRef("ClusterExternalSecret", "", teams.name), "ES0119")
    ]
    assert exits.of(outcome) is exits.Exit.NEGATIVE
    found = teams.external_secret(theirs)
    assert found is not None
    assert (found["metadata"]["uid"], found["spec"]) == (before["metadata"]["uid"], spec)
    assert teams.secret(theirs, "theirs") is not None
    assert teams.live()["status"] == {
        "externalSecretName": teams.name,
        "provisionedNamespaces": [ours],
        "failedNamespaces": [
            {"namespace": theirs, "reason": "external secret already exists in namespace"}
        ],
        "conditions": [
            {"type": "Ready", "status": "False", "message": "one or more namespaces failed"}
        ],
    }
    teams.cluster.delete(EXTERNAL_SECRETS, theirs, teams.name, uid="", resource_version="")
    teams.apply()
    assert "failedNamespaces" not in teams.live()["status"]


def test_two_that_want_one_name_do_not_fight(memory: Teams) -> None:
    """The first by name has it, on this run and on the next."""
    memory.lay(externalSecretName="one")
    spec = {"externalSecretSpec": memory.spec(), "namespaceSelectors": memory.chosen}
    memory.create(
        CLUSTER_EXTERNAL_SECRETS, {"name": "a-first"}, {**spec, "externalSecretName": "one"}
    )

    for _ in range(2):
        outcome = memory.apply()

        assert [one.error.rule for one in outcome.failures] == ["ES0119"] * 2
        made = memory.external_secret(memory.names[0], "one")
        assert made is not None
        assert made["metadata"]["ownerReferences"][0]["name"] == "a-first"


def test_a_new_name_replaces_the_old_one(teams: Teams) -> None:
    """The old ExternalSecrets go after the new Secrets are there."""
    teams.lay()
    teams.apply()
    teams.change(externalSecretName="renamed")

    outcome = teams.apply(at=NOW + 60)

    assert sorted(results(outcome)) == sorted(
        (kind, suffix, name, result)
        for suffix in ("a", "b")
        for kind, name, result in (
            ("ExternalSecret", "renamed", Result.CREATED),
            ("ExternalSecret", teams.name, Result.DELETED),
            ("Secret", "renamed", Result.CREATED),
        )
    )
    assert teams.external_secret(teams.names[0]) is None
    assert teams.live()["status"]["externalSecretName"] == "renamed"


def test_the_old_one_stays_until_the_new_one_is_synced(teams: Teams) -> None:
    """Otherwise the garbage collector would take the only Secret that there is."""
    teams.lay()
    teams.apply()
    data = [{"secretKey": "k", "remoteRef": {"key": "missing"}}]
    teams.change(externalSecretName="renamed", externalSecretSpec={**teams.spec(), "data": data})

    outcome = teams.apply(at=NOW + 60)

    kept = [one for one in outcome.done if one.ref.name == teams.name]
    assert [one.result for one in kept] == [Result.NOT_DONE] * 2
    assert "renamed comes first" in kept[0].notes[0]
    assert all(teams.external_secret(name) for name in teams.names)
    assert all(teams.secret(name) for name in teams.names)


def test_a_new_name_with_a_fixed_target_takes_two_runs(memory: Teams) -> None:
    """The old one has to let go of the Secret; Kubernetes takes it, and the next run makes it."""
    memory.lay(externalSecretSpec=memory.spec(name="fixed"))
    memory.apply()
    memory.change(externalSecretName="renamed")

    first = memory.apply(at=NOW + 60)

    assert [one.error.rule for one in first.failures] == ["ES0407"] * 2
    assert not any(memory.external_secret(name) for name in memory.names)
    for name in memory.names:  # as the garbage collector does
        memory.cluster.delete(SECRETS, name, "fixed", uid="", resource_version="")
    second = memory.apply(at=NOW + 120)
    assert second.failures == ()
    for name in memory.names:
        secret = memory.secret(name, "fixed")
        assert secret is not None
        assert secret["metadata"]["ownerReferences"][0]["name"] == "renamed"


def test_one_that_fails_goes_all_the_same(memory: Teams) -> None:
    """What nobody asks for any more need not be synced before it is removed."""
    memory.lay(externalSecretSpec=memory.spec(name="fixed"))
    memory.apply()
    gone = memory.names[0]
    memory.cluster.delete(SECRETS, gone, "fixed", uid="", resource_version="")
    memory.relabel(gone)
    refused = Forbidden("you may not create secrets")
    memory_of(memory).fail("create", ObjectRef("Secret", gone, "fixed"), refused)

    outcome = memory.apply(at=NOW + 60)

    assert [(one.ref.kind, one.result) for one in outcome.done] == [
        ("ExternalSecret", Result.DELETED),
        ("Secret", Result.FAILED),
    ]
    assert memory.external_secret(gone) is None


def test_a_malformed_selector_changes_nothing(memory: Teams) -> None:
    """One failed namespace called unknown; what was made stays."""
    memory.lay()
    memory.apply()
    bad = {"matchExpressions": [{"key": "x", "operator": "Near"}]}
    memory.change(namespaceSelectors=[bad])

    outcome = memory.apply(at=NOW + 60)

    assert [one.error.rule for one in outcome.failures] == ["ES0208"]
    assert all(memory.external_secret(name) for name in memory.names)
    found = memory.live()["status"]
    assert [one["namespace"] for one in found["failedNamespaces"]] == ["unknown"]
    assert found["provisionedNamespaces"] == memory.names
    assert found["conditions"][0]["status"] == "False"


def test_one_on_its_way_out_is_left_alone(memory: Teams) -> None:
    """What it made goes by the garbage collector; until then it is synced as it is."""
    memory.lay({"finalizers": ["example.com/wait"]})
    memory.apply()
    memory.cluster.delete(CLUSTER_EXTERNAL_SECRETS, "", memory.name, uid="", resource_version="")
    memory.relabel(memory.names[0])

    outcome = memory.apply(at=NOW + 7200)

    assert {one[3] for one in results(outcome)} == {Result.UNCHANGED}
    assert all(memory.external_secret(name) for name in memory.names)


@pytest.mark.parametrize("limit", [None, 6])
def test_many_removals_are_refused(memory: Teams, limit: int | None) -> None:
    """They count with all other deletions, and the message says what would go with them."""
    for number in range(4):
        memory.new(str(number))
    memory.lay()
    memory.apply()
    memory.change(namespaceSelectors=[{"matchLabels": {"team": "mistyped"}}])
    guards = deliver.Guards(delete_limit=limit)

    seen = memory.diff(guards=guards)
    outcome = memory.apply(at=NOW + 60, guards=guards)

    left = len(list(memory.cluster.list(EXTERNAL_SECRETS)))
    if limit:
        assert (left, exits.of(outcome)) == (0, exits.Exit.DONE)
        return
    assert left == 6
    assert exits.of(outcome) is exits.of(seen) is exits.Exit.REFUSED
    assert outcome.done[0].error is not None
    assert outcome.done[0].error.message == (
        "6 ExternalSecrets, and with them the Secrets that they own, would be deleted, "
        "and the limit is 5"
    )
    assert "labels of the namespaces" in outcome.done[0].error.hint
    failed = memory.live()["status"]["failedNamespaces"]
    assert len(failed) == 6


def test_removals_and_other_deletions_are_counted_together(memory: Teams) -> None:
    """Three of each are six."""
    for number in range(4):
        memory.new(str(number))
    spec = memory.spec(deletionPolicy="Delete")
    memory.lay(externalSecretSpec=spec)
    memory.apply()
    for name in sorted(memory.names[:1] + [f"{memory.bench.namespace}-{n}" for n in range(2)]):
        memory.relabel(name)
    data = [{"secretKey": "k", "remoteRef": {"key": "missing"}}]
    memory.change(externalSecretSpec={**spec, "data": data})

    outcome = memory.apply(at=NOW + 60)

    told = {one.error.message for one in outcome.done if one.error}
    assert len(told) == 1
    assert told.pop().startswith("3 Secrets and 3 ExternalSecrets, and with them")
    assert len(list(memory.cluster.list(SECRETS))) == 6


@pytest.mark.parametrize(
    ("resource", "rule"), [(NAMESPACES, "ES0201"), (CLUSTER_EXTERNAL_SECRETS, "ES0201")]
)
def test_nothing_goes_because_a_list_failed(memory: Teams, resource: Any, rule: str) -> None:
    """Neither of namespaces nor of ClusterExternalSecrets; what is there is synced as it is."""
    memory.lay()
    memory.apply()
    memory.change(namespaceSelectors=[])
    failing = Unreachable("nobody answers")
    memory_of(memory).fail("list", ObjectRef(resource.kind, "", ""), failing)

    outcome = memory.apply(at=NOW + 7200)

    assert [one.error.rule for one in outcome.failures] == [rule]
    assert {one[3] for one in results(outcome)} == {Result.UNCHANGED}
    assert all(memory.external_secret(name) for name in memory.names)


def test_nothing_is_made_where_external_secrets_cannot_be_listed(memory: Teams) -> None:
    """What is there is not known; the status is left as it is."""
    memory.lay()
    failing = Unreachable("nobody answers")
    memory_of(memory).fail("list", ObjectRef("ExternalSecret", "", ""), failing)

    outcome = memory.apply()

    assert [one.error.rule for one in outcome.failures] == ["ES0201"]
    assert list(memory.cluster.list(EXTERNAL_SECRETS)) == []
    assert "status" not in memory.live()


def test_a_namespaced_run_keeps_to_its_namespace(teams: Teams) -> None:
    """It makes and removes there alone, reads one Namespace, and tells no status."""
    teams.lay()
    here, there = teams.names

    outcome = teams.apply(namespaces=(here,))

    assert results(outcome) == [
        ("ExternalSecret", "a", teams.name, Result.CREATED),
        ("Secret", "a", teams.name, Result.CREATED),
    ]
    assert teams.external_secret(there) is None
    assert "status" not in teams.live()
    teams.relabel(here)
    assert results(teams.apply(namespaces=(there,)))[0][1:] == ("b", teams.name, Result.CREATED)
    assert teams.external_secret(here) is not None
    assert [one[3] for one in results(teams.apply(namespaces=(here,)))] == [Result.DELETED]


@pytest.mark.parametrize(
    ("selection", "made"),
    [
        ({"names": ("NAME",)}, True),
        ({"names": ("other",)}, False),
        ({"selector": "l=1"}, True),
        ({"selector": "l=2"}, False),
        ({"selector": "l=1", "names": ("other",)}, False),
    ],
)
def test_names_and_labels_narrow_what_is_made(
    teams: Teams, selection: dict[str, Any], *, made: bool
) -> None:
    """They are those of the ExternalSecrets; no status is told of a part."""
    teams.lay(externalSecretMetadata={"labels": {"l": "1"}})
    if selection.get("names") == ("NAME",):
        selection = {"names": (teams.name,)}

    outcome = teams.apply(**selection)

    assert bool(outcome.done) is made
    assert bool(teams.external_secret(teams.names[0])) is made
    assert "status" not in teams.live()
    assert results(teams.apply(at=NOW + 60, **selection)) == []


def test_one_that_lost_its_label_is_found_by_its_name(teams: Teams) -> None:
    """With -l, what should have the label is looked up, and is not made twice."""
    teams.lay()
    teams.apply()
    teams.change(externalSecretMetadata={"labels": {"l": "1"}})

    outcome = teams.apply(at=NOW + 60, selector="l=1")

    assert outcome.failures == ()
    assert [one[3] for one in results(outcome) if one[0] == "ExternalSecret"] == [
        Result.CONFIGURED
    ] * 2


@pytest.mark.parametrize("expand", [False, True])
def test_who_may_not_read_them_follows_none(memory: Teams, *, expand: bool) -> None:
    """Of a namespace that is a note; where they were asked for, a failure."""
    memory.lay()
    refused = Forbidden("you may not list clusterexternalsecrets")
    memory_of(memory).fail("list", ObjectRef("ClusterExternalSecret", "", ""), refused)

    outcome = memory.apply(namespaces=(memory.names[0],), expand=expand)

    assert [one.error.rule for one in outcome.failures] == (["ES0202"] if expand else [])
    assert any("is not followed" in note for note in outcome.notes) is not expand
    assert outcome.done == ()


def test_who_is_known_not_to_see_them_does_not_ask(memory: Teams) -> None:
    """An audit log shows no refusals; the note is the same."""
    memory.lay()
    known = Permissions(is_complete=True)
    memory_of(memory).permitted[memory.names[0]] = known
    memory_of(memory).calls.clear()

    outcome = memory.apply(namespaces=(memory.names[0],))

    assert outcome.failures == ()
    assert any("is not followed" in note for note in outcome.notes)
    assert memory_of(memory).calls["list", "clusterexternalsecrets"] == 0


def test_a_cluster_without_the_kind_has_none(memory: Teams) -> None:
    """Nothing is said of it."""
    failing = NotServed("the server knows no such resource")
    memory_of(memory).fail("list", ObjectRef("ClusterExternalSecret", "", ""), failing)

    outcome = memory.apply()

    assert (outcome.failures, outcome.notes) == ((), ())


def test_expanded_secrets_have_no_external_secrets(teams: Teams) -> None:
    """They are delivered as from files, on each run, and nothing is told."""
    teams.lay()

    outcome = teams.apply(expand=True)

    assert [one[0] for one in results(outcome)] == ["Secret"] * 2
    assert all(teams.external_secret(name) is None for name in teams.names)
    secret = teams.secret(teams.names[0])
    assert secret is not None
    assert "ownerReferences" not in secret["metadata"]
    assert "status" not in teams.live()
    again = teams.apply(expand=True, at=NOW + 60)
    assert {one[3] for one in results(again)} == {Result.UNCHANGED}
    assert not [note for note in again.notes if teams.bench.namespace in note]


def test_expanded_secrets_belong_to_external_secrets_that_are_there(teams: Teams) -> None:
    """What was made before owns the Secret, and is synced by what is asked for now."""
    teams.lay()
    teams.apply()
    spec = teams.spec()
    second = {"secretKey": "k2", "remoteRef": {"key": "k"}}
    teams.change(externalSecretSpec={**spec, "data": [*spec["data"], second]})
    before = teams.external_secret(teams.names[0])
    assert before is not None

    outcome = teams.apply(expand=True, at=NOW + 60)

    assert {one[3] for one in results(outcome)} == {Result.CONFIGURED}
    assert teams.external_secret(teams.names[0]) == before
    secret = teams.secret(teams.names[0])
    assert secret is not None
    assert secret["metadata"]["ownerReferences"][0]["uid"] == before["metadata"]["uid"]
    assert set(secret["data"]) == {"k", "k2"}


@pytest.mark.parametrize("dry_run", ["client", "server"])
def test_a_dry_run_tells_and_makes_nothing(teams: Teams, dry_run: str) -> None:
    """Neither ExternalSecrets nor Secrets nor status."""
    teams.lay()

    outcome = teams.apply(dry_run=True, server_dry_run=dry_run == "server", write_status=False)

    assert outcome.failures == ()
    assert [(one[0], one[3]) for one in results(outcome)] == [
        ("ExternalSecret", Result.CREATED),
        ("ExternalSecret", Result.CREATED),
        ("Secret", Result.CREATED),
        ("Secret", Result.CREATED),
    ]
    assert not any(teams.external_secret(name) for name in teams.names)
    assert not any(teams.secret(name) for name in teams.names)


@pytest.mark.parametrize("fails", [False, True])
def test_atomic_makes_all_or_nothing(teams: Teams, *, fails: bool) -> None:
    """ExternalSecrets are made after everything was judged, and own their Secrets."""
    spec = teams.spec()
    if fails:
        spec["data"] = [{"secretKey": "k", "remoteRef": {"key": "missing"}}]
    teams.lay(externalSecretSpec=spec)

    outcome = teams.apply(atomic=True, namespaces=tuple(teams.names))

    made = teams.external_secret(teams.names[0])
    if fails:
        assert made is None
        assert exits.of(outcome) is exits.Exit.REFUSED
        return
    assert outcome.failures == ()
    assert made is not None
    assert made["status"]["binding"] == {"name": teams.name}
    secret = teams.secret(teams.names[0])
    assert secret is not None
    assert secret["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]


def test_diff_and_status_see_the_same(teams: Teams) -> None:
    """What would be made is shown with its Secret, and is missing in the status."""
    teams.lay()

    seen = teams.diff()
    told = teams.only(status_of.status(teams.request(), teams.world()))

    assert [(one.ref.kind, one.ref.namespace, one.action) for one in seen.changes] == [
        (kind, name, Action.CREATE) for kind in ("ExternalSecret", "Secret") for name in teams.names
    ]
    mine = [one for one in told.standings if one.planned.external_secret.origin == teams.name]
    assert [(one.planned.ref.namespace, one.sync.value, one.known) for one in mine] == [
        (name, "missing", False) for name in teams.names
    ]
    teams.apply()
    assert not any(change.is_real for change in teams.diff().changes)


class Killed(BaseException):
    """The process is gone."""


class Dying:
    """A cluster whose client is killed before its first write to ``plural``."""

    def __init__(self, cluster: Cluster, verb: str, plural: str) -> None:
        self._cluster = cluster
        self._dies = verb, plural

    def __getattr__(self, name: str) -> Any:
        """Return what the cluster has of that name, deadly where it was asked for."""
        found: Callable[..., Any] = getattr(self._cluster, name)
        if name != self._dies[0]:
            return found

        def call(resource: Any, *rest: Any, **named: Any) -> Any:
            if resource.plural == self._dies[1]:
                raise Killed
            return found(resource, *rest, **named)

        return call


@pytest.mark.parametrize(
    ("verb", "plural"),
    [
        ("create", "secrets"),
        ("patch_status", "externalsecrets"),
        ("create", "events"),
        ("patch_status", "clusterexternalsecrets"),
    ],
)
def test_the_run_after_a_kill_repairs(teams: Teams, verb: str, plural: str) -> None:
    """Whatever was not done between the ExternalSecret and the last status is done then."""
    teams.lay()
    dying: Any = Dying(teams.cluster, verb, plural)
    with pytest.raises(Killed):
        teams.apply(dying, namespaces=())
    assert all(teams.external_secret(name) for name in teams.names)

    outcome = teams.apply(at=NOW + 60)

    assert outcome.failures == ()
    for namespace in teams.names:
        made, secret = teams.external_secret(namespace), teams.secret(namespace)
        assert made is not None
        assert secret is not None
        assert secret["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
        assert made["status"]["conditions"][0]["status"] == "True"
    assert teams.live()["status"]["provisionedNamespaces"] == teams.names


def test_one_that_somebody_makes_in_between_is_judged_again(memory: Teams) -> None:
    """The operator's own is synced; a foreign one is a failure."""
    memory.lay()
    owner = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterExternalSecret",
        "name": memory.name,
        "uid": memory.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }
    theirs, foreign = memory.names
    for namespace, owners in ((theirs, [owner]), (foreign, [])):
        meta = {"name": memory.name, "namespace": namespace, "ownerReferences": owners}

        def other(meta: dict[str, Any] = meta) -> None:
            memory.create(EXTERNAL_SECRETS, meta, memory.spec())

        memory_of(memory).before(
            "create", ObjectRef("ExternalSecret", namespace, memory.name), other
        )

    outcome = memory.apply()

    assert memory.secret(theirs) is not None
    assert memory.secret(foreign) is None
    [failed] = [one for one in outcome.done if one.error]
    assert failed.error is not None
    assert (failed.ref.namespace, failed.error.rule) == (foreign, "ES0119")
    assert memory.live()["status"]["provisionedNamespaces"] == [theirs]


@pytest.mark.parametrize("taken", [False, True])
def test_one_that_somebody_writes_before_it_goes_is_judged_again(
    memory: Teams, *, taken: bool
) -> None:
    """It goes all the same, unless it was taken over in between."""
    memory.lay()
    memory.apply()
    gone = memory.names[0]
    memory.relabel(gone)

    def other() -> None:
        body = memory.external_secret(gone)
        assert body is not None
        body["metadata"]["labels"] = {"theirs": "1"}
        if taken:
            del body["metadata"]["ownerReferences"]
        memory.cluster.update(EXTERNAL_SECRETS, body, manager="tests")

    memory_of(memory).before("delete", ObjectRef("ExternalSecret", gone, memory.name), other)

    outcome = memory.apply(at=NOW + 60)

    assert [one[3] for one in results(outcome)] == [Result.UNCHANGED if taken else Result.DELETED]
    assert bool(memory.external_secret(gone)) is taken


def test_one_that_cannot_be_changed_is_synced_as_it_is(memory: Teams) -> None:
    """The failure is that of the namespace; its Secret is refreshed by the spec that is there."""
    memory.lay()
    memory.apply()
    second = {"secretKey": "k2", "remoteRef": {"key": "k"}}
    spec = memory.spec()
    memory.change(externalSecretSpec={**spec, "data": [*spec["data"], second]})
    failing, changed = memory.names
    refused = Forbidden("you may not update externalsecrets")
    memory_of(memory).fail("update", ObjectRef("ExternalSecret", failing, memory.name), refused)

    outcome = memory.apply(at=NOW + 7200)

    assert results(outcome) == [
        ("ExternalSecret", "a", memory.name, Result.FAILED),
        ("ExternalSecret", "b", memory.name, Result.CONFIGURED),
        ("Secret", "a", memory.name, Result.UNCHANGED),
        ("Secret", "b", memory.name, Result.CONFIGURED),
    ]
    body = memory.external_secret(failing)
    assert body is not None
    assert body["status"]["refreshTime"] == "2023-11-15T00:13:20Z"
    found = memory.live()["status"]
    assert found["failedNamespaces"] == [
        {"namespace": failing, "reason": "you may not update externalsecrets"}
    ]
    assert found["provisionedNamespaces"] == [changed]


@pytest.mark.parametrize("policy", ["Orphan", "unknown"])
def test_what_stays_of_one_that_goes_is_not_told_to_go(memory: Teams, policy: str) -> None:
    """A Secret without owner stays; one that cannot be read goes whatever it says."""
    memory.lay(externalSecretSpec=memory.spec(creationPolicy="Orphan"))
    memory.apply()
    gone = memory.names[0]
    if policy == "unknown":
        body = memory.external_secret(gone)
        assert body is not None
        body["spec"]["target"]["creationPolicy"] = "unknown"
        memory.cluster.update(EXTERNAL_SECRETS, body, manager="tests")
    memory.relabel(gone)

    [change] = [one for one in memory.diff().changes if one.is_real]
    memory.apply(at=NOW + 60)

    assert ("goes with it" in change.reason) is (policy == "unknown")
    assert memory.external_secret(gone) is None
    assert memory.secret(gone) is not None


def test_one_that_is_being_deleted_is_waited_for(memory: Teams) -> None:
    """It is neither changed nor made anew, and the run says so."""
    memory.lay()
    memory.apply()
    namespace = memory.names[0]
    body = memory.external_secret(namespace)
    assert body is not None
    body["metadata"]["finalizers"] = ["example.com/wait"]
    memory.cluster.update(EXTERNAL_SECRETS, body, manager="tests")
    memory.cluster.delete(EXTERNAL_SECRETS, namespace, memory.name, uid="", resource_version="")

    outcome = memory.apply(at=NOW + 60)

    assert [one.error.rule for one in outcome.failures] == ["ES0213"]
    assert memory.live()["status"]["provisionedNamespaces"] == memory.names[1:]


def test_a_policy_narrows_what_is_made_and_what_goes(memory: Teams) -> None:
    """What it refuses is neither made nor removed; the exit code and the status say so."""
    memory.lay()
    memory.apply(namespaces=(memory.names[0],))
    file = memory.bench.folder / "policy.yaml"
    spec = {"namespaces": [memory.bench.namespace]}
    file.write_text(json.dumps({"apiVersion": "esync.dev/v1", "kind": "Policy", "spec": spec}))
    policy = read_policy(str(file), ())
    memory.relabel(memory.names[0])

    outcome = memory.apply(at=NOW + 60, policy=policy)

    assert [one.error.rule for one in outcome.failures] == ["ES0142"] * 2
    assert exits.of(outcome) is exits.Exit.REFUSED
    assert outcome.done == ()
    assert memory.external_secret(memory.names[0]) is not None
    assert [one["namespace"] for one in memory.live()["status"]["failedNamespaces"]] == [
        memory.names[1]
    ]


def test_a_policy_judges_what_could_not_be_changed(memory: Teams) -> None:
    """What somebody made of it is synced in place of what was wanted, within the policy only."""
    memory.lay()
    memory.apply()
    namespace = memory.names[0]
    body = memory.external_secret(namespace)
    assert body is not None
    body["spec"]["target"] = {"name": "root"}
    memory.cluster.update(EXTERNAL_SECRETS, body, manager="tests")
    refused = Forbidden("you may not update externalsecrets")
    memory_of(memory).fail("update", ObjectRef("ExternalSecret", namespace, memory.name), refused)
    file = memory.bench.folder / "policy.yaml"
    spec = {"targets": [memory.name]}
    file.write_text(json.dumps({"apiVersion": "esync.dev/v1", "kind": "Policy", "spec": spec}))

    outcome = memory.apply(at=NOW + 7200, policy=read_policy(str(file), ()))

    assert [one.error.rule for one in outcome.failures] == ["ES0143"]
    assert exits.of(outcome) is exits.Exit.REFUSED
    assert memory.cluster.get(SECRETS, namespace, "root") is None


def test_a_run_with_nothing_to_do_asks_little(memory: Teams) -> None:
    """Two lists more than without ClusterExternalSecrets, however many there are; no writes."""
    for number in range(4):
        memory.new(str(number))
    spec = {"externalSecretSpec": memory.spec(), "namespaceSelectors": memory.chosen}
    for number in range(5):
        memory.create(CLUSTER_EXTERNAL_SECRETS, {"name": f"many-{number}"}, spec)
    memory.apply()
    calls = memory_of(memory).calls
    calls.clear()

    assert memory.apply(at=NOW + 60).done == ()

    assert calls == {
        ("list", "externalsecrets"): 1,
        ("list", "clusterexternalsecrets"): 1,
        ("list", "namespaces"): 1,
        ("get", "clustersecretstores"): 1,
        ("list", "secrets"): 6,
    }


def test_shards_make_each_its_own(memory: Teams) -> None:
    """Together they do everything, once."""
    for number in range(6):
        memory.new(str(number))
    memory.lay()
    made: list[Any] = []
    for index in range(2):
        request = memory.request()
        options = replace(request.resolve, shard=Shard(index, 2))
        outcome = pipeline.apply(replace(request, resolve=options), memory.world())
        assert outcome.failures == ()
        made += [one.ref for one in outcome.done if one.result is Result.CREATED]

    assert len(made) == len(set(made)) == 16

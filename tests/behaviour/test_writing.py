"""What ends up in the cluster: created, updated, left alone, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.deliver import Guards
from esync.flow.change import Action, Mark, Result
from esync.flow.kubernetes import CREATED_BY_LABEL, DATA_HASH_ANNOTATION, MANAGED_LABEL

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench

SIMPLE = """
secretStoreRef: {name: vault}
data:
- {secretKey: password, remoteRef: {key: db}}
"""


def with_target(target: str) -> str:
    """Return the simple spec with a target."""
    return f"{SIMPLE}target: {target}\n"


def test_the_whole_story(both: Workbench) -> None:
    """Created; unchanged and not written again; rotated; a key that is gone goes."""
    both.store("vault", {"db": "one", "user": "u"})
    both.external_secret(SIMPLE + "- {secretKey: user, remoteRef: {key: user}}\n")

    assert both.applied().result is Result.CREATED
    first = both.live()
    assert first is not None
    assert both.data() == {"password": "one", "user": "u"}

    assert both.applied().result is Result.UNCHANGED
    second = both.live()
    assert second is not None
    assert second.resource_version == first.resource_version

    both.store("vault", {"db": "two", "user": "u"})
    changes = both.diff().changes
    assert [(one.key, one.mark) for one in changes[0].fields if one.field == "data"] == [
        ("password", Mark.CHANGED)
    ]
    assert both.applied().result is Result.CONFIGURED
    assert both.data() == {"password": "two", "user": "u"}

    both.external_secret(SIMPLE)
    assert both.applied().result is Result.CONFIGURED
    assert both.data() == {"password": "two"}
    assert not any(change.is_real for change in both.diff().changes)


def test_the_operator_finds_it_valid(both: Workbench) -> None:
    """The managed label is true, and the digest is that of the data."""
    both.store("vault", {"db": "s3cr3t", "user": "admin"})
    both.external_secret(SIMPLE + "- {secretKey: username, remoteRef: {key: user}}\n")

    both.applied()

    live = both.live()
    assert live is not None
    assert live.labels[MANAGED_LABEL] == "true"
    assert live.annotations[DATA_HASH_ANNOTATION] == (
        "4dc87f1bc1b42f99971f11cd8a752c3c1babc6486c0744d841d68c6a"
    )
    assert [entry.manager for entry in live.managed] == ["externalsecrets.external-secrets.io/app"]
    assert live.managed[0].data == {"password", "username"}


def test_an_external_secret_in_the_cluster_owns_its_secret(both: Workbench) -> None:
    """Its uid makes the owner reference; a later run without changes writes nothing."""
    both.store("vault", {"db": "v"})
    both.external_secret(SIMPLE)
    uid = both.in_cluster()

    both.applied()

    live = both.live()
    assert live is not None
    assert live.controller is not None
    assert (live.controller.kind, live.controller.uid) == ("ExternalSecret", uid)
    assert both.applied().result is Result.UNCHANGED


def test_a_hand_edited_secret_is_repaired(both: Workbench) -> None:
    """Somebody else's value is replaced, somebody else's key is removed by Owner."""
    both.store("vault", {"db": "ours"})
    both.external_secret(SIMPLE)
    both.applied()

    both.edit(password="theirs", extra="x")

    assert both.applied().result is Result.CONFIGURED
    assert both.data() == {"password": "ours"}


def test_labels_travel_without_a_template(both: Workbench) -> None:
    """All but what other tools track with; with a template none do."""
    both.store("vault", {"db": "v"})
    tracking = {
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
        "argocd.argoproj.io/tracking-id": "x",
        "note": "kept",
    }
    both.external_secret(SIMPLE, labels={"team": "a"}, annotations=tracking)

    both.applied()

    live = both.live()
    assert live is not None
    assert set(live.labels) == {"team", MANAGED_LABEL, CREATED_BY_LABEL}
    assert set(live.annotations) == {"note", DATA_HASH_ANNOTATION}

    both.external_secret(with_target("{template: {}}"), labels={"team": "a"})
    both.applied()
    live = both.live()
    assert live is not None
    assert set(live.labels) == {MANAGED_LABEL, CREATED_BY_LABEL}


def test_merge_keeps_what_others_put_there(both: Workbench) -> None:
    """Merge writes into a Secret that somebody made, and takes only its own keys back."""
    both.foreign({"theirs": "x"})
    both.store("vault", {"db": "one", "user": "u"})
    target = "target: {creationPolicy: Merge}\n"
    both.external_secret(SIMPLE + "- {secretKey: user, remoteRef: {key: user}}\n" + target)

    assert both.applied().result is Result.CONFIGURED
    assert both.data() == {"password": "one", "theirs": "x", "user": "u"}

    both.external_secret(SIMPLE + target)
    both.applied()
    assert both.data() == {"password": "one", "theirs": "x"}


def test_merge_makes_no_secret(both: Workbench) -> None:
    """Without one to merge into nothing is written, and that is no failure."""
    both.store("vault", {"db": "v"})
    both.external_secret(with_target("{creationPolicy: Merge}"))

    assert both.applied().result is Result.UNCHANGED
    assert both.live() is None


def test_none_writes_nothing(both: Workbench) -> None:
    """The store is asked all the same: its errors are told."""
    both.store("vault", {"db": "v"})
    both.external_secret(with_target("{creationPolicy: None}"))
    assert both.applied().result is Result.UNCHANGED
    assert both.live() is None

    both.store("vault", {"other": "v"})
    assert [one.error.rule for one in both.apply().failures] == ["ES0301"]


def test_two_owners_of_one_secret(both: Workbench) -> None:
    """The second is refused; the first one's Secret stays as it is."""
    both.store("vault", {"db": "v"})
    both.external_secret(SIMPLE, name="app")
    both.applied()

    both.external_secret(with_target("{name: app}"), name="other")
    outcome = both.apply()

    assert [one.error.rule for one in outcome.failures] == ["ES0407"]
    assert both.data() == {"password": "v"}


def test_a_renamed_target_leaves_nothing_behind(both: Workbench) -> None:
    """The old Secret goes after the new one is there."""
    both.store("vault", {"db": "v"})
    both.external_secret(with_target("{name: old}"))
    both.apply()
    assert both.live("old") is not None

    both.external_secret(with_target("{name: new}"))
    both.apply()

    assert both.live("new") is not None
    assert both.live("old") is None


def test_the_old_secret_stays_when_the_new_one_fails(both: Workbench) -> None:
    """A rename onto somebody else's Secret removes nothing."""
    both.store("vault", {"db": "v"})
    both.external_secret(with_target("{name: old}"))
    both.apply()
    both.foreign({"a": "1", "b": "2"}, name="new")

    both.external_secret(with_target("{name: new}"))
    outcome = both.apply()

    assert [one.error.rule for one in outcome.failures] == ["ES0502"]
    assert both.live("old") is not None


def test_delete_removes_a_secret_whose_source_is_gone(both: Workbench) -> None:
    """With deletionPolicy Delete, nothing left in the store: the Secret is deleted."""
    both.store("vault", {"db": "v", "x": "y"})
    both.external_secret(with_target("{deletionPolicy: Delete}"))
    both.applied()

    both.store("vault", {"x": "y"})
    assert both.applied().result is Result.DELETED
    assert both.live() is None
    assert both.apply().failures == ()


def test_delete_spares_what_is_not_ours(both: Workbench) -> None:
    """A Secret of that name that somebody else made stays."""
    both.foreign({"a": "1"})
    both.store("vault", {"x": "y"})
    both.external_secret(with_target("{deletionPolicy: Delete}"))

    assert both.applied().result is Result.UNCHANGED
    assert both.data() == {"a": "1"}


def test_too_many_deletions_are_refused(bench: Workbench) -> None:
    """A wrong account reads as not found everywhere; nothing is deleted then."""
    bench.store("vault", {"db": "v", "x": "y"})
    names = [f"app{number}" for number in range(6)]
    for name in names:
        bench.external_secret(with_target("{deletionPolicy: Delete}"), name=name)
    bench.apply()

    bench.store("vault", {"x": "y"})
    outcome = bench.apply()

    assert {one.error.rule for one in outcome.done if one.error} == {"ES0505"}
    assert all(bench.live(name) for name in names)
    bench.guards = Guards(delete_limit=6)
    bench.apply()
    assert not any(bench.live(name) for name in names)


def test_a_foreign_secret_is_adopted_only_on_request(both: Workbench) -> None:
    """One that loses no key is taken over; one that would needs --adopt."""
    both.store("vault", {"db": "v"})
    both.external_secret(SIMPLE)
    both.foreign({"password": "before", "other": "x"})

    assert [one.error.rule for one in both.apply().failures] == ["ES0502"]
    assert both.data() == {"other": "x", "password": "before"}

    both.guards = Guards(adopt=True)
    assert both.applied().result is Result.CONFIGURED
    assert both.data() == {"password": "v"}


def test_atomic_writes_nothing_when_one_fails(both: Workbench) -> None:
    """All or nothing: the good one is refused, too."""
    both.store("vault", {"db": "v"})
    both.external_secret(SIMPLE, name="good")
    both.external_secret(SIMPLE.replace("db", "missing"), name="bad")

    outcome = both.apply(atomic=True)

    assert [(one.ref.name, one.error.rule) for one in outcome.done if one.error] == [
        ("good", "ES0506")
    ]
    assert both.live("good") is None


@pytest.mark.parametrize("server", [False, True])
def test_a_dry_run_writes_nothing(both: Workbench, *, server: bool) -> None:
    """What would happen is told; nothing does."""
    both.store("vault", {"db": "v"})
    both.external_secret(SIMPLE)

    outcome = both.apply(dry_run=True, server_dry_run=server)

    assert [one.result for one in outcome.done] == [Result.CREATED]
    assert both.live() is None


def test_diff_writes_nothing_and_tells_each_key(both: Workbench) -> None:
    """The change that diff shows is the one that apply sends."""
    both.store("vault", {"db": "v"})
    both.external_secret(SIMPLE)

    change = both.diff().changes[0]

    assert change.action is Action.CREATE
    assert [(one.field, one.key, one.mark) for one in change.fields] == [
        ("data", "password", Mark.ADDED)
    ]
    assert both.live() is None


def test_many_targets_are_read_with_lists(bench: Workbench) -> None:
    """A second run reads as many lists as there are namespaces, and writes nothing."""
    from tests.fakes.memory_cluster import MemoryCluster

    bench.store("vault", {"db": "v"})
    for number in range(20):
        bench.external_secret(SIMPLE, name=f"app{number}")
    bench.apply()
    assert isinstance(bench.cluster, MemoryCluster)
    bench.cluster.calls.clear()

    outcome = bench.apply()

    assert {one.result for one in outcome.done} == {Result.UNCHANGED}
    assert dict(bench.cluster.calls) == {
        ("list", "secrets"): 1,
        ("list", "externalsecrets"): 1,
    }


def test_immutable_targets_are_frozen(both: Workbench) -> None:
    """Created and frozen; a rotated value does not get in, and that is no failure."""
    both.store("vault", {"db": "one"})
    both.external_secret(with_target("{immutable: true}"))
    both.applied()

    both.store("vault", {"db": "two"})

    assert both.applied().result is Result.UNCHANGED
    assert both.data() == {"password": "one"}


def test_a_chain_comes_right_in_one_run(both: Workbench) -> None:
    """A template that another ExternalSecret of the run makes is seen by the one that needs it."""
    both.store("vault", {"db": "v", "template": "made of {{ .password }}"})
    both.external_secret(
        SIMPLE
        + """
target:
  template:
    templateFrom:
    - secret: {name: z-templates, items: [{key: text}]}
""",
        name="app",
    )
    both.external_secret(
        """
        secretStoreRef: {name: vault}
        target: {name: z-templates}
        data: [{secretKey: text, remoteRef: {key: template}}]
        """,
        name="z-templates",
    )

    both.applied()

    assert both.data() == {"text": "made of v"}
    assert both.rendered() == {"text": "made of v"}


def test_a_cycle_names_both_places(bench: Workbench) -> None:
    """Two that need each other's Secrets fail, and nothing is written for them."""
    bench.store("vault", {"db": "v"})
    for name, other in (("a", "b"), ("b", "a")):
        source = f"{{secret: {{name: {other}, items: [{{key: text}}]}}}}"
        bench.external_secret(
            SIMPLE + f"target: {{template: {{templateFrom: [{source}]}}}}\n", name=name
        )

    outcome = bench.apply()

    assert [one.error.rule for one in outcome.failures] == ["ES0018", "ES0018"]
    assert "es-b.yaml" in outcome.failures[0].error.hint

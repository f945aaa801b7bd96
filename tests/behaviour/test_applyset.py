"""An ApplySet: its parent, its members, and what is pruned when nobody asks for it any more.

Expectations are those of kubectl's conventions; both clusters must behave alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from esync import deliver, pipeline, report
from esync.cli import exits
from esync.cluster.contract import (
    CONFIG_MAPS,
    EXTERNAL_SECRETS,
    SECRET_STORES,
    SECRETS,
    Forbidden,
    Resource,
)
from esync.deliver.errors import TooManyDeletions
from esync.deliver.set_errors import NotOurSet, NotTheWholeSet
from esync.flow.applyset import ApplySet, SetOptions
from esync.flow.change import Action, Result
from esync.flow.kubernetes import CREATED_BY_LABEL, MANAGED_LABEL, secret_from_object
from esync.gocompat.digest import created_by
from esync.load import LoadRequest, Selection
from esync.manifests.document import ObjectRef
from esync.resolve import Shard

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.cluster.contract import Object
    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench
    from tests.fakes.memory_cluster import MemoryCluster

PART_OF = "applyset.kubernetes.io/part-of"
ID = "applyset.kubernetes.io/id"
TOOLING = "applyset.kubernetes.io/tooling"
KINDS = "applyset.kubernetes.io/contains-group-kinds"
NAMESPACES = "applyset.kubernetes.io/additional-namespaces"
PODS = Resource("", "v1", "pods", "Pod")
SPEC = "secretStoreRef: {name: vault}\ndata: [{secretKey: k, remoteRef: {key: db}}]\n"


def team(
    bench: Workbench,
    resource: Resource = SECRETS,
    *,
    prune: bool = True,
    allow_empty: bool = False,
) -> Any:
    """Return the request's part that means the set of the bench."""
    of = ApplySet(resource, bench.namespace, "team")
    return {"members": SetOptions(of, prune=prune, allow_empty=allow_empty)}


def lay(bench: Workbench, *names: str, target: str = "{}") -> None:
    """Lay so many ExternalSecrets."""
    bench.store("vault", {"db": "v"})
    for name in names:
        bench.external_secret(f"{SPEC}target: {target}", name=name)


def diff(bench: Workbench, *, prune: bool = True) -> Outcome:
    """Compare with the cluster."""
    return pipeline.diff(replace(bench._request(), **team(bench, prune=prune)), bench.world())


def metadata(bench: Workbench, name: str = "team", resource: Resource = SECRETS) -> dict[str, Any]:
    """Return the metadata of an object that must be there."""
    body = bench.cluster.get(resource, bench.namespace, name)
    assert body is not None
    found: dict[str, Any] = body["metadata"]
    return found


def results(outcome: Outcome) -> dict[str, Result]:
    """Return what became of each object; no run as a whole may have failed."""
    assert [one.error.message for one in outcome.failures] == []
    return {one.ref.name: one.result for one in outcome.done}


def rules(outcome: Outcome) -> list[str]:
    """Return the rules of what went wrong."""
    return [one.error.rule for one in outcome.failures]


def change(bench: Workbench, name: str, edit: Callable[[Any], None], manager: str = "t") -> None:
    """Change a live Secret as somebody else."""
    body = bench.cluster.get(SECRETS, bench.namespace, name)
    assert body is not None
    edit(body)
    bench.cluster.update(SECRETS, body, manager=manager)


def test_the_id_is_that_of_kubectl() -> None:
    """The digest is over name, namespace, kind and group; the core group is empty."""
    assert (
        ApplySet(CONFIG_MAPS, "prod", "team-a").id
        == "applyset-Q5EdEVsB8cnIEF720AFyFcybn-Q1UhcqDnB2MCsdPOM-v1"
    )


@pytest.mark.parametrize("resource", [SECRETS, CONFIG_MAPS])
def test_parent_and_members_carry_the_id(both: Workbench, resource: Resource) -> None:
    """The parent says tool, kinds and namespaces; each target says whose it is."""
    lay(both, "a", "b")

    found = results(both.apply(**team(both, resource)))

    of = ApplySet(resource, both.namespace, "team")
    parent = metadata(both, resource=resource)
    assert found == {"a": Result.CREATED, "b": Result.CREATED}
    assert parent["labels"] == {ID: of.id}
    assert parent["annotations"] == {TOOLING: "esync/0.1.0", KINDS: "Secret", NAMESPACES: ""}
    assert metadata(both, "a")["labels"][PART_OF] == of.id


def test_a_second_run_writes_nothing(both: Workbench) -> None:
    """Neither targets nor parent."""
    lay(both, "a")
    both.apply(**team(both))
    before = [metadata(both, name)["resourceVersion"] for name in ("a", "team")]

    assert results(both.apply(**team(both))) == {"a": Result.UNCHANGED}
    assert [metadata(both, name)["resourceVersion"] for name in ("a", "team")] == before


def test_what_is_there_joins(both: Workbench) -> None:
    """The label is a difference that diff shows and apply writes, once."""
    lay(both, "a")
    both.apply()

    shown = diff(both)
    joined = both.apply(**team(both))

    assert [(one.field, one.key) for one in shown.changes[0].fields] == [("labels", PART_OF)]
    assert exits.of(shown) is exits.Exit.NEGATIVE
    assert results(joined) == {"a": Result.CONFIGURED}
    assert exits.of(diff(both)) is exits.Exit.DONE


def test_a_run_without_the_flag_leaves_members_alone(both: Workbench) -> None:
    """Else two pipelines would take turns in writing and removing the label."""
    lay(both, "a")
    both.apply(**team(both))

    assert results(both.apply()) == {"a": Result.UNCHANGED}
    both.store("vault", {"db": "new"})
    assert results(both.apply()) == {"a": Result.CONFIGURED}
    assert PART_OF in metadata(both, "a")["labels"]


def test_what_nobody_asks_for_is_pruned(both: Workbench) -> None:
    """It is shown by diff, without names of keys or values, and deleted after everything else."""
    lay(both, "a", "b")
    both.apply(**team(both))
    both.remove("es-b")
    both.external_secret(SPEC, name="c")

    shown, done = diff(both), both.apply(**team(both))

    assert [one.ref.name for one in shown.prunes] == ["b"]
    assert exits.of(shown) is exits.Exit.NEGATIVE
    assert report.as_text(shown, report.Look()).endswith(
        f"Secret {both.namespace}/b: prune  (no manifest asks for it any more)\n"
        "  - data: *** (gone)\n"
    )
    assert results(done) == {"a": Result.UNCHANGED, "b": Result.PRUNED, "c": Result.CREATED}
    assert f"secret/b pruned  (namespace {both.namespace})" in report.as_text(done, report.Look())
    assert both.live("b") is None
    assert exits.of(done) is exits.Exit.DONE
    assert diff(both).prunes == ()


def test_only_with_the_flag(both: Workbench) -> None:
    """Without --prune the set is kept, and nothing is deleted."""
    lay(both, "a", "b")
    both.apply(**team(both))
    both.remove("es-b")

    assert results(both.apply(**team(both, prune=False))) == {"a": Result.UNCHANGED}
    assert diff(both, prune=False).prunes == ()
    assert both.live("b") is not None


@pytest.mark.parametrize("server", [False, True])
def test_dry_runs_delete_nothing(both: Workbench, *, server: bool) -> None:
    """They say what would be pruned, and make no parent."""
    lay(both, "a", "b")
    tried = both.apply(dry_run=True, server_dry_run=server, **team(both))
    assert results(tried) == {"a": Result.CREATED, "b": Result.CREATED}
    assert both.cluster.get(SECRETS, both.namespace, "team") is None

    both.apply(**team(both))
    both.remove("es-b")
    before = metadata(both)
    tried = both.apply(dry_run=True, server_dry_run=server, **team(both))

    assert results(tried) == {"a": Result.UNCHANGED, "b": Result.PRUNED}
    assert both.live("b") is not None
    assert metadata(both) == before


def test_the_parent_is_widened_before_and_narrowed_after(bench: Workbench) -> None:
    """A run killed between two steps leaves a parent that covers all that may be there."""
    lay(bench, "a")
    maps = "{manifest: {apiVersion: v1, kind: ConfigMap}, creationPolicy: Owner}"
    bench.external_secret(f"{SPEC}target: {maps}", name="m")
    bench.options = replace(bench.options, generic_targets=True)
    memory: MemoryCluster = bench.cluster  # type: ignore[assignment] # it is the one in memory
    seen: list[str] = []
    ref = ObjectRef("ConfigMap", bench.namespace, "m")
    memory.before("create", ref, lambda: seen.append(metadata(bench)["annotations"][KINDS]))
    bench.apply(**team(bench))
    bench.remove("es-m")
    memory.before("delete", ref, lambda: seen.append(metadata(bench)["annotations"][KINDS]))

    done = bench.apply(**team(bench))

    assert seen == ["ConfigMap,Secret"] * 2
    assert results(done) == {"a": Result.UNCHANGED, "m": Result.PRUNED}
    assert metadata(bench)["annotations"][KINDS] == "Secret"


def test_members_of_other_kinds_are_pruned(both: Workbench) -> None:
    """Their label is kept while somebody asks for them, and they go when nobody does."""
    maps = "{manifest: {apiVersion: v1, kind: ConfigMap}}"
    lay(both, "a", target=maps)
    both.external_secret(SPEC, name="b")
    both.options = replace(both.options, generic_targets=True)
    both.apply(**team(both))
    assert metadata(both)["annotations"][KINDS] == "ConfigMap,Secret"
    both.store("vault", {"db": "new"})
    assert results(both.apply())["a"] is Result.CONFIGURED
    assert PART_OF in metadata(both, "a", CONFIG_MAPS)["labels"]

    both.remove("es-a")

    assert results(both.apply(**team(both)))["a"] is Result.PRUNED
    assert both.cluster.get(CONFIG_MAPS, both.namespace, "a") is None


def test_kinds_of_other_groups_are_found_without_their_version(both: Workbench) -> None:
    """The parent lists them as Kind.group; the server says which version it has."""
    kind = "{apiVersion: external-secrets.io/v1, kind: SecretStore}"
    template = "{templateFrom: [{literal: 'fake: {}', target: spec.provider}]}"
    store = {
        "apiVersion": SECRET_STORES.api_version,
        "kind": SECRET_STORES.kind,
        "metadata": {"name": "theirs", "namespace": both.namespace},
    }
    both.cluster.create(SECRET_STORES, store, manager="t")  # so that the memory knows the kind
    lay(both, "a", target=f"{{manifest: {kind}, template: {template}}}")
    both.external_secret(SPEC, name="b")
    both.options = replace(both.options, generic_targets=True)
    assert results(both.apply(**team(both)))["a"] is Result.CREATED
    assert metadata(both)["annotations"][KINDS] == "Secret,SecretStore.external-secrets.io"
    both.remove("es-a")

    assert [one.ref.kind for one in diff(both).prunes] == ["SecretStore"]
    assert results(both.apply(**team(both)))["a"] is Result.PRUNED


def test_merged_targets_are_no_members(both: Workbench) -> None:
    """They are somebody else's: they get no label, and are never deleted."""
    both.foreign({"theirs": "x"}, name="a")
    lay(both, "a", target="{creationPolicy: Merge}")
    both.external_secret(SPEC, name="b")
    both.apply(**team(both))
    assert PART_OF not in metadata(both, "a").get("labels", {})
    both.remove("es-a")

    assert "a" not in results(both.apply(**team(both)))
    assert both.live("a") is not None


@pytest.mark.parametrize("policy", ["Orphan", "CreateOrMerge"])
def test_what_outlives_its_external_secret_is_not_pruned(both: Workbench, policy: str) -> None:
    """It belongs to the set; no label says that an ExternalSecret owns it."""
    lay(both, "a", target=f"{{creationPolicy: {policy}}}")
    both.external_secret(SPEC, name="b")
    both.apply(**team(both))
    assert PART_OF in metadata(both, "a")["labels"]
    both.remove("es-a")

    done = both.apply(**team(both))

    assert "a" not in results(done)
    assert [one.error.rule for one in done.remarks] == ["ES0526"]
    assert both.live("a") is not None


def test_a_renamed_target_is_deleted_once(both: Workbench) -> None:
    """It is left behind and unasked for at the same time."""
    lay(both, "a", target="{name: old}")
    both.apply(**team(both))
    lay(both, "a", target="{name: new}")

    assert diff(both).prunes == ()
    assert results(both.apply(**team(both))) == {"new": Result.CREATED, "old": Result.DELETED}


KEEPING = {
    "ours": {"esync.dev/prune": "disabled"},
    "flux": {"kustomize.toolkit.fluxcd.io/prune": "Disabled"},
    "argo": {"argocd.argoproj.io/sync-options": "Validate=false, Prune=false"},
    "helm": {"helm.sh/resource-policy": "keep"},
}


@pytest.mark.parametrize("annotations", KEEPING.values(), ids=KEEPING.keys())
def test_annotations_switch_it_off(both: Workbench, annotations: dict[str, str]) -> None:
    """What other tools say of pruning is heard; the parent keeps covering the object."""
    lay(both, "a", "b")
    both.apply(**team(both))
    change(both, "b", lambda body: body["metadata"]["annotations"].update(annotations))
    both.remove("es-b")

    shown, done = diff(both), both.apply(**team(both))

    assert shown.prunes == ()
    assert results(done) == {"a": Result.UNCHANGED}
    assert [one.error.rule for one in done.remarks] == ["ES0526"]
    assert next(iter(annotations)) in done.remarks[0].error.message
    assert exits.of(shown) is exits.Exit.DONE


def test_a_flux_label_switches_it_off(both: Workbench) -> None:
    """Flux hears labels and annotations alike."""
    lay(both, "a", "b")
    both.apply(**team(both))
    label = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
    change(both, "b", lambda body: body["metadata"]["labels"].update(label))
    both.remove("es-b")

    assert results(both.apply(**team(both))) == {"a": Result.UNCHANGED}


def test_an_annotation_of_the_external_secret_reaches_its_secret(both: Workbench) -> None:
    """So that it stands where the manifest once was."""
    lay(both, "a")
    both.external_secret(SPEC, name="b", annotations={"esync.dev/prune": "disabled"})
    both.apply(**team(both))
    both.remove("es-b")

    assert results(both.apply(**team(both))) == {"a": Result.UNCHANGED}
    assert both.live("b") is not None


# Whose object is it? Each of these takes one of the four marks away, or forges the label.


def foreign(bench: Workbench, labels: dict[str, str], manager: str = "somebody") -> None:
    """Create a Secret that says it is a member."""
    body: Object = {
        "metadata": {"name": "theirs", "namespace": bench.namespace, "labels": labels},
        "data": {"k": "dg=="},
    }
    bench.cluster.create(SECRETS, body, manager=manager)


def test_a_forged_label_is_not_enough(both: Workbench) -> None:
    """Somebody who copies every label is not our field manager."""
    lay(both, "a")
    both.apply(**team(both))
    labels = dict(metadata(both, "a")["labels"])
    foreign(both, labels)
    foreign_of_another = {**labels, CREATED_BY_LABEL: created_by(both.namespace, "gone")}
    change(both, "theirs", lambda body: body["metadata"].update(labels=foreign_of_another))

    done = both.apply(**team(both))

    assert results(done) == {"a": Result.UNCHANGED}
    assert "field managers" in done.remarks[0].error.message
    assert both.live("theirs") is not None


def test_a_member_that_somebody_else_marked_is_kept(both: Workbench) -> None:
    """It was made by us, but not for this set: another tool put the label there."""
    lay(both, "a", "b")
    both.apply()
    both.apply(**team(both, prune=False))
    change(both, "b", lambda body: body["metadata"]["labels"].pop(PART_OF))
    mark = {PART_OF: metadata(both, "a")["labels"][PART_OF]}
    change(both, "b", lambda body: body["metadata"]["labels"].update(mark), "kubectl-label")
    both.remove("es-b")

    assert results(both.apply(**team(both))) == {"a": Result.UNCHANGED}
    assert both.live("b") is not None


@pytest.mark.parametrize("label", [MANAGED_LABEL, CREATED_BY_LABEL])
def test_each_label_is_needed(both: Workbench, label: str) -> None:
    """Without it nobody says that an ExternalSecret owns the object."""
    lay(both, "a", "b")
    both.apply(**team(both))
    change(both, "b", lambda body: body["metadata"]["labels"].pop(label))
    both.remove("es-b")

    assert results(both.apply(**team(both))) == {"a": Result.UNCHANGED}
    assert both.live("b") is not None


def test_long_names_are_pruned_too(both: Workbench) -> None:
    """Their field manager is a digest."""
    name = "payments-api-db-credentials2"
    lay(both, "a", name)
    both.apply(**team(both))
    both.remove(f"es-{name}")

    assert results(both.apply(**team(both)))[name] is Result.PRUNED


def test_an_external_secret_in_the_cluster_still_asks(both: Workbench) -> None:
    """Its manifest is gone from the files only: the operator would make the Secret again."""
    lay(both, "a", "b")
    both.in_cluster("b")
    both.apply(**team(both))
    both.remove("es-b")

    done = both.apply(**team(both))
    assert results(done) == {"a": Result.UNCHANGED}
    assert "an ExternalSecret in the cluster asks for it" in done.remarks[0].error.message

    both.cluster.delete(EXTERNAL_SECRETS, both.namespace, "b", uid="", resource_version="")
    if both.live("b"):
        assert results(both.apply(**team(both)))["b"] is Result.PRUNED


def test_a_manifest_cannot_make_members(bench: Workbench) -> None:
    """Not by a template, and not by labels of the ExternalSecret."""
    mark = f"{PART_OF}: x"
    lay(bench, "a", target=f"{{template: {{metadata: {{labels: {{{mark}}}}}}}}}")
    assert rules(bench.apply()) == ["ES0409"]
    bench.external_secret(SPEC, name="a", labels={PART_OF: "x"})
    assert results(bench.apply()) == {"a": Result.CREATED}
    assert PART_OF not in metadata(bench, "a")["labels"]


# Whose set is it?


PARENTS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "no set": ({}, {}),
    "no id": ({}, {TOOLING: "esync/0.1.0", KINDS: "Secret"}),
    "no tool": ({ID: "OURS"}, {KINDS: "Secret"}),
    "another tool": ({ID: "OURS"}, {TOOLING: "kubectl/v1.36.3", KINDS: "Secret"}),
    "a tool that is named alike": ({ID: "OURS"}, {TOOLING: "esync-operator/1", KINDS: "Secret"}),
    "another id": ({ID: "applyset-x-v1"}, {TOOLING: "esync/0.1.0", KINDS: "Secret"}),
    "unreadable": ({ID: "OURS"}, {TOOLING: "esync/0.1.0", KINDS: "Secret/../x"}),
    "no namespace": ({ID: "OURS"}, {TOOLING: "esync/0.1.0", NAMESPACES: "../x"}),
}


@pytest.mark.parametrize(("labels", "annotations"), PARENTS.values(), ids=PARENTS.keys())
def test_a_parent_that_is_not_ours_stops_the_run(
    both: Workbench, labels: dict[str, str], annotations: dict[str, str]
) -> None:
    """Nothing is written, and the parent stays as it is."""
    of = ApplySet(SECRETS, both.namespace, "team")
    labels = {name: text.replace("OURS", of.id) for name, text in labels.items()}
    meta = {"labels": labels, "annotations": annotations}
    before = both.foreign({"k": "v"}, "team", metadata=meta)["metadata"]
    lay(both, "a")

    with pytest.raises(NotOurSet):
        diff(both)
    with pytest.raises(NotOurSet):
        both.apply(**team(both))

    assert both.live("a") is None
    assert metadata(both) == before


def test_a_target_of_another_set_is_refused(both: Workbench) -> None:
    """With --adopt it changes sides."""
    lay(both, "a")
    both.apply(**team(both))
    other = SetOptions(ApplySet(SECRETS, both.namespace, "other"))

    refused = both.apply(members=other)
    assert rules(refused) == ["ES0521"]
    assert exits.of(refused) is exits.Exit.REFUSED

    both.guards = deliver.Guards(adopt=True)
    assert results(both.apply(members=other)) == {"a": Result.CONFIGURED}
    assert metadata(both, "a")["labels"][PART_OF] == other.set.id


def test_a_target_cannot_be_the_parent(both: Workbench) -> None:
    """It would be overwritten, and prune everything."""
    lay(both, "team", "a")

    refused = both.apply(**team(both))

    assert rules(refused) == ["ES0527"]
    assert ID in metadata(both)["labels"]


def test_a_run_without_a_set_leaves_parents_alone(both: Workbench) -> None:
    """It knows of no set, and a set must not lose its parent to it."""
    lay(both, "a")
    both.apply(**team(both))
    before = metadata(both)
    both.remove("es-a")
    lay(both, "team")

    assert rules(both.apply()) == ["ES0527"]
    assert metadata(both) == before


def test_the_parent_of_another_set_is_nobodys_target(both: Workbench) -> None:
    """Nor is it pruned, should it carry every mark of a member."""
    lay(both, "a", "b")
    both.apply(**team(both))
    mark = {ID: "applyset-x-v1"}
    change(both, "b", lambda body: body["metadata"]["labels"].update(mark))

    assert rules(both.apply(**team(both))) == ["ES0527"]
    both.remove("es-b")
    assert results(both.apply(**team(both))) == {"a": Result.UNCHANGED}
    assert both.live("b") is not None


# When nothing is pruned.


def ready(bench: Workbench) -> None:
    """Make a set of two, one of which nobody asks for any more."""
    lay(bench, "a", "b")
    bench.apply(**team(bench))
    bench.remove("es-b")


def test_not_when_an_input_is_broken(both: Workbench) -> None:
    """A document that cannot be read may have asked for it."""
    ready(both)
    (both.folder / "broken.yaml").write_text("kind: [")

    done = both.apply(**team(both))

    assert both.live("b") is not None
    assert [one.error.rule for one in done.warnings] == ["ES0524"]
    assert exits.of(done) is exits.Exit.NEGATIVE


def test_not_when_an_object_failed(both: Workbench) -> None:
    """The exit code is that of the failure; a warning tells of the other."""
    ready(both)
    both.external_secret(SPEC.replace("db", "no"), name="c")

    shown, done = diff(both), both.apply(**team(both))

    assert both.live("b") is not None
    assert [one.error.rule for one in done.warnings] == ["ES0524"]
    assert exits.of(done) is exits.Exit.NEGATIVE
    assert exits.of(shown) is exits.Exit.NO_ANSWER
    assert shown.prunes == ()


def test_not_when_a_write_failed(bench: Workbench) -> None:
    """What the API server refuses is a failure, too."""
    ready(bench)
    bench.external_secret(SPEC, name="c")
    memory: MemoryCluster = bench.cluster  # type: ignore[assignment] # it is the one in memory
    memory.fail("create", ObjectRef("Secret", bench.namespace, "c"), Forbidden("no"))

    done = bench.apply(**team(bench))

    assert bench.live("b") is not None
    assert [one.error.rule for one in done.warnings] == ["ES0524"]
    assert exits.of(done) is exits.Exit.NEGATIVE


@pytest.mark.parametrize("after", [0, 1, 2])
def test_not_when_the_time_is_over(bench: Workbench, after: int) -> None:
    """Whatever was reached then, the member is there, and the exit code is not 0."""
    ready(bench)
    bench.store("vault", {"db": "new"})
    bench.over_after = after

    done = bench.apply(**team(bench))

    assert bench.live("b") is not None
    assert exits.of(done) is not exits.Exit.DONE


def test_not_when_members_cannot_be_listed(bench: Workbench) -> None:
    """The rest is done; the exit code tells."""
    ready(bench)
    memory: MemoryCluster = bench.cluster  # type: ignore[assignment] # it is the one in memory
    secrets = ObjectRef("Secret", bench.namespace, "")
    for command in (pipeline.diff, pipeline.apply):
        memory.before("list", secrets, lambda: None)  # renamed targets are looked for first
        memory.fail("list", secrets, Forbidden("may not list secrets"))
        outcome = command(replace(bench._request(), **team(bench)), bench.world())
        assert rules(outcome) == ["ES0525"]
        expected = exits.Exit.NO_ANSWER if outcome.command == "diff" else exits.Exit.NEGATIVE
        assert exits.of(outcome) is expected

    assert bench.live("b") is not None


def test_not_when_external_secrets_cannot_be_listed(bench: Workbench) -> None:
    """One of them may ask for it."""
    ready(bench)
    memory: MemoryCluster = bench.cluster  # type: ignore[assignment] # it is the one in memory
    listed = ObjectRef("ExternalSecret", bench.namespace, "")
    memory.fail("list", listed, Forbidden("may not list externalsecrets"))

    assert rules(bench.apply(**team(bench))) == ["ES0525"]
    assert bench.live("b") is not None


def test_the_limit_is_one_for_all_deletions(both: Workbench) -> None:
    """Two pruned and one renamed are three."""
    lay(both, "a", "b", "c", "d", target="{}")
    both.apply(**team(both))
    both.remove("es-b")
    both.remove("es-c")
    lay(both, "d", target="{name: e}")
    both.guards = deliver.Guards(delete_limit=2)

    assert exits.of(diff(both)) is exits.Exit.REFUSED
    atomic = both.apply(atomic=True, **team(both))
    assert exits.of(atomic) is exits.Exit.REFUSED
    assert both.live("e") is None
    done = both.apply(**team(both))

    assert exits.of(done) is exits.Exit.REFUSED
    refused = {one.ref.name for one in done.done if isinstance(one.error, TooManyDeletions)}
    assert refused == {"b", "c", "d"}
    assert all(both.live(name) for name in "abcde")
    both.guards = deliver.Guards(delete_limit=3)
    assert list(results(both.apply(**team(both))).values()).count(Result.PRUNED) == 2


def test_not_when_nothing_is_asked_for(both: Workbench) -> None:
    """An empty folder is more likely a mistake; a flag says that it is none."""
    ready(both)
    both.remove("es-a")

    for outcome in (diff(both), both.apply(**team(both)), both.apply(atomic=True, **team(both))):
        assert rules(outcome) == ["ES0523"]
        assert exits.of(outcome) is exits.Exit.REFUSED
    assert both.live("a")

    assert results(both.apply(**team(both, allow_empty=True))) == {
        "a": Result.PRUNED,
        "b": Result.PRUNED,
    }
    assert metadata(both)["annotations"][KINDS] == ""


def test_an_empty_set_is_no_error_while_it_has_no_members(both: Workbench) -> None:
    """A folder that waits for its first manifest."""
    both.store("vault", {"db": "v"})

    assert results(both.apply(**team(both))) == {}
    assert both.cluster.get(SECRETS, both.namespace, "team") is None


def test_not_when_the_store_has_nothing(both: Workbench) -> None:
    """A wrong account or region reads as "not found" everywhere."""
    lay(both, "a", "b", target="{deletionPolicy: Delete}")
    both.apply(**team(both))
    both.remove("es-b")
    both.store("vault", {"elsewhere": "v"})
    both.guards = deliver.Guards(delete_limit=100)

    done = both.apply(**team(both))

    assert rules(done) == ["ES0523"]
    assert exits.of(done) is exits.Exit.REFUSED
    assert both.live("b") is not None


PARTS: dict[str, dict[str, Any]] = {
    "shard": {"shard": Shard(0, 2)},
    "name": {"names": ("a",)},
    "selector": {"selector": "x=y"},
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_not_by_a_part_of_the_input(both: Workbench, part: dict[str, Any]) -> None:
    """That is known before anything is done, and nothing is."""
    ready(both)
    request = replace(both._request(), **team(both))
    if "shard" in part:
        request = replace(request, resolve=replace(request.resolve, **part))
    else:
        chosen = Selection((both.namespace,), **part)
        request = replace(request, load=LoadRequest(selection=chosen))

    for command in (pipeline.diff, pipeline.apply):
        with pytest.raises(NotTheWholeSet):
            command(request, both.world())

    assert both.live("b") is not None


# Several at once.


def test_a_member_made_anew_survives(bench: Workbench) -> None:
    """Between looking and deleting somebody deleted it and made another one."""
    ready(bench)
    memory: MemoryCluster = bench.cluster  # type: ignore[assignment] # it is the one in memory

    def anew() -> None:
        bench.delete("b")
        bench.foreign({"k": "theirs"}, "b")

    memory.before("delete", ObjectRef("Secret", bench.namespace, "b"), anew)

    done = bench.apply(**team(bench))

    assert results(done)["b"] is Result.RETAINED
    assert bench.data("b") == {"k": "theirs"}
    assert exits.of(done) is exits.Exit.DONE


def test_a_member_that_changed_is_judged_again(bench: Workbench) -> None:
    """One that was merely touched goes; one that says so meanwhile stays."""
    ready(bench)
    memory: MemoryCluster = bench.cluster  # type: ignore[assignment] # it is the one in memory
    ref = ObjectRef("Secret", bench.namespace, "b")
    off = {"esync.dev/prune": "disabled"}

    def say() -> None:
        change(bench, "b", lambda body: body["metadata"]["annotations"].update(off))

    memory.before("delete", ref, lambda: bench.edit("b", k="x"), say)
    assert results(bench.apply(**team(bench)))["b"] is Result.RETAINED
    change(bench, "b", lambda body: body["metadata"]["annotations"].pop("esync.dev/prune"))
    memory.before("delete", ref, lambda: bench.edit("b", k="y"))
    assert results(bench.apply(**team(bench)))["b"] is Result.PRUNED


def test_one_that_is_gone_already_counts_as_pruned(bench: Workbench) -> None:
    """Another run of the same set was faster."""
    ready(bench)
    memory: MemoryCluster = bench.cluster  # type: ignore[assignment] # it is the one in memory
    memory.before("delete", ObjectRef("Secret", bench.namespace, "b"), lambda: bench.delete("b"))

    assert results(bench.apply(**team(bench)))["b"] is Result.PRUNED


def test_what_another_run_adds_to_the_parent_stays(bench: Workbench) -> None:
    """It widened the parent while this one was pruning."""
    ready(bench)
    memory: MemoryCluster = bench.cluster  # type: ignore[assignment] # it is the one in memory

    def say(annotation: str, text: str) -> None:
        annotations = {annotation: text}
        change(bench, "team", lambda body: body["metadata"]["annotations"].update(annotations))

    say(KINDS, "ConfigMap,Secret")  # so that there is something to narrow
    memory.before(
        "update", ObjectRef("Secret", bench.namespace, "team"), lambda: say(NAMESPACES, "x")
    )

    assert results(bench.apply(**team(bench)))["b"] is Result.PRUNED
    assert metadata(bench)["annotations"][NAMESPACES] == "x"


# Who uses it?


def pod(bench: Workbench, name: str, phase: str = "Running", **spec: Any) -> None:
    """Create a Pod."""
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": bench.namespace},
        "spec": {"containers": [{"name": "c", "image": "i"}], **spec},
        "status": {"phase": phase},
    }
    bench.cluster.create(PODS, body, manager="t")


def test_secrets_in_use_are_named_first(bench: Workbench) -> None:
    """Whichever way a Pod points at them; Pods that ended use nothing."""
    names = list("bcdefg")
    lay(bench, "a", *names)
    bench.apply(**team(bench))
    for name in names:
        bench.remove(f"es-{name}")
    env = [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "c", "key": "k"}}}]
    from_env = [{"secretRef": {"name": "d"}}]
    sources = [{"secret": {"name": "e"}}]
    pod(bench, "ended", "Succeeded", volumes=[{"name": "v", "secret": {"secretName": "b"}}])
    pod(bench, "web", containers=[{"name": "c", "env": env}])
    pod(bench, "init", initContainers=[{"name": "c", "envFrom": from_env}])
    pod(bench, "both", volumes=[{"name": "v", "projected": {"sources": sources}}])
    pod(bench, "pull", imagePullSecrets=[{"name": "f"}, {"name": "e"}])
    pod(bench, "mount", volumes=[{"name": "v", "secret": {"secretName": "g"}}])
    bench.guards = deliver.Guards(delete_limit=10)

    shown = diff(bench)

    assert [(one.ref.name, one.pods) for one in shown.prunes] == [
        ("c", ("web",)),
        ("d", ("init",)),
        ("e", ("both", "pull")),
        ("f", ("pull",)),
        ("g", ("mount",)),
        ("b", ()),
    ]
    text = report.as_text(shown, report.Look())
    assert "  in use by pod both, pod pull\n" in text
    assert "  in use by pod web\n" in report.as_text(bench.apply(**team(bench)), report.Look())


def test_who_may_not_list_pods_prunes_all_the_same(bench: Workbench) -> None:
    """It is told for safety's sake, where it can be told."""
    ready(bench)
    memory: MemoryCluster = bench.cluster  # type: ignore[assignment] # it is the one in memory
    memory.fail("list", ObjectRef("Pod", bench.namespace, ""), Forbidden("may not list pods"))

    done = bench.apply(**team(bench))

    assert results(done)["b"] is Result.PRUNED
    assert done.notes == ()


def test_no_value_is_told(bench: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither what was in a pruned Secret nor the names of its keys."""
    bench.store("vault", {"db": '{"c4n4ryKey": "c4n4ryValue"}'})
    bench.external_secret("secretStoreRef: {name: vault}\ndataFrom: [{extract: {key: db}}]", "b")
    lay(bench, "a")
    bench.store("vault", {"db": '{"c4n4ryKey": "c4n4ryValue"}'})
    bench.apply(**team(bench))
    bench.remove("es-b")

    told = []
    for outcome in (diff(bench), bench.apply(**team(bench))):
        told += [report.as_text(outcome, report.Look(values=True)), report.as_json(outcome)]
        told += [repr(outcome), *(text for _, text in report.findings(outcome))]

    assert "b" in told[0]
    assert "c4n4ry" not in "".join(told) + capsys.readouterr().err


def test_actions_are_deletions_for_machines(bench: Workbench) -> None:
    """Members without an ExternalSecret, as the schema has them."""
    from tests.behaviour.test_results import as_described

    ready(bench)

    [item] = [one for one in as_described(diff(bench))["items"] if one["name"] == "b"]
    assert item["action"] == Action.DELETE.value
    assert "externalSecret" not in item
    done = as_described(bench.apply(**team(bench)))
    assert [one["result"] for one in done["items"]] == ["unchanged", "pruned"]
    assert done["summary"]["counts"] == {"unchanged": 1, "pruned": 1}


def test_secrets_are_read_back_as_they_were(both: Workbench) -> None:
    """A parent that holds data of somebody keeps them."""
    lay(both, "a")
    both.apply(**team(both))
    both.edit("team", note="kept")
    maps = "{manifest: {apiVersion: v1, kind: ConfigMap}}"
    both.external_secret(f"{SPEC}target: {maps}", name="m")
    both.options = replace(both.options, generic_targets=True)
    both.apply(**team(both))

    body = both.cluster.get(SECRETS, both.namespace, "team")
    assert body is not None
    assert set(secret_from_object(body).data) == {"note"}
    assert body["metadata"]["annotations"][KINDS] == "ConfigMap,Secret"

"""Whole runs that keep a set: killed at any write, two at once, over several namespaces."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from esync import deliver, pipeline
from esync.cli import exits
from esync.cluster.contract import (
    CONFIG_MAPS,
    EXTERNAL_SECRETS,
    NAMESPACES,
    SECRET_STORES,
    SECRETS,
    Conflict,
    Forbidden,
    Object,
    Resource,
)
from esync.deliver.applyset import parent_with
from esync.deliver.errors import KeptChanging
from esync.errors import Location
from esync.flow.applyset import (
    KINDS_ANNOTATION,
    NAMESPACES_ANNOTATION,
    PART_OF_LABEL,
    ApplySet,
    Scope,
)
from esync.flow.change import Result
from esync.flow.kubernetes import CREATED_BY_LABEL
from esync.gocompat.digest import created_by
from esync.load import LoadRequest, Selection
from esync.manifests.document import Document, ObjectRef
from esync.manifests.policy import Policy, PolicySpec
from tests.behaviour.conftest import new_bench
from tests.behaviour.test_applyset import (
    SPEC,
    change,
    diff,
    lay,
    metadata,
    ready,
    results,
    rules,
    team,
)
from tests.behaviour.workbench import Workbench
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from esync.flow.outcome import Outcome


class KilledError(BaseException):
    """The process is gone: nothing catches this."""


class MortalCluster(MemoryCluster):
    """Lets the process end at its n-th write, before or after the write has happened."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.after = False
        self.killed_at: tuple[str, str] | None = None
        super().__init__()

    def _dying(self, verb: str, resource: Resource) -> bool:
        if self.left is None:
            return False
        self.left -= 1
        if self.left == 0:
            self.killed_at = verb, resource.plural
        return self.left <= 0

    def create(
        self, resource: Resource, body: Object, *, manager: str, dry_run: bool = False
    ) -> Object:
        """Create, or end."""
        dying = self._dying("create", resource)
        if dying and not self.after:
            raise KilledError
        made = super().create(resource, body, manager=manager, dry_run=dry_run)
        if dying:
            raise KilledError
        return made

    def update(
        self, resource: Resource, body: Object, *, manager: str, dry_run: bool = False
    ) -> Object:
        """Update, or end."""
        dying = self._dying("update", resource)
        if dying and not self.after:
            raise KilledError
        made = super().update(resource, body, manager=manager, dry_run=dry_run)
        if dying:
            raise KilledError
        return made

    def delete(self, resource: Resource, namespace: str, name: str, **rest: Any) -> None:
        """Delete, or end."""
        dying = self._dying("delete", resource)
        if dying and not self.after:
            raise KilledError
        super().delete(resource, namespace, name, **rest)
        if dying:
            raise KilledError


def changed_everything(folder: Path) -> Workbench:
    """Return a set with a member that is kept, one edited, two gone, one new, one of a new kind."""
    bench = new_bench(folder, MortalCluster())
    bench.options = replace(bench.options, generic_targets=True)
    lay(bench, "kept", "edited", "gone", "gone-too")
    bench.external_secret(f"{SPEC}target: {{manifest: {{apiVersion: v1, kind: ConfigMap}}}}", "m")
    bench.apply(**team(bench))
    for name in ("gone", "gone-too", "m"):
        bench.remove(f"es-{name}")
    bench.edit("edited", k="theirs")
    bench.external_secret(SPEC, "new")
    return bench


def settled(bench: Workbench) -> dict[str, Any]:
    """Return what is there: names, data, members, and what the parent says."""
    of = ApplySet(SECRETS, bench.namespace, "team")
    found = list(bench.cluster.list(SECRETS, bench.namespace))
    return {
        "data": {
            body["metadata"]["name"]: body.get("data")
            for body in found
            if body["metadata"]["name"] != "team"
        },
        "members": sorted(
            body["metadata"]["name"]
            for body in found
            if body["metadata"].get("labels", {}).get(PART_OF_LABEL) == of.id
        ),
        "kinds": metadata(bench)["annotations"][KINDS_ANNOTATION],
    }


RIGHT = {
    "data": {name: {"k": "dg=="} for name in ("edited", "kept", "new")},
    "members": ["edited", "kept", "new"],
    "kinds": "Secret",
}


@pytest.mark.parametrize("after", [False, True])
def test_a_killed_run_is_repaired_by_the_next(tmp_path: Path, *, after: bool) -> None:
    """At each of its writes, and right after each; then one more run leaves the right state."""
    killed_at = []
    for number in range(1, 20):
        folder = tmp_path / str(number)
        folder.mkdir()
        bench = changed_everything(folder)
        mortal: MortalCluster = bench.cluster  # type: ignore[assignment] # made so above
        mortal.left, mortal.after = number, after
        try:
            bench.apply(**team(bench), concurrency=1)
        except KilledError:
            killed_at.append(mortal.killed_at)
        ended = mortal.left > 0
        mortal.left = None

        assert bench.apply(**team(bench)).failures == ()
        assert settled(bench) == RIGHT
        if ended:
            break

    assert sorted(one for one in killed_at if one) == [
        ("create", "secrets"),
        ("delete", "configmaps"),
        ("delete", "secrets"),
        ("delete", "secrets"),
        ("update", "secrets"),
        ("update", "secrets"),
    ]


def test_a_first_run_that_is_killed_leaves_no_member_without_its_parent(tmp_path: Path) -> None:
    """The parent comes first, so that whatever is there can be found."""
    bench = new_bench(tmp_path, MortalCluster())
    mortal: MortalCluster = bench.cluster  # type: ignore[assignment] # made so above
    lay(bench, "a", "b")
    mortal.left = 2
    with pytest.raises(KilledError):
        bench.apply(**team(bench), concurrency=1)
    assert metadata(bench)["annotations"][KINDS_ANNOTATION] == "Secret"
    mortal.left = None

    bench.remove("es-a")
    bench.apply(**team(bench))

    assert bench.live("a") is None
    assert bench.live("b") is not None


def test_a_set_over_several_namespaces(both: Workbench) -> None:
    """The parent lists the others; one that nobody needs any more is pruned and dropped."""
    other = f"t-{uuid4().hex[:12]}"
    both.cluster.create(NAMESPACES, _named("Namespace", other), manager="t")
    lay(both, "a")
    store = json.loads((both.folder / "store-vault.yaml").read_text())
    there = {**store, "metadata": {"name": "vault", "namespace": other}}
    both.document("store-there", there)
    secret = json.loads((both.folder / "es-a.yaml").read_text())
    both.document("es-there", {**secret, "metadata": {"name": "there", "namespace": other}})

    assert results(both.apply(**team(both))) == {"a": Result.CREATED, "there": Result.CREATED}
    assert metadata(both)["annotations"][NAMESPACES_ANNOTATION] == other
    both.remove("es-there")
    assert [one.ref.namespace for one in diff(both).prunes] == [other]
    assert results(both.apply(**team(both)))["there"] is Result.PRUNED
    assert metadata(both)["annotations"][NAMESPACES_ANNOTATION] == ""


def _named(kind: str, name: str) -> Object:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}


def test_two_first_runs_at_once_make_one_parent(bench: Workbench) -> None:
    """The slower one learns from the conflict, and keeps what the other one said."""
    lay(bench, "a")
    memory: MemoryCluster = bench.cluster  # type: ignore[assignment] # it is the one in memory
    of = ApplySet(SECRETS, bench.namespace, "team")
    other = parent_with(Scope(frozenset({"ConfigMap"}), frozenset({"elsewhere"})), of, None)

    def other_run() -> None:
        bench.cluster.create(SECRETS, other, manager="t")

    memory.before("create", of.ref, other_run)

    assert results(bench.apply(**team(bench, prune=False))) == {"a": Result.CREATED}
    annotations = metadata(bench)["annotations"]
    assert annotations[KINDS_ANNOTATION] == "ConfigMap,Secret"
    assert annotations[NAMESPACES_ANNOTATION] == "elsewhere"


def test_a_foreign_class_still_asks(both: Workbench) -> None:
    """An ExternalSecret that another controller serves is skipped, and its target stays."""
    ready(both)
    both.external_secret(SPEC.replace("vault", "other"), "b")
    store = json.loads((both.folder / "store-vault.yaml").read_text())
    foreign = {**store["spec"], "controller": "another"}
    there = {"name": "other", "namespace": both.namespace}
    both.document("store-other", {**store, "metadata": there, "spec": foreign})

    done = both.apply(**team(both))

    assert results(done) == {"a": Result.UNCHANGED}
    assert [one.ref.name for one in done.skipped] == ["b"]
    assert both.live("b") is not None


def test_an_atomic_run_looks_twice_and_tells_once(bench: Workbench) -> None:
    """Once for the limit, once before it prunes."""
    ready(bench)
    off = {"esync.dev/prune": "disabled"}
    change(bench, "b", lambda body: body["metadata"]["annotations"].update(off))

    done = bench.apply(atomic=True, **team(bench))

    assert [one.error.rule for one in done.remarks] == ["ES0526"]


# From the cluster.


def put(bench: Workbench, name: str, namespace: str = "", **spec_rest: Any) -> None:
    """Create an ExternalSecret, and the store if there is none, in the cluster."""
    where = namespace or bench.namespace
    if bench.cluster.get(SECRET_STORES, where, "vault") is None:
        fake = {"provider": {"fake": {"data": [{"key": "db", "value": "v"}]}}}
        store = {"metadata": {"name": "vault", "namespace": where}, "spec": fake}
        bench.cluster.create(SECRET_STORES, _of(SECRET_STORES, store), manager="t")
    data = [{"secretKey": "k", "remoteRef": {"key": "db"}}]
    spec = {"secretStoreRef": {"name": "vault"}, "data": data, "refreshInterval": "1h"}
    spec |= spec_rest
    body = {"metadata": {"name": name, "namespace": where}, "spec": spec}
    bench.cluster.create(EXTERNAL_SECRETS, _of(EXTERNAL_SECRETS, body), manager="t")


def _of(resource: Resource, body: Object) -> Object:
    return {"apiVersion": resource.api_version, "kind": resource.kind, **body}


def from_cluster(bench: Workbench, *namespaces: str, **options: Any) -> Outcome:
    """Apply what the cluster has, as the CronJob does."""
    selection = Selection(namespaces, **options.pop("selection", {}))
    request = pipeline.Request(
        LoadRequest(selection=selection),
        concurrency=4,
        only_due=True,
        write_status=True,
        **team(bench),
    )
    return pipeline.apply(replace(request, **options), bench.world())


def synced(bench: Workbench) -> None:
    """Sync what the cluster has, without a set."""
    chosen = LoadRequest(selection=Selection((bench.namespace,)))
    pipeline.apply(pipeline.Request(chosen, only_due=True, write_status=True), bench.world())


def test_what_is_not_due_joins_as_it_is(both: Workbench) -> None:
    """Else it would take as long as its refreshInterval; its store is not asked, nor its status."""
    put(both, "a")
    synced(both)
    before = metadata(both, "a", EXTERNAL_SECRETS)["resourceVersion"]

    joined = from_cluster(both, both.namespace)

    assert results(joined) == {"a": Result.CONFIGURED}
    assert (joined.calls, len(joined.skipped)) == ((), 1)
    assert both.data("a") == {"k": "v"}
    assert metadata(both, "a", EXTERNAL_SECRETS)["resourceVersion"] == before
    again = from_cluster(both, both.namespace)
    assert (results(again), len(again.skipped)) == ({}, 1)
    both.cluster.delete(EXTERNAL_SECRETS, both.namespace, "a", uid="", resource_version="")
    assert rules(from_cluster(both, both.namespace)) == ["ES0523"]


def test_who_joins_meets_another_writer(bench: Workbench) -> None:
    """What that one wrote stays; the next run looks at it again."""
    put(bench, "a")
    synced(bench)
    ref = ObjectRef("Secret", bench.namespace, "a")
    memory_of(bench).before("update", ref, lambda: bench.edit("a", k="theirs"))

    assert results(from_cluster(bench, bench.namespace)) == {"a": Result.UNCHANGED}
    assert bench.data("a") == {"k": "theirs"}
    assert results(from_cluster(bench, bench.namespace)) == {"a": Result.CONFIGURED}
    assert bench.data("a") == {"k": "v"}
    assert PART_OF_LABEL in metadata(bench, "a")["labels"]


def test_what_is_not_due_and_elsewhere_does_not_join(bench: Workbench) -> None:
    """A member of another set is refused; with --adopt it changes sides."""
    put(bench, "a")
    synced(bench)
    mark = {PART_OF_LABEL: "applyset-x-v1"}
    change(bench, "a", lambda body: body["metadata"]["labels"].update(mark))

    assert rules(from_cluster(bench, bench.namespace)) == ["ES0521"]
    adopting = {"guards": deliver.Guards(adopt=True)}
    assert results(from_cluster(bench, bench.namespace, **adopting)) == {"a": Result.CONFIGURED}


def test_a_target_of_another_kind_joins_as_it_is(both: Workbench) -> None:
    """With its data and whatever else it holds."""
    put(both, "a", target={"manifest": {"apiVersion": "v1", "kind": "ConfigMap"}})
    both.options = replace(both.options, generic_targets=True)
    chosen = LoadRequest(selection=Selection((both.namespace,)))
    request = pipeline.Request(chosen, both.options, only_due=True, write_status=True)
    pipeline.apply(request, both.world())

    joined = from_cluster(both, both.namespace, resolve=both.options)

    assert results(joined) == {"a": Result.CONFIGURED}
    body = both.cluster.get(CONFIG_MAPS, both.namespace, "a")
    assert body is not None
    assert body["data"] == {"k": "v"}
    assert PART_OF_LABEL in body["metadata"]["labels"]
    again = from_cluster(both, both.namespace, resolve=both.options)
    assert (results(again), len(again.skipped)) == ({}, 1)


def test_a_deleted_external_secret_loses_its_target(both: Workbench) -> None:
    """Also where the others are not due: they are there, and count as brought."""
    put(both, "a")
    put(both, "b")
    from_cluster(both, both.namespace)
    both.cluster.delete(EXTERNAL_SECRETS, both.namespace, "b", uid="", resource_version="")

    assert results(from_cluster(both, both.namespace)) == {"b": Result.PRUNED}


def test_one_namespace_cannot_prune_a_set_of_several(bench: Workbench) -> None:
    """What the others ask for is not seen; the rest of the run is done."""
    other = "t-other"
    bench.cluster.create(NAMESPACES, _named("Namespace", other), manager="t")
    for name in ("a", "b"):
        put(bench, name)
        put(bench, name, other)
    from_cluster(bench)
    for where in (bench.namespace, other):
        bench.cluster.delete(EXTERNAL_SECRETS, where, "b", uid="", resource_version="")
    put(bench, "c")

    done = from_cluster(bench, bench.namespace)

    assert rules(done) == ["ES0522"]
    assert exits.of(done) is exits.Exit.REFUSED
    assert [one.ref.name for one in done.done] == ["c"]
    assert bench.live("b") is not None
    assert (
        sum(one is Result.PRUNED for one in [end.result for end in from_cluster(bench).done]) == 2
    )


# What limits the view.

POLICY = Document("esync.dev/v1", "Policy", "", "p", {}, Location("policy.yaml"), {})


def test_namespaces_that_are_not_seen_prune_nothing(bench: Workbench) -> None:
    """With --trust PATH a ClusterExternalSecret that chooses by label chooses none."""
    labels = {"kubernetes.io/metadata.name": bench.namespace}
    bench.store("vault", {"db": "v"})
    spec = {
        "secretStoreRef": {"name": "vault"},
        "data": [{"secretKey": "k", "remoteRef": {"key": "db"}}],
    }
    wide = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterExternalSecret",
        "metadata": {"name": "wide"},
        "spec": {"namespaceSelectors": [{"matchLabels": labels}], "externalSecretSpec": spec},
    }
    bench.document("ces-wide", wide)
    lay(bench, "a")
    assert results(bench.apply(**team(bench))) == {"a": Result.CREATED, "wide": Result.CREATED}
    request = replace(bench._request(), **team(bench))
    trusted = str(bench.folder / "store-vault.yaml")
    wishes = (str(bench.folder / "es-a.yaml"), str(bench.folder / "ces-wide.yaml"))
    seen = replace(request.load, files=wishes, trusted_paths=(trusted,))

    done = pipeline.apply(replace(request, load=seen), bench.world())

    assert rules(done) == ["ES0522"]
    assert bench.live("wide") is not None


def test_what_a_policy_does_not_allow_is_not_pruned(bench: Workbench) -> None:
    """Neither targets nor namespaces beyond its lists."""
    ready(bench)
    for spec in (PolicySpec(targets=("a",)), PolicySpec(namespaces=(bench.namespace,))):
        request = replace(bench._request(), policy=Policy(spec, POLICY), **team(bench))
        done = pipeline.apply(request, bench.world())
        assert done.failures == ()
        assert (bench.live("b") is None) is (spec.targets is None)


def test_every_write_leaves_a_line_in_the_log(
    bench: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    """Those of the parent, too; what Pods use is told before it goes."""
    bench.cluster.create(
        Resource("", "v1", "pods", "Pod"),
        {
            "metadata": {"name": "web", "namespace": bench.namespace},
            "spec": {"volumes": [{"name": "v", "secret": {"secretName": "b"}}]},
            "status": {"phase": "Running"},
        },
        manager="t",
    )
    with caplog.at_level(logging.INFO, "esync"):
        ready(bench)
        caplog.clear()
        bench.apply(**team(bench))

    lines = [(one.message, one.__dict__["fields"]) for one in caplog.records]
    assert [(message, fields["object"]) for message, fields in lines] == [
        ("in use", f"Secret {bench.namespace}/b"),
        ("wrote", f"Secret {bench.namespace}/b"),
    ]
    assert lines[0][1]["pods"] == "web"
    assert lines[1][1]["outcome"] == "pruned"


def test_what_the_server_only_checks_is_not_told_as_written(
    bench: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    """Who counts writes by the log counts none."""
    ready(bench)
    bench.external_secret(SPEC, "new")
    with caplog.at_level(logging.INFO, "esync"):
        caplog.clear()
        bench.apply(dry_run=True, server_dry_run=True, **team(bench))

    told = {(one.message, one.__dict__["fields"]["outcome"]) for one in caplog.records}
    assert told == {("would write", "created"), ("would write", "pruned")}


class CrowdedCluster(MemoryCluster):
    """Somebody else works right before the first deletion."""

    meanwhile: Callable[[], None] | None = None

    def delete(self, resource: Resource, namespace: str, name: str, **rest: Any) -> None:
        """Let the other one work, then delete."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        super().delete(resource, namespace, name, **rest)


def test_two_runs_of_one_set_at_once(tmp_path: Path) -> None:
    """A run with newer manifests works while one with older ones is about to prune."""
    cluster = CrowdedCluster()
    (tmp_path / "old").mkdir()
    old = new_bench(tmp_path / "old", cluster)
    lay(old, "a", "b")
    old.apply(**team(old))
    old.remove("es-b")
    (tmp_path / "new").mkdir()
    new = Workbench(tmp_path / "new", cluster, old.namespace)
    lay(new, "a", "b", "c")
    seen: list[Outcome] = []

    cluster.meanwhile = lambda: seen.append(new.apply(**team(new)))

    done = old.apply(**team(old))

    assert (len(seen), done.failures, seen[0].failures) == (1, (), ())
    assert results(new.apply(**team(new))).keys() >= {"a", "b", "c"}
    assert all(new.live(name) for name in "abc")


# What can go wrong on the way.


def memory_of(bench: Workbench) -> MemoryCluster:
    """Return the cluster in memory behind a bench."""
    assert isinstance(bench.cluster, MemoryCluster)
    return bench.cluster


def doomed(bench: Workbench) -> ObjectRef:
    """Make a set with one member that nobody asks for any more, and return its name."""
    ready(bench)
    return ObjectRef("Secret", bench.namespace, "b")


def test_a_member_that_left_meanwhile_stays(bench: Workbench) -> None:
    """Somebody took the label away between looking and deleting."""
    ref = doomed(bench)

    def leave() -> None:
        change(bench, "b", lambda body: body["metadata"]["labels"].pop(PART_OF_LABEL))

    memory_of(bench).before("delete", ref, leave)

    assert results(bench.apply(**team(bench)))["b"] is Result.RETAINED
    assert bench.live("b") is not None


def test_a_member_that_is_written_all_the_time_is_given_up(bench: Workbench) -> None:
    """After five attempts, as with every other write."""
    ref = doomed(bench)
    numbers = iter(range(5))
    memory_of(bench).before("delete", ref, *[lambda: bench.edit("b", k=str(next(numbers)))] * 5)

    done = bench.apply(**team(bench))

    assert [one.error.rule for one in done.done if one.error] == ["ES0509"]
    assert exits.of(done) is exits.Exit.NEGATIVE
    assert bench.live("b") is not None


def test_a_member_that_is_gone_after_a_conflict_counts_as_pruned(bench: Workbench) -> None:
    """Somebody else was told to delete it, too."""
    ref = doomed(bench)

    def faster() -> None:
        bench.delete("b")
        raise Conflict("it was written")

    memory_of(bench).before("delete", ref, faster)

    assert results(bench.apply(**team(bench)))["b"] is Result.PRUNED


def test_a_parent_that_is_written_all_the_time_is_given_up(bench: Workbench) -> None:
    """Before anything else is written."""
    lay(bench, "a")
    ref = ApplySet(SECRETS, bench.namespace, "team").ref
    memory_of(bench).fail("create", ref, Conflict("it was written"), times=5)

    with pytest.raises(KeptChanging):
        bench.apply(**team(bench))

    assert bench.live("a") is None


def test_a_parent_that_cannot_be_narrowed_is_an_error(bench: Workbench) -> None:
    """Everything else is done, and the next run tries again."""
    doomed(bench)
    kinds = {KINDS_ANNOTATION: "ConfigMap,Secret"}
    change(bench, "team", lambda body: body["metadata"]["annotations"].update(kinds))
    ref = ApplySet(SECRETS, bench.namespace, "team").ref
    memory_of(bench).fail("update", ref, Forbidden("may not update secrets"))

    done = bench.apply(**team(bench))

    assert (rules(done), exits.of(done)) == (["ES0202"], exits.Exit.NEGATIVE)
    assert bench.live("b") is None
    bench.apply(**team(bench))
    assert metadata(bench)["annotations"][KINDS_ANNOTATION] == "Secret"


def test_a_kind_that_the_server_knows_no_more_has_no_members(bench: Workbench) -> None:
    """Its objects went with its definition; the parent forgets it."""
    doomed(bench)
    kinds = {KINDS_ANNOTATION: "Secret,Widget.example.org"}
    change(bench, "team", lambda body: body["metadata"]["annotations"].update(kinds))

    assert results(bench.apply(**team(bench)))["b"] is Result.PRUNED
    assert metadata(bench)["annotations"][KINDS_ANNOTATION] == "Secret"


class SecretiveCluster(MemoryCluster):
    """Does not tell which kinds it has."""

    def resource_of(self, group: str, version: str, kind: str) -> Resource | None:
        """Refuse."""
        raise Forbidden(f"may not discover {kind} in {group} {version}")


def test_a_kind_that_cannot_be_looked_up_stops_pruning(tmp_path: Path) -> None:
    """There may be members of it."""
    bench = new_bench(tmp_path, SecretiveCluster())
    doomed(bench)
    kinds = {KINDS_ANNOTATION: "Secret,Widget.example.org"}
    change(bench, "team", lambda body: body["metadata"]["annotations"].update(kinds))

    assert rules(bench.apply(**team(bench))) == ["ES0525"]
    assert bench.live("b") is not None


def test_a_cluster_without_the_operator_has_no_other_wishes(tmp_path: Path) -> None:
    """It does not know ExternalSecrets at all."""
    bench = new_bench(tmp_path, MemoryCluster(not_served=(EXTERNAL_SECRETS,)))
    doomed(bench)

    assert results(bench.apply(**team(bench)))["b"] is Result.PRUNED


def test_a_deletion_that_fails_stops_pruning(bench: Workbench) -> None:
    """What a renamed target left behind could not go, so nothing else goes."""
    lay(bench, "a", target="{name: old}")
    bench.external_secret(SPEC, "b")
    bench.apply(**team(bench))
    bench.remove("es-b")
    lay(bench, "a", target="{name: new}")
    old = ObjectRef("Secret", bench.namespace, "old")
    memory_of(bench).fail("delete", old, Forbidden("may not delete secrets"))

    done = bench.apply(**team(bench))

    assert [one.error.rule for one in done.warnings] == ["ES0524"]
    assert exits.of(done) is exits.Exit.NEGATIVE
    assert bench.live("b") is not None


def test_a_release_of_helm_is_never_pruned(bench: Workbench) -> None:
    """Whatever its labels and its field manager say."""
    lay(bench, "a")
    bench.apply(**team(bench))
    labels = dict(metadata(bench, "a")["labels"])
    labels[CREATED_BY_LABEL] = created_by(bench.namespace, "x")
    body = {
        "metadata": {"name": "release", "namespace": bench.namespace, "labels": labels},
        "type": "helm.sh/release.v1",
    }
    bench.cluster.create(SECRETS, body, manager="externalsecrets.external-secrets.io/x")

    done = bench.apply(**team(bench))

    assert "never touches" in done.remarks[0].error.message
    assert bench.live("release") is not None


def test_the_time_may_end_before_anything_is_pruned(bench: Workbench) -> None:
    """Then it is told of each that it was not done, and the exit code is 1."""
    doomed(bench)
    for number in range(20):
        bench.over_after = number
        done = bench.apply(**team(bench))
        ended = next((one for one in done.done if one.ref.name == "b"), None)
        assert (bench.live("b") is None) is (exits.of(done) is exits.Exit.DONE)
        if ended and ended.result is Result.NOT_DONE:
            break
    else:
        pytest.fail("the time never ended there")
    assert ended.notes == ("the time is over",)

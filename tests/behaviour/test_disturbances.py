"""What happens when others write at the same time, and when the cluster does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.cluster.contract import (
    CONFIG_MAPS,
    NAMESPACES,
    SECRETS,
    ClusterError,
    Conflict,
    Forbidden,
)
from esync.deliver import Guards
from esync.flow.change import Result
from esync.gocompat.digest import field_manager
from esync.manifests.document import ObjectRef
from esync.resolve import Options
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.behaviour.workbench import Workbench

ONE = """
secretStoreRef: {name: vault}
data: [{secretKey: password, remoteRef: {key: db}}]
"""
CONFIG_MAP = "target: {manifest: {apiVersion: v1, kind: ConfigMap}}\n"


def memory(bench: Workbench) -> MemoryCluster:
    """Return the cluster of the bench, which is in memory."""
    assert isinstance(bench.cluster, MemoryCluster)
    return bench.cluster


def lay(bench: Workbench, more: str = "", value: str = "v", name: str = "app") -> None:
    """Lay an ExternalSecret with one key."""
    bench.options = Options(generic_targets=True)
    bench.store("vault", {"db": value, "other": "x"})
    bench.external_secret(ONE + more, name=name)


def disturb(bench: Workbench, verb: str, *actions: Callable[[], object], kind: str = "") -> None:
    """Let somebody act right before each of the next writes."""
    ref = ObjectRef(kind or "Secret", bench.namespace, "app")
    memory(bench).before(verb, ref, *[_quietly(action) for action in actions])


def _quietly(action: Callable[[], object]) -> Callable[[], None]:
    def act() -> None:
        action()

    return act


def fail(bench: Workbench, verb: str, kind: str, name: str = "app", times: int = 9) -> None:
    """Let the cluster refuse so many calls."""
    ref = ObjectRef(kind, "" if kind == "Namespace" else bench.namespace, name)
    memory(bench).fail(verb, ref, ClusterError("cannot: it is broken"), times)


def test_a_secret_made_meanwhile_is_looked_at_again(bench: Workbench) -> None:
    """Somebody creates it first: it is judged anew, with the guards."""
    lay(bench)
    disturb(bench, "create", lambda: bench.foreign({"theirs": "x"}))

    [done] = bench.apply().done

    assert done.error is not None
    assert done.error.rule == "ES0502"
    assert bench.data() == {"theirs": "x"}


def test_an_edit_meanwhile_is_kept_or_repaired(bench: Workbench) -> None:
    """After the conflict the fresh object is changed, and nothing of it is lost."""
    lay(bench, "target: {creationPolicy: CreateOrMerge}\n")
    bench.applied()
    lay(bench, "target: {creationPolicy: CreateOrMerge}\n", value="w")
    disturb(bench, "update", lambda: bench.edit(theirs="x"))

    assert bench.applied().result is Result.CONFIGURED
    assert bench.data() == {"password": "w", "theirs": "x"}


def test_a_conflict_that_leaves_nothing_to_do(bench: Workbench) -> None:
    """Another run wrote the very same."""
    lay(bench)
    bench.applied()
    made = bench.cluster.get(SECRETS, bench.namespace, "app")
    assert made is not None
    bench.delete()
    for field in ("uid", "resourceVersion"):
        del made["metadata"][field]
    manager = field_manager("app")
    disturb(bench, "create", lambda: bench.cluster.create(SECRETS, made, manager=manager))

    assert bench.applied().result is Result.UNCHANGED
    assert bench.data() == {"password": "v"}


def test_a_lost_answer_is_no_word_of_somebody_else(bench: Workbench) -> None:
    """The Secret is there when it is sent again: this run made it, and says so."""
    lay(bench)
    bench.applied()
    made = bench.cluster.get(SECRETS, bench.namespace, "app")
    assert made is not None
    bench.delete()
    for field in ("uid", "resourceVersion"):
        del made["metadata"][field]
    conflict = Conflict("cannot create: it exists already (AlreadyExists)")
    conflict.may_be_ours = True

    def lose_the_answer() -> None:
        bench.cluster.create(SECRETS, made, manager=field_manager("app"))
        raise conflict

    memory(bench).before("create", ObjectRef("Secret", bench.namespace, "app"), lose_the_answer)

    assert bench.applied().result is Result.CREATED


def test_a_fight_is_given_up(bench: Workbench) -> None:
    """After five conflicts in a row it is an error that says whom to look for."""
    lay(bench)
    bench.applied()
    lay(bench, value="w")
    ref = ObjectRef("Secret", bench.namespace, "app")
    memory(bench).fail("update", ref, Conflict("somebody else wrote it (Conflict)"), 5)

    [done] = bench.apply().done

    assert done.error is not None
    assert (done.error.rule, "managedFields" in done.error.hint) == ("ES0509", True)


def test_a_target_of_another_kind_is_looked_at_again(bench: Workbench) -> None:
    """As Secrets are."""
    lay(bench, CONFIG_MAP)
    body: dict[str, Any] = {"metadata": {"name": "app", "namespace": bench.namespace}}
    disturb(
        bench,
        "create",
        lambda: bench.cluster.create(CONFIG_MAPS, body | {"data": {"t": "x"}}, manager="t"),
        kind="ConfigMap",
    )

    [done] = bench.apply().done
    assert done.error is not None
    assert done.error.rule == "ES0502"

    bench.guards = Guards(adopt=True)
    assert bench.applied().result is Result.CONFIGURED


def test_a_deletion_is_of_what_was_seen(bench: Workbench) -> None:
    """A Secret that somebody took over meanwhile stays."""
    lay(bench, "target: {deletionPolicy: Delete}\n")
    bench.applied()
    bench.store("vault", {"other": "x"})

    def take_over() -> None:
        body = bench.cluster.get(SECRETS, bench.namespace, "app")
        assert body is not None
        del body["metadata"]["labels"]
        bench.cluster.update(SECRETS, body, manager="somebody")

    disturb(bench, "delete", take_over)

    assert bench.applied().result is Result.UNCHANGED
    assert bench.data() == {"password": "v"}


def test_when_the_time_is_over_nothing_more_is_written(bench: Workbench) -> None:
    """Not even the deletion of what a rename leaves."""
    lay(bench, "target: {name: old}\n")
    bench.applied("old")
    lay(bench, "target: {name: new}\n")
    bench.over_after = 1  # the store is asked, and that is all

    outcome = bench.apply()

    assert {(one.ref.name, one.result) for one in outcome.done} == {("new", Result.NOT_DONE)}
    assert (bench.live("new"), bench.data("old")) == (None, {"password": "v"})


@pytest.mark.parametrize("count", [1, 3], ids=["asked for by name", "listed"])
def test_an_unreadable_target_is_a_failure_of_its_own(bench: Workbench, count: int) -> None:
    """The others are written."""
    for number in range(count):
        lay(bench, name=f"app{number}")
    fail(bench, "get", "Secret", "app0")

    outcome = bench.diff()

    assert [(one.ref.name, one.error.message) for one in outcome.failures if one.ref] == [
        ("app0", "cannot: it is broken")
    ]
    assert len(outcome.changes) == count - 1


@pytest.mark.parametrize("count", [1, 3], ids=["asked for by name", "listed"])
def test_without_lists_a_run_goes_on(bench: Workbench, count: int) -> None:
    """What renamed targets left cannot be found then, and owners are not known: notes say so."""
    for number in range(count):
        lay(bench, name=f"app{number}")
        fail(bench, "get", "ExternalSecret", f"app{number}")
    fail(bench, "list", "Secret", "")
    fail(bench, "list", "ExternalSecret", "")

    outcome = bench.apply()

    assert [one.result for one in outcome.done] == [Result.CREATED] * count
    assert any("cannot be listed" in note for note in outcome.notes)
    assert any("no owner reference" in note for note in outcome.notes)


@pytest.mark.parametrize("count", [1, 3], ids=["asked for by name", "listed"])
def test_a_list_in_trouble_is_a_failure(bench: Workbench, count: int) -> None:
    """Everything is written, and the run says that it could not look for what renames left."""
    for number in range(count):
        lay(bench, name=f"app{number}")
    fail(bench, "list", "Secret", "")

    outcome = bench.apply()

    assert [one.result for one in outcome.done] == [Result.CREATED] * count
    assert [one.error.message for one in outcome.failures] == ["cannot: it is broken"] * count


@pytest.mark.parametrize("count", [1, 3], ids=["asked for by name", "listed"])
def test_a_list_that_is_not_permitted_fails_nothing(bench: Workbench, count: int) -> None:
    """Who may not list wants it so; a note tells what stays."""
    for number in range(count):
        lay(bench, name=f"app{number}")
    ref = ObjectRef("Secret", bench.namespace, "")
    memory(bench).fail("list", ref, Forbidden("may not list"), 9)

    outcome = bench.apply()

    assert ([one.result for one in outcome.done], outcome.failures) == (
        [Result.CREATED] * count,
        (),
    )
    assert any("cannot be listed" in note for note in outcome.notes)


def test_an_unreadable_source_is_an_error_of_who_needs_it(bench: Workbench) -> None:
    """It stands where the template names it."""
    source = "{configMap: {name: texts, items: [{key: k}]}}"
    lay(bench, f"target: {{template: {{templateFrom: [{source}]}}}}\n")
    fail(bench, "get", "ConfigMap", "texts")

    [failure] = bench.apply().failures

    assert failure.error.message == "cannot: it is broken"
    assert failure.error.at is not None
    assert "es-app.yaml" in failure.error.at.file


def test_an_unreadable_target_kind_is_an_error(bench: Workbench) -> None:
    """Nothing is written then."""
    lay(bench, CONFIG_MAP)
    fail(bench, "get", "ConfigMap")

    assert [one.error.message for one in bench.apply().failures] == ["cannot: it is broken"]


def test_namespaces_that_cannot_be_listed(bench: Workbench) -> None:
    """A ClusterExternalSecret fails; what else the input has is served."""
    lay(bench)
    spec = yaml_spec()
    metadata = {"name": "shared"}
    body = {"apiVersion": "external-secrets.io/v1", "kind": "ClusterExternalSecret"}
    bench.document("ces", {**body, "metadata": metadata, "spec": spec})
    fail(bench, "list", "Namespace", "")

    outcome = bench.apply()

    assert [str(one.ref) for one in outcome.failures] == ["ClusterExternalSecret shared"]
    assert [one.ref.name for one in outcome.done] == ["app"]


def yaml_spec() -> dict[str, Any]:
    """Return the spec of a ClusterExternalSecret for every namespace."""
    data = [{"secretKey": "k", "remoteRef": {"key": "k"}}]
    return {
        "externalSecretSpec": {"secretStoreRef": {"name": "vault"}, "data": data},
        "namespaceSelectors": [{}],
    }


def test_a_namespace_that_cannot_be_read_allows_by_name_only(bench: Workbench) -> None:
    """Its labels are not known, so that a selector on them allows nothing."""
    conditions = [{"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}]
    value = {"fake": {"data": [{"key": "db", "value": "v"}]}}
    bench.document(
        "store",
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ClusterSecretStore",
            "metadata": {"name": "shared"},
            "spec": {"provider": value, "conditions": conditions},
        },
    )
    bench.external_secret(ONE.replace("name: vault", "name: shared, kind: ClusterSecretStore"))
    ref = ObjectRef("Namespace", "", bench.namespace)
    memory(bench).fail("get", ref, ClusterError("cannot: it is broken"), 9)
    assert bench.cluster.list(NAMESPACES)

    assert [one.error.rule for one in bench.apply().failures] == ["ES0015"]


def test_a_secret_that_vanishes_while_it_is_written_is_made_anew(bench: Workbench) -> None:
    """Deleted between read and update: the change is judged again, and becomes a creation."""
    assert isinstance(bench.cluster, MemoryCluster)
    cluster = bench.cluster
    bench.store("vault", {"db": "one"})
    bench.external_secret("""
secretStoreRef: {name: vault}
data: [{secretKey: k, remoteRef: {key: db}}]
""")
    bench.apply()
    bench.store("vault", {"db": "two"})
    live = bench.live()
    assert live is not None

    def vanish() -> None:
        cluster.delete(
            SECRETS, bench.namespace, "app", uid=live.uid, resource_version=live.resource_version
        )

    cluster.before("update", live.ref, vanish)

    assert bench.applied().result is Result.CREATED
    assert bench.data() == {"k": "two"}

"""``esync status``: how each ExternalSecret stands, told without any store."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from esync import pipeline
from esync.cli import exits
from esync.cluster.contract import CONFIG_MAPS, EXTERNAL_SECRETS, SECRETS, Forbidden
from esync.flow.standing import Standing, Sync
from esync.load import LoadRequest, Selection
from esync.manifests.document import ObjectRef
from esync.report import status as report
from esync.status import status
from tests.behaviour.test_from_cluster import NOW, lay, run
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench


def look(bench: Workbench, *, at: int = NOW, from_files: bool = False) -> Outcome:
    """Return what status finds out; a store that is opened fails the test."""
    chosen = LoadRequest(selection=Selection((bench.namespace,)))
    files = LoadRequest(files=(str(bench.folder),), default_namespace=bench.namespace)
    world = bench.world()
    closed = replace(
        world,
        chance=replace(world.chance, clock=lambda: at * 10**9),
        door_of=lambda *_, **__: pytest.fail("a store was opened"),
    )
    return status(pipeline.Request(files if from_files else chosen, bench.options), closed)


def only(outcome: Outcome) -> Standing:
    """Return the only row; nothing failed."""
    assert outcome.failures == ()
    [found] = outcome.standings
    return found


def table(outcome: Outcome, at: int = NOW) -> list[list[str]]:
    """Return the cells of the table, which are parted by three blanks."""
    lines = report.as_text(outcome, at * 10**9).splitlines()
    return [[cell.strip() for cell in line.split("   ") if cell.strip()] for line in lines]


def test_what_was_synced_is_in_sync(both: Workbench) -> None:
    """The row tells store, target, when it was refreshed and when it is due."""
    lay(both, refreshInterval="1h")
    run(both)

    outcome = look(both, at=NOW + 130)

    head, row = table(outcome, NOW + 130)
    assert head[4:] == ["IN SYNC", "REFRESHED", "NEXT DUE", "CONDITION"]
    assert row == [both.namespace, "app", "vault", "app", "yes", "2m10s ago", "in 57m", "-"]
    assert only(outcome).owner == "ExternalSecret app"
    assert exits.of(outcome) is exits.Exit.DONE


def test_a_missing_target_is_told(both: Workbench) -> None:
    """Before the first run nothing is there, and it is due."""
    lay(both)

    outcome = look(both)

    assert table(outcome)[1][4:7] == ["no: missing", "never", "now"]
    assert exits.of(outcome) is exits.Exit.NEGATIVE


def test_an_edited_secret_is_told(both: Workbench) -> None:
    """Its digest says what it was written with."""
    lay(both)
    run(both)
    both.edit(password="theirs")

    assert only(look(both)).sync is Sync.EDITED


def test_a_label_that_is_gone_is_told(both: Workbench) -> None:
    """Without the managed label the operator does not take a target for valid either."""
    lay(both)
    run(both)
    body = both.cluster.get(SECRETS, both.namespace, "app")
    assert body is not None
    del body["metadata"]["labels"]["reconcile.external-secrets.io/managed"]
    both.cluster.update(SECRETS, body, manager="t")

    assert only(look(both)).sync is Sync.NOT_MANAGED


def test_a_target_of_another_is_told(both: Workbench) -> None:
    """Two ExternalSecrets with one target: the second one does not own it."""
    lay(both, "app")
    run(both)
    lay(both, "late", target={"name": "app"})

    found = {one.planned.ref.name: one.sync for one in look(both).standings}

    assert found == {"app": Sync.YES, "late": Sync.FOREIGN}


def test_a_change_since_the_last_sync_is_told(both: Workbench) -> None:
    """Annotations, labels and generation are in the version that was synced."""
    lay(both)
    run(both)
    body = both.cluster.get(EXTERNAL_SECRETS, both.namespace, "app")
    assert body is not None
    body["metadata"]["annotations"] = {"force-sync": "1"}
    both.cluster.update(EXTERNAL_SECRETS, body, manager="t")

    outcome = look(both, at=NOW + 60)

    assert table(outcome, NOW + 60)[1][4:7] == ["no: changed since", "1m ago", "now"]


def test_a_failing_condition_is_told(both: Workbench) -> None:
    """The Secret holds the old value and is intact; the last sync failed all the same."""
    lay(both, data=[{"secretKey": "k", "remoteRef": {"key": "missing"}}])
    run(both)

    outcome = look(both)

    said = "SecretSyncedError: could not get secret data from provider"
    assert table(outcome)[1][-1] == said
    assert exits.of(outcome) is exits.Exit.NEGATIVE


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"refreshInterval": "0s"}, "never"),
        ({"refreshPolicy": "CreatedOnce"}, "never"),
        ({"refreshPolicy": "OnChange"}, "never"),
        ({"refreshInterval": "10m"}, "now"),
        ({"refreshInterval": "48h"}, "in 47h"),
        (
            {
                "refreshInterval": "10m",
                "syncWindows": {
                    "kind": "allow",
                    "windows": [{"schedule": "0 3 1 1 *", "duration": "1m"}],
                },
            },
            "in a window",
        ),
    ],
)
def test_the_next_refresh(bench: Workbench, spec: dict[str, Any], words: str) -> None:
    """By policy, interval and windows, an hour after the last one."""
    lay(bench, **spec)
    run(bench)

    found = table(look(bench, at=NOW + 3600), NOW + 3600)[1][6]

    assert found == {"in 47h": "in 1d23h"}.get(words, words)


def test_from_files_the_cluster_need_not_know_the_externalsecret(bench: Workbench) -> None:
    """Then nobody can tell when it was refreshed, and the digest still judges."""
    bench.store("vault", {"db": "v"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        data: [{secretKey: k, remoteRef: {key: db}}]
    """)
    bench.apply()

    assert table(look(bench, from_files=True))[1][4:] == ["yes", "-", "-", "-"]


def test_a_policy_that_writes_nothing_is_not_judged(bench: Workbench) -> None:
    """CreationPolicy None: nothing to be in sync."""
    lay(bench, target={"creationPolicy": "None"})

    outcome = look(bench)

    assert only(outcome).sync is Sync.UNJUDGED
    assert exits.of(outcome) is exits.Exit.DONE


def test_a_configmap_is_judged_as_a_secret_is(bench: Workbench) -> None:
    """By label, digest and owner; with targets of other kinds allowed."""
    bench.options = replace(bench.options, generic_targets=True)
    bench.store("vault", {"db": "v"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        target: {manifest: {apiVersion: v1, kind: ConfigMap}}
        data: [{secretKey: k, remoteRef: {key: db}}]
    """)

    def state() -> Sync:
        return only(look(bench, from_files=True)).sync

    assert state() is Sync.MISSING
    bench.apply()
    assert state() is Sync.YES
    body = bench.cluster.get(CONFIG_MAPS, bench.namespace, "app")
    assert body is not None
    bench.cluster.update(CONFIG_MAPS, {**body, "data": {"k": "theirs"}}, manager="t")
    assert state() is Sync.EDITED


def test_a_target_that_was_rightly_deleted_is_in_sync(bench: Workbench) -> None:
    """DeletionPolicy Delete and a store that has nothing: the condition says that it is right."""
    gone = [{"extract": {"key": "missing"}}]
    lay(bench, data=[], dataFrom=gone, target={"deletionPolicy": "Delete"})
    run(bench)

    assert only(look(bench)).sync is Sync.YES


def test_a_target_that_cannot_be_read_is_told(bench: Workbench) -> None:
    """The row says so, and the error names what was refused."""
    lay(bench)
    assert isinstance(bench.cluster, MemoryCluster)
    ref = ObjectRef("Secret", bench.namespace, "app")
    bench.cluster.fail("get", ref, Forbidden("cannot get Secret app"))

    outcome = look(bench)

    assert [one.sync for one in outcome.standings] == [Sync.UNREADABLE]
    assert [one.error.rule for one in outcome.failures] == ["ES0202"]
    assert exits.of(outcome) is exits.Exit.NEGATIVE


def test_machines_read_the_same(both: Workbench) -> None:
    """One document; times as the API spells them; no value anywhere."""
    lay(both, refreshInterval="1h")
    run(both)

    result = json.loads(report.as_json(look(both)))

    assert (result["kind"], result["summary"]["counts"]) == ("StatusResult", {"in sync": 1})
    [item] = result["items"]
    assert item["stores"] == ["SecretStore vault"]
    assert (item["inSync"], item["state"], item["owner"]) == (True, "yes", "ExternalSecret app")
    assert (item["refreshTime"], item["nextDue"]) == (
        "2023-11-14T22:13:20Z",
        "2023-11-14T23:13:20Z",
    )
    assert item["ready"]["reason"] == "SecretSynced"

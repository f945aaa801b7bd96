"""A rotated Secret is in use, not merely written: what is restarted, and for what."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from esync import report, rollouts
from esync.cli import exits
from esync.cluster.contract import (
    CRON_JOBS,
    SECRETS,
    Forbidden,
)
from esync.flow.change import Result
from esync.flow.rollout import RestartResult
from esync.manifests.document import ObjectRef
from tests.behaviour.rotating import (
    ALL,
    AUTO,
    EVERY,
    PLAIN,
    SECOND,
    Rotating,
    begun,
    calls,
    ends,
    env_of,
    stakater_hash,
)
from tests.behaviour.test_results import as_described
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench


@pytest.fixture
def scene(both: Workbench) -> Rotating:
    """Return a bench on which the first value is in use, in memory and on the API server."""
    return begun(both)


@pytest.fixture
def alone(bench: Workbench) -> Rotating:
    """Return the same in memory alone."""
    return begun(bench)


def test_a_changed_secret_restarts_once(scene: Rotating) -> None:
    """As kubectl rollout restart does it; and a second run finds nothing to do."""
    scene.workload(container=env_of(), annotations=AUTO)
    scene.workload("plain", env_of())
    before = scene.get("plain")
    scene.rotate("second")

    outcome = scene.apply()

    assert ends(outcome) == {"web": RestartResult.RESTARTED}
    [one] = outcome.restarts
    assert [(cause.secret, cause.rule) for cause in one.causes] == [
        ("app", "reloader.stakater.com/auto")
    ]
    assert scene.restarted_at() == SECOND
    managers = {entry["manager"] for entry in scene.get()["metadata"]["managedFields"]}
    assert "esync" in managers
    assert scene.get("plain") == before
    assert exits.of(outcome) is exits.Exit.DONE
    after = scene.get()
    scene.bench.seconds += 60
    assert scene.apply().restarts == ()
    assert scene.get() == after


def test_consumers_of_every_kind(scene: Rotating) -> None:
    """Annotations or not; a CronJob's next Job takes the value without more."""
    for resource in ALL:
        scene.workload(resource.kind.lower(), env_of(), resource)
    scene.workload("nightly", env_of(), CRON_JOBS)
    scene.workload("other", env_of("elsewhere"))
    scene.rotate("second")

    outcome = scene.apply(EVERY)

    assert ends(outcome) == {
        "deployment": RestartResult.RESTARTED,
        "statefulset": RestartResult.RESTARTED,
        "daemonset": RestartResult.RESTARTED,
        "nightly": RestartResult.NEXT_JOB,
    }
    found = {scene.restarted_at(one.kind.lower(), one) for one in ALL}
    assert found == {SECOND}
    assert scene.restarted_at("other") == ""


def test_two_secrets_restart_a_workload_once(alone: Rotating) -> None:
    """One patch, with both as its causes."""
    alone.value("first", "tls")
    alone.apply()
    both = {"env": [env_of()["env"][0], {**env_of("tls")["env"][0], "name": "T"}]}
    alone.workload(container=both, annotations=AUTO)
    alone.rotate("second", "app", "tls")

    outcome = alone.apply()

    [one] = outcome.restarts
    assert [cause.secret for cause in one.causes] == ["app", "tls"]
    assert calls(alone)["patch", "deployments"] == 1
    assert calls(alone)["list", "deployments"] == 1


def test_a_new_secret_restarts_nothing(alone: Rotating) -> None:
    """Unless that is asked for."""
    alone.workload(container=env_of("late"), annotations=AUTO)
    alone.workload("early", env_of("early"), annotations=AUTO)
    alone.value("first", "late")
    assert alone.apply().restarts == ()

    alone.value("first", "early")
    outcome = alone.apply(replace(PLAIN, on_create=True))

    assert ends(outcome) == {"early": RestartResult.RESTARTED}


def test_labels_restart_nothing(alone: Rotating) -> None:
    """Data alone counts; nobody is asked, and no mark is written."""
    alone.workload(container=env_of(), annotations=AUTO)
    alone.bench.external_secret(
        """
        secretStoreRef: {name: vault}
        target: {template: {metadata: {labels: {team: a}}}}
        data: [{secretKey: password, remoteRef: {key: db}}]
        """
    )

    outcome = alone.apply()

    assert [one.result for one in outcome.done] == [Result.CONFIGURED]
    assert outcome.restarts == ()
    assert calls(alone)["list", "deployments"] == 0
    assert alone.mark() == ""


def test_what_differs_on_each_run_restarts_nothing(alone: Rotating) -> None:
    """It is written when the object is due, and is no rotation."""
    alone.workload(container=env_of("stamped"), annotations=AUTO)
    alone.bench.external_secret(
        """
        secretStoreRef: {name: vault}
        target: {template: {data: {at: '{{ now | unixEpoch }}'}}}
        data: [{secretKey: password, remoteRef: {key: db}}]
        """,
        "stamped",
    )
    alone.apply()
    alone.bench.seconds += 60

    outcome = alone.apply(only_due=True)

    assert Result.CONFIGURED in {one.result for one in outcome.done}
    assert outcome.restarts == ()


def test_without_the_flag_nothing_is_asked_or_marked(alone: Rotating) -> None:
    """No permission is needed for what is not done."""
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")

    outcome = alone.apply(rollouts.Options())

    assert outcome.restarts == ()
    assert calls(alone)["list", "deployments"] == 0
    assert alone.mark() == ""


def test_a_secret_that_was_not_written_restarts_nothing(alone: Rotating) -> None:
    """And what else failed prevents no restart."""
    assert isinstance(alone.cluster, MemoryCluster)
    alone.value("first", "tls")
    alone.apply()
    alone.workload(container=env_of(), annotations=AUTO)
    alone.workload("proxy", env_of("tls"), annotations=AUTO)
    alone.rotate("second", "app", "tls")
    ref = ObjectRef("Secret", alone.bench.namespace, "tls")
    alone.cluster.fail("update", ref, Forbidden("may not update"))

    outcome = alone.apply()

    assert [one.ref.name for one in outcome.restarts] == ["web"]
    assert alone.restarted_at("proxy") == ""


@pytest.mark.parametrize("server", [False, True])
def test_a_dry_run_restarts_nothing(scene: Rotating, *, server: bool) -> None:
    """It says what it would."""
    scene.workload(container=env_of(), annotations=AUTO)
    before = scene.get()
    scene.rotate("second")

    outcome = scene.apply(dry_run=True, server_dry_run=server)

    assert ends(outcome) == {"web": RestartResult.WOULD}
    assert scene.get() == before
    assert scene.mark() == ""


def test_diff_shows_what_would_restart(scene: Rotating) -> None:
    """For people and for machines; also what is still pending counts as a difference."""
    scene.workload(container=env_of(), annotations=AUTO)
    scene.rotate("second")

    outcome = scene.diff()

    assert ends(outcome) == {"web": RestartResult.WOULD}
    assert exits.of(outcome) is exits.Exit.NEGATIVE
    where = scene.bench.namespace
    assert report.as_text(outcome, report.Look()).splitlines()[-1] == (
        f"deployment/web would restart  (namespace {where}; Secret app: reloader.stakater.com/auto)"
    )
    [one] = as_described(outcome)["restarts"]
    assert one == {
        "kind": "Deployment",
        "namespace": where,
        "name": "web",
        "result": "would restart",
        "reason": "",
        "causes": [{"secret": "app", "rule": "reloader.stakater.com/auto"}],
        "notes": [],
    }
    assert scene.restarted_at() == ""


def test_a_paused_deployment_waits(scene: Rotating) -> None:
    """As kubectl, esync leaves it; once it is resumed, the next run restarts it."""
    scene.workload(container=env_of(), annotations=AUTO, paused=True)
    scene.rotate("second")

    outcome = scene.apply()

    [one] = outcome.restarts
    assert (one.result, one.reason) == (
        RestartResult.KEPT,
        "it is paused: resume it, and run again",
    )
    assert scene.restarted_at() == ""
    scene.edit(paused=False)
    scene.bench.seconds += 60
    assert ends(scene.apply()) == {"web": RestartResult.RESTARTED}


def test_other_namespaces_are_not_looked_at(alone: Rotating) -> None:
    """Only where something changed, and never all of them at once."""
    assert isinstance(alone.cluster, MemoryCluster)
    everywhere = ObjectRef("Deployment", "", "")
    alone.cluster.before("list", everywhere, lambda: pytest.fail("all namespaces were listed"))
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")

    assert set(ends(alone.apply())) == {"web"}


def test_two_writers_of_one_secret_restart_once(scene: Rotating) -> None:
    """Both change it; one mark says when, and one restart follows."""
    scene.bench.foreign({"theirs": "x"}, "shared")
    for key in ("one", "two"):
        scene.bench.external_secret(
            f"""
            secretStoreRef: {{name: vault}}
            target: {{name: shared, creationPolicy: Merge}}
            data: [{{secretKey: {key}, remoteRef: {{key: db}}}}]
            """,
            key,
        )
    scene.apply(rollouts.Options())
    scene.workload(container=env_of("shared"), annotations=AUTO)
    scene.bench.seconds += 60
    scene.bench.store("vault", {"db": "second"})

    outcome = scene.apply()

    assert scene.bench.data("shared") == {"one": "second", "theirs": "x", "two": "second"}
    assert ends(outcome) == {"web": RestartResult.RESTARTED}
    assert scene.mark("shared").startswith(SECOND)
    assert not scene.mark("shared").endswith("pending")
    scene.bench.seconds += 60
    assert scene.apply().restarts == ()


def test_all_or_nothing_restarts_nothing_when_it_writes_nothing(alone: Rotating) -> None:
    """With --atomic and a failure."""
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    alone.bench.external_secret(
        """
        secretStoreRef: {name: vault}
        data: [{secretKey: k, remoteRef: {key: missing}}]
        """,
        "broken",
    )

    outcome = alone.apply(atomic=True)

    assert outcome.restarts == ()
    assert alone.restarted_at() == ""


def test_all_or_nothing_restarts_when_everything_is_written(alone: Rotating) -> None:
    """With --atomic and no failure, as ever."""
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")

    assert ends(alone.apply(atomic=True)) == {"web": RestartResult.RESTARTED}
    assert alone.mark().startswith(SECOND)


def test_nothing_of_a_value_is_seen(scene: Rotating, caplog: pytest.LogCaptureFixture) -> None:
    """Neither on the workload nor in a report nor in a log; no hash of it either."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("esync").propagate = True
    canary = "can4ry-value"
    scene.workload(container=env_of(), annotations=AUTO)
    scene.rotate(canary)

    outcome = scene.apply(replace(PLAIN, wait=True))

    body = scene.cluster.get(SECRETS, scene.bench.namespace, "app")
    assert body is not None
    seen = json.dumps(scene.get()) + report.as_json(outcome) + caplog.text
    seen += report.as_text(outcome, report.Look()) + str(list(report.findings(outcome)))
    data_hash = body["metadata"]["annotations"]["reconcile.external-secrets.io/data-hash"]
    for secret in (canary, body["data"]["password"], stakater_hash(canary), data_hash):
        assert secret not in seen
    assert "object=" in caplog.text or "restarted" in caplog.text


def test_no_manifest_writes_the_mark(alone: Rotating) -> None:
    """Whoever may write ExternalSecrets could else have workloads restarted at each run."""
    mark = {"esync.dev/data-changed": "2020-01-01T00:00:00Z x pending"}
    spec = """
        secretStoreRef: {name: vault}
        data: [{secretKey: password, remoteRef: {key: db}}]
        """
    alone.bench.external_secret(spec, "copied", annotations=mark)
    template = 'target: {template: {metadata: {annotations: {esync.dev/data-changed: "x"}}}}'
    alone.bench.external_secret(f"{spec}{template}", "templated")

    outcome = alone.apply()

    assert [one.error.rule for one in outcome.failures] == ["ES0409"]
    assert alone.mark("copied") == ""

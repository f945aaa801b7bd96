"""A rotated Secret is in use, not merely written: what is restarted, and when."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from esync import report, rollouts
from esync.cli import exits
from esync.cluster.contract import (
    CONFIG_MAPS,
    CRON_JOBS,
    DAEMON_SETS,
    DEPLOYMENTS,
    PODS,
    SECRETS,
    STATEFUL_SETS,
    Forbidden,
)
from esync.flow.change import Result
from esync.flow.rollout import RestartResult
from esync.manifests.document import ObjectRef
from tests.behaviour.rotating import ALL, AUTO, CONSUMERS, PLAIN, Rotating, env_of
from tests.behaviour.test_results import as_described
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench

EVERY = replace(PLAIN, mode=CONSUMERS)
SECOND = "2023-11-14T22:14:20Z"
THIRD = "2023-11-14T22:15:20Z"


@pytest.fixture
def scene(both: Workbench) -> Rotating:
    """Return a bench on which the first value is in use, in memory and on the API server."""
    return begun(both)


@pytest.fixture
def alone(bench: Workbench) -> Rotating:
    """Return the same in memory alone."""
    return begun(bench)


def begun(bench: Workbench) -> Rotating:
    """Apply the first value."""
    made = Rotating(bench)
    made.value("first")
    outcome = made.apply()
    assert (outcome.failures, outcome.restarts) == ((), ())
    return made


def ends(outcome: Outcome) -> dict[str, RestartResult]:
    """Return what became of each workload; nothing failed."""
    assert [one.error.message for one in outcome.failures] == []
    return {one.ref.name: one.result for one in outcome.restarts}


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


def calls(scene: Rotating) -> Any:
    """Return how often the cluster in memory was asked for what."""
    assert isinstance(scene.cluster, MemoryCluster)
    return scene.cluster.calls


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


def test_a_mark_stays_until_everything_is_restarted(scene: Rotating) -> None:
    """And it stays afterwards, without its last word, in spite of further runs."""
    scene.workload(container=env_of(), annotations=AUTO)
    scene.rotate("second")
    scene.apply()

    mark = scene.mark()
    assert mark.startswith(f"{SECOND} ")
    assert not mark.endswith("pending")
    scene.bench.seconds += 60
    outcome = scene.apply(rollouts.Options())
    assert [one.result for one in outcome.done] == [Result.UNCHANGED]
    assert scene.mark() == mark


class KilledError(BaseException):
    """Stands for SIGKILL: nothing of ours runs after it."""


def killed() -> None:
    """End the run on the spot."""
    raise KilledError


@pytest.mark.parametrize("verb", ["list", "patch"])
def test_a_killed_run_is_made_up_for(alone: Rotating, verb: str) -> None:
    """Between the write and the restart, or between two restarts: each happens once."""
    assert isinstance(alone.cluster, MemoryCluster)
    for name in ("api", "web"):
        alone.workload(name, env_of(), annotations=AUTO, replicas=3)
    alone.rotate("second")
    name = "web" if verb == "patch" else ""
    alone.cluster.before(verb, ObjectRef("Deployment", alone.bench.namespace, name), killed)
    with pytest.raises(KilledError):
        alone.apply()
    done_before = {"api"} if verb == "patch" else set()
    assert alone.bench.data() == {"password": "second"}
    alone.bench.seconds += 60

    outcome = alone.apply()

    assert [one.result for one in outcome.done] == [Result.UNCHANGED]
    assert set(ends(outcome)) == {"api", "web"} - done_before
    assert alone.restarted_at("web") == THIRD
    assert alone.restarted_at("api") == (SECOND if done_before else THIRD)
    alone.bench.seconds += 60
    assert alone.apply().restarts == ()


def test_a_killed_run_is_made_up_for_although_nothing_is_due(alone: Rotating) -> None:
    """What is pending stands on the Secret, not on the ExternalSecret."""
    assert isinstance(alone.cluster, MemoryCluster)
    alone.workload(container=env_of(), annotations=AUTO)
    alone.bench.in_cluster()
    alone.rotate("second")
    ref = ObjectRef("Deployment", alone.bench.namespace, "")
    alone.cluster.before("list", ref, killed)
    with pytest.raises(KilledError):
        alone.apply(write_status=True)

    outcome = alone.apply(only_due=True)

    assert alone.restarted_at() == SECOND
    assert ends(outcome) == {"web": RestartResult.RESTARTED}


def test_somebody_restarted_it_meanwhile(alone: Rotating) -> None:
    """Then it has the value; the mark is taken off all the same."""
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    refuse(alone, "list", "", "no")
    alone.apply()
    assert alone.mark().endswith("pending")
    template = {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": SECOND}}}
    alone.cluster.patch(
        DEPLOYMENTS, alone.bench.namespace, "web", {"spec": {"template": template}}, manager="k"
    )
    alone.bench.seconds += 60

    assert alone.apply().restarts == ()
    assert not alone.mark().endswith("pending")


def refuse(scene: Rotating, verb: str, name: str, message: str) -> None:
    """Let the next call on Deployments be refused."""
    assert isinstance(scene.cluster, MemoryCluster)
    ref = ObjectRef("Deployment", scene.bench.namespace, name)
    scene.cluster.fail(verb, ref, Forbidden(message))


def test_what_may_not_be_listed_is_an_error(alone: Rotating) -> None:
    """Other kinds are restarted; the next run tries again, and restarts none of them twice."""
    alone.workload(container=env_of(), annotations=AUTO)
    alone.workload("base", env_of(), STATEFUL_SETS, AUTO)
    alone.rotate("second")
    refuse(alone, "list", "", "may not list deployments")

    outcome = alone.apply()

    assert [one.error.message for one in outcome.failures] == ["may not list deployments"]
    assert {one.ref.name: one.result for one in outcome.restarts} == {
        "base": RestartResult.RESTARTED
    }
    assert exits.of(outcome) is exits.Exit.NEGATIVE
    alone.bench.seconds += 60
    assert ends(alone.apply()) == {"web": RestartResult.RESTARTED}
    assert alone.restarted_at("base", STATEFUL_SETS) == SECOND


def test_a_restart_that_fails_is_tried_again(alone: Rotating) -> None:
    """The others are restarted; the failure names the workload."""
    for name in ("api", "web"):
        alone.workload(name, env_of(), annotations=AUTO)
    alone.rotate("second")
    refuse(alone, "patch", "api", "may not patch")

    outcome = alone.apply()

    found = {one.ref.name: one.result for one in outcome.restarts}
    assert found == {"api": RestartResult.FAILED, "web": RestartResult.RESTARTED}
    [failure] = outcome.failures
    assert str(failure.ref) == f"Deployment {alone.bench.namespace}/api"
    assert exits.of(outcome) is exits.Exit.NEGATIVE
    alone.bench.seconds += 60
    assert ends(alone.apply()) == {"api": RestartResult.RESTARTED}


def test_too_many_restart_none(scene: Rotating) -> None:
    """The Secret is written, nothing else; with a higher limit the next run makes up for it."""
    for name in ("api", "web"):
        scene.workload(name, env_of(), annotations=AUTO)
    scene.rotate("second")

    outcome = scene.apply(replace(PLAIN, limit=1))

    assert [one.error.rule for one in outcome.failures] == ["ES0540"]
    assert exits.of(outcome) is exits.Exit.REFUSED
    assert scene.bench.data() == {"password": "second"}
    assert (scene.restarted_at("api"), scene.restarted_at("web")) == ("", "")
    assert scene.mark().endswith("pending")
    scene.bench.seconds += 60
    assert set(ends(scene.apply())) == {"api", "web"}


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


def test_diff_shows_what_a_killed_run_left(alone: Rotating) -> None:
    """No Secret differs, and something is to be done all the same."""
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    refuse(alone, "list", "", "no")
    alone.apply()
    alone.bench.seconds += 60

    outcome = alone.diff()

    assert [change.is_real for change in outcome.changes] == [False]
    assert ends(outcome) == {"web": RestartResult.WOULD}
    assert exits.of(outcome) is exits.Exit.NEGATIVE


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


# Beside a Reloader.


def reloader(scene: Rotating, **options: Any) -> rollouts.Options:
    """Publish settings as a Reloader does, and return options that look there."""
    body = {
        "metadata": scene.named(
            "reloader-meta-info", labels={"reloader.stakater.com/meta-info": "reloader"}
        ),
        "data": {"reloaderOptions": json.dumps(options)},
    }
    scene.cluster.create(CONFIG_MAPS, body, manager="reloader")
    return replace(PLAIN, reloader=scene.bench.namespace)


def stakater_hash(value: str) -> str:
    """Return what Reloader marks a Secret with that has one key."""
    return hashlib.sha1(f"password={value}".encode(), usedforsecurity=False).hexdigest()


def test_beside_a_reloader_its_own_mark_is_set(scene: Rotating) -> None:
    """The same variable and hash, so that nothing is left to it; no restart of our own."""
    options = reloader(scene)
    scene.workload(container=env_of(), annotations=AUTO)
    scene.rotate("second")

    outcome = scene.apply(options)

    assert ends(outcome) == {"web": RestartResult.RESTARTED}
    assert scene.restarted_at() == ""
    [container] = scene.get()["spec"]["template"]["spec"]["containers"]
    mark = {"name": "STAKATER_APP_SECRET", "value": stakater_hash("second")}
    assert mark in container["env"]


def test_a_reloader_that_was_faster_is_not_outdone(alone: Rotating) -> None:
    """The variable has the hash already: nothing is sent."""
    options = reloader(alone)
    alone.workload(container=env_of(), annotations=AUTO)
    variable = {"name": "STAKATER_APP_SECRET", "value": stakater_hash("second")}
    template = {"spec": {"containers": [{"name": "c", "env": [variable]}]}}
    changes = {"spec": {"template": template}}
    alone.cluster.patch(DEPLOYMENTS, alone.bench.namespace, "web", changes, manager="Reloader")
    before = alone.get()
    alone.rotate("second")

    outcome = alone.apply(options)

    assert ends(outcome) == {"web": RestartResult.LEFT}
    assert alone.get() == before
    assert not alone.mark().endswith("pending")


def test_a_reloader_that_annotates_is_left_its_work(alone: Rotating) -> None:
    """Its annotation holds its own time; what has no annotation is ours."""
    options = replace(reloader(alone, reloadStrategy="annotations"), mode=CONSUMERS)
    alone.workload(container=env_of(), annotations=AUTO)
    alone.workload("plain", env_of())
    alone.rotate("second")

    outcome = alone.apply(options)

    assert ends(outcome) == {"plain": RestartResult.RESTARTED, "web": RestartResult.LEFT}
    assert alone.restarted_at() == ""


@pytest.mark.parametrize(
    ("settings", "restarts"),
    [
        ({"namespaceSelectors": ["team=a"]}, False),
        ({"resourceSelectors": ["team=a"]}, False),
        ({"resourcesToIgnore": ["secrets"]}, False),
        ({"autoReloadAll": True, "namespaceSelectors": ["kubernetes.io/metadata.name"]}, True),
    ],
)
def test_what_a_reloader_leaves_alone(
    alone: Rotating, settings: dict[str, Any], *, restarts: bool
) -> None:
    """Its settings are the administrator's word; consumers are restarted by esync."""
    options = reloader(alone, **settings)
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    assert bool(alone.apply(options).restarts) is restarts

    alone.rotate("third")
    assert ends(alone.apply(replace(options, mode=CONSUMERS))) == {"web": RestartResult.RESTARTED}


def test_a_reloader_is_found(alone: Rotating) -> None:
    """By its label, in whatever namespace; who may not look is told."""
    assert isinstance(alone.cluster, MemoryCluster)
    reloader(alone, reloadStrategy="annotations")
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    looking = replace(PLAIN, reloader="")
    assert ends(alone.apply(looking)) == {"web": RestartResult.LEFT}

    alone.rotate("third")
    alone.cluster.fail("list", ObjectRef("ConfigMap", "", ""), Forbidden("may not list"))
    outcome = alone.apply(looking)

    assert ends(outcome) == {"web": RestartResult.RESTARTED}
    assert outcome.notes[-1].startswith("whether a Reloader runs cannot be told (may not list)")


# Following roll-outs.

WAIT = replace(PLAIN, wait=True)
NEW = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1, "readyReplicas": 1}


def test_a_roll_out_is_followed_to_its_end(scene: Rotating) -> None:
    """Old status does not count as the end: the controller has to see the change."""
    scene.workload(container=env_of(), annotations=AUTO)
    scene.told(NEW)
    scene.rotate("second")
    scene.pauses = [
        lambda: scene.told({**NEW, "replicas": 2}),
        lambda: scene.told(NEW),
    ]

    outcome = scene.apply(WAIT)

    assert scene.pauses == []
    assert ends(outcome) == {"web": RestartResult.ROLLED_OUT}
    assert exits.of(outcome) is exits.Exit.DONE


def test_every_kind_is_followed(scene: Rotating) -> None:
    """With the status that each of them has."""
    for resource in ALL:
        scene.workload(resource.kind.lower(), env_of(), resource, AUTO)
    scene.rotate("second")

    numbers = ("currentNumberScheduled", "desiredNumberScheduled", "numberReady")
    more = ("updatedNumberScheduled", "numberAvailable")
    scheduled = {"numberMisscheduled": 0, **dict.fromkeys((*numbers, *more), 1)}

    def rolled_out() -> None:
        scene.told(NEW, "deployment", DEPLOYMENTS)
        ready = {"replicas": 1, "readyReplicas": 1, "updatedReplicas": 1}
        scene.told(ready, "statefulset", STATEFUL_SETS)
        scene.told(scheduled, "daemonset", DAEMON_SETS)

    scene.pauses = [rolled_out]

    found = ends(scene.apply(WAIT))

    assert set(found.values()) == {RestartResult.ROLLED_OUT}
    assert len(found) == 3


def condition(kind: str, status: str, reason: str) -> dict[str, Any]:
    """Spell a condition of a Deployment."""
    return {"type": kind, "status": status, "reason": reason, "message": "quotes S3CRET"}


def test_a_roll_out_that_fails(scene: Rotating) -> None:
    """Exit code 1, with the reason; the Secret stays in its new state, and is not pending."""
    scene.workload(container=env_of(), annotations=AUTO)
    scene.rotate("second")
    late = condition("Progressing", "False", "ProgressDeadlineExceeded")
    scene.pauses = [lambda: scene.told({"conditions": [late]})]

    outcome = scene.apply(WAIT)

    [failure] = outcome.failures
    assert failure.error.rule == "ES0541"
    where = scene.bench.namespace
    assert failure.error.message == (
        f"Deployment {where}/web is not rolled out: ProgressDeadlineExceeded"
    )
    assert exits.of(outcome) is exits.Exit.NEGATIVE
    assert not scene.mark().endswith("pending")


def test_a_replica_that_cannot_be_made(alone: Rotating) -> None:
    """At two looks in a row it is more than a hitch; the message of the condition stays out."""
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    failing = condition("ReplicaFailure", "True", "FailedCreate")
    alone.pauses = [lambda: alone.told({"conditions": [failing]})] * 2

    outcome = alone.apply(WAIT)

    [failure] = outcome.failures
    assert failure.error.message.endswith("0 of 1 new replicas have been updated (FailedCreate)")
    assert "S3CRET" not in report.as_json(outcome)


def test_the_time_runs_out(scene: Rotating) -> None:
    """Exit code 1, with what it was waiting for."""
    scene.workload(container=env_of(), annotations=AUTO)
    scene.rotate("second")
    scene.pauses = [lambda: scene.told({"replicas": 2, "updatedReplicas": 1})]

    outcome = scene.apply(WAIT)

    [failure] = outcome.failures
    assert failure.error.rule == "ES0542"
    assert failure.error.message.endswith(
        "1 old replicas are pending termination; the time for this run is over (--timeout)"
    )
    assert exits.of(outcome) is exits.Exit.NEGATIVE


def test_a_signal_ends_the_waiting(alone: Rotating) -> None:
    """At the next look."""
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")

    def came() -> None:
        alone.signal = "SIGTERM came"

    alone.pauses = [came]

    outcome = alone.apply(WAIT)

    assert outcome.failures[0].error.message.endswith("SIGTERM came")


def test_after_a_signal_nothing_is_restarted(alone: Rotating) -> None:
    """What is left is left to the next run."""
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    assert isinstance(alone.cluster, MemoryCluster)

    def came() -> None:
        alone.signal = "SIGTERM came"

    alone.cluster.before("list", ObjectRef("Deployment", alone.bench.namespace, ""), came)

    outcome = alone.apply()

    assert ends(outcome) == {"web": RestartResult.NOT_DONE}
    assert exits.of(outcome) is exits.Exit.NEGATIVE
    alone.signal = ""
    alone.bench.seconds += 60
    assert ends(alone.apply()) == {"web": RestartResult.RESTARTED}


def test_pods_say_why_they_wait(alone: Rotating) -> None:
    """Where they may be listed; by the word that Kubernetes has for it."""
    alone.workload(container=env_of(), annotations=AUTO)
    waiting = {"reason": "CreateContainerConfigError", "message": "quotes S3CRET"}
    status = {"containerStatuses": [{"name": "c", "state": {"waiting": waiting}}]}
    pod = {"metadata": alone.named("web-1", labels={"app": "web"}), "status": status}
    alone.cluster.create(PODS, pod, manager="kubelet")
    alone.rotate("second")
    late = condition("Progressing", "False", "ProgressDeadlineExceeded")
    alone.pauses = [lambda: alone.told({"conditions": [late]})]

    outcome = alone.apply(WAIT)

    [failure] = outcome.failures
    assert failure.error.message.endswith("; its Pods wait: CreateContainerConfigError")


# What is seen.


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


# Several writers.


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


def test_a_conflict_is_marked_as_well(alone: Rotating) -> None:
    """What is judged again carries the mark when it is written at last."""
    assert isinstance(alone.cluster, MemoryCluster)
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    ref = ObjectRef("Secret", alone.bench.namespace, "app")
    alone.cluster.before("update", ref, lambda: alone.bench.edit(password="theirs"))
    refuse(alone, "list", "", "no")

    outcome = alone.apply()

    assert [one.result for one in outcome.done] == [Result.CONFIGURED]
    assert alone.mark().startswith(SECOND)
    assert alone.mark().endswith("pending")


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


def test_what_reloader_paused_is_left_to_it(alone: Rotating) -> None:
    """It resumes by its own clock; the next run after that restarts."""
    paused = {"deployment.reloader.stakater.com/paused-at": "2023-11-14T22:13:00Z"}
    alone.workload(container=env_of(), annotations={**AUTO, **paused}, paused=True)
    alone.rotate("second")

    [one] = alone.apply().restarts

    assert (one.result, one.reason) == (
        RestartResult.KEPT,
        "Reloader has paused it, and resumes it: run again afterwards",
    )

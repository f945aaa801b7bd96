"""A run that does not get to all its restarts is made up for by the next, each once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from esync import rollouts
from esync.cli import exits
from esync.cluster.contract import (
    DEPLOYMENTS,
    STATEFUL_SETS,
    Forbidden,
)
from esync.flow.change import Result
from esync.flow.rollout import RestartResult
from esync.manifests.document import ObjectRef
from tests.behaviour.rotating import (
    AUTO,
    PLAIN,
    SECOND,
    THIRD,
    Rotating,
    begun,
    calls,
    ends,
    env_of,
    refuse,
)
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


def test_cron_jobs_that_may_not_be_listed_are_no_failure(alone: Rotating) -> None:
    """Nothing would be done to them; a note says that they were not looked at."""
    assert isinstance(alone.cluster, MemoryCluster)
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    ref = ObjectRef("CronJob", alone.bench.namespace, "")
    alone.cluster.fail("list", ref, Forbidden("may not list cronjobs"))

    outcome = alone.apply()

    assert ends(outcome) == {"web": RestartResult.RESTARTED}
    assert outcome.notes[-1] == "CronJobs are not looked at: may not list cronjobs"
    assert not alone.mark().endswith("pending")


def test_a_mark_that_cannot_be_taken_off_costs_a_look(alone: Rotating) -> None:
    """The next run finds everything restarted, and takes it off."""
    assert isinstance(alone.cluster, MemoryCluster)
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    ref = ObjectRef("Secret", alone.bench.namespace, "app")

    def refused() -> None:
        raise Forbidden("may not update secrets")

    alone.cluster.before("update", ref, lambda: None, refused)
    outcome = alone.apply()
    assert ends(outcome) == {"web": RestartResult.RESTARTED}
    assert outcome.notes[-1].endswith("looks for its consumers again: may not update secrets")
    assert alone.mark().endswith("pending")
    alone.bench.seconds += 60

    assert alone.apply().restarts == ()
    assert alone.restarted_at() == SECOND
    assert not alone.mark().endswith("pending")


def test_a_secret_that_is_gone_needs_no_mark_taken_off(alone: Rotating) -> None:
    """Somebody deleted it after the restart."""
    assert isinstance(alone.cluster, MemoryCluster)
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    ref = ObjectRef("Deployment", alone.bench.namespace, "web")
    alone.cluster.before("patch", ref, lambda: alone.bench.delete("app"))

    assert ends(alone.apply()) == {"web": RestartResult.RESTARTED}
    assert alone.bench.live() is None


@pytest.mark.parametrize("when", ["update Secret app", "patch Deployment web"])
def test_a_signal_leaves_the_rest_to_the_next_run(alone: Rotating, when: str) -> None:
    """Before the search nothing is listed; after the restarts no mark is taken off."""
    assert isinstance(alone.cluster, MemoryCluster)
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    verb, kind, name = when.split()

    def came() -> None:
        alone.signal = "SIGTERM came"

    alone.cluster.before(verb, ObjectRef(kind, alone.bench.namespace, name), came)

    outcome = alone.apply()

    restarted = verb == "patch"
    assert bool(outcome.restarts) is restarted
    assert [one.error.rule for one in outcome.failures] == ([] if restarted else ["ES0543"])
    assert calls(alone)["list", "deployments"] == int(restarted)
    assert alone.mark().endswith("pending")
    alone.signal = ""
    alone.bench.seconds += 60
    assert bool(alone.apply().restarts) is not restarted
    assert not alone.mark().endswith("pending")

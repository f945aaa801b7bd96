"""Beside a running Reloader no workload is restarted twice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from esync.cluster.contract import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    Forbidden,
)
from esync.flow.rollout import RestartResult
from esync.manifests.document import ObjectRef
from tests.behaviour.rotating import (
    AUTO,
    CONSUMERS,
    PLAIN,
    Rotating,
    begun,
    ends,
    env_of,
    stakater_hash,
)
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from esync import rollouts
    from tests.behaviour.workbench import Workbench


@pytest.fixture
def scene(both: Workbench) -> Rotating:
    """Return a bench on which the first value is in use, in memory and on the API server."""
    return begun(both)


@pytest.fixture
def alone(bench: Workbench) -> Rotating:
    """Return the same in memory alone."""
    return begun(bench)


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


def test_beside_a_reloader_its_own_mark_is_set(scene: Rotating) -> None:
    """The same variable and hash, so that nothing is left to it; no restart of our own."""
    options = reloader(scene)
    scene.workload(container=env_of(), annotations=AUTO)
    scene.rotate("second")

    assert ends(scene.diff(options)) == {"web": RestartResult.LEFT}

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


def test_whether_reloader_minds_a_namespace_that_may_not_be_read(alone: Rotating) -> None:
    """It is taken for so: a restart too few shows, one too many hurts."""
    assert isinstance(alone.cluster, MemoryCluster)
    settings = {"namespaceSelectors": ["team=a"], "reloadStrategy": "annotations"}
    options = reloader(alone, **settings)
    alone.workload(container=env_of(), annotations=AUTO)
    alone.rotate("second")
    ref = ObjectRef("Namespace", "", alone.bench.namespace)
    alone.cluster.fail("get", ref, Forbidden("may not get namespaces"))

    outcome = alone.apply(options)

    assert ends(outcome) == {"web": RestartResult.LEFT}
    assert outcome.notes[-1].endswith("is taken for so: may not get namespaces")


def test_selectors_that_cannot_be_read_choose_everything(alone: Rotating) -> None:
    """As if the Reloader had none."""
    options = reloader(alone, namespaceSelectors=["a=b=c"], resourceSelectors=["!!"])
    for name in ("api", "web"):
        alone.workload(name, env_of(), annotations=AUTO)
    alone.rotate("second")

    outcome = alone.apply(options)

    assert set(ends(outcome)) == {"api", "web"}
    for name in ("api", "web"):
        [container] = alone.get(name)["spec"]["template"]["spec"]["containers"]
        assert container["env"][-1]["name"] == "STAKATER_APP_SECRET"

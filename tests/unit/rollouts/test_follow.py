"""Roll-outs that are followed: how often is asked, and how they can end beside well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.cluster.contract import DEPLOYMENTS, NAMESPACES, ClusterError
from esync.manifests.document import ObjectRef
from esync.rollouts.follow import Follower
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from collections.abc import Callable

DONE = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}


def ref(name: str) -> ObjectRef:
    """Name a Deployment."""
    return ObjectRef("Deployment", "n", name)


@pytest.fixture
def cluster() -> MemoryCluster:
    """Return a cluster with four Deployments of which nothing is known."""
    made = MemoryCluster()
    made.create(NAMESPACES, {"metadata": {"name": "n"}}, manager="t")
    for name in "abcd":
        body = {"metadata": {"namespace": "n", "name": name}, "spec": {"replicas": 1}}
        made.create(DEPLOYMENTS, body, manager="t")
    made.calls.clear()
    return made


def follow(cluster: MemoryCluster, names: str, *pauses: Callable[[], object]) -> Any:
    """Follow Deployments; at each pause the next thing happens, then it is over."""
    waits: list[float] = []
    left = list(pauses)
    signal: list[str] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        if left:
            left.pop(0)()
        else:
            signal.append("SIGTERM came")

    follower = Follower(cluster, lambda: signal[0] if signal else "", pause)
    ends = follower.follow((DEPLOYMENTS, ref(name)) for name in names)
    return {one.name: end and end.message for one, end in ends.items()}, waits


def done(cluster: MemoryCluster, *names: str) -> None:
    """Let roll-outs come to their end."""
    for name in names:
        cluster.patch_status(DEPLOYMENTS, "n", name, DONE)


def test_few_are_asked_for_by_name(cluster: MemoryCluster) -> None:
    """And those that are done are not asked for again."""
    ends, _ = follow(cluster, "ab", lambda: done(cluster, "a"), lambda: done(cluster, "b"))

    assert ends == {"a": None, "b": None}
    assert cluster.calls["get", "deployments"] == 2 + 2 + 1
    assert cluster.calls["list", "deployments"] == 0


def test_many_are_listed(cluster: MemoryCluster) -> None:
    """One call for each kind in a namespace, as long as there are that many."""
    ends, _ = follow(cluster, "abcd", lambda: done(cluster, *"abcd"))

    assert set(ends.values()) == {None}
    assert cluster.calls["list", "deployments"] == 2
    assert cluster.calls["get", "deployments"] == 0


def test_nothing_to_follow_asks_nothing(cluster: MemoryCluster) -> None:
    """And waits for nothing."""
    assert follow(cluster, "") == ({}, [])


def test_looks_become_rarer(cluster: MemoryCluster) -> None:
    """From one second to five."""
    _, waits = follow(cluster, "a", *[lambda: None] * 4)

    assert waits == [1, 2, 4, 5, 5]


def test_one_that_is_gone(cluster: MemoryCluster) -> None:
    """Nothing can be said of its roll-out."""

    def gone() -> None:
        cluster.delete(DEPLOYMENTS, "n", "a", uid="", resource_version="")

    ends, _ = follow(cluster, "a", gone)

    assert ends == {"a": "Deployment n/a is gone"}


def test_a_cluster_that_does_not_answer(cluster: MemoryCluster) -> None:
    """The client has tried again and again; the others are followed on."""
    cluster.fail("get", ref("a"), ClusterError("no answer"))

    ends, _ = follow(cluster, "ab", lambda: done(cluster, "b"))

    assert ends == {"a": "no answer", "b": None}


def test_an_end_that_comes_too_soon(cluster: MemoryCluster) -> None:
    """What is not done is told with what it waits for, and why that is not awaited."""
    ends, _ = follow(cluster, "a")

    assert ends == {
        "a": "Deployment n/a is not rolled out yet: "
        "its controller has not seen the change yet; SIGTERM came"
    }

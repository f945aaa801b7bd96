"""Another run writes the same Secret meanwhile: the store is asked for what it has by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.flow.change import Result
from esync.manifests.document import ObjectRef
from tests.fakes.memory_cluster import MemoryCluster
from tests.trouble.remote import Remote, remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.behaviour.workbench import Workbench

SPEC = """
secretStoreRef: {name: store}
target: {deletionPolicy: Delete}
data: [{secretKey: password, remoteRef: {key: db}}]
"""


@pytest.fixture
def store(bench: Workbench) -> Iterator[Remote]:
    """Return a store whose values may change, with one value; the bench reads it."""
    with remote() as made:
        made.rooms["room"] = {"db": "first"}
        meta = {"name": "store", "namespace": bench.namespace}
        body = {"apiVersion": "external-secrets.io/v1", "kind": "SecretStore", "metadata": meta}
        bench.document("store", {**body, "spec": {"provider": made.provider("room")}})
        bench.external_secret(SPEC)
        bench.applied()
        yield made


def meanwhile(bench: Workbench, verb: str, act: Callable[[], object]) -> None:
    """Let ``act`` happen right before the next write."""
    assert isinstance(bench.cluster, MemoryCluster)

    def before() -> None:
        act()

    bench.cluster.before(verb, ObjectRef("Secret", bench.namespace, "app"), before)


def test_an_old_value_is_not_put_back(bench: Workbench, store: Remote) -> None:
    """This run has the second value when another one writes the third."""
    store.rooms["room"] = {"db": "second"}

    def rotate() -> None:
        store.rooms["room"] = {"db": "third"}
        bench.edit(password="third")

    meanwhile(bench, "update", rotate)

    assert bench.applied().result is Result.CONFIGURED
    assert bench.data() == {"password": "third"}


def test_an_edit_is_no_news(bench: Workbench, store: Remote) -> None:
    """Somebody adds a label: what this run has is written, and the store is asked once."""
    store.rooms["room"] = {"db": "second"}

    def label() -> None:
        store.rooms["room"] = {"db": "third"}
        bench.edit(theirs="x")

    meanwhile(bench, "update", label)

    assert bench.applied().result is Result.CONFIGURED
    assert bench.data() == {"password": "second"}


def test_what_is_gone_by_now_is_not_deleted_out_of_turn(bench: Workbench, store: Remote) -> None:
    """Deletions come last and are counted: the run says that the next one has to do it."""
    store.rooms["room"] = {"db": "second"}

    def remove() -> None:
        store.rooms["room"] = {}
        bench.edit(password="edited")

    meanwhile(bench, "update", remove)

    [done] = bench.apply().done
    assert done.error is not None
    assert (done.error.rule, done.error.hint) == ("ES0509", "run again")
    assert bench.applied().result is Result.DELETED


def test_what_is_back_by_now_is_not_deleted(bench: Workbench, store: Remote) -> None:
    """The store had nothing, and another run wrote what it has again."""
    store.rooms["room"] = {}

    def put_back() -> None:
        store.rooms["room"] = {"db": "back"}
        bench.edit(password="back")

    meanwhile(bench, "delete", put_back)

    assert bench.applied().result is Result.CONFIGURED
    assert bench.data() == {"password": "back"}

"""``esync handover``: from the operator to esync and back, and no Secret is lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync import handover
from esync.cluster.contract import (
    CLUSTER_EXTERNAL_SECRETS,
    EXTERNAL_SECRETS,
    NAMESPACES,
    SECRET_STORES,
    SECRETS,
    Forbidden,
)
from esync.handover import Request, To
from esync.load import Selection
from esync.manifests.document import ObjectRef
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench

ES_FINALIZER = "externalsecrets.external-secrets.io/externalsecret-cleanup"
CES_FINALIZER = "externalsecrets.external-secrets.io/clusterexternalsecret-cleanup"
STORE_FINALIZER = "secretstore.externalsecrets.io/finalizer"
NAMESPACE_FINALIZER = "externalsecrets.external-secrets.io/ces-team"
MARK = "esync.dev/owner-reference"
SPEC = "secretStoreRef: {name: vault}\ndata: [{secretKey: k, remoteRef: {key: db}}]\n"


@pytest.fixture
def scene(both: Workbench) -> Workbench:
    """Return a bench with two ExternalSecrets as the operator leaves them: owned, and held."""
    both.store("vault", {"db": "v"})
    for name in ("app", "other"):
        both.external_secret(SPEC, name=name, finalizers=[ES_FINALIZER, "example.com/foreign"])
        both.in_cluster(name)
    assert both.apply().failures == ()
    assert [owners(both, name) for name in ("app", "other")] == [["app"], ["other"]]
    return both


def test_to_esync_nothing_goes_along(scene: Workbench) -> None:
    """The Secret keeps its data and labels; only what would take it along or hang is gone."""
    before = scene.live()
    outcome = change_hands(scene, To.ESYNC)

    after = scene.live()
    assert before
    assert after
    assert results(outcome) == {
        "ExternalSecret/app": "configured",
        "ExternalSecret/other": "configured",
        "Secret/app": "configured",
        "Secret/other": "configured",
    }
    assert (after.owners, after.data) == ((), before.data)
    assert (after.labels, after.annotations) == (before.labels, before.annotations)
    metadata = external_secret(scene)["metadata"]
    assert metadata["finalizers"] == ["example.com/foreign"]
    assert metadata["annotations"][MARK] == "none"


def test_a_second_handover_has_nothing_to_do(scene: Workbench) -> None:
    """Which tells that nobody put anything back."""
    change_hands(scene, To.ESYNC)
    again = change_hands(scene, To.ESYNC)

    assert set(results(again).values()) == {"unchanged"}


def test_a_run_in_between_gives_no_owner_reference(scene: Workbench) -> None:
    """Neither to a Secret that is there nor to one that was deleted meanwhile."""
    change_hands(scene, To.ESYNC)
    scene.store("vault", {"db": "rotated"})
    scene.delete("other")

    outcome = scene.apply()

    assert outcome.failures == ()
    assert [owners(scene, name) for name in ("app", "other")] == [[], []]
    assert [scene.data(name) for name in ("app", "other")] == [{"k": "rotated"}] * 2
    notes = {note for done in outcome.done for note in done.notes}
    assert notes == {"it gets no owner reference: its ExternalSecret was handed over"}


def test_the_mark_is_not_copied(scene: Workbench) -> None:
    """An ExternalSecret without template passes its annotations on; this one stays."""
    change_hands(scene, To.ESYNC)
    body = external_secret(scene)
    scene.document("es-app", body)
    scene.apply()

    live = scene.live()
    assert live
    assert MARK not in live.annotations


def test_to_the_operator_everything_is_as_before(scene: Workbench) -> None:
    """Owner references and finalizers are back, the mark is gone, and a run changes nothing."""
    change_hands(scene, To.ESYNC)
    outcome = change_hands(scene, To.OPERATOR)

    assert set(results(outcome).values()) == {"configured"}
    assert [owners(scene, name) for name in ("app", "other")] == [["app"], ["other"]]
    metadata = external_secret(scene)["metadata"]
    assert sorted(metadata["finalizers"]) == ["example.com/foreign", ES_FINALIZER]
    assert MARK not in (metadata.get("annotations") or {})
    assert {done.result.value for done in scene.apply().done} == {"unchanged"}


def test_what_another_took_over_stays_his(scene: Workbench) -> None:
    """A Secret that got another controller meanwhile is not given back."""
    change_hands(scene, To.ESYNC)
    body = scene.cluster.get(SECRETS, scene.namespace, "app")
    assert body is not None
    owner = {"apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "uid": "1"}
    body["metadata"]["ownerReferences"] = [{**owner, "controller": True}]
    scene.cluster.update(SECRETS, body, manager="somebody")

    change_hands(scene, To.OPERATOR)

    assert owners(scene, "app") == ["w"]


def test_only_those_of_a_name(scene: Workbench) -> None:
    """The rest of the namespace is not touched, nor are its stores."""
    held = store(scene)
    outcome = change_hands(scene, To.ESYNC, names=("app",))

    assert set(results(outcome)) == {"ExternalSecret/app", "Secret/app"}
    assert owners(scene, "other") == ["other"]
    assert scene.cluster.get(SECRET_STORES, scene.namespace, "vault") == held


def test_stores_lose_their_finalizer(scene: Workbench) -> None:
    """Which only the operator removes."""
    store(scene)
    change_hands(scene, To.ESYNC)

    body = scene.cluster.get(SECRET_STORES, scene.namespace, "vault")
    assert body is not None
    assert not body["metadata"].get("finalizers")


def test_an_operator_that_runs_for_others_keeps_its_finalizers(scene: Workbench) -> None:
    """Only what would take Secrets along is dropped."""
    store(scene)
    change_hands(scene, To.ESYNC, keep_finalizers=True)

    assert owners(scene, "app") == []
    metadata = external_secret(scene)["metadata"]
    assert metadata["finalizers"] == [ES_FINALIZER, "example.com/foreign"]
    assert metadata["annotations"][MARK] == "none"
    body = scene.cluster.get(SECRET_STORES, scene.namespace, "vault")
    assert body is not None
    assert body["metadata"]["finalizers"] == [STORE_FINALIZER]


def test_a_dry_run_writes_nothing(scene: Workbench) -> None:
    """It tells what would be done."""
    before = scene.cluster.get(SECRETS, scene.namespace, "app"), external_secret(scene)
    outcome = change_hands(scene, To.ESYNC, dry_run=True)

    assert set(results(outcome).values()) == {"configured"}
    after = scene.cluster.get(SECRETS, scene.namespace, "app"), external_secret(scene)
    assert before == after


def test_one_on_its_way_out_is_let_go(scene: Workbench) -> None:
    """It was deleted when nobody was there to finish it: it ends, and its Secret stays."""
    body = external_secret(scene)
    body["metadata"]["finalizers"] = [ES_FINALIZER]
    scene.cluster.update(EXTERNAL_SECRETS, body, manager="somebody")
    scene.cluster.delete(EXTERNAL_SECRETS, scene.namespace, "app", uid="", resource_version="")
    assert external_secret(scene)["metadata"]["deletionTimestamp"]

    change_hands(scene, To.ESYNC)

    assert scene.cluster.get(EXTERNAL_SECRETS, scene.namespace, "app") is None
    assert owners(scene, "app") == []


class TestFailures:
    """What goes wrong leaves the ExternalSecret as it was: held, and so is its Secret."""

    def test_a_secret_that_cannot_be_written(self, bench: Workbench) -> None:
        """Its ExternalSecret keeps the finalizer; the other one changes hands."""
        cluster = handed(bench)
        refusal = Forbidden("no")
        cluster.fail("update", ObjectRef("Secret", bench.namespace, "app"), refusal, times=9)

        outcome = change_hands(bench, To.ESYNC)

        assert results(outcome)["ExternalSecret/app"] == "failed"
        assert results(outcome)["ExternalSecret/other"] == "configured"
        assert external_secret(bench)["metadata"]["finalizers"] == [ES_FINALIZER]
        assert {done.error.rule for done in outcome.done if done.error} == {"ES0202", "ES0820"}

    def test_secrets_that_cannot_be_listed(self, bench: Workbench) -> None:
        """Nothing is known, so nothing loses its finalizer."""
        cluster = handed(bench)
        cluster.fail("list", ObjectRef("Secret", bench.namespace, ""), Forbidden("no"), times=9)

        outcome = change_hands(bench, To.ESYNC)

        assert {one.error.rule for one in outcome.failures} == {"ES0202"}
        assert external_secret(bench)["metadata"]["finalizers"] == [ES_FINALIZER]

    def test_an_operator_that_still_runs(self, bench: Workbench) -> None:
        """What it puts back at once fails, and says what to do."""
        cluster = handed(bench)

        def put_back() -> None:
            body = external_secret(bench)
            body["metadata"]["finalizers"] = [ES_FINALIZER]
            cluster.update(EXTERNAL_SECRETS, body, manager="external-secrets")

        # The list that looks again is the second one.
        ref = ObjectRef("ExternalSecret", bench.namespace, "")
        cluster.before("list", ref, _nothing, put_back)

        outcome = change_hands(bench, To.ESYNC)

        [error] = [done.error for done in outcome.done if done.error]
        assert error.rule == "ES0820"
        assert "stop the operator" in error.hint

    def test_somebody_writes_in_between(self, bench: Workbench) -> None:
        """What is there then is changed, and nothing else of it."""
        cluster = handed(bench)
        ref = ObjectRef("Secret", bench.namespace, "app")
        cluster.before("update", ref, lambda: bench.edit(foreign="x"))

        outcome = change_hands(bench, To.ESYNC)

        assert results(outcome)["Secret/app"] == "configured"
        assert owners(bench, "app") == []
        assert bench.data("app") == {"foreign": "x", "k": "v"}


def test_what_belongs_to_no_namespace(bench: Workbench) -> None:
    """With all namespaces, ClusterExternalSecrets and Namespaces are let go too; one comes back."""
    cluster = handed(bench)
    metadata = {"name": "team", "finalizers": [CES_FINALIZER]}
    cluster.create(CLUSTER_EXTERNAL_SECRETS, {"metadata": metadata}, manager="operator")
    namespace = cluster.get(NAMESPACES, "", bench.namespace)
    assert namespace is not None
    namespace["metadata"]["finalizers"] = [NAMESPACE_FINALIZER, "example.com/foreign"]
    cluster.update(NAMESPACES, namespace, manager="operator")

    request = Request(To.ESYNC, Selection())
    assert handover.handover(request, cluster).failures == ()

    held = {
        resource.kind: (cluster.get(resource, "", name) or {})["metadata"].get("finalizers")
        for resource, name in ((CLUSTER_EXTERNAL_SECRETS, "team"), (NAMESPACES, bench.namespace))
    }
    assert held == {"ClusterExternalSecret": None, "Namespace": ["example.com/foreign"]}

    handover.handover(Request(To.OPERATOR, Selection()), cluster)
    again = cluster.get(CLUSTER_EXTERNAL_SECRETS, "", "team")
    assert again is not None
    assert again["metadata"]["finalizers"] == [CES_FINALIZER]


def handed(bench: Workbench) -> MemoryCluster:
    """Lay the scene in memory."""
    bench.store("vault", {"db": "v"})
    for name in ("app", "other"):
        bench.external_secret(SPEC, name=name, finalizers=[ES_FINALIZER])
        bench.in_cluster(name)
    assert bench.apply().failures == ()
    assert isinstance(bench.cluster, MemoryCluster)
    return bench.cluster


def change_hands(bench: Workbench, to: To, **options: Any) -> Outcome:
    """Hand the bench's namespace over."""
    selection = Selection((bench.namespace,), names=options.pop("names", ()))
    return handover.handover(Request(to, selection, **options), bench.cluster)


def results(outcome: Outcome) -> dict[str, str]:
    """Return what became of each object."""
    return {f"{one.ref.kind}/{one.ref.name}": one.result.value for one in outcome.done}


def owners(bench: Workbench, name: str) -> list[str]:
    """Return who owns a live Secret."""
    live = bench.live(name)
    assert live is not None
    return [one.name for one in live.owners]


def external_secret(bench: Workbench) -> dict[str, Any]:
    """Return the live ExternalSecret ``app``."""
    body = bench.cluster.get(EXTERNAL_SECRETS, bench.namespace, "app")
    assert body is not None
    return body


def store(bench: Workbench) -> dict[str, Any] | None:
    """Create the store in the cluster, with the finalizer of a PushSecret."""
    body = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {
            "name": "vault",
            "namespace": bench.namespace,
            "finalizers": [STORE_FINALIZER],
        },
        "spec": {"provider": {"fake": {"data": []}}},
    }
    bench.cluster.create(SECRET_STORES, body, manager="operator")
    return bench.cluster.get(SECRET_STORES, bench.namespace, "vault")


def _nothing() -> None:
    """Let a first call pass."""

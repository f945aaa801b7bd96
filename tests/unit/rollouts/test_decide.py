"""Which workloads are restarted, each once, and what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from esync.cluster.contract import DEPLOYMENTS, STATEFUL_SETS
from esync.manifests.document import ObjectRef
from esync.rollouts.decide import Decision, Rotated, decide, in_order, restart_patch
from esync.rollouts.marks import spelled
from esync.rollouts.options import Mode, Options
from esync.rollouts.reloader import Settings

NOW = 1_700_000_000
AUTO = {"reloader.stakater.com/auto": "true"}
AT = "kubectl.kubernetes.io/restartedAt"
ENV = {"env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "p"}}}]}
CONSUMERS = Options(Mode.CONSUMERS)
ANNOTATED = Options(Mode.ANNOTATED)


def secret(name: str = "db", since: int = NOW, **rest: Any) -> Rotated:
    """Return a Secret that changed."""
    return Rotated(ObjectRef("Secret", "n", name), since, name, **rest)


def web(
    container: dict[str, Any], annotations: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """Spell a Deployment."""
    spec = {"containers": [{"name": "c", **container}], **more.pop("pod", {})}
    template = {"metadata": {"annotations": more.pop("template", {})}, "spec": spec}
    return {
        "kind": "Deployment",
        "metadata": {"namespace": "n", "name": "web", "annotations": annotations or {}},
        "spec": {"template": template, **more},
    }


def decided(body: dict[str, Any], options: Options, *rotated: Rotated, **rest: Any) -> Any:
    """Decide about one Deployment."""
    settings = rest.get("settings", Settings())
    return decide(DEPLOYMENTS, body, rotated or (secret(),), settings, options, NOW)


MOUNTED = {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}
SUB_PATH = {"volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "p"}]}
EXPRESSION = {"volumeMounts": [{"name": "v", "mountPath": "/v", "subPathExpr": "$(P)"}]}
VOLUMES = {"volumes": [{"name": "v", "secret": {"secretName": "db"}}]}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (web(ENV), "env of container c"),
        (web({"envFrom": [{"secretRef": {"name": "db"}}]}), "envFrom of container c"),
        (web(SUB_PATH, pod=VOLUMES), "a volume mounted with subPath of container c"),
        (web(EXPRESSION, pod=VOLUMES), "a volume mounted with subPath of container c"),
        (web({}, pod={"imagePullSecrets": [{"name": "db"}]}), "imagePullSecrets"),
        (web({}, pod={"initContainers": [{"name": "i", **ENV}]}), "env of init container i"),
        (web(MOUNTED, pod=VOLUMES), None),
        (web({}, pod=VOLUMES), None),
        (web({}), None),
        (web(ENV, {"secrets.exclude.reloader.stakater.com/reload": "db"}), None),
    ],
)
def test_consumers(body: dict[str, Any], says: str | None) -> None:
    """What reads a Secret at its start, annotations or not; exclusion is honoured."""
    found = decided(body, CONSUMERS)

    assert (found and [cause.rule for cause in found.restarts]) == (says and [says])
    assert decided(body, ANNOTATED) is None


def test_what_is_mounted_is_restarted_when_asked() -> None:
    """The kubelet refreshes it otherwise; an annotation asks for it, too."""
    body = web(MOUNTED, pod=VOLUMES)

    assert decided(body, Options(Mode.CONSUMERS, mounted=True)).restarts
    annotated = web(MOUNTED, AUTO, pod=VOLUMES)
    assert decided(annotated, CONSUMERS).restarts
    assert decided(annotated, ANNOTATED).restarts


def test_an_ignored_secret_restarts_nothing() -> None:
    """In both ways of choosing."""
    ignored = secret(annotations={"reloader.stakater.com/ignore": "true"})

    assert decided(web(ENV, AUTO), CONSUMERS, ignored) is None
    assert decided(web(ENV, AUTO), ANNOTATED, ignored) is None


def test_two_secrets_are_one_restart() -> None:
    """With both as its causes, and one patch."""
    both = {"env": [*ENV["env"], {"valueFrom": {"secretKeyRef": {"name": "tls"}}}]}

    found = decided(web(both, AUTO), ANNOTATED, secret(), secret("tls"))

    assert [cause.secret for cause in found.causes] == ["db", "tls"]
    annotations = {AT: "2023-11-14T22:13:20Z"}
    assert restart_patch(found, {}, NOW) == {
        "spec": {"template": {"metadata": {"annotations": annotations}}}
    }


@pytest.mark.parametrize(
    ("restarted", "since", "again"),
    [
        ("", NOW - 60, True),
        ("2023-11-14T22:12:19Z", NOW - 60, True),  # a second before the change
        ("2023-11-14T22:12:20Z", NOW - 60, False),
        ("2023-11-14T23:13:00+01:00", NOW - 60, False),
        ("2023-11-14T22:20:00Z", NOW - 60, True),  # no clock says that yet
        ("yesterday", NOW - 60, True),
    ],
)
def test_each_change_restarts_once(restarted: str, since: int, *, again: bool) -> None:
    """A template that was restarted since has the value already."""
    found = decided(web(ENV, template={AT: restarted}), CONSUMERS, secret(since=since))

    assert (found is not None) is again


def test_what_was_made_since_is_left_alone() -> None:
    """Its Pods started with the new value."""
    body = web(ENV)
    body["metadata"]["creationTimestamp"] = spelled(NOW - 10)

    assert decided(body, CONSUMERS, secret(since=NOW - 60)) is None
    assert decided(body, CONSUMERS, secret(since=NOW - 5)) is not None


def test_two_restarts_in_one_second_differ() -> None:
    """Else the second one would be no change of the template."""
    body = web(ENV, template={AT: spelled(NOW)})

    patch = restart_patch(Decision(DEPLOYMENTS, body, decided(web(ENV), CONSUMERS).causes), {}, NOW)

    at = patch["spec"]["template"]["metadata"]["annotations"][AT]
    assert at == spelled(NOW + 1)


def test_beside_a_reloader_the_same_variable_is_set() -> None:
    """With the same hash, so that whoever comes second changes nothing."""
    running = Settings(running=True)
    found = decided(web(ENV, AUTO), ANNOTATED, settings=running)

    assert (found.restarts, [one.secret for one in found.left]) == ((), ["db"])
    variable = {"name": "STAKATER_DB_SECRET", "value": "h"}
    containers = [{"name": "c", "env": [variable]}]
    assert restart_patch(found, {"db": "h"}, NOW) == {
        "spec": {"template": {"spec": {"containers": containers}}}
    }

    done = decided(web({"env": [*ENV["env"], variable]}, AUTO), ANNOTATED, settings=running)
    assert restart_patch(done, {"db": "h"}, NOW) == {}


def test_a_reloader_that_annotates_is_left_to_it() -> None:
    """Its annotation holds its own time, so esync cannot do the same."""
    settings = Settings(running=True, strategy="annotations")
    found = decided(web(ENV, AUTO), ANNOTATED, settings=settings)

    assert (found.restarts, found.marks) == ((), ())
    assert [one.secret for one in found.left] == ["db"]


def test_what_a_reloader_does_not_mind_is_not_left_to_it() -> None:
    """With annotations alone nobody restarts it then; consumers are restarted by esync."""
    settings, unminded = Settings(running=True), secret(minded=False)

    assert decided(web(ENV, AUTO), ANNOTATED, unminded, settings=settings) is None
    assert decided(web(ENV, AUTO), CONSUMERS, unminded, settings=settings).restarts
    assert decided(web(ENV), CONSUMERS, settings=settings).restarts


def test_a_checksum_is_told() -> None:
    """The chart restarts it once more when it is rendered anew."""
    found = decided(web(ENV, template={"checksum/secret": "x"}), CONSUMERS)

    assert found.notes == (
        "its template has checksum/secret: rendering its chart anew restarts it as well",
    )


def test_what_may_be_away_comes_last() -> None:
    """StatefulSets and Deployments with one replica, after all others; then by name."""
    cause = decided(web(ENV), CONSUMERS).causes

    def named(resource: Any, name: str, replicas: int) -> Decision:
        body = {"metadata": {"namespace": "n", "name": name}, "spec": {"replicas": replicas}}
        return Decision(resource, body, cause)

    found = in_order(
        [named(STATEFUL_SETS, "a", 3), named(DEPLOYMENTS, "b", 1), named(DEPLOYMENTS, "c", 2)]
    )

    assert [one.ref.name for one in found] == ["c", "b", "a"]


def test_a_pause_period_is_told() -> None:
    """Esync has ended before the period has; beside a Reloader it is honoured by it."""
    annotations = {"deployment.reloader.stakater.com/pause-period": "5m"}
    body = web(ENV, {**AUTO, **annotations})

    assert "is not honoured" in decided(body, ANNOTATED).notes[0]
    assert decided(body, ANNOTATED, settings=Settings(running=True)).notes == ()

"""What Reloader would do: the table of its rules, case by case.

Expectations: documented behaviour of Stakater Reloader.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from esync.rollouts.reloader import Settings, digest, settings_of, variable, verdict
from esync.rollouts.uses import marked_container, secrets_of, uses

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTO = "reloader.stakater.com/auto"
TYPED_AUTO = "secret.reloader.stakater.com/auto"
NAMED = "secret.reloader.stakater.com/reload"
EXCLUDE = "secrets.exclude.reloader.stakater.com/reload"
SEARCH = "reloader.stakater.com/search"
MATCH = {"reloader.stakater.com/match": "true"}
IGNORE = {"reloader.stakater.com/ignore": "true"}

ENV = {"env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "p"}}}]}
ENV_FROM = {"envFrom": [{"secretRef": {"name": "db"}}]}
MOUNT = {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}
VOLUME = {"name": "v", "secret": {"secretName": "db"}}
PROJECTED = {"name": "v", "projected": {"sources": [{"secret": {"name": "db"}}]}}


def pod(
    *containers: Mapping[str, Any], init: Mapping[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    """Spell the spec of a Pod with containers named c0, c1 and so on."""
    named = [{"name": f"c{number}", **one} for number, one in enumerate(containers)]
    return {
        "containers": named,
        **({"initContainers": [{"name": "i", **init}]} if init else {}),
        **spec,
    }


def workload(
    spec: Mapping[str, Any],
    own: Mapping[str, str] | None = None,
    template: Mapping[str, str] | None = None,
    kind: str = "Deployment",
) -> dict[str, Any]:
    """Spell a workload with annotations of its own and of its template."""
    inner: dict[str, Any] = {
        "template": {"metadata": {"annotations": template or {}}, "spec": spec}
    }
    if kind == "CronJob":
        inner = {"jobTemplate": {"spec": inner}}
    return {"kind": kind, "metadata": {"annotations": own or {}}, "spec": inner}


USING = pod(ENV)
UNUSED = pod({})

CASES: list[tuple[str, Any, Any, Any, Any, bool]] = [
    # what it is about, own annotations, the template's, the Secret's, Pod, restarts
    ("nothing is asked for", {}, {}, {}, USING, False),
    ("auto", {AUTO: "true"}, {}, {}, USING, True),
    ("typed auto", {TYPED_AUTO: "true"}, {}, {}, USING, True),
    ("auto of the template", {}, {AUTO: "true"}, {}, USING, True),
    ("the template is not merged", {AUTO: "false"}, {NAMED: "db"}, {}, USING, False),
    ("an empty one of its own counts as there", {SEARCH: ""}, {AUTO: "true"}, {}, USING, False),
    ("others of its own do not count", {EXCLUDE: "x"}, {AUTO: "true"}, {}, USING, True),
    ("excluded", {AUTO: "true", EXCLUDE: "x, db"}, {}, {}, USING, False),
    ("excluded by the template", {AUTO: "true"}, {EXCLUDE: "db"}, {}, USING, True),
    ("exclusion is exact", {AUTO: "true", EXCLUDE: "d.*"}, {}, {}, USING, True),
    ("named and excluded", {NAMED: "db", EXCLUDE: "db"}, {}, {}, USING, False),
    ("ignored", {AUTO: "true", NAMED: "db"}, {}, IGNORE, USING, False),
    (
        "ignore is exactly true",
        {AUTO: "true"},
        {},
        {"reloader.stakater.com/ignore": "True"},
        USING,
        True,
    ),
    ("named, although auto is false", {AUTO: "false", NAMED: "db"}, {}, {}, USING, True),
    ("named without use", {NAMED: "db"}, {}, {}, UNUSED, True),
    ("named among others", {NAMED: "x , db "}, {}, {}, UNUSED, True),
    ("names are whole", {NAMED: "d"}, {}, {}, UNUSED, False),
    ("expression", {NAMED: "d.+"}, {}, {}, UNUSED, True),
    ("bad one beside a good one", {NAMED: "(,d.*"}, {}, {}, UNUSED, True),
    ("bad one alone", {NAMED: "["}, {}, {}, UNUSED, False),
    ("lookahead is none of RE2's", {NAMED: "db(?=)"}, {}, {}, UNUSED, False),
    ("alternation: starts with", {NAMED: "d|x"}, {}, {}, UNUSED, True),
    ("alternation: ends with", {NAMED: "x|b"}, {}, {}, UNUSED, True),
    ("alternation: neither", {NAMED: "b|d"}, {}, {}, UNUSED, False),
    ("search and match", {SEARCH: "true"}, {}, MATCH, USING, True),
    ("search without match", {SEARCH: "true"}, {}, {}, USING, False),
    ("match without search", {}, {}, MATCH, USING, False),
    ("search is exactly true", {SEARCH: "1"}, {}, MATCH, USING, False),
    ("search, although auto is false", {SEARCH: "true", AUTO: "false"}, {}, MATCH, USING, True),
    ("search without use", {SEARCH: "true"}, {}, MATCH, UNUSED, False),
    ("auto without use", {AUTO: "true"}, {}, {}, UNUSED, False),
    ("envFrom", {AUTO: "true"}, {}, {}, pod(ENV_FROM), True),
    ("volume", {AUTO: "true"}, {}, {}, pod(MOUNT, volumes=[VOLUME]), True),
    ("projected volume", {AUTO: "true"}, {}, {}, pod(MOUNT, volumes=[PROJECTED]), True),
    ("unmounted volume", {AUTO: "true"}, {}, {}, pod({}, volumes=[VOLUME]), False),
    ("init container only", {AUTO: "true"}, {}, {}, pod({}, init=ENV), True),
    (
        "imagePullSecrets only",
        {AUTO: "true"},
        {},
        {},
        pod({}, imagePullSecrets=[{"name": "db"}]),
        False,
    ),
]


@pytest.mark.parametrize(
    ("own", "template", "secret", "spec", "restarts"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_rules(
    own: Mapping[str, str],
    template: Mapping[str, str],
    secret: Mapping[str, str],
    spec: Mapping[str, Any],
    *,
    restarts: bool,
) -> None:
    """A change of Secret db restarts the workload, or does not."""
    found = verdict(Settings(), "db", secret, workload(spec, own, template))

    assert bool(found.rule) is restarts


@pytest.mark.parametrize("word", ["1", "t", "T", "TRUE", "true", "True"])
def test_what_go_reads_as_true(word: str) -> None:
    """All of its spellings."""
    assert verdict(Settings(), "db", {}, workload(USING, {AUTO: word})).rule == AUTO


@pytest.mark.parametrize("word", ["0", "f", "FALSE", "tRUE", "yes", "on", "", " true"])
def test_everything_else_is_false(word: str) -> None:
    """Also what other parsers take for true."""
    assert verdict(Settings(), "db", {}, workload(USING, {AUTO: word})).rule == ""


def test_a_bad_expression_is_told() -> None:
    """With the annotation in which it stands."""
    found = verdict(Settings(), "db", {}, workload(UNUSED, {NAMED: "(,db"}))

    assert found.notes == (f'"(" in {NAMED} is no regular expression (RE2)',)


@pytest.mark.parametrize(
    ("own", "restarts"),
    [({}, True), ({AUTO: ""}, True), ({AUTO: "false"}, False), ({TYPED_AUTO: "false"}, False)],
)
def test_a_reloader_that_restarts_all(own: Mapping[str, str], *, restarts: bool) -> None:
    """Unless the workload says otherwise."""
    found = verdict(Settings(auto_all=True), "db", {}, workload(USING, own))

    assert bool(found.rule) is restarts


def test_cron_jobs_can_be_ignored() -> None:
    """By the type of the workload."""
    job = workload(USING, {AUTO: "true"}, kind="CronJob")

    assert verdict(Settings(), "db", {}, job).rule == AUTO
    assert verdict(Settings(ignores=frozenset({"cronjobs"})), "db", {}, job).rule == ""


@pytest.mark.parametrize(
    ("spec", "explicit", "container"),
    [
        (pod({}, ENV), False, "c1"),
        (pod(ENV, MOUNT, volumes=[VOLUME]), False, "c1"),
        (pod({}, init=ENV), False, "c0"),
        (pod({}, {}, init=MOUNT, volumes=[VOLUME]), False, "c0"),
        (pod({}, {}), True, "c0"),
        (pod({}, {}), False, ""),
    ],
)
def test_the_marked_container(spec: Mapping[str, Any], container: str, *, explicit: bool) -> None:
    """The one that mounts it, else has it in its environment; for init the first ordinary one."""
    assert marked_container(spec, "db", explicit=explicit) == container


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        ("app-db.creds", "STAKATER_APP_DB_CREDS_SECRET"),
        ("db", "STAKATER_DB_SECRET"),
        ("a--b..c", "STAKATER_A_B_C_SECRET"),
        ("-x9", "STAKATER_X9_SECRET"),
    ],
)
def test_the_variable(secret: str, expected: str) -> None:
    """Runs of other characters are one underscore, and none comes first."""
    assert variable(secret) == expected


def test_the_hash() -> None:
    """Of the sorted pairs; and of nothing."""
    data = {"username": b"app", "password": b"s3cr3t"}

    assert digest(data) == "2d1f2667e20f87ccb8cfcf295ba7bf045a28561b"
    assert digest({}) == "da39a3ee5e6b4b0d3255bfef95601890afd80709"


def test_the_settings_of_a_running_reloader() -> None:
    """Names of annotations, the strategy and what is left alone come from its ConfigMap."""
    options = {
        "autoReloadAll": True,
        "reloadStrategy": "annotations",
        "secretUpdateOnChangeAnnotation": "corp/reload",
        "reloaderAutoAnnotation": "corp/auto",
        "ignoreResourceAnnotation": "corp/ignore",
        "namespacesToIgnore": ["kube-system"],
        "resourcesToIgnore": ["configMaps"],
        "workloadTypesToIgnore": ["jobs", "cronjobs"],
        "namespaceSelectors": ["team=a"],
        "resourceSelectors": [],
    }

    found = settings_of({"data": {"reloaderOptions": json.dumps(options)}})

    assert (found.running, found.strategy, found.auto_all) == (True, "annotations", True)
    assert found.ignores_namespace("kube-system")
    assert not found.ignores_namespace("prod")
    assert "cronjobs" in found.ignores
    assert found.namespace_selectors == ("team=a",)
    renamed = workload(UNUSED, {"corp/reload": "db"})
    assert verdict(found, "db", {}, renamed).rule == "corp/reload: db"
    assert verdict(found, "db", {"corp/ignore": "true"}, renamed).rule == ""
    assert verdict(found, "db", {}, workload(UNUSED, {NAMED: "db"})).rule == ""


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_settings_that_cannot_be_read(text: str) -> None:
    """One runs all the same, as it is by default."""
    assert settings_of({"data": {"reloaderOptions": text}}) == Settings(running=True)


def test_a_reloader_that_ignores_secrets() -> None:
    """It minds no namespace's Secrets."""
    found = settings_of({"data": {"reloaderOptions": '{"resourcesToIgnore": ["secrets"]}'}})

    assert found.ignores_namespace("prod")


@pytest.mark.parametrize("spec", [case[4] for case in CASES], ids=[case[0] for case in CASES])
def test_whatever_is_used_is_among_the_names(spec: Mapping[str, Any]) -> None:
    """A quick look at a Pod misses no use; a volume that nobody mounts is one name too many."""
    if list(uses(spec, "db")):
        assert "db" in secrets_of(spec)
    assert secrets_of(spec) <= {"db"}

"""Targets of other kinds than Secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync import report
from esync.cluster.contract import CONFIG_MAPS, Resource
from esync.deliver import Guards
from esync.flow.change import Action, Mark, Result
from esync.flow.kubernetes import CREATED_BY_LABEL, DATA_HASH_ANNOTATION, MANAGED_LABEL
from esync.flow.manifest import ManifestObject
from esync.resolve import Options
from esync.shape.paths import BadPathError, parse, place

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench

CONFIG_MAP = "manifest: {apiVersion: v1, kind: ConfigMap}"
WIDGET = "manifest: {apiVersion: example.com/v1, kind: Widget}"


def lay(bench: Workbench, target: str, **values: str) -> None:
    """Lay an ExternalSecret with this target, and allow such targets."""
    bench.options = Options(generic_targets=True)
    bench.store("vault", values or {"host": "db", "port": "5432"})
    bench.external_secret(f"""
secretStoreRef: {{name: vault}}
dataFrom: [{{find: {{name: {{regexp: .*}}}}}}]
target: {target}
""")


def rendered(bench: Workbench) -> dict[str, Any]:
    """Return the body of the one object that is rendered."""
    outcome = bench.render()
    assert [one.error.message for one in outcome.failures] == []
    made = outcome.secrets[0]
    assert isinstance(made, ManifestObject)
    return dict(made.body)


def live(bench: Workbench) -> dict[str, Any] | None:
    """Return the ConfigMap in the cluster."""
    return bench.cluster.get(CONFIG_MAPS, bench.namespace, "app")


def test_they_are_off_by_default(bench: Workbench) -> None:
    """The operator has a flag for them, and so do we."""
    lay(bench, f"{{{CONFIG_MAP}}}")
    bench.options = Options()

    bench.failure(rule="ES0021")


def test_a_config_map_from_first_to_last(both: Workbench) -> None:
    """Created, unchanged, changed, a key removed; stamped as the operator stamps it."""
    lay(both, f"{{{CONFIG_MAP}}}", k="v")
    assert both.applied().result is Result.CREATED
    made = live(both)
    assert made is not None
    assert made["data"] == {"k": "v"}
    assert made["metadata"]["labels"][MANAGED_LABEL] == "true"
    assert CREATED_BY_LABEL in made["metadata"]["labels"]
    assert made["metadata"]["annotations"][DATA_HASH_ANNOTATION] == (
        "91bf3dec87055bc57b9c9edafd051023c7314b7c15724a0882143dc6"
    )

    assert both.applied().result is Result.UNCHANGED
    lay(both, f"{{{CONFIG_MAP}}}", k="w", more="x")
    change = both.diff().changes[0]
    assert change.action is Action.UPDATE
    assert [(one.key, one.mark) for one in change.fields if one.field == "data"] == [
        ("k", Mark.CHANGED),
        ("more", Mark.ADDED),
    ]
    assert "w" not in report.as_text(both.diff(), report.Look()).replace("ConfigMap", "").split()
    assert both.applied().result is Result.CONFIGURED

    lay(both, f"{{{CONFIG_MAP}}}", k="w")
    assert both.applied().result is Result.CONFIGURED
    after = live(both)
    assert after is not None
    assert after["data"] == {"k": "w"}


def test_without_a_template_values_go_under_spec_data(bench: Workbench) -> None:
    """Any kind but ConfigMap takes them as texts under spec.data; metadata is copied."""
    lay(bench, f"{{{WIDGET}}}")

    assert rendered(bench)["spec"] == {"data": {"host": "db", "port": "5432"}}


def test_a_template_brings_only_what_it_says(bench: Workbench) -> None:
    """No fetched key is copied; data lands at the top; metadata is not rendered."""
    lay(
        bench,
        f"""
  {WIDGET}
  template:
    metadata: {{labels: {{l: '{{{{ .host }}}}'}}}}
    data: {{url: 'https://{{{{ .host }}}}'}}
""",
    )

    body = rendered(bench)

    assert body["data"] == {"url": "https://db"}
    assert body["spec"] == {}
    assert body["metadata"]["labels"]["l"] == "{{ .host }}"


def test_paths_reach_into_the_object(bench: Workbench) -> None:
    """Keys and values replace or merge at a path, as YAML types them."""
    lay(
        bench,
        f"""
  {WIDGET}
  template:
    templateFrom:
    - {{target: spec, literal: 'a: 1'}}
    - {{target: 'spec.ports[1].name', literal: '"{{{{ .host }}}}"'}}
    - {{target: spec.deep, literal: 'x: true'}}
    - {{target: spec.deep, literal: 'z: {{{{ .port }}}}'}}
    - {{target: Labels, literal: 'from: template'}}
""",
    )

    body = rendered(bench)

    assert body["spec"] == {"a": 1, "ports": [None, {"name": "db"}], "deep": {"x": True, "z": 5432}}
    assert body["metadata"]["labels"]["from"] == "template"


def test_a_template_cannot_change_whose_object_it_is(bench: Workbench) -> None:
    """The operator would write another object; here it is an error."""
    for path, value in (
        ("metadata.name", '"other"'),
        ("metadata.namespace", '"other"'),
        ("kind", '"ClusterRole"'),
        ("apiVersion", '"v2"'),
    ):
        lay(
            bench,
            f"{{{WIDGET}, template: {{templateFrom: [{{target: {path}, literal: '{value}'}}]}}}}",
        )
        assert "changes apiVersion, kind, name or namespace" in bench.failure(rule="ES0412")


def test_a_kind_without_namespace_is_refused(bench: Workbench) -> None:
    """The cluster tells it of kinds that esync does not know."""
    planets = Resource("example.com", "v1", "planets", "Planet", namespaced=False)
    bench.cluster.create(planets, {"metadata": {"name": "pluto"}}, manager="tests")
    lay(bench, "{manifest: {apiVersion: example.com/v1, kind: Planet}}")

    assert [one.error.rule for one in bench.apply().failures] == ["ES0210"]


def test_a_kind_that_the_cluster_lacks_is_refused(both: Workbench) -> None:
    """Nothing can be written."""
    lay(both, "{manifest: {apiVersion: example.com/v9, kind: Unheard}}")
    assert [one.error.rule for one in both.apply().failures] == ["ES0210"]


@pytest.mark.parametrize("policy", ["Merge", "CreateOrMerge"])
def test_merge_builds_on_what_is_there(both: Workbench, policy: str) -> None:
    """Labels and other members of a live object stay; the data of a ConfigMap is replaced."""
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "app", "namespace": both.namespace, "labels": {"theirs": "x"}},
        "data": {"old": "1"},
        "binaryData": {"bin": "AAE="},
    }
    both.cluster.create(CONFIG_MAPS, body, manager="somebody")
    lay(both, f"{{{CONFIG_MAP}, creationPolicy: {policy}}}", k="v")
    assert [one.error.rule for one in both.apply().failures] == ["ES0502"]

    both.guards = Guards(adopt=True)
    both.applied()

    made = live(both)
    assert made is not None
    assert made["data"] == {"k": "v"}
    assert made["binaryData"] == {"bin": "AAE="}
    assert made["metadata"]["labels"]["theirs"] == "x"


def test_merge_makes_nothing(bench: Workbench) -> None:
    """Without an object to merge into nothing is written."""
    lay(bench, f"{{{CONFIG_MAP}, creationPolicy: Merge}}")

    assert bench.applied().result is Result.UNCHANGED
    assert live(bench) is None


@pytest.mark.parametrize(
    ("path", "tokens"),
    [
        ("a", ("a",)),
        ("a.b[0][1].c", ("a", "b", 0, 1, "c")),
        ("a.[0]", ("a", 0)),
    ],
)
def test_paths_parse(path: str, tokens: tuple[str | int, ...]) -> None:
    """Names between dots, each with any number of indexes."""
    assert parse(path) == tokens


@pytest.mark.parametrize(
    "path",
    ["", ".a", "a.", "a..b", "a[0]b", "a[", "a]", "a[x]", "a[-1]", "a[10001]", "[0].a", "a[]"],
)
def test_bad_paths_are_refused(path: str) -> None:
    """There is no escaping, and no index below zero or above 10,000."""
    with pytest.raises(BadPathError):
        parse(path)


def test_a_path_through_a_scalar_is_refused() -> None:
    """Missing containers are made; wrong ones are an error; siblings stay."""
    body: dict[str, Any] = {"a": {"b": 1, "keep": 2}}
    place(body, parse("a.c.d"), 3, merge=True)
    assert body == {"a": {"b": 1, "keep": 2, "c": {"d": 3}}}
    with pytest.raises(BadPathError):
        place(body, parse("a.b.c"), 3, merge=True)


@pytest.mark.parametrize("policy", ["Owner", "Merge"])
def test_delete_takes_what_is_ours_only(both: Workbench, policy: str) -> None:
    """With nothing left in the store, the object goes if its labels say that we made it."""
    gone = """
  creationPolicy: Owner
  deletionPolicy: Delete
"""
    lay(both, f"{{{CONFIG_MAP}, creationPolicy: {policy}}}", k="v")
    if policy == "Merge":  # somebody else's object, into which we only merged
        body = {"metadata": {"name": "app", "namespace": both.namespace}, "data": {"k": "old"}}
        both.cluster.create(CONFIG_MAPS, body, manager="somebody")
    both.applied()
    assert live(both) is not None

    lay(both, f"\n  {CONFIG_MAP}{gone}", other="x")
    spec = (both.folder / "es-app.yaml").read_text().replace(".*", "^k$")
    (both.folder / "es-app.yaml").write_text(spec)
    [change] = both.diff().changes
    assert change.action is (Action.DELETE if policy == "Owner" else Action.NONE)

    result = both.applied().result
    assert result is (Result.DELETED if policy == "Owner" else Result.UNCHANGED)
    assert (live(both) is None) is (policy == "Owner")
    assert both.applied().result is Result.UNCHANGED


def test_a_foreign_object_is_adopted_only_on_request(both: Workbench) -> None:
    """Owner would replace it as a whole; nothing is written without --adopt."""
    body = {"metadata": {"name": "app", "namespace": both.namespace}, "data": {"theirs": "x"}}
    both.cluster.create(CONFIG_MAPS, body, manager="somebody")
    lay(both, f"{{{CONFIG_MAP}}}", k="v")

    assert [one.error.rule for one in both.apply().failures] == ["ES0502"]
    both.guards = Guards(adopt=True)
    both.applied()

    after = live(both)
    assert after is not None
    assert after["data"] == {"k": "v"}


@pytest.mark.parametrize("policy", ["None", "Merge"])
def test_template_errors_are_told_whatever_the_policy(bench: Workbench, policy: str) -> None:
    """The object is built even where it is not written, as with the operator."""
    for template, rule in (
        ("{data: {a: '{{ .absent }}'}}", "ES0405"),
        ("{templateFrom: [{target: a..b, literal: x}]}", "ES0412"),
    ):
        lay(bench, f"{{{CONFIG_MAP}, creationPolicy: {policy}, template: {template}}}")
        assert [one.error.rule for one in bench.apply().failures] == [rule]

    lay(bench, f"{{{CONFIG_MAP}, creationPolicy: {policy}, template: {{data: {{a: b}}}}}}")
    assert bench.applied().result is Result.UNCHANGED
    assert live(bench) is None


@pytest.mark.parametrize(
    "template",
    [
        "{metadata: {labels: {applyset.kubernetes.io/part-of: x}}}",
        "{metadata: {annotations: {reconcile.external-secrets.io/data-hash: x}}}",
        "{templateFrom: [{target: Labels, literal: 'applyset.kubernetes.io/part-of: x'}]}",
        "{templateFrom: [{target: metadata.labels, literal: 'applyset.kubernetes.io/id: x'}]}",
    ],
)
def test_bookkeeping_cannot_come_from_a_template(bench: Workbench, template: str) -> None:
    """Nor by a path."""
    lay(bench, f"{{{CONFIG_MAP}, template: {template}}}")

    bench.failure(rule="ES0409")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata", "name: app"),
        ("metadata", "[a]"),
        ("metadata.labels", "[a]"),
        ("metadata.labels", "a: [b]"),
        ("metadata.annotations", "1"),
    ],
)
def test_metadata_stays_metadata(bench: Workbench, path: str, value: str) -> None:
    """What is no map of texts any more is an error, and no crash."""
    lay(
        bench,
        f"{{{CONFIG_MAP}, template: {{templateFrom: [{{target: {path}, literal: '{value}'}}]}}}}",
    )

    assert "the template changes" in bench.failure(rule="ES0412")


def test_what_is_no_mapping_takes_no_key(bench: Workbench) -> None:
    """One entry made a text of ``metadata``; the next one would put a label into it."""
    entries = "[{target: metadata, literal: 'text'}, {target: Labels, literal: 'a: b'}]"
    lay(bench, f"{{{CONFIG_MAP}, template: {{templateFrom: {entries}}}}}")

    assert "no mapping" in bench.failure(rule="ES0412")


def test_a_secret_is_no_manifest_target(bench: Workbench) -> None:
    """The operator fills it with texts that are no base64, or with a spec that is dropped."""
    lay(bench, "{manifest: {apiVersion: v1, kind: Secret}}")

    bench.failure(rule="ES0022")


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("v1", "Namespace"),
        ("v1", "Node"),
        ("v1", "PersistentVolume"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole"),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("storage.k8s.io/v1", "StorageClass"),
        ("external-secrets.io/v1", "ClusterSecretStore"),
    ],
)
def test_a_target_has_a_namespace(bench: Workbench, api_version: str, kind: str) -> None:
    """Known kinds without one are refused without a cluster."""
    lay(bench, f"{{manifest: {{apiVersion: {api_version}, kind: {kind}}}}}")

    told = f"{kind} has no namespace, and a target stays in that of its ExternalSecret"
    assert bench.failure(rule="ES0024") == told


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{data: {at: '{{ now | unixEpoch }}', k: '{{ .host }}'}}", "at"),
        ("{templateFrom: [{literal: 'at: {{ randAlpha 5 }}'}], data: {k: '{{ .host }}'}}", "***"),
    ],
)
def test_volatile_values_are_no_change(both: Workbench, template: str, value: str) -> None:
    """They are written together with a real change only."""
    spec = f"\n  {CONFIG_MAP}\n  template: {template}\n"
    lay(both, spec, host="one")
    both.applied()
    before = live(both)
    both.seconds += 60

    [change] = both.diff().changes
    assert [(one.key, one.volatile) for one in change.fields if one.field == "data"] == [
        (value, True)
    ]
    assert not change.is_real
    assert both.applied().result is Result.UNCHANGED
    assert live(both) == before

    lay(both, spec, host="two")
    assert both.applied().result is Result.CONFIGURED
    after = live(both)
    assert before is not None
    assert after is not None
    assert after["data"]["at"] != before["data"]["at"]


def test_what_counts_for_secrets_only_is_told(bench: Workbench) -> None:
    """The operator ignores these fields of other kinds; a note names each."""
    template = "{type: x, mergePolicy: Merge, metadata: {finalizers: [a/b]}, data: {k: v}}"
    lay(bench, f"{{{CONFIG_MAP}, immutable: true, template: {template}}}")

    notes = bench.applied().notes

    assert [note.split()[0] for note in notes] == [
        "target.immutable",
        "target.template.type",
        "target.template.mergePolicy",
        "target.template.metadata.finalizers",
    ]

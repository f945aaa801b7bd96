"""Templates: where they come from, what they see, what becomes of what they render."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.flow.change import Action, Result
from esync.flow.kubernetes import SecretObject

if TYPE_CHECKING:
    from tests.behaviour.workbench import Workbench

FETCH = """
secretStoreRef: {name: vault}
dataFrom: [{find: {name: {regexp: .*}}}]
"""


def lay(bench: Workbench, template: str, **values: str) -> None:
    """Lay an ExternalSecret that fetches these keys and has this template."""
    bench.store("vault", values or {"user": "app", "password": "s3cret"})
    bench.external_secret(f"{FETCH}target: {{template: {template}}}\n")


def source(bench: Workbench, kind: str, name: str, **data: str) -> None:
    """Lay a ConfigMap or Secret that holds templates."""
    field = "data" if kind == "ConfigMap" else "stringData"
    metadata = {"name": name, "namespace": bench.namespace}
    body = {"apiVersion": "v1", "kind": kind, "metadata": metadata, field: data}
    bench.document(f"{kind}-{name}", body)


def made(bench: Workbench) -> SecretObject:
    """Return the one rendered Secret."""
    outcome = bench.render()
    assert [one.error.message for one in outcome.failures] == []
    [secret] = outcome.secrets
    assert isinstance(secret, SecretObject)
    return secret


def test_every_source_and_their_order(bench: Workbench) -> None:
    """Inside an entry ConfigMap, Secret, literal; later entries win; template.data beats all."""
    source(bench, "ConfigMap", "cm", a="cm {{ .user }}", b="cm", c="cm", d="cm", e="cm")
    source(bench, "Secret", "sec", b="sec {{ .user }}", c="sec", d="sec", e="sec")
    lay(
        bench,
        """
  {mergePolicy: Merge,
  templateFrom: [
    {configMap: {name: cm, items: [{key: a}, {key: b}, {key: c}, {key: d}, {key: e}]},
     secret: {name: sec, items: [{key: b}, {key: c}, {key: d}, {key: e}]},
     literal: "c: literal\\nd: literal\\ne: literal"},
    {literal: "d: later\\ne: later\\nuser: later"}],
  data: {e: "data"}}
""",
    )

    assert bench.rendered() == {
        "a": "cm app",
        "b": "sec app",
        "c": "literal",
        "d": "later",
        "e": "data",
        "password": "s3cret",
        "user": "later",
    }


def test_templates_never_see_each_other(bench: Workbench) -> None:
    """All see the fetched keys, and nothing else: no results, no metadata."""
    lay(bench, "{data: {a: x, b: '{{ . | toJson }}'}}")

    assert bench.rendered()["b"] == '{"password":"s3cret","user":"app"}'

    for absent in ("{{ .a }}", "{{ .metadata.name }}", "{{ if .absent }}{{ end }}"):
        lay(bench, f"{{data: {{a: x, b: '{absent}'}}}}")
        bench.failure(rule="ES0405")
    lay(bench, """{data: {b: '[{{ index . "absent" }}]'}}""")
    assert bench.rendered() == {"b": "[]"}


def test_items_are_values_unless_told_otherwise(bench: Workbench) -> None:
    """Values keep their text under the item's key; KeysAndValues are YAML."""
    text = "k: '{{ .user }}'\nv: 1.10\n"
    source(bench, "ConfigMap", "cm", item=text)
    lay(bench, "{templateFrom: [{configMap: {name: cm, items: [{key: item}]}}]}")
    assert bench.rendered() == {"item": "k: 'app'\nv: 1.10\n"}

    items = "[{key: item, templateAs: KeysAndValues}]"
    lay(bench, f"{{templateFrom: [{{configMap: {{name: cm, items: {items}}}}}]}}")
    assert bench.rendered() == {"k": "app", "v": "1.1"}


@pytest.mark.parametrize(
    ("yaml", "pairs"),
    [
        ("yes: on", {"true": "true"}),
        ("n: off", {"false": "false"}),
        ("a: True", {"a": "true"}),
        ("a: 0x1f", {"a": "31"}),
        ("a: 0o17", {"a": "15"}),
        ("a: 0b11", {"a": "3"}),
        ("a: 1_000", {"a": "1000"}),
        ("a: 007", {"a": "7"}),
        ("a: 089", {"a": "89"}),
        ("a: +12", {"a": "12"}),
        ("a: 12345678.9", {"a": "1.2345679e+07"}),
        ("a: 1e3", {"a": "1000"}),
        ("a: .inf", {"a": "+Inf"}),
        ("a: 12345678901234567890", {"a": "12345678901234567890"}),
        ("a: 2020-01-01", {"a": "2020-01-01"}),
        ("a: 1:30:20", {"a": "1:30:20"}),
        ("a:", {"a": ""}),
        ("a: ~", {"a": ""}),
        ("a: !!binary aGVsbG8=", {"a": "hello"}),
        ("a: 1\na: 2", {"a": "2"}),
        ("{}", {}),
        ("", {}),
        ("# nothing", {}),
        ("null", {}),
        ("a: 1\n---\nb: 2", {"a": "1"}),
        ("a: {b: c}", None),
        ("a: [b]", None),
        ("[a]", None),
        ("text", None),
        ("~: a", None),
        ("a: b: c", None),
        ('a: {{ "/w==" | b64dec }}', None),
    ],
)
def test_keys_and_values(bench: Workbench, yaml: str, pairs: dict[str, str] | None) -> None:
    """YAML 1.1, the first document, each value as text; anything else is an error."""
    source(bench, "ConfigMap", "cm", item=yaml)
    items = "[{key: item, templateAs: KeysAndValues}]"
    lay(bench, f"{{templateFrom: [{{configMap: {{name: cm, items: {items}}}}}]}}")

    if pairs is None:
        bench.failure(rule="ES0405")
    else:
        assert bench.rendered() == pairs


@pytest.mark.parametrize("target", ["Labels", "labels", "LABELS"])
def test_targets_know_no_case(bench: Workbench, target: str) -> None:
    """Data, Labels and Annotations, in any spelling; an empty one is Data."""
    lay(
        bench,
        f"""
  {{metadata: {{labels: {{over: template, plain: '{{{{ .user }}}}'}}}},
  templateFrom: [
    {{target: {target}, literal: "team: '{{{{ .user }}}}'\\nover: literal"}},
    {{target: ANNOTATIONS, literal: "note: '{{{{ .user }}}}'"}},
    {{target: "", literal: "key: value"}}]}}
""",
    )

    secret = made(bench)

    own = {key: text for key, text in secret.labels.items() if "/" not in key}
    assert own == {"team": "app", "over": "template", "plain": "app"}
    assert secret.annotations["note"] == "app"
    assert bench.rendered() == {"key": "value"}


def test_a_target_that_secrets_do_not_have_is_refused(bench: Workbench) -> None:
    """Before anything is fetched."""
    lay(bench, "{templateFrom: [{target: spec.a, literal: 'k: v'}]}")

    bench.failure(rule="ES0136")


ACCOUNT = "{type: kubernetes.io/service-account-token"


@pytest.mark.parametrize(
    ("template", "rule"),
    [
        ("{type: bootstrap.kubernetes.io/token}", "ES0135"),
        (ACCOUNT + ", metadata: {annotations: {kubernetes.io/service-account.name: x}}}", "ES0135"),
        (ACCOUNT + ", templateFrom: [{target: annotations, literal: 'a: b'}]}", "ES0135"),
        (ACCOUNT + "}", ""),
        (ACCOUNT + ", templateFrom: [{target: labels, literal: 'a: b'}]}", ""),
    ],
)
def test_privileged_types_are_refused(bench: Workbench, template: str, rule: str) -> None:
    """A template can make no Secret by which it becomes somebody else."""
    lay(bench, template)

    if rule:
        bench.failure(rule=rule)
    else:
        made(bench)


@pytest.mark.parametrize(
    ("strategy", "literal", "value"),
    [
        ("Base64", "k: aGVsbG8=", "hello"),
        ("Base64URL", "k: Pz8_", "???"),
        ("Auto", "k: plain text", "plain text"),
        ("None", "k: aGVsbG8=", "aGVsbG8="),
        ("Base64", "k: plain", None),
    ],
)
@pytest.mark.parametrize("scope", ["literal", "item"])
def test_rendered_values_are_decoded(
    bench: Workbench, scope: str, strategy: str, literal: str, value: str | None
) -> None:
    """The strategy acts on each value, in both scopes, and never on keys."""
    source(bench, "ConfigMap", "cm", k=literal.removeprefix("k: "))
    entry = (
        f"literal: '{literal}'"
        if scope == "literal"
        else "configMap: {name: cm, items: [{key: k}]}"
    )
    lay(bench, f"{{templateFrom: [{{valuesDecodingStrategy: {strategy}, {entry}}}]}}")

    if value is None:
        bench.failure(rule="ES0402")
    else:
        assert bench.rendered() == {"k": value}


def test_labels_are_decoded_too(bench: Workbench) -> None:
    """Bytes that are no text are replaced, as when they are written."""
    entry = "{target: Labels, valuesDecodingStrategy: Base64, literal: 'a: eA=='}"
    lay(bench, f"{{templateFrom: [{entry}, {{target: Annotations, literal: 'b: !!binary /w=='}}]}}")

    secret = made(bench)

    assert secret.labels["a"] == "x"
    assert secret.annotations["b"] == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("source_of", "rule"),
    [
        ("configMap: {name: absent, items: [{key: k}]}", "ES0205"),
        ("secret: {name: absent, items: [{key: k}]}", "ES0205"),
        ("configMap: {name: cm, items: [{key: absent}]}", "ES0406"),
    ],
)
def test_missing_sources_are_errors(bench: Workbench, source_of: str, rule: str) -> None:
    """Nothing is written then; an entry without a source does nothing."""
    source(bench, "ConfigMap", "cm", k="v")
    lay(bench, f"{{templateFrom: [{{{source_of}}}]}}")
    bench.failure(rule=rule)

    lay(bench, "{templateFrom: [{target: Data}], data: {a: b}}")
    assert bench.rendered() == {"a": "b"}


def test_a_source_missing_in_the_cluster_is_an_error(both: Workbench) -> None:
    """Of another namespace, too: templates come from the ExternalSecret's own."""
    lay(both, "{templateFrom: [{configMap: {name: kube-root-ca-not, items: [{key: k}]}}]}")

    assert [one.error.rule for one in both.apply().failures] == ["ES0406"]


def test_type_and_finalizers(both: Workbench) -> None:
    """A type is set once; finalizers are added and never removed."""
    lay(both, "{type: example.com/kind, metadata: {finalizers: [example.com/one]}}")
    assert made(both).finalizers == ("example.com/one",)
    both.applied()

    lay(both, "{metadata: {finalizers: [example.com/two]}}")
    both.applied()
    live = both.live()
    assert live is not None
    assert (live.type, live.finalizers) == (
        "example.com/kind",
        ("example.com/one", "example.com/two"),
    )

    lay(both, "{type: Opaque}")
    assert [one.error.rule for one in both.apply().failures] == ["ES0508"]


def test_binary_passes_through(bench: Workbench) -> None:
    """Bytes that are no text are the same behind a template."""
    bench.store("vault", {"bin": "/wD+"})
    bench.external_secret("""
        secretStoreRef: {name: vault}
        target: {template: {data: {out: '{{ .bin }}'}}}
        data: [{secretKey: bin, remoteRef: {key: bin, decodingStrategy: Base64}}]
    """)

    assert made(bench).data["out"].reveal() == b"\xff\x00\xfe"


def test_an_empty_rendering_is_an_empty_value(bench: Workbench) -> None:
    """And no absent key."""
    lay(bench, "{data: {a: '{{ if false }}x{{ end }}'}}")

    assert bench.rendered() == {"a": ""}


VOLATILE = "{mergePolicy: Merge, data: {at: '{{ now | unixEpoch }}', id: '{{ randAlpha 8 }}'}}"


def test_volatile_values_are_never_written_alone(both: Workbench) -> None:
    """They are shown, count for nothing, and go along with a real change."""
    lay(both, VOLATILE)
    assert both.applied().result is Result.CREATED
    first = both.data()
    both.seconds += 60

    [change] = both.diff().changes
    assert (change.action, change.is_real) == (Action.UPDATE, False)
    assert {one.key for one in change.fields if one.field == "data"} == {"at", "id"}
    assert both.applied().result is Result.UNCHANGED
    assert both.data() == first

    lay(both, VOLATILE, user="new", password="s3cret")
    assert both.diff().changes[0].is_real
    assert both.applied().result is Result.CONFIGURED
    second = both.data()
    assert (second["user"], second["at"]) == ("new", "1700000060")
    assert second["id"] != first["id"]


def test_an_edited_volatile_value_is_repaired(both: Workbench) -> None:
    """Its digest tells that somebody else wrote it."""
    lay(both, VOLATILE)
    both.applied()
    both.edit(id="edited")

    assert both.diff().changes[0].is_real
    assert both.applied().result is Result.CONFIGURED
    assert both.data()["id"] != "edited"


def test_volatile_values_are_written_when_they_are_due(both: Workbench) -> None:
    """As the operator would at each refresh; diff still finds nothing real."""
    lay(both, VOLATILE)
    both.applied()
    both.seconds += 60

    assert not both.diff().changes[0].is_real
    outcome = both.apply(only_due=True)

    assert [one.result for one in outcome.done] == [Result.CONFIGURED]
    assert both.data()["at"] == "1700000060"


def test_a_label_of_the_same_name_is_another_thing(bench: Workbench) -> None:
    """A fixed label does not make a value of that name fixed."""
    lay(bench, "{metadata: {labels: {at: fixed}}, data: {at: '{{ now | unixEpoch }}'}}")
    bench.applied()
    bench.seconds += 60

    assert not any(change.is_real for change in bench.diff().changes)


def test_the_key_that_a_value_made_is_masked(both: Workbench) -> None:
    """A key from a rendered literal may be a value; the diff shows a mask."""
    values: dict[str, Any] = {"user": "app"}
    lay(both, "{templateFrom: [{literal: '{{ .user }}: x'}]}", **values)

    [change] = both.diff().changes

    assert [one.key for one in change.fields if one.field == "data"] == ["***"]

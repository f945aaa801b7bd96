"""The operator's admission rules, one test each, all violations together."""

from __future__ import annotations

import pytest

from esync.manifests import admission, typed
from tests.unit.manifests.builders import of_kind

ONE = "data: [{secretKey: a, remoteRef: {key: b}}]\n"


def violations(spec: str) -> list[tuple[str, int]]:
    """Return rule and line of what admission refuses in an ExternalSecret."""
    found = admission.external_secret(typed.external_secret(of_kind("ExternalSecret", spec)))
    return [(error.rule, error.at.line if error.at else 0) for error in found]


@pytest.mark.parametrize(
    ("creation", "deletion", "expected"),
    [
        ("Owner", "Delete", []),
        ("Orphan", "Delete", []),
        ("Merge", "Delete", [("ES0130", 6)]),
        ("None", "Delete", [("ES0130", 6)]),
        ("CreateOrMerge", "Delete", [("ES0130", 6)]),
        ("Owner", "Merge", []),
        ("Orphan", "Merge", []),
        ("Merge", "Merge", []),
        ("CreateOrMerge", "Merge", []),
        ("None", "Merge", [("ES0131", 6)]),
        ("Owner", "Retain", []),
        ("None", "Retain", []),
        ("CreateOrMerge", "Retain", []),
    ],
)
def test_policies_that_exclude_each_other(
    creation: str, deletion: str, expected: list[tuple[str, int]]
) -> None:
    """Rules 1 and 2; Orphan with Delete passes admission and fails later."""
    policies = f"target: {{creationPolicy: {creation}, deletionPolicy: {deletion}}}\n"

    assert violations(ONE + policies) == expected


def test_there_has_to_be_something_to_fetch() -> None:
    """Rule 3."""
    assert violations("data: []\ndataFrom: []\n") == [("ES0132", 4)]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{extract: {key: a}}", []),
        ("{find: {}}", []),
        ("{sourceRef: {generatorRef: {kind: UUID, name: a}}}", []),
        ("{sourceRef: {storeRef: {name: a}}}", []),
        ("{extract: {key: a}, sourceRef: {storeRef: {name: a}}}", []),
        ("{extract: {key: a}, find: {}}", [("ES0133", 5)]),
        ("{extract: {key: a}, sourceRef: {generatorRef: {kind: UUID, name: a}}}", [("ES0133", 5)]),
        ("{find: {}, sourceRef: {generatorRef: {kind: UUID, name: a}}}", [("ES0133", 5)]),
        ("{}", [("ES0133", 5)]),
        ("{rewrite: [{transform: {template: a}}]}", [("ES0133", 5)]),
    ],
)
def test_an_entry_of_data_from_has_one_source(entry: str, expected: list[tuple[str, int]]) -> None:
    """Rules 4 and 5; a store alone is accepted, and brings nothing."""
    assert violations(f"dataFrom: [{entry}]\n") == expected


def test_a_key_is_made_once() -> None:
    """Rule 7, which holds with Retain only; otherwise the later entry wins."""
    twice = (
        "data:\n- {secretKey: a, remoteRef: {key: b}}\n- {secretKey: c, remoteRef: {key: b}}\n"
        "- {secretKey: a, remoteRef: {key: d}}\n"
    )

    assert violations(twice) == [("ES0134", 8)]
    assert violations(f"{twice}target: {{deletionPolicy: Merge}}\n") == []
    (error,) = admission.external_secret(typed.external_secret(of_kind("ExternalSecret", twice)))
    assert str(error) == 'the key "a" is made twice, first on line 6'


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{type: bootstrap.kubernetes.io/token}", [("ES0135", 6)]),
        ("{type: kubernetes.io/service-account-token}", []),
        (
            (
                "{type: kubernetes.io/service-account-token,"
                " metadata: {annotations: {kubernetes.io/service-account.name: a}}}"
            ),
            [("ES0135", 6)],
        ),
        (
            (
                "{type: kubernetes.io/service-account-token,"
                " templateFrom: [{target: ANNOTATIONS, literal: a}]}"
            ),
            [("ES0135", 6)],
        ),
        (
            "{type: kubernetes.io/service-account-token, templateFrom: [{literal: a}]}",
            [],
        ),
        ("{type: kubernetes.io/tls, metadata: {annotations: {a: b}}}", []),
    ],
)
def test_templates_make_no_secret_that_kubernetes_trusts(
    template: str, expected: list[tuple[str, int]]
) -> None:
    """Rule 8."""
    assert violations(f"{ONE}target: {{template: {template}}}\n") == expected


@pytest.mark.parametrize(
    ("manifest", "target", "expected"),
    [
        ("", "Data", []),
        ("", "dATA", []),
        ("", "''", []),
        ("", "annotations", []),
        ("", "Labels", []),
        ("", "spec.x", [("ES0136", 6)]),
        ("manifest: {apiVersion: v1, kind: Secret}, ", "spec.x", [("ES0136", 6)]),
        ("manifest: {apiVersion: v1, kind: ConfigMap}, ", "spec.x", []),
        ("manifest: {apiVersion: a.io/v1, kind: Secret}, ", "spec.x", []),
    ],
)
def test_a_secret_has_data_labels_and_annotations_only(
    manifest: str, target: str, expected: list[tuple[str, int]]
) -> None:
    """Rule 9, whatever the case of the letters; other kinds have paths."""
    template = f"template: {{templateFrom: [{{target: {target}, literal: a}}]}}"

    assert violations(f"{ONE}target: {{{manifest}{template}}}\n") == expected


def test_all_violations_are_told_together() -> None:
    """As the webhook does."""
    found = violations(
        "target: {creationPolicy: None, deletionPolicy: Delete,"
        " template: {type: bootstrap.kubernetes.io/token}}\ndataFrom: [{}]\n"
    )

    assert [rule for rule, _ in found] == ["ES0130", "ES0133", "ES0135"]


def test_a_cluster_external_secret_is_judged_by_what_it_makes() -> None:
    """With the place in its own document."""
    one = typed.cluster_external_secret(
        of_kind("ClusterExternalSecret", "externalSecretSpec:\n  dataFrom:\n  - {}\n")
    )

    (error,) = admission.cluster_external_secret(one)

    assert str(error) == (
        "spec.externalSecretSpec.dataFrom[0] has none of extract, find and sourceRef"
    )
    assert str(error.at) == "f.yaml:7"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("refreshInterval: 0", []),
        ("refreshInterval: 300", []),
        ("refreshInterval: 5m", []),
        ("refreshInterval: -5", ["spec.refreshInterval is negative"]),
        ("refreshInterval: -5m", ["spec.refreshInterval is negative"]),
        ("refreshInterval: '60'", ["spec.refreshInterval is no duration"]),
        ("refreshInterval: ''", ["spec.refreshInterval is no duration"]),
        ("conditions: [{namespaceRegexes: ['^a$', 'b.*']}]", []),
        (
            "conditions: [{namespaceRegexes: ['a(']}, {namespaceRegexes: [b, '(?=c)']}]",
            [
                "spec.conditions[0].namespaceRegexes[0] is no regular expression",
                "spec.conditions[1].namespaceRegexes[1] is no regular expression",
            ],
        ),
    ],
)
def test_what_all_stores_have_in_common(spec: str, expected: list[str]) -> None:
    """Intervals, and every expression that does not compile; also on a SecretStore."""
    for kind in ("SecretStore", "ClusterSecretStore"):
        store = typed.store(of_kind(kind, f"provider: {{fake: {{}}}}\n{spec}\n"))
        found = [str(error) for error in admission.store(store)]

        assert len(found) == len(expected)
        assert all(says in error for says, error in zip(expected, found, strict=True))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("data: {a/b: x}", ['spec.target.template.data["a/b"] must be named as a key']),
        ("data: {..a: x}", ['spec.target.template.data["..a"] must be named as a key']),
        ("data: {a.B_c-1: 'a/b {{ .a }}', '{{ .a }}': x}", []),
        (
            "metadata: {labels: {team: a b}}",
            ["spec.target.template.metadata.labels.team must be the value of a label"],
        ),
        ("metadata: {labels: {team: '{{ .a }} b', empty: '', example.io/team: a.b_c-1}}", []),
        (
            "metadata: {labels: {Example.io/a: b, a/b/c: d}}",
            [
                'spec.target.template.metadata.labels["Example.io/a"] must be named as name or',
                'spec.target.template.metadata.labels["a/b/c"] must be named as name or',
            ],
        ),
        ("metadata: {annotations: {Example.io/a: any text}}", []),
        (
            "metadata: {annotations: {a b: text}}",
            ['spec.target.template.metadata.annotations["a b"] must be named as name or'],
        ),
    ],
)
def test_what_no_target_can_hold(template: str, expected: list[str]) -> None:
    """The API server would refuse the Secret whatever the values are."""
    spec = typed.external_secret(
        of_kind("ExternalSecret", f"{ONE}target:\n  template:\n    {template}\n")
    )

    found = admission.external_secret(spec)

    assert [error.rule for error in found] == ["ES0104"] * len(expected)
    assert [error.at.line for error in found if error.at] == [8] * len(expected)
    assert all(str(one).startswith(says) for says, one in zip(expected, found, strict=True))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("manifest: {apiVersion: v1, kind: ConfigMap}", ["ES0104"]),
        ("manifest: {apiVersion: argoproj.io/v1alpha1, kind: Application}", []),
        ("creationPolicy: None", []),
    ],
)
def test_other_targets_have_other_keys(target: str, expected: list[str]) -> None:
    """Data of another kind may be named otherwise, and nothing is sent without a target."""
    found = violations(f"{ONE}target:\n  {target}\n  template: {{data: {{a/b: x}}}}\n")

    assert [rule for rule, _ in found] == expected

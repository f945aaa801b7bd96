"""Documents to typed objects, with the defaults of the API."""

from __future__ import annotations

from dataclasses import replace

import pytest

from esync.manifests import typed
from esync.manifests.document import Document, Source
from esync.manifests.errors import Rejected
from esync.manifests.externalsecret import (
    CreationPolicy,
    Data,
    DataFrom,
    DecodingStrategy,
    DeletionPolicy,
    Find,
    FindName,
    GeneratorRef,
    LabelRequirement,
    LabelSelector,
    MergePolicy,
    RemoteRef,
    Rewrite,
    RewriteMerge,
    RewriteRegexp,
    SourceRef,
    StoreKind,
    StoreRef,
    TemplateScope,
)
from esync.manifests.store import RetrySettings, StoreCondition
from tests.unit.manifests.builders import document, of_kind


def told(document: Document) -> list[str]:
    """Return what is wrong with a document, with rule and line."""
    read = {
        "ExternalSecret": typed.external_secret,
        "ClusterExternalSecret": typed.cluster_external_secret,
    }.get(document.kind, typed.store)
    try:
        read(document)
    except Rejected as rejected:
        return [f"{one.at}: {one} [{one.rule}]" for one in rejected.errors]
    return []


def test_the_api_s_defaults_are_filled_in() -> None:
    """As the API server does, also of a target that is not there."""
    spec = typed.external_secret(of_kind("ExternalSecret", "data: []\n")).spec

    assert spec.refresh_interval == "1h0m0s"
    assert spec.target.creation_policy is CreationPolicy.OWNER
    assert spec.target.deletion_policy is DeletionPolicy.RETAIN
    assert (spec.secret_store_ref, spec.refresh_policy, spec.target.template) == (None, None, None)


def test_defaults_inside_of_what_is_there() -> None:
    """Template, items, merge, generator."""
    one = typed.external_secret(
        of_kind(
            "ExternalSecret",
            """
target:
  template:
    templateFrom:
      - configMap: {name: c, items: [{key: k}]}
dataFrom:
  - sourceRef: {generatorRef: {kind: Password, name: p}}
    rewrite: [{merge: {}}, {regexp: {source: a, target: ""}}]
  - find: {name: {regexp: ""}}
data:
  - {secretKey: k, remoteRef: {key: ""}, sourceRef: {storeRef: {name: s}}}
""",
        )
    )

    template = one.spec.target.template
    assert template is not None
    assert (template.engine_version, template.merge_policy) == ("v2", MergePolicy.REPLACE)
    assert template.template_from[0].target == "Data"
    assert template.template_from[0].config_map is not None
    assert template.template_from[0].config_map.items[0].template_as is TemplateScope.VALUES
    generator = GeneratorRef("Password", "p", "generators.external-secrets.io/v1alpha1")
    assert one.spec.data_from == (
        DataFrom(
            source_ref=SourceRef(generator_ref=generator),
            rewrite=(Rewrite(merge=RewriteMerge()), Rewrite(regexp=RewriteRegexp("a", ""))),
        ),
        DataFrom(find=Find(name=FindName(""))),
    )
    store = StoreRef("s", StoreKind.SECRET_STORE)
    assert one.spec.data == (Data("k", RemoteRef(""), SourceRef(store_ref=store)),)
    assert one.spec.data[0].remote_ref.decoding_strategy is DecodingStrategy.NONE


def test_tags_tell_absent_from_empty() -> None:
    """Stores tell the difference."""
    absent, empty = (
        typed.external_secret(of_kind("ExternalSecret", f"dataFrom: [{{find: {find}}}]\n"))
        for find in ("{}", "{tags: {}}")
    )

    assert [one.spec.data_from[0].find for one in (absent, empty)] == [Find(), Find(tags={})]


def test_metadata_is_read_and_places_are_known() -> None:
    """Labels, annotations, and the line of each field."""
    one = typed.external_secret(
        document(
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: a\n"
            "  namespace: b\n  labels: {x: c}\n  annotations: {z: ''}\n  uid: nobody\n"
            "spec:\n  target:\n    immutable: true\nstatus: {refreshTime: x}\n"
        )
    )

    assert (one.name, one.namespace, one.labels, one.annotations) == (
        "a",
        "b",
        {"x": "c"},
        {"z": ""},
    )
    assert one.place("spec", "target", "immutable").line == 11
    assert one.status == {"refreshTime": "x"}
    assert (one.uid, one.generation) == ("", 0)


def test_uid_and_generation_are_the_cluster_s() -> None:
    """A file knows neither."""
    from_cluster = replace(
        document(
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"
            "metadata: {name: a, uid: u-1, generation: 7}\nspec: {}\n"
        ),
        source=Source.CLUSTER,
    )

    one = typed.external_secret(from_cluster)

    assert (one.uid, one.generation) == ("u-1", 7)


def test_a_cluster_external_secret_is_read() -> None:
    """Its namespaces, and the spec that it hands on."""
    one = typed.cluster_external_secret(
        of_kind(
            "ClusterExternalSecret",
            """
externalSecretName: x
externalSecretMetadata: {labels: {a: b}}
externalSecretSpec: {refreshInterval: 2h}
namespaceSelectors: [{}, {matchExpressions: [{key: k, operator: In, values: [v]}]}]
namespaceSelector: {matchLabels: {c: d}}
namespaces: [n-1]
refreshTime: 5m
""",
        )
    )

    assert one.spec.external_secret_spec.refresh_interval == "2h"
    assert one.spec.external_secret_metadata.labels == {"a": "b"}
    assert one.spec.namespace_selectors == (
        LabelSelector(),
        LabelSelector(match_expressions=(LabelRequirement("k", "In", ("v",)),)),
    )
    assert one.spec.namespace_selector == LabelSelector({"c": "d"})
    assert (one.spec.external_secret_name, one.spec.namespaces) == ("x", ("n-1",))


def test_a_store_is_read_and_its_settings_are_left_alone() -> None:
    """A provider reads them."""
    store = typed.store(
        of_kind(
            "ClusterSecretStore",
            """
controller: c
refreshInterval: 60
retrySettings: {maxRetries: 3, retryInterval: 10s}
conditions: [{namespaces: [a], namespaceRegexes: [b], namespaceSelector: {}}]
provider:
  vault: null
  fake: {data: [1], anything: null}
""",
        )
    )

    assert (store.kind, store.provider) == (StoreKind.CLUSTER_SECRET_STORE, "fake")
    assert store.settings == {"data": [1], "anything": None}
    assert store.conditions == (StoreCondition(LabelSelector(), ("a",), ("b",)),)
    assert store.retry == RetrySettings(3, "10s")
    assert (store.controller, store.refresh_interval) == ("c", 60)
    assert store.place("data", 0).line == 11
    assert store.is_cluster_wide


@pytest.mark.parametrize(
    ("kind", "spec", "says"),
    [
        ("ExternalSecret", "target: {creationPolicy: ''}", 'spec.target.creationPolicy is ""'),
        ("ExternalSecret", "refreshInterval: 60", "refreshInterval is an integer where a string"),
        ("ExternalSecret", "refreshInterval: 1d", "must be a duration"),
        ("ExternalSecret", "syncWindows: {kind: allow, windows: []}", "a list of at least 1"),
        (
            "ExternalSecret",
            "syncWindows: {kind: allow, windows: [{schedule: '0 0 * *', duration: 1h}]}",
            "must be five fields separated by single spaces",
        ),
        ("ExternalSecret", "data: [{secretKey: a, remoteRef: {}}]", "remoteRef.key is missing"),
        ("ExternalSecret", "dataFrom: [{sourceRef: {}}]", "exactly one"),
        ("ExternalSecret", "dataFrom: [{rewrite: [{}]}]", "it takes exactly one"),
        ("ExternalSecret", "dataFrom: [{key: a}]", 'there is no field "key"'),
        ("ExternalSecret", "target: {template: {engineVersion: v1}}", "which is none of v2"),
        ("ExternalSecret", "target: {manifest: {kind: ''}}", "apiVersion is missing"),
        ("ExternalSecret", "secretStoreRef: {name: My_Store}", "must be a DNS name"),
        ("ClusterExternalSecret", "namespaces: [a.b]", "the name of a namespace"),
        ("ClusterExternalSecret", "namespaces: []", "spec.externalSecretSpec is missing"),
        ("ClusterExternalSecret", "externalSecretSpec: {target: {nam: a}}", 'did you mean "name"?'),
        ("ClusterExternalSecret", "namespaceSelectors: [null]", "is null where a mapping"),
        ("SecretStore", "controller: a", "spec.provider is missing"),
        ("SecretStore", "provider: {}", "takes exactly one provider, found none"),
        ("SecretStore", "provider: {aws: null}", "takes exactly one provider, found none"),
        ("SecretStore", "provider: {aws: {}, fake: {}}", "exactly one provider, found aws, fake"),
        ("SecretStore", "provider: {awss: {}}", 'there is no provider "awss" in v1'),
        ("SecretStore", "provider: {alibaba: {}}", 'there is no provider "alibaba" in v1'),
        ("SecretStore", "provider: {aws: x}", "spec.provider.aws is a string where a mapping"),
        (
            "SecretStore",
            "provider: {aws: {}}\nrefreshInterval: 1.5",
            "where an integer or a string",
        ),
        ("SecretStore", "provider: {aws: {}}\nretrySettings: {maxRetries: 1h}", "an integer is"),
    ],
)
def test_what_the_api_does_not_accept(kind: str, spec: str, says: str) -> None:
    """Each is told in one line."""
    found = of_kind(kind, spec)
    hints = []
    try:
        {
            "ExternalSecret": typed.external_secret,
            "ClusterExternalSecret": typed.cluster_external_secret,
        }.get(kind, typed.store)(found)
    except Rejected as rejected:
        hints = [one.hint for one in rejected.errors]

    assert says in "\n".join([*told(found), *hints])


def test_unknown_fields_at_the_top_are_errors() -> None:
    """With the nearest name that there is."""
    found = document(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\n"
        "spec: {}\nSpec: {}\n"
    )

    assert told(found) == ['f.yaml:5: there is no field "Spec" [ES0101]']


def test_a_spec_that_is_not_there_is_missing() -> None:
    """The document's own line is named."""
    found = document(
        "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\n"
    )

    assert told(found) == ["f.yaml:2: spec is missing [ES0105]"]

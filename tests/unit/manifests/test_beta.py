"""v1beta1 is v1 without some of it."""

from __future__ import annotations

import pytest

from esync.manifests import beta, typed
from esync.manifests.errors import NotInBeta, Rejected
from esync.manifests.kinds import PROVIDERS
from tests.unit.manifests.builders import of_kind

LACKING = [
    ("target: {creationPolicy: CreateOrMerge}", 'spec.target.creationPolicy: "CreateOrMerge"'),
    ("target: {manifest: {apiVersion: v1, kind: Secret}}", "spec.target.manifest"),
    (
        "target: {template: {metadata: {finalizers: [a]}}}",
        "spec.target.template.metadata.finalizers",
    ),
    (
        "target: {template: {templateFrom: [{valuesDecodingStrategy: Auto}]}}",
        "spec.target.template.templateFrom[0].valuesDecodingStrategy",
    ),
    (
        "target: {template: {templateFrom: [{target: data}]}}",
        'spec.target.template.templateFrom[0].target: "data"',
    ),
    ("dataFrom: [{rewrite: [{merge: {}}]}]", "spec.dataFrom[0].rewrite[0].merge"),
    (
        "dataFrom: [{extract: {key: a, nullBytePolicy: Fail}}]",
        "spec.dataFrom[0].extract.nullBytePolicy",
    ),
    ("dataFrom: [{find: {nullBytePolicy: Fail}}]", "spec.dataFrom[0].find.nullBytePolicy"),
    (
        "data: [{secretKey: a, remoteRef: {key: b, nullBytePolicy: Ignore}}]",
        "spec.data[0].remoteRef.nullBytePolicy",
    ),
    (
        "syncWindows: {kind: deny, windows: [{schedule: '@daily', duration: 1h}]}",
        "spec.syncWindows",
    ),
    (
        "dataFrom: [{sourceRef: {generatorRef: {kind: MFA, name: a}}}]",
        'spec.dataFrom[0].sourceRef.generatorRef.kind: "MFA"',
    ),
]


@pytest.mark.parametrize(("spec", "what"), LACKING)
def test_what_only_v1_has_is_an_error_in_v1beta1(spec: str, what: str) -> None:
    """And none in v1; the hint says how to get it."""
    with pytest.raises(Rejected) as caught:
        typed.external_secret(of_kind("ExternalSecret", spec, "v1beta1"))

    (error,) = caught.value.errors
    assert isinstance(error, NotInBeta)
    assert str(error) == f"{what} does not exist in v1beta1"
    assert error.hint == "write apiVersion: external-secrets.io/v1"
    assert error.at is not None
    assert error.at.line == 5
    assert typed.external_secret(of_kind("ExternalSecret", spec)).name == "a"


@pytest.mark.parametrize(("spec", "what"), LACKING)
def test_a_cluster_external_secret_lacks_the_same(spec: str, what: str) -> None:
    """Its spec is that of an ExternalSecret."""
    found = beta.missing(
        of_kind("ClusterExternalSecret", f"externalSecretSpec: {{{spec}}}", "v1beta1")
    )

    inside = what.replace("spec.", "spec.externalSecretSpec.", 1)
    assert [str(error) for error in found] == [f"{inside} does not exist in v1beta1"]


def test_what_both_versions_have_is_read_alike() -> None:
    """The rest means the same."""
    spec = """
refreshInterval: 1h
secretStoreRef: {name: s, kind: ClusterSecretStore}
target: {template: {templateFrom: [{target: Labels, literal: x}]}}
dataFrom: [{find: {name: {regexp: a}}, rewrite: [{regexp: {source: a, target: b}}]}]
"""
    old, new = (
        typed.external_secret(of_kind("ExternalSecret", spec, version)).spec
        for version in ("v1beta1", "v1")
    )

    assert old == new


def test_a_store_s_interval_is_seconds_only() -> None:
    """v1 takes durations too."""
    spec = "refreshInterval: 1h\nprovider: {fake: {}}"
    with pytest.raises(Rejected, match=r"^spec.refreshInterval as text does not exist in v1beta1"):
        typed.store(of_kind("SecretStore", spec, "v1beta1"))

    assert typed.store(of_kind("SecretStore", spec)).refresh_interval == "1h"


def test_providers_of_v1beta1() -> None:
    """Two were dropped and ten are new."""
    assert {"alibaba", "device42"} == beta.PROVIDERS - PROVIDERS
    assert {
        *("ovh", "onepasswordSDK", "crd", "dvls", "beyondtrustworkloadcredentials"),
        *("volcengine", "ngrok", "barbican", "nebiusmysterybox", "openBao"),
    } == PROVIDERS - beta.PROVIDERS
    store = typed.store(of_kind("SecretStore", "provider: {alibaba: {x: 1}}", "v1beta1"))
    assert store.provider == "alibaba"

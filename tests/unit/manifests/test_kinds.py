"""What each document is to esync."""

from __future__ import annotations

import pytest

from esync.manifests.errors import ManifestError
from esync.manifests.kinds import Role, role_of
from tests.unit.manifests.builders import document


def role(api_version: str, kind: str) -> Role:
    """Return the role of a document."""
    return role_of(document(f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n"))


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("external-secrets.io/v1", "ExternalSecret", Role.EXTERNAL_SECRET),
        ("external-secrets.io/v1beta1", "ExternalSecret", Role.EXTERNAL_SECRET),
        ("external-secrets.io/v1", "ClusterExternalSecret", Role.CLUSTER_EXTERNAL_SECRET),
        ("external-secrets.io/v1", "SecretStore", Role.STORE),
        ("external-secrets.io/v1beta1", "ClusterSecretStore", Role.STORE),
        ("external-secrets.io/v1alpha1", "PushSecret", Role.OTHER),
        ("external-secrets.io/v1alpha1", "ClusterPushSecret", Role.OTHER),
        ("generators.external-secrets.io/v1alpha1", "Password", Role.GENERATOR),
        ("generators.external-secrets.io/v1alpha1", "ClusterGenerator", Role.GENERATOR),
        ("generators.external-secrets.io/v1alpha1", "GeneratorState", Role.OTHER),
        ("v1", "Secret", Role.OBJECT),
        ("v1", "Namespace", Role.OBJECT),
        ("v1", "Pod", Role.OTHER),
        ("v2", "Secret", Role.OTHER),
        ("example.io/v1", "Secret", Role.OTHER),
        ("example.io/v1", "ExternalSecret", Role.OTHER),
    ],
)
def test_roles(api_version: str, kind: str, expected: Role) -> None:
    """By group, version and kind."""
    assert role(api_version, kind) is expected


@pytest.mark.parametrize(
    ("api_version", "kind", "says", "hint"),
    [
        (
            "external-secrets.io/v1",
            "ExternalSecrets",
            'there is no kind "ExternalSecrets"',
            'did you mean "ExternalSecret"?',
        ),
        (
            "generators.external-secrets.io/v1alpha1",
            "Pasword",
            'there is no kind "Pasword"',
            'did you mean "Password"?',
        ),
        (
            "external-secrets.io/v1alpha1",
            "SecretStore",
            'SecretStore has no apiVersion "external-secrets.io/v1alpha1"',
            "write apiVersion: external-secrets.io/v1",
        ),
        (
            "external-secrets.io/v1",
            "PushSecret",
            'PushSecret has no apiVersion "external-secrets.io/v1"',
            "write apiVersion: external-secrets.io/v1alpha1",
        ),
        (
            "generators.external-secrets.io/v1",
            "Password",
            'Password has no apiVersion "generators.external-secrets.io/v1"',
            "write apiVersion: generators.external-secrets.io/v1alpha1",
        ),
    ],
)
def test_kinds_and_versions_that_do_not_exist(
    api_version: str, kind: str, says: str, hint: str
) -> None:
    """In External Secrets' own groups; they are not ignored in silence."""
    with pytest.raises(ManifestError) as caught:
        role(api_version, kind)

    assert (str(caught.value), caught.value.hint) == (says, hint)

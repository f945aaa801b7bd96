"""What each document is to esync."""

from __future__ import annotations

import pytest

from esync.manifests.errors import ManifestError, UnknownGroup, UnknownVersion
from esync.manifests.kinds import Role, role_of
from tests.unit.manifests.builders import document

ESO = "external-secrets.io/v1"
GENERATED = "generators.external-secrets.io/v1alpha1"


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
        ("example.io/v1", "Secret", Role.OTHER),
        ("example.io/v1", "ExternalSecret", Role.OTHER),
        ("kubernetes-client.io/v1", "ExternalSecret", Role.OTHER),
        ("secretstores.io/v1", "SecretStore", Role.OTHER),
        ("external-secret.io/v1", "Deployment", Role.OTHER),
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


@pytest.mark.parametrize(
    ("api_version", "kind", "says", "meant"),
    [
        ("external-secret.io/v1", "ExternalSecret", 'API group "external-secret.io"', ESO),
        ("externalsecrets.io/v1", "SecretStore", 'API group "externalsecrets.io"', ESO),
        ("External-Secrets.io/v1", "ClusterSecretStore", 'API group "External-Secrets.io"', ESO),
        ("external-secrets.com/v1", "ClusterExternalSecret", "external-secrets.com", ESO),
        ("v1", "ExternalSecret", "in the core API group", ESO),
        (
            "generators.external-secret.io/v1",
            "Password",
            "generators.external-secret.io",
            GENERATED,
        ),
        ("core/v1", "Secret", 'API group "core"', "v1"),
    ],
)
def test_slips_in_the_group_are_errors(api_version: str, kind: str, says: str, meant: str) -> None:
    """A document that is nearly ours is not left out in silence."""
    with pytest.raises(UnknownGroup) as found:
        role(api_version, kind)

    assert found.value.message.startswith(f"there is no kind {kind} in ")
    assert says in found.value.message
    assert found.value.hint == f"write apiVersion: {meant}"
    assert found.value.at is not None
    assert found.value.at.line == 1


def test_core_kinds_have_one_version() -> None:
    """The API server would refuse another one."""
    with pytest.raises(UnknownVersion) as found:
        role("v2", "Secret")

    assert found.value.hint == "write apiVersion: v1"

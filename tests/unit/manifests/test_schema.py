"""What the JSON Schemas say, in our words and with places."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from esync.manifests.schema import KINDS, VERSIONS, schema_text, violations, without_nulls
from tests.unit.manifests.builders import document, of_kind


def told(provider: str, version: str = "v1") -> list[tuple[str, str]]:
    """Return rule and message of what is wrong with the provider block of a store."""
    found = violations(of_kind("SecretStore", f"provider:\n  {provider}\n", version))
    return [(error.rule, str(error)) for error in found]


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("aws: {service: SecretsManager, region: eu-west-1}", []),
        ("aws: {service: SecretsManager, region: eu-west-1, role: null, auth: null}", []),
        ("gcpsm: {}", []),
        ("aws: {service: SecretsManager}", [("ES0105", "spec.provider.aws.region is missing")]),
        (
            "aws: {service: SecretManager, region: a}",
            [
                (
                    "ES0103",
                    (
                        'spec.provider.aws.service is "SecretManager", which is none of '
                        "SecretsManager, ParameterStore, CertificateManager"
                    ),
                )
            ],
        ),
        (
            "aws: {service: SecretsManager, region: 1}",
            [("ES0102", "spec.provider.aws.region is an integer where a string is expected")],
        ),
        (
            "aws: {service: SecretsManager, region: a, customSessionTags: {esoNamespace: a}}",
            [
                (
                    "ES0104",
                    (
                        "spec.provider.aws.customSessionTags must be free of "
                        "esoNamespace, esoStoreName, esoStoreKind"
                    ),
                )
            ],
        ),
        (
            (
                "aws: {service: SecretsManager, region: a,"
                " auth: {jwt: {serviceAccountRef: {name: A}}}}"
            ),
            [
                (
                    "ES0104",
                    (
                        "spec.provider.aws.auth.jwt.serviceAccountRef.name must be "
                        "a DNS name: lower-case letters, digits, dashes and dots"
                    ),
                )
            ],
        ),
        (
            "vault: {server: a, caBundle: '@'}",
            [("ES0104", "spec.provider.vault.caBundle must be base64")],
        ),
        ("fake: {data: [{key: a, value: b}]}", []),
        ("fake: {}", [("ES0105", "spec.provider.fake.data is missing")]),
        (
            "ovh: {server: a, okmsid: b, auth: {}, okmsTimeout: 0}",
            [("ES0104", "spec.provider.ovh.okmsTimeout must be an integer from 1 on")],
        ),
        (
            "ovh: {server: a, okmsid: b, auth: {}, okmsTimeout: 9999999999}",
            [("ES0104", "spec.provider.ovh.okmsTimeout must be an integer up to 2147483647")],
        ),
        (
            "secretserver: {serverURL: a, token: {value: ''}}",
            [
                (
                    "ES0104",
                    "spec.provider.secretserver.token.value must be at least 1 long",
                )
            ],
        ),
        (
            "secretserver: {serverURL: a, username: {value: b}}",
            [
                (
                    "ES0106",
                    (
                        "spec.provider.secretserver has 1 of token, username, password; "
                        "it takes at least 1"
                    ),
                )
            ],
        ),
        (
            "secretserver: {serverURL: a, token: {value: b, secretRef: {name: c}}}",
            [
                (
                    "ES0106",
                    (
                        "spec.provider.secretserver.token has 2 of value, secretRef; "
                        "it takes exactly one"
                    ),
                )
            ],
        ),
        (
            (
                "openBao: {server: a, auth: {tokenSecretRef: {}}, caBundle: '', "
                "caProvider: {type: Secret, name: a}}"
            ),
            [
                (
                    "ES0106",
                    "spec.provider.openBao has 2 of caBundle, caProvider; it takes at most one",
                )
            ],
        ),
        (
            "aws: {service: SecretsManager, region: a}\n  fake: {data: []}",
            [("ES0122", "spec.provider takes exactly one provider, found aws, fake")],
        ),
        ("awss: {}", [("ES0123", 'there is no provider "awss" in v1')]),
    ],
)
def test_provider_settings(provider: str, expected: list[tuple[str, str]]) -> None:
    """Types, words, limits, members that exclude each other, and names that there are not."""
    assert told(provider) == expected


def test_fields_of_published_examples_that_do_not_exist() -> None:
    """Vault has no such field; the hint names the right one, and the line is right."""
    found = violations(
        of_kind(
            "SecretStore",
            "provider:\n  vault:\n    server: a\n    auth:\n      jwt:\n"
            "        serviceAccountRef: {name: a}\n",
        )
    )

    assert [(str(error.at), str(error), error.hint) for error in found] == [
        (
            "f.yaml:10",
            'there is no field "serviceAccountRef" in spec.provider.vault.auth.jwt',
            "use kubernetesServiceAccountToken.serviceAccountRef",
        )
    ]


def test_violations_come_in_the_order_of_the_lines() -> None:
    """Of several, the first one first; each once."""
    found = violations(
        document(
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: ''\n"
            "spec:\n  refreshInterval: 1d\n  data:\n"
            "    - secretKey: a b\n      remoteRef: {kex: 1}\n"
        )
    )

    assert [(error.at.line if error.at else 0, error.rule) for error in found] == [
        (4, "ES0104"),
        (6, "ES0104"),
        (8, "ES0104"),
        (9, "ES0105"),
        (9, "ES0101"),
    ]


def test_v1beta1_has_its_own_schemas() -> None:
    """Without what v1 brought, and with what it dropped."""
    assert told("openBao: {}", "v1beta1") == [
        ("ES0123", 'there is no provider "openBao" in v1beta1')
    ]
    assert told("alibaba: {regionID: x}", "v1beta1") == []


def test_a_line_break_at_the_end_is_no_name() -> None:
    """Though `$` matches before it in Python."""
    found = document(
        'apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {name: "a\\n"}\n'
        "spec: {provider: {fake: {data: []}}}\n"
    )

    assert [error.rule for error in violations(found)] == ["ES0104"]


def test_values_are_never_quoted() -> None:
    """Someone may have pasted a credential where a name belongs."""
    found = violations(
        of_kind(
            "SecretStore",
            "provider:\n  vault:\n    server: a\n    auth:\n"
            "      tokenSecretRef: {name: hvs.HUNTER2, key: 'HUNTER2 !'}\n",
        )
    )

    assert len(found) == 2
    assert not any("HUNTER2" in f"{error}{error.hint}" for error in found)


def test_kinds_without_a_schema_have_no_violations() -> None:
    """Nor do versions that nobody knows."""
    secret = document("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n")
    other = document("apiVersion: a.io/v1\nkind: SecretStore\nmetadata: {name: a}\n")
    old = document("apiVersion: external-secrets.io/v1alpha1\nkind: SecretStore\nmetadata: {}\n")

    assert [violations(one) for one in (secret, other, old)] == [[], [], []]


def test_nulls_count_as_absent_in_mappings_only() -> None:
    """As for the API server."""
    assert without_nulls({"a": None, "b": [None, {"c": None}]}) == {"b": [None, {}]}


def test_schemas_are_found() -> None:
    """Each kind and version, and no other."""
    for kind in KINDS:
        for version in VERSIONS:
            schema = json.loads(schema_text(kind, version))
            assert schema["title"] == f"{kind} ({version})"
    with pytest.raises(KeyError):
        schema_text("Secret", "v1")
    with pytest.raises(KeyError):
        schema_text("SecretStore", "../v1")


def test_typed_reading_does_not_import_the_library() -> None:
    """Loading is the fast path."""
    code = (
        "import sys; from esync.load import LoadRequest, load; import esync.manifests.schema;"
        "load(LoadRequest(files=('-',), stdin=lambda: b'{}'));"
        "sys.exit('jsonschema' in sys.modules or 're2' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

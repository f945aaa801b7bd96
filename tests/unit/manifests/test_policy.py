"""A policy is read strictly; its schema says the same."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from esync.manifests.errors import ManifestError, Rejected
from esync.manifests.policy import Policy, policy
from esync.manifests.schema import schema_text
from tests.unit.manifests.builders import document

HEAD = "apiVersion: esync.dev/v1\nkind: Policy\n"


def read(spec: str) -> Policy:
    """Read a policy with this spec."""
    return policy(document(f"{HEAD}spec: {spec}\n"))


def test_lists_are_what_is_allowed() -> None:
    """An absent list is None, an empty one allows nothing."""
    found = read("{providers: [aws, vault], hosts: [], remoteKeys: ['prod/**']}").spec

    assert found.providers == ("aws", "vault")
    assert found.hosts == ()
    assert found.remote_keys == ("prod/**",)
    assert found.namespaces is None
    assert found.targets is None


VERDICTS = [
    ("{providers: [aws]}", True),
    ("{providers: []}", True),
    ("{providers: ['*']}", False),
    ("{providers: aws}", False),
    ("{providers: null}", False),
    ("{provider: [aws]}", False),
    ("{}", False),
    ("null", False),
    ("[]", False),
    ("{hosts: [vault.example.org]}", True),
    ("{hosts: ['*.example.org:8200']}", True),
    ("{hosts: ['**.example.org']}", True),
    ("{hosts: [localhost, 10.0.0.1, '::1']}", True),
    ("{hosts: ['*']}", False),
    ("{hosts: ['**']}", False),
    ("{hosts: ['vault.*']}", False),
    ("{hosts: ['vault.exa*']}", False),
    ("{hosts: ['https://vault.example.org']}", False),
    ("{hosts: [vault.example.org/path]}", False),
    ("{hosts: ['vault.example.org:*']}", False),
    ("{hosts: [väult.example.org]}", False),
    ("{hosts: [vault.example.org.]}", False),
    ("{hosts: ['']}", False),
    ('{hosts: ["a.example.org\\n"]}', False),
    ("{namespaces: ['team-*', kube-system]}", True),
    ("{namespaces: [Team]}", False),
    ("{namespaces: [1]}", False),
    ("{targets: ['app-*', a.b]}", True),
    ("{targets: [a_b]}", False),
    ("{remoteKeys: ['/prod/**', 'rds!db-1', 'a b', 'käse']}", True),
    ("{remoteKeys: ['!prod/**']}", False),
    ("{remoteKeys: ['{a,b}']}", False),
    ("{remoteKeys: ['[ab]']}", False),
    ("{remoteKeys: ['a\\b']}", False),
    ('{remoteKeys: ["a\\n"]}', False),
    ("{remoteKeys: [null]}", False),
]


@pytest.mark.parametrize(("spec", "accepted"), VERDICTS)
def test_reader_and_schema_agree(spec: str, *, accepted: bool) -> None:
    """A list without entries in YAML is null, which must not allow everything."""
    found = document(f"{HEAD}spec: {spec}\n")
    schema = json.loads(schema_text("Policy", "v1"))
    Draft202012Validator.check_schema(schema)

    assert Draft202012Validator(schema).is_valid(found.body) is accepted or "\\n" in spec
    if accepted:
        policy(found)
        return
    with pytest.raises(ManifestError):
        policy(found)


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: esync.dev/v2\nkind: Policy\nspec: {hosts: []}\n",
        "apiVersion: esync.dev/v1\nkind: Polizy\nspec: {hosts: []}\n",
        f"{HEAD}spec: {{hosts: []}}\nstatus: {{}}\n",
        f"{HEAD}spec: {{hosts: []}}\nhosts: []\n",
        f"{HEAD}metadata: {{name: a}}\n",
    ],
)
def test_the_document_itself_is_closed(text: str) -> None:
    """Another version, kind or field is an error, in reader and schema."""
    found = document(text)
    schema = json.loads(schema_text("Policy", "v1"))

    assert not Draft202012Validator(schema).is_valid(found.body)
    with pytest.raises(ManifestError):
        policy(found)


def test_errors_name_line_and_near_word() -> None:
    """As for every other document."""
    with pytest.raises(ManifestError) as caught:
        policy(document(f"{HEAD}spec:\n  hosts: []\n  remotekeys: [a]\n"))

    assert str(caught.value.at) == "f.yaml:5"
    assert caught.value.rule == "ES0101"
    assert caught.value.hint == 'did you mean "remoteKeys"?'


def test_several_errors_are_told_together() -> None:
    """None hides the others."""
    with pytest.raises(Rejected) as caught:
        policy(document(f"{HEAD}spec:\n  hosts: ['*']\n  targets: null\n"))

    assert [str(error.at) for error in caught.value.errors] == ["f.yaml:4", "f.yaml:5"]

"""Secrets and ConfigMaps that are used as they stand."""

from __future__ import annotations

import pytest

from esync.manifests.objects import errors_of
from tests.unit.manifests.builders import document


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("Secret", "data: {a: aGk=, b: ''}\nstringData: {c: d}\ntype: Opaque\nimmutable: true", []),
        ("Secret", "data: {a: null}\nstringData: null", []),
        ("Secret", "data: {a: hi!}", ["data.a must be base64"]),
        ("Secret", "data: [a]", ["data is a list where a mapping is expected"]),
        ("Secret", "type: 1", ["type is an integer where a string is expected"]),
        ("ConfigMap", "data: {a: 'b: c'}\nbinaryData: {d: aGk=}", []),
        ("ConfigMap", "data: {a: true}", ["data.a is a boolean where a string is expected"]),
        ("ServiceAccount", "data: 1", []),
        ("Namespace", "metadata: {name: a_b}", ["metadata.name must be a DNS name"]),
    ],
)
def test_what_the_api_would_not_accept(kind: str, content: str, expected: list[str]) -> None:
    """Of the parts that esync reads."""
    head = f"apiVersion: v1\nkind: {kind}\n"
    metadata = "" if "metadata" in content else "metadata: {name: a}\n"
    found = [str(error) for error in errors_of(document(f"{head}{metadata}{content}\n"))]

    assert len(found) == len(expected)
    assert all(error.startswith(says) for error, says in zip(found, expected, strict=True))


def test_a_nameless_object_is_an_error() -> None:
    """A generated name is the server's to make."""
    found = errors_of(document("apiVersion: v1\nkind: Secret\nmetadata: {generateName: a-}\n"))

    assert [str(error) for error in found] == ["metadata.name is missing"]

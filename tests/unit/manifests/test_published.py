"""Fields of published examples: each is really none, and its hint names a real one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from esync.errors import Location
from esync.manifests.errors import UnknownField
from esync.manifests.published import _MEANT, PublishedField, unknown_field
from esync.manifests.schema import schema_text

SCHEMAS = [json.loads(schema_text(kind, "v1")) for kind in ("ExternalSecret", "SecretStore")]
AT = Location("f.yaml", 3)


def steps(schema: dict[str, Any], path: list[str]) -> int:
    """Return how many steps of ``path`` the schema knows; lists are looked into."""
    node = schema
    for count, step in enumerate(path):
        while "$ref" in node or "items" in node:
            node = (
                schema["$defs"][node["$ref"].rsplit("/")[-1]] if "$ref" in node else node["items"]
            )
        if step not in node.get("properties", {}):
            return count
        node = node["properties"][step]
    return len(path)


@pytest.mark.parametrize("path", _MEANT)
def test_the_api_has_what_is_around_a_field_and_not_the_field(path: str) -> None:
    """So that no right manifest gets the hint."""
    words = path.split(".")

    assert max(steps(schema, words) for schema in SCHEMAS) == len(words) - 1


@pytest.mark.parametrize("path", [path for path, hint in _MEANT.items() if hint[:4] == "use "])
def test_the_hint_names_a_field_that_the_api_has(path: str) -> None:
    """Beside the wrong one, or below it."""
    meant = _MEANT[path].split()[1].strip(",;").replace("[]", "").split(".")
    words = [*path.split(".")[:-1], *meant]

    assert max(steps(schema, words) for schema in SCHEMAS) == len(words)


def test_indices_and_the_embedded_spec_make_no_difference() -> None:
    """A ClusterExternalSecret holds the same spec deeper."""
    path = ("spec", "externalSecretSpec", "dataFrom", 2, "key")

    found = unknown_field(path, at=AT, known=["extract", "find"])

    assert isinstance(found, PublishedField)
    assert (found.hint, found.rule, found.at) == ("use extract.key", "ES0703", AT)


def test_other_fields_are_compared_with_their_neighbours() -> None:
    """A spelling mistake stays one."""
    found = unknown_field(("spec", "secretStoreRe"), at=AT, known=["secretStoreRef", "target"])

    assert type(found) is UnknownField
    assert found.hint == 'did you mean "secretStoreRef"?'

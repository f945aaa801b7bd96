"""Whatever the input, loading reports failures and raises nothing."""

from __future__ import annotations

import json
import string
from typing import TYPE_CHECKING

import yaml
from hypothesis import given
from hypothesis import strategies as st

from esync.load import LoadRequest, load
from esync.load.yaml import Parsed, parse_stream

if TYPE_CHECKING:
    from esync.flow.catalog import Catalog

WORDS = st.sampled_from(
    [
        *("apiVersion", "kind", "metadata", "name", "namespace", "labels", "spec", "items", "data"),
        *("dataFrom", "secretKey", "remoteRef", "key", "find", "extract", "sourceRef", "storeRef"),
        *("target", "template", "templateFrom", "provider", "fake", "conditions", "stringData"),
        *("v1", "external-secrets.io/v1", "external-secrets.io/v1beta1", "List", "Secret"),
        *("generators.external-secrets.io/v1alpha1", "Password", "secretStoreRef", "rewrite"),
        *("ExternalSecret", "SecretStore", "ClusterSecretStore", "ClusterExternalSecret"),
        *("namespaceRegexes", "refreshInterval", "namespaceSelectors", "externalSecretSpec"),
    ]
)
TEXTS = WORDS | st.text(max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=20,
)
SPECS = st.dictionaries(WORDS, VALUES, max_size=5)
OBJECTS = st.fixed_dictionaries(
    {
        "apiVersion": st.sampled_from(
            ["external-secrets.io/v1", "external-secrets.io/v1beta1", "v1", "a.io/v1"]
        ),
        "kind": st.sampled_from(
            [
                "ExternalSecret",
                "ClusterExternalSecret",
                "SecretStore",
                "ClusterSecretStore",
                "Secret",
                "ConfigMap",
                "List",
                "SecretList",
            ]
        ),
    },
    optional={
        "metadata": VALUES | st.just({"name": "a"}),
        "spec": SPECS,
        "data": VALUES,
        "items": st.lists(VALUES),
    },
)
BROKEN = st.text(alphabet=string.printable + "é\ufeff\u2028", max_size=60)


def loaded(stream: bytes) -> Catalog:
    """Return the Catalog of a stream."""
    return load(LoadRequest(files=("-",), stdin=lambda: stream))


@given(st.binary(max_size=80))
def test_any_bytes_are_loaded_or_reported(stream: bytes) -> None:
    """Nothing is raised."""
    loaded(stream)


@given(st.lists(BROKEN | st.sampled_from(["---\n", "&a", "*a", "<<: ", "!!binary ", "- ", "? "])))
def test_any_text_is_loaded_or_reported(parts: list[str]) -> None:
    """Nothing is raised."""
    loaded("".join(parts).encode())


@given(st.lists(OBJECTS | VALUES, max_size=3))
def test_any_objects_are_loaded_or_reported(values: list[object]) -> None:
    """As YAML; every error has a file, a rule and a message of one line."""
    catalog = loaded(yaml.safe_dump_all(values, allow_unicode=True).encode())

    for failure in catalog.failures:
        assert failure.error.at is not None
        assert failure.error.at.file == "-"
        assert failure.error.rule != "ES0000"
        assert "\n" not in str(failure.error)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc/.-é "), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text("abc"), JSON_VALUES, min_size=1))
def test_json_values_come_out_as_they_were(value: object) -> None:
    """Written as YAML or as JSON, with the API's idea of both."""
    for text in (json.dumps(value, indent=1, ensure_ascii=False), json.dumps(value)):
        found = list(parse_stream(text.encode(), "f"))
        if all(isinstance(one, Parsed) for one in found):
            assert [one.value for one in found if isinstance(one, Parsed)] == [value]


@given(st.dictionaries(st.text("abc", min_size=1), JSON_VALUES, min_size=1))
def test_every_member_has_a_line(value: dict[str, object]) -> None:
    """Each path of the document is known, and its line lies in the file."""
    text = json.dumps(value, indent=1)
    found = list(parse_stream(text.encode(), "f"))

    for one in found:
        if isinstance(one, Parsed):
            assert set(one.lines) == set(_paths(value, ()))
            assert all(1 <= line <= text.count("\n") + 1 for line in one.lines.values())


def _paths(value: object, at: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    members: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    return [path for key, inner in members for path in ((*at, key), *_paths(inner, (*at, key)))]

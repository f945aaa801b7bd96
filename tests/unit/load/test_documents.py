"""Streams to Kubernetes objects: lists, JSON, encodings, and what is no object."""

from __future__ import annotations

import json

import pytest

from esync.load.documents import Scope, read_documents
from esync.load.errors import BadYaml, LoadError, TooBig
from esync.manifests.document import Document


def read(stream: str | bytes, scope: Scope | None = None) -> list[Document | LoadError]:
    """Return every document of ``stream``."""
    content = stream.encode() if isinstance(stream, str) else stream
    return list(read_documents(content, "f.yaml", scope or Scope()))


def documents(stream: str | bytes, scope: Scope | None = None) -> list[Document]:
    """Return every document of a stream without errors."""
    found = [one for one in read(stream, scope) if isinstance(one, Document)]
    assert len(found) == len(read(stream, scope))
    return found


def test_lists_are_taken_apart_with_the_right_lines() -> None:
    """A v1 List, one inside of it, and a typed list whose items leave out their kind."""
    found = documents(
        "apiVersion: v1\n"
        "kind: List\n"
        "items:\n"
        "  - apiVersion: v1\n"
        "    kind: ConfigMap\n"
        "    metadata:\n"
        "      name: a\n"
        "  - apiVersion: v1\n"
        "    kind: SecretList\n"
        "    items:\n"
        "      - metadata:\n"
        "          name: b\n"
        "        data: {k: dg==}\n"
    )

    assert [(str(one.ref), one.at.line) for one in found] == [
        ("ConfigMap default/a", 4),
        ("Secret default/b", 11),
    ]
    assert found[1].api_version == "v1"
    assert found[0].place(("metadata", "name")).line == 7
    assert found[1].place(("data", "k")).line == 13


def test_an_object_with_items_that_is_no_list_stays_whole() -> None:
    """Only kinds that end in List are lists."""
    found = documents("apiVersion: x/v1\nkind: Box\nmetadata: {name: a}\nitems: [{a: 1}]\n")

    assert [one.kind for one in found] == ["Box"]


@pytest.mark.parametrize(
    "text",
    [
        '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}',
        '{\n\t"apiVersion": "v1",\n\t"kind": "Secret",\n\t"metadata": {"name": "a"}\n}\n',
        '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","annotations":{"x":"\\ud83d\\ude00\\/"}}}',
    ],
)
def test_json_is_read(text: str) -> None:
    """Compact, with tabs, and with escapes that YAML does not have."""
    assert [str(one.ref) for one in documents(text)] == ["Secret default/a"]


def test_json_objects_in_a_row_are_read() -> None:
    """Kubectl reads such streams; numbers are as in YAML."""
    one = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "n": 1.0, "m": [2.0]}
    found = documents(f"{json.dumps(one, indent=1)}\n{json.dumps(one)}")

    assert [document.at.line for document in found] == [1, 12]
    assert repr(found[0].body["n"]) == "1"
    assert repr(found[0].body["m"]) == "[2]"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": 1}{"a": 1, "a": 2}', "a key stands twice in one object, first on line 1"),
        ('{"a": 1}{"a": NaN}', "infinities and NaN cannot be told to the API server"),
        ('{"a": 1}{"a": b}', "this is no JSON: Expecting value"),
        ('{"a": 1}{"a": ' + "[" * 200 + "]" * 200 + "}", "the document is nested deeper than 100"),
        ('{"a": 1}{"a": ' + "[" * 100_000, "a number is too long or the nesting too deep"),
        ('{"a": 1}{"a": ' + "1" * 10_000 + "}", "a number is too long or the nesting too deep"),
    ],
)
def test_json_is_bounded_and_strict(text: str, says: str) -> None:
    """The same limits as for YAML."""
    errors = [str(one) for one in read(text) if isinstance(one, LoadError)]

    assert says in errors[-1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_with_a_mark_are_read(encoding: str) -> None:
    """What editors on Windows write."""
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, labels: {x: ü}}\n"

    assert documents(text.encode(encoding))[0].body["metadata"]["labels"] == {"x": "ü"}


def test_other_encodings_are_an_error_with_a_line() -> None:
    """The bytes are not shown."""
    found = read(b"apiVersion: v1\nkind: \xe4\n")

    assert isinstance(found[0], BadYaml)
    assert str(found[0]) == "this is no UTF-8 text"
    assert str(found[0].at) == "f.yaml:2"


def test_streams_are_bounded() -> None:
    """64 MiB and no more."""
    found = read(b"#" * ((64 << 20) + 1))

    assert isinstance(found[0], TooBig)
    assert str(found[0]) == "the file has more than 64 MiB"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("- a\n", 1, "the document is a list and no Kubernetes object"),
        ("just words\n", 1, "the document is a string and no Kubernetes object"),
        ("kind: Secret\n", 1, "the document is no Kubernetes object: apiVersion is missing"),
        ("apiVersion: v1\nKind: A\n", 1, "the document is no Kubernetes object: kind is missing"),
        ("kind: A\napiVersion: 1\n", 2, "apiVersion is an integer where a string is expected"),
        ("apiVersion: v1\nkind: [a]\n", 2, "kind is a list where a string is expected"),
    ],
)
def test_what_is_no_object_is_an_error(text: str, line: int, says: str) -> None:
    """Each with its line; empty documents are nothing at all."""
    found = read(text)

    assert isinstance(found[0], LoadError)
    assert (str(found[0]), found[0].at.line if found[0].at else 0) == (says, line)
    assert found[0].rule == "ES0113"


def test_a_misspelled_kind_field_is_suggested() -> None:
    """Keys are case-sensitive."""
    found = read("apiVersion: v1\nKind: A\n")

    assert isinstance(found[0], LoadError)
    assert found[0].hint == 'did you mean "Kind"?'


def test_empty_documents_are_nothing() -> None:
    """Separators, comments and null."""
    assert read("---\n# x\n---\n~\n---\nnull\n") == []


@pytest.mark.parametrize(
    ("kind", "group", "scope", "namespace"),
    [
        ("SecretStore", "external-secrets.io/v1", Scope(), "default"),
        ("SecretStore", "external-secrets.io/v1", Scope(default="team"), "team"),
        ("SecretStore", "external-secrets.io/v1", Scope("orders", "team"), "orders"),
        ("ClusterSecretStore", "external-secrets.io/v1", Scope("orders"), ""),
        ("ClusterExternalSecret", "external-secrets.io/v1beta1", Scope("orders"), ""),
        ("ClusterGenerator", "generators.external-secrets.io/v1alpha1", Scope("orders"), ""),
        ("Namespace", "v1", Scope("orders"), ""),
        ("Namespace", "other.io/v1", Scope("orders"), "orders"),
    ],
)
def test_documents_without_a_namespace_get_that_of_the_run(
    kind: str, group: str, scope: Scope, namespace: str
) -> None:
    """Kinds of cluster scope have none."""
    found = documents(f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: a}}\n", scope)

    assert found[0].namespace == namespace


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: List\nitems: 5", "f.yaml:3: items is an integer where a list is expected"),
        ("kind: List\nitems: {a: 1}", "f.yaml:3: items is a mapping where a list is expected"),
        (
            "kind: SecretList\nitems: {a: 1}",
            "f.yaml:3: items is a mapping where a list is expected",
        ),
        ("kind: List\nitem: []", "f.yaml:1: the list has no items"),
        ("kind: List\nitems: [3]", "f.yaml:3: the document is an integer and no Kubernetes object"),
    ],
)
def test_a_list_must_be_one(text: str, told: str) -> None:
    """What cannot be taken apart is an error, and never nothing."""
    (error,) = read(f"apiVersion: v1\n{text}\n")

    assert isinstance(error, LoadError)
    assert f"{error.at}: {error}" == told


def test_a_broken_list_in_a_list_stops_nothing() -> None:
    """The items around it are read."""
    found = read(
        "apiVersion: v1\nkind: List\nitems:\n"
        "- {apiVersion: v1, kind: List, items: x}\n"
        "- {apiVersion: v1, kind: Secret, metadata: {name: a}}\n"
    )

    assert [one.__class__.__name__ for one in found] == ["NotAnObject", "Document"]


def test_lists_may_be_empty() -> None:
    """Go spells an empty list null."""
    assert read("apiVersion: v1\nkind: List\nitems: null\n") == []
    assert read("apiVersion: v1\nkind: List\nitems: []\n") == []


def test_kinds_may_end_like_lists() -> None:
    """An object with a name is one, whatever it calls itself."""
    (found,) = documents("apiVersion: x/v1\nkind: PriceList\nmetadata: {name: a}\nitems: {b: 1}\n")

    assert found.kind == "PriceList"


@pytest.mark.parametrize(
    ("text", "line", "first"),
    [
        ('{"a": 1,\n "b": {"a": "}:"},\n "a": 2}', 3, 1),
        ('{"x": "\\"{",\n\t"a": [{"b": 1},\n\t{"b": 1, "b": 2}]}', 3, 3),
        ('{"a": 1}\n{"a":\n 1, "\\u0061"\n : 2}', 3, 2),
    ],
)
def test_a_key_that_stands_twice_in_json_has_a_line(text: str, line: int, first: int) -> None:
    """As in YAML; the key is not told, because it may be that of a Secret."""
    (*_, error) = read(text)

    assert isinstance(error, BadYaml)
    assert error.message == f"a key stands twice in one object, first on line {first}"
    assert (str(error.at), error.hint) == (f"f.yaml:{line}", "remove one of the two")

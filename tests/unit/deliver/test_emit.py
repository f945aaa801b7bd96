"""Secrets as manifests for others to apply, and what templates made, for reading."""

from __future__ import annotations

import json

import pytest
import yaml

from esync.deliver.emit import as_json, as_yaml, content_as_yaml
from esync.flow.desired import Content
from esync.flow.kubernetes import SecretObject
from esync.secret import SecretValue

SECRETS = [
    SecretObject("red", "app", type="Opaque", data={"k": SecretValue(b"v")}),
    SecretObject("blue", "b", type="Opaque", labels={"on": "yes"}, data={}),
    SecretObject("blue", "a", type="Opaque", data={"bytes": SecretValue(b"\xff\x00")}),
]


def test_a_stream_in_the_order_of_names() -> None:
    """By namespace and name, whatever order they came in; values as Kubernetes spells them."""
    text = as_yaml(SECRETS)

    documents = list(yaml.safe_load_all(text))
    names = [f"{one['metadata']['namespace']}/{one['metadata']['name']}" for one in documents]
    assert names == ["blue/a", "blue/b", "red/app"]
    assert [one["data"] for one in (documents[0], documents[2])] == [
        {"bytes": "/wA="},
        {"k": "dg=="},
    ]
    assert documents[1]["metadata"]["labels"] == {"on": "yes"}  # words stay words
    assert text.startswith("---\n")
    assert as_yaml(SECRETS[::-1]) == text


def test_a_list_for_machines() -> None:
    """The same objects in one document."""
    body = json.loads(as_json(SECRETS))

    assert (body["apiVersion"], body["kind"]) == ("v1", "List")
    assert body["items"] == list(yaml.safe_load_all(as_yaml(SECRETS)))


def test_nothing_is_no_document() -> None:
    """An empty stream, and a list without items."""
    assert as_yaml([]) == ""
    assert json.loads(as_json([]))["items"] == []


def test_what_templates_made_is_readable() -> None:
    """Sorted; text of several lines as a block; what is no text as bytes."""
    content = Content(
        data={
            "z": SecretValue(b"one\ntwo\n"),
            "b": SecretValue(b"\xff"),
            "a": SecretValue("käse".encode()),
        },
        labels={"y": "1", "x": "true"},
        annotations={"n": ""},
        type="kubernetes.io/tls",
    )

    assert content_as_yaml(content) == (
        "type: kubernetes.io/tls\n"
        "labels:\n  x: 'true'\n  y: '1'\n"
        "annotations:\n  n: ''\n"
        "data:\n"
        "  a: käse\n"
        "  b: !!binary |\n    /w==\n"
        "  z: |\n    one\n    two\n"
    )


def test_what_is_empty_is_left_out() -> None:
    """Except the data, which is the answer."""
    assert content_as_yaml(Content()) == "data: {}\n"


@pytest.mark.parametrize(
    "text", ["a \nb", "\ttab\nb", " lead\nb", "a\n\n", "\n", "a\x07\nb", "null", "1e3", "- a", ""]
)
def test_text_is_read_back_as_it_was(text: str) -> None:
    """Whatever a block cannot hold is quoted."""
    printed = content_as_yaml(Content(data={"k": SecretValue(text.encode())}))

    assert yaml.safe_load(printed) == {"data": {"k": text}}

"""Results for machines are what ``schemas/result.json`` says, with nothing besides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from esync import pipeline, report
from esync.manifests.schema import result_schema_text

if TYPE_CHECKING:
    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench

SCHEMA = json.loads(result_schema_text())


def closed(node: Any) -> Any:
    """Return a schema that knows all members: what a consumer may not rely on, we do."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    members = {name: closed(member) for name, member in node.items()}
    if isinstance(node.get("properties"), dict) and node.get("type") == "object":
        members.setdefault("additionalProperties", False)
    return members


def as_described(outcome: Outcome) -> dict[str, Any]:
    """Return the result as a machine reads it; it must be what the schema says."""
    result: dict[str, Any] = json.loads(report.as_json(outcome))
    Draft202012Validator(closed(SCHEMA)).validate(result)
    return result


def test_the_schema_is_one() -> None:
    """By the metaschema."""
    Draft202012Validator.check_schema(SCHEMA)


@pytest.fixture
def busy(bench: Workbench) -> Workbench:
    """A bench where one object is new, one was changed, one fails and one is volatile."""
    bench.store("store", {"a": "old", "gone": "x", "b": '{"k": "v"}'})
    one = "secretStoreRef: {name: store}\ndata: [{secretKey: key, remoteRef: {key: KEY}}]"
    bench.external_secret(one.replace("KEY", "a"), "changed")
    bench.external_secret(one.replace("KEY", "gone"), "fails")
    bench.apply()
    bench.store("store", {"a": "new", "b": '{"k": "v"}'})
    bench.external_secret(one.replace("KEY", "b"), "new")
    bench.external_secret(
        'target: {template: {data: {salt: "{{ uuidv4 }}"}}}\n' + one.replace("KEY", "b"), "salted"
    )
    return bench


def test_diff(busy: Workbench) -> None:
    """Actions, changes by key, and what could not be judged."""
    result = as_described(busy.diff())

    actions = {item["name"]: item["action"] for item in result["items"]}
    assert actions == {"changed": "update", "new": "create", "salted": "create"}
    assert [error["object"].rpartition("/")[2] for error in result["errors"]] == ["fails"]


def test_apply(busy: Workbench) -> None:
    """Results by object; an error of one stands beside it."""
    result = as_described(busy.apply())

    results = {item["name"]: item["result"] for item in result["items"]}
    assert results == {"changed": "configured", "new": "created", "salted": "created"}
    assert [error["rule"] for error in result["errors"]] == ["ES0301"]


def test_apply_that_is_refused(busy: Workbench) -> None:
    """With ``--atomic`` each object carries why it was not written."""
    result = as_described(busy.apply(atomic=True))

    assert {item["error"]["rule"] for item in result["items"]} == {"ES0506"}


def test_validate(busy: Workbench) -> None:
    """Errors, warnings and notes, each with its rule and its place."""
    busy.external_secret("secretStoreRef: {name: nowhere}\ndataFrom: [{extract: {key: a}}]", "lost")
    busy.external_secret("secretStoreRef: {name: store}", "empty")

    result = as_described(pipeline.validate(busy._request(), busy._world(None)))

    assert [error["rule"] for error in result["errors"]] == ["ES0132"]
    assert [warning["rule"] for warning in result["warnings"]] == ["ES0722", "ES0724"]
    assert [note["rule"] for note in result["notes"]] == ["ES0012"]
    assert {finding["file"].rpartition("/")[2] for finding in result["notes"]} == {"es-lost.yaml"}

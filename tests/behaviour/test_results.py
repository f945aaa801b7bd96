"""Results for machines are what ``schemas/result.json`` says, with nothing besides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from esync import pipeline, report
from esync.cluster.contract import Forbidden
from esync.flow.change import Action, Mark, Result
from esync.flow.explanation import Stage, Verdict
from esync.flow.standing import Sync
from esync.manifests.document import ObjectRef
from esync.manifests.schema import result_schema_text
from esync.providers.abilities import built_in
from esync.providers.contract import FindBy
from esync.report import explanation, plan, providers, status
from tests.behaviour.test_explain import SPEC, STORE, why
from tests.behaviour.test_from_cluster import lay, run
from tests.behaviour.test_status import look
from tests.fakes.memory_cluster import MemoryCluster

if TYPE_CHECKING:
    from enum import StrEnum

    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench

SCHEMA = json.loads(result_schema_text())
DEFS = SCHEMA["$defs"]
CASES = Path(__file__).with_name("cases")
MANIFESTS = ("render", "manifests")
PRINTED = [
    path.parent
    for path in sorted(CASES.glob("*/cmd"))
    if "-o json" in path.read_text() and not path.read_text().startswith(MANIFESTS)
]


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
    return described(report.as_json(outcome))


def described(text: str) -> dict[str, Any]:
    """Return a document that a command printed; it must be what the schema says."""
    result: dict[str, Any] = json.loads(text)
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


def test_plan_of_stores_with_a_price_list(bench: Workbench) -> None:
    """Calls, limits and prices; a search makes the number a lower bound."""
    bench.folder = CASES / "plan"

    result = described(plan.as_json(pipeline.plan(bench._request(), bench._world(None))))

    services = {item["service"]: item["atLeast"] for item in result["items"]}
    assert services == {
        "AWS Secrets Manager": True,
        "AWS Systems Manager Parameter Store": False,
    }
    assert all(item["limits"] and item["pricesOf"] for item in result["items"])
    assert result["summary"]["costUSD"] == "0.000010"


def test_plan_of_stores_without_a_price_list(bench: Workbench) -> None:
    """Nothing is said of money then; what is refused stands among the errors."""
    bench.store("vault", {"db": "v"})
    one = "secretStoreRef: {name: STORE}\ndata: [{secretKey: k, remoteRef: {key: db}}]"
    bench.external_secret(one.replace("STORE", "vault"))
    bench.external_secret(one.replace("STORE", "nowhere"), "lost")

    result = described(plan.as_json(pipeline.plan(bench._request(), bench._world(None))))

    assert result["summary"]["costUSD"] is None
    assert [item["store"] for item in result["items"]] == [f"SecretStore {bench.namespace}/vault"]
    assert "costUSD" not in result["items"][0]
    assert [error["rule"] for error in result["errors"]] == ["ES0012"]


def test_status(bench: Workbench) -> None:
    """One was synced, one never, and one is not judged."""
    lay(bench, "good", refreshInterval="1h")
    run(bench)
    lay(bench, "late")
    lay(bench, "nothing", target={"creationPolicy": "None"})

    result = described(status.as_json(look(bench)))

    states = {item["name"]: (item["state"], item["inSync"]) for item in result["items"]}
    assert states == {
        "good": ("yes", True),
        "late": ("missing", False),
        "nothing": ("not judged", None),
    }


def test_status_of_what_cannot_be_read(bench: Workbench) -> None:
    """The error stands in the item too."""
    lay(bench)
    assert isinstance(bench.cluster, MemoryCluster)
    ref = ObjectRef("Secret", bench.namespace, "app")
    bench.cluster.fail("get", ref, Forbidden("cannot get Secret app"))

    result = described(status.as_json(look(bench)))

    assert [item["error"]["rule"] for item in result["items"]] == ["ES0202"]
    assert [error["rule"] for error in result["errors"]] == ["ES0202"]


def test_status_of_what_the_cluster_does_not_know(bench: Workbench) -> None:
    """Neither time nor condition."""
    bench.store("vault", STORE)
    bench.external_secret(SPEC)

    [item] = described(status.as_json(look(bench, from_files=True)))["items"]

    assert (item["refreshTime"], item["nextDue"], item["owner"]) == ("", "", "")
    assert item["ready"] == {"status": "", "reason": "", "message": ""}


@pytest.mark.parametrize("key", ["db", "gone"])
def test_explain(bench: Workbench, key: str) -> None:
    """Of one that is about to be written, and of one that fails."""
    bench.store("vault", STORE)
    bench.external_secret(SPEC.replace("key: db", f"key: {key}"))

    result = described(explanation.as_json(why(bench)))

    assert [item["step"] for item in result["items"]] == [stage.value for stage in Stage]
    rules = [error["rule"] for item in result["items"] for error in item["errors"]]
    assert rules == {"db": [], "gone": ["ES0301"]}[key]
    assert result["summary"]["target"] == f"Secret {bench.namespace}/app"


def test_providers() -> None:
    """Ours by service, then those of other packages by place."""
    result = described(providers.as_json(list(built_in()), [("theirs", "their_package:Provider")]))

    assert result["summary"]["plugins"] == 1
    assert result["items"][-1] == {"provider": "theirs", "plugin": "their_package:Provider"}
    assert {"provider", "service", "batchSize"} <= set(result["items"][0])


@pytest.mark.parametrize(
    ("described_words", "words"),
    [
        (DEFS["item"]["properties"]["result"], Result),
        (DEFS["item"]["properties"]["action"], Action),
        (DEFS["change"]["properties"]["change"], Mark),
        (DEFS["standing"]["properties"]["state"], Sync),
        (DEFS["step"]["properties"]["step"], Stage),
        (DEFS["verdict"], Verdict),
        (DEFS["provider"]["properties"]["find"]["items"], FindBy),
    ],
)
def test_words_are_all_that_can_be_said(
    described_words: dict[str, list[str]], words: type[StrEnum]
) -> None:
    """A word that is new in the code is new in the schema."""
    assert sorted(described_words["enum"]) == sorted(word.value for word in words)


def test_nothing_more_is_allowed() -> None:
    """The check fails for a member or a kind that the schema does not name."""
    listed = json.loads(providers.as_json([], []))

    described(json.dumps(listed))
    for wrong in ({**listed, "more": 1}, {**listed, "kind": "PlanResult"}):
        with pytest.raises(ValidationError):
            described(json.dumps(wrong))


@pytest.mark.parametrize("case", PRINTED, ids=lambda case: case.name)
def test_what_the_command_line_prints(case: Path) -> None:
    """Every golden case with a result for machines is one that the schema describes."""
    _, _, rest = (case / "expected").read_text().partition("--- stdout\n")

    assert described(rest.rpartition("--- stderr\n")[0])["apiVersion"] == "esync.dev/v1"

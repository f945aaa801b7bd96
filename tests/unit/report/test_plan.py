"""A plan as people read it: what is saved, what it costs, what is near a limit."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from esync.flow.forecast import Forecast, LimitUse
from esync.flow.outcome import Outcome
from esync.report import plan

LIMIT = LimitUse(("GetParameters",), made=50, allowed=40, window=1, scope="account")
PRICED = Forecast(
    "SecretStore team/aws",
    service="AWS",
    clients=1,
    wanted=9,
    questions=6,
    calls={"read": 2, "read many": 1},
    requests={"Get": 3},
    cost=15,
    operator_cost=1_000_045,
    as_of="2026-11",
)
PLAIN = Forecast("SecretStore team/vault", clients=1, wanted=1, questions=1, calls={"read": 1})


def text(*forecasts: Forecast) -> list[str]:
    """Return the lines of the text."""
    return plan.as_text(Outcome("plan", forecasts=forecasts)).splitlines()


def test_a_paragraph_for_each_store() -> None:
    """One call is not several; money is told only where prices are known."""
    assert text(PRICED, PLAIN) == [
        "SecretStore team/aws: 3 calls, the operator makes 9  (AWS)",
        "  operations: 2 read, 1 read many",
        "  requests: 3 Get",
        "  saved: 3 by asking once, 3 by batches",
        "  cost: $0.000015, the operator's $1.000045 (prices of 2026-11)",
        "",
        "SecretStore team/vault: 1 call, the operator makes 1",
        "  operations: 1 read",
        "  saved: 0 by asking once, 0 by batches",
    ]


def test_nothing_is_planned() -> None:
    """Without stores there is nothing to tell, and a table has its head."""
    assert text() == []
    assert len(plan.as_markdown(Outcome("plan")).splitlines()) == 2
    assert json.loads(plan.as_json(Outcome("plan")))["summary"]["costUSD"] is None


def test_a_search_makes_a_lower_bound() -> None:
    """Of calls and of money; what is free stays free."""
    found = text(replace(PRICED, searches=1), replace(PRICED, searches=1, cost=0, operator_cost=0))

    assert found[0] == (
        "SecretStore team/aws: at least 3 calls, the operator makes at least 9  (AWS)"
    )
    assert found[4].startswith("  cost: at least $0.000015, ")
    assert found[-1] == "  cost: free (prices of 2026-11)"


def test_several_identities_are_told() -> None:
    """Each signs in by itself."""
    assert "  clients: 3, because the identity depends on the namespace" in text(
        replace(PLAIN, clients=3)
    )


@pytest.mark.parametrize(
    ("limit", "line"),
    [
        (
            LIMIT,
            "50 GetParameters, 40 a second are permitted (account): 1 s or more",
        ),
        (
            replace(LIMIT, made=21, window=60, calls=("A", "B")),
            "21 A and B, 40 a minute are permitted (account)",
        ),
        (
            replace(LIMIT, made=400, window=10),
            "400 GetParameters, 40 in 10 s are permitted (account): 100 s or more",
        ),
    ],
)
def test_what_is_near_a_limit(limit: LimitUse, line: str) -> None:
    """More than half of it; with the time that it takes where one window is too short."""
    near = replace(PLAIN, limits=(replace(LIMIT, made=20), limit))

    assert [one for one in text(near) if "limit" in one] == [f"  near a limit: {line}"]
    assert f"* {PLAIN.store}: {line}" in plan.as_markdown(Outcome("plan", forecasts=(near,)))


def test_a_table() -> None:
    """A row each, and from when the prices are; a bar does not end a cell."""
    odd = replace(PLAIN, store="SecretStore team/a|b")

    rows = plan.as_markdown(Outcome("plan", forecasts=(PRICED, odd))).splitlines()

    assert rows[2] == ("| SecretStore team/aws | 3 | 2 read, 1 read many | 9 | 3 | 3 | $0.000015 |")
    assert rows[3] == "| SecretStore team/a\\|b | 1 | 1 read | 1 | 0 | 0 |  |"
    assert rows[4:] == ["", "Prices and limits as known in 2026-11."]


def test_stores_that_may_be_one_make_an_upper_bound() -> None:
    """Of calls and of money, not of what the operator makes; with a search it is neither."""
    found = text(replace(PRICED, unknown=1))
    both = text(replace(PRICED, unknown=1, searches=1))

    assert found[0] == "SecretStore team/aws: at most 3 calls, the operator makes 9  (AWS)"
    assert "  may be the same as another store: its credentials are not in the input" in found
    assert [line for line in found if line.startswith("  cost: at most $0.000015, ")]
    assert both[0].startswith("SecretStore team/aws: about 3 calls, the operator makes at least 9")
    document = json.loads(plan.as_json(Outcome("plan", forecasts=(replace(PRICED, unknown=1),))))
    assert document["summary"]["atMost"] is document["items"][0]["atMost"] is True
    assert document["summary"]["atLeast"] is False


def test_sums_for_machines() -> None:
    """Stores without prices add calls and no money."""
    outcome = Outcome("plan", forecasts=(PRICED, replace(PRICED, cost=5, searches=1), PLAIN))

    summary = json.loads(plan.as_json(outcome))["summary"]

    assert (summary["calls"], summary["operatorCalls"]) == (7, 19)
    assert (summary["costUSD"], summary["atLeast"]) == ("0.000020", True)

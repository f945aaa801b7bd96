"""The plan counts what a run would ask: with `--refresh due`, only what is due."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esync import pipeline
from esync.load import LoadRequest, Selection
from tests.behaviour.test_from_cluster import NOW, lay, run

if TYPE_CHECKING:
    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench

HOUR = 3600


def planned(bench: Workbench, *, at: int = NOW, only_due: bool = True) -> Outcome:
    """Count what the ExternalSecrets of the cluster would ask."""
    chosen = LoadRequest(selection=Selection((bench.namespace,)))
    world = bench.world()
    clock = replace(world.chance, clock=lambda: at * 10**9)
    return pipeline.plan(pipeline.Request(chosen, only_due=only_due), replace(world, chance=clock))


def calls(outcome: Outcome) -> int:
    """Return how many calls are counted."""
    assert outcome.failures == ()
    return sum(one.total for one in outcome.forecasts)


def test_what_is_not_due_is_not_counted(both: Workbench) -> None:
    """Neither before its interval is over, nor once it was told; the run says the same."""
    lay(both, refreshInterval="1h")
    lay(both, "other", refreshInterval="4h", data=[{"secretKey": "k", "remoteRef": {"key": "db"}}])

    assert calls(planned(both)) == 1
    run(both)
    assert calls(planned(both, at=NOW + 60)) == 0
    again = planned(both, at=NOW + HOUR + 60)
    assert calls(again) == 1
    assert [(one.ref.name, one.reason) for one in again.skipped] == [("other", "it is not due")]
    assert calls(planned(both, at=NOW + 60, only_due=False)) == 1

    made = run(both, at=NOW + HOUR + 60)
    assert sum(one.calls["read"] for one in made.calls) == 1


def test_a_target_that_was_edited_is_due(both: Workbench) -> None:
    """Whatever its interval."""
    lay(both, refreshInterval="0")
    run(both)
    assert calls(planned(both, at=NOW + 60)) == 0

    both.edit(password="edited")

    assert calls(planned(both, at=NOW + 60)) == 1

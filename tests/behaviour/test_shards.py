"""A run split over several machines does every object once, and chains in one piece."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from esync import pipeline, resolve
from esync.flow.change import Result
from esync.flow.kubernetes import SecretObject

if TYPE_CHECKING:
    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench

SHARDS = [resolve.Shard(index, 4) for index in range(4)]
PLAIN = """
secretStoreRef: {{name: main}}
data: [{{secretKey: a, remoteRef: {{key: k{number}}}}}]
"""


def lay(bench: Workbench, number: int) -> None:
    """Lay so many ExternalSecrets, each with a secret of its own."""
    bench.store("main", {f"k{n}": f"value {n}" for n in range(number)})
    for n in range(number):
        bench.external_secret(PLAIN.format(number=n), name=f"app-{n}")


def applied(bench: Workbench, shard: resolve.Shard) -> Outcome:
    """Apply one part; nothing may fail."""
    bench.options = replace(bench.options, shard=shard)
    outcome = bench.apply()
    assert [failure.error.message for failure in outcome.failures] == []
    return outcome


def test_four_parts_write_every_object_once(both: Workbench) -> None:
    """Each Secret is created by one part, and a second round of all parts changes nothing."""
    lay(both, 40)

    first = Counter(
        (done.ref.name, done.result) for shard in SHARDS for done in applied(both, shard).done
    )
    second = Counter(done.result for shard in SHARDS for done in applied(both, shard).done)

    assert first == Counter({(f"app-{n}", Result.CREATED): 1 for n in range(40)})
    assert second == {Result.UNCHANGED: 40}
    assert all(both.data(f"app-{n}") == {"a": f"value {n}"} for n in range(40))


def test_a_part_deletes_nothing_of_the_others(both: Workbench) -> None:
    """What the other parts made under their names is theirs."""
    lay(both, 12)
    for shard in SHARDS:
        applied(both, shard)

    outcomes = [applied(both, shard) for shard in SHARDS]

    assert {done.result for outcome in outcomes for done in outcome.done} == {Result.UNCHANGED}


def test_a_chain_is_done_by_one_part(bench: Workbench) -> None:
    """Whoever needs a Secret of this run is in the part that makes it, and is told so."""
    bench.store("main", {"text": "{{ .a }}!", "k": "hello"})
    bench.external_secret(
        "secretStoreRef: {name: main}\ndata: [{secretKey: text, remoteRef: {key: text}}]",
        name="templates",
    )
    for n in range(8):
        bench.external_secret(
            """
            secretStoreRef: {name: main}
            data: [{secretKey: a, remoteRef: {key: k}}]
            target:
              template:
                templateFrom: [{secret: {name: templates, items: [{key: text}]}}]
            """,
            name=f"app-{n}",
        )

    outcomes = [applied(bench, shard) for shard in SHARDS]

    assert sorted(len(outcome.done) for outcome in outcomes) == [0, 0, 0, 9]
    (noted,) = [note for outcome in outcomes for note in outcome.notes if "shard" in note]
    assert "9 ExternalSecrets" in noted
    assert bench.data("app-7") == {"text": "hello!"}


@pytest.mark.parametrize("shard", SHARDS, ids=str)
def test_render_and_plan_take_parts_too(bench: Workbench, shard: resolve.Shard) -> None:
    """Both see the same part."""
    lay(bench, 20)
    bench.options = replace(bench.options, shard=shard)

    rendered = bench.render()
    planned = pipeline.plan(bench._request(), bench._world(None))

    assert all(isinstance(one, SecretObject) for one in rendered.secrets)
    assert planned.judged == len(rendered.secrets)
    assert sum(one.total for one in planned.forecasts) == planned.judged

"""``esync plan``."""

from esync.cli.flags import grouped
from esync.cli.options import (
    ClusterFlags,
    InputFlags,
    LookFlags,
    PlanFormat,
    PlanOutput,
    ShardOf,
    StoreFlags,
)


@grouped
def plan(
    inputs: InputFlags,
    cluster: ClusterFlags,
    stores: StoreFlags,
    look: LookFlags,
    output: PlanOutput = PlanFormat.TEXT,
    shard: ShardOf = "",
) -> None:
    """Count the calls that a run would make: how many to which store, their price, the limits.

    No store is asked. A search is counted as one call: how many it takes is known only to the
    store, and the plan says "at least".
    """
    from esync import pipeline
    from esync.cli import exits, wiring
    from esync.cli.ending import Ending
    from esync.cli.session import leave, session
    from esync.report import plan as report

    spelled = {
        PlanFormat.TEXT: report.as_text,
        PlanFormat.JSON: report.as_json,
        PlanFormat.MARKDOWN: report.as_markdown,
    }
    with session(look) as console:
        ending = Ending(wiring.seconds(stores.timeout))
        request = wiring.request(inputs, cluster, stores, shard=shard)
        outcome = pipeline.plan(request, wiring.world(cluster, stores, ending))
        console.result(spelled[output](outcome))
        console.outcome(outcome)
        leave(exits.of(outcome), ending)

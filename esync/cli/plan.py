"""``esync plan``."""

from dataclasses import replace

from esync.cli.flags import grouped
from esync.cli.options import (
    ClusterFlags,
    InputFlags,
    LookFlags,
    PlanFormat,
    PlanOutput,
    Refresh,
    RefreshWhen,
    SelectionFlags,
    ShardOf,
    StoreFlags,
)


@grouped
def plan(
    inputs: InputFlags,
    cluster: ClusterFlags,
    stores: StoreFlags,
    look: LookFlags,
    selection: SelectionFlags,
    refresh: RefreshWhen = None,
    output: PlanOutput = PlanFormat.TEXT,
    shard: ShardOf = "",
) -> None:
    """Count the calls that a run would make: how many to which store, their price, the limits.

    No store is asked. A search is counted as one call: how many it takes is known only to the
    store, and the plan says "at least". Stores that may turn out to be the same, because their
    credentials are not in the input, are counted apart, and the plan says "at most". With
    --refresh due the cluster is asked what is due, and nothing else is counted.
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
        request = wiring.request(inputs, cluster, stores, shard=shard, selection=selection)
        request = replace(
            request, only_due=refresh is Refresh.DUE or (refresh is None and selection.from_cluster)
        )
        outcome = pipeline.plan(request, wiring.world(cluster, stores, ending))
        console.result(spelled[output](outcome))
        console.outcome(outcome)
        leave(exits.of(outcome), ending)

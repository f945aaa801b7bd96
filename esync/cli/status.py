"""``esync status``."""

from esync.cli.flags import grouped
from esync.cli.options import (
    ClusterFlags,
    InputFlags,
    LookFlags,
    Output,
    ReportFormat,
    SelectionFlags,
    StoreFlags,
)


@grouped
def status(
    inputs: InputFlags,
    selection: SelectionFlags,
    cluster: ClusterFlags,
    stores: StoreFlags,
    look: LookFlags,
    output: Output = ReportFormat.TEXT,
) -> None:
    """Tell how each ExternalSecret stands in the cluster; no store is asked.

    In sync means that the target is managed, its data is what its digest says, and it is owned by
    no other ExternalSecret; whether a store has a newer value is not looked at. Consumers are
    workloads that read the target when they start; older are those that did before it changed.

    Exit code 0: everything is in sync. 1: something is not, or its last sync failed.
    """
    from esync import status as corridor
    from esync.cli import exits, wiring
    from esync.cli.ending import Ending
    from esync.cli.session import leave, session
    from esync.report import status as report

    with session(look) as console:
        wiring.require_cluster(cluster, "status")
        ending = Ending(wiring.seconds(stores.timeout))
        request = wiring.request(inputs, cluster, stores, selection=selection)
        world = wiring.world(cluster, stores, ending)
        outcome = corridor.status(request, world)
        if output is ReportFormat.JSON:
            console.result(report.as_json(outcome))
        else:
            now = world.chance.clock()
            console.result(report.as_text(outcome, now, colour=console.out_colour))
        console.outcome(outcome)
        leave(exits.of(outcome), ending)

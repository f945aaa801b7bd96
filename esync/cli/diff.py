"""``esync diff``."""

from dataclasses import replace
from typing import Annotated

from typer import Option

from esync.cli.applyset import AllowEmptySet, SetFlags, chosen
from esync.cli.flags import grouped
from esync.cli.options import (
    OUTPUT,
    ClusterFlags,
    GuardFlags,
    InputFlags,
    LookFlags,
    Output,
    Refresh,
    RefreshWhen,
    ReportFormat,
    SelectionFlags,
    ShardOf,
    ShowValues,
    StoreFlags,
)
from esync.cli.rotation import RestartFlags


@grouped
def diff(
    inputs: InputFlags,
    selection: SelectionFlags,
    cluster: ClusterFlags,
    stores: StoreFlags,
    guards: GuardFlags,
    look: LookFlags,
    members: SetFlags,
    restarts: RestartFlags,
    output: Output = ReportFormat.TEXT,
    refresh: RefreshWhen = None,
    shard: ShardOf = "",
    show_values: ShowValues = False,
    exit_zero: Annotated[
        bool,
        Option(
            "--exit-zero", help="Differences are no reason for exit code 1.", rich_help_panel=OUTPUT
        ),
    ] = False,
    allow_empty_set: AllowEmptySet = False,
) -> None:
    """Show what apply would change, masked, and change nothing.

    With --restart also which workloads would be restarted.

    Exit code 0: no difference. 1: differences. 2: at least one object could not be judged.
    """
    from esync import pipeline, report
    from esync.cli import exits, rotation, wiring
    from esync.cli.ending import Ending
    from esync.cli.session import leave, session

    with session(look) as console:
        wiring.require_cluster(cluster, "diff")
        ending = Ending(wiring.seconds(stores.timeout))
        ending.watch()
        request = wiring.request(inputs, cluster, stores, guards, shard, selection=selection)
        request = replace(
            request, only_due=refresh is Refresh.DUE or (refresh is None and selection.from_cluster)
        )
        kept = chosen(members, request.load, allow_empty=allow_empty_set)
        request = replace(request, members=kept, restart=rotation.chosen(restarts))
        outcome = pipeline.diff(request, wiring.world(cluster, stores, ending))
        style = report.Look(colour=console.out_colour, values=show_values)
        as_json = output is ReportFormat.JSON
        console.result(report.as_json(outcome) if as_json else report.as_text(outcome, style))
        console.outcome(outcome)
        code = exits.of(outcome)
        leave(exits.Exit.DONE if exit_zero and code is exits.Exit.NEGATIVE else code, ending)

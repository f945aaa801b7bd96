"""``esync explain``."""

from dataclasses import replace
from typing import Annotated

from typer import Argument, Option

from esync.cli.flags import grouped
from esync.cli.options import (
    STORES,
    ClusterFlags,
    GuardFlags,
    InputFlags,
    LookFlags,
    Output,
    ReportFormat,
    SelectionFlags,
    StoreFlags,
)


@grouped
def explain(
    inputs: InputFlags,
    selection: SelectionFlags,
    cluster: ClusterFlags,
    stores: StoreFlags,
    guards: GuardFlags,
    look: LookFlags,
    wanted: Annotated[
        str,
        Argument(
            metavar="[KIND/]NAME", help="An ExternalSecret, or secret/NAME for what it builds."
        ),
    ],
    output: Output = ReportFormat.TEXT,
    suggest_remote: Annotated[
        bool,
        Option(
            "--suggest-remote",
            help="Show names in the store that are near to one that it lacks.",
            rich_help_panel=STORES,
        ),
    ] = False,
) -> None:
    """Tell why one ExternalSecret syncs or does not: every step, its verdict, what to do next.

    Stores are asked, nothing is written, and no value is printed.

    Exit code 0: it is in sync. 1: a step failed, or the target differs. 2: there is no such one.
    """
    from esync import explain as corridor
    from esync.cli import exits, wiring
    from esync.cli.ending import Ending
    from esync.cli.session import leave, session
    from esync.explain.choose import Wanted
    from esync.report import explanation as report

    with session(look) as console:
        ending = Ending(wiring.seconds(stores.timeout))
        ending.watch()
        chosen = Wanted.parse(wanted)
        if selection.from_cluster and not (chosen.by_target or selection.name):
            selection = replace(selection, name=[chosen.name])
        request = wiring.request(inputs, cluster, stores, guards, selection=selection)
        world = wiring.world(cluster, stores, ending)
        found = corridor.explain(request, world, chosen, suggest=suggest_remote)
        if output is ReportFormat.JSON:
            console.result(report.as_json(found))
        else:
            console.result(report.as_text(found, colour=console.out_colour))
        leave(exits.Exit.NEGATIVE if found.is_wrong else exits.Exit.DONE, ending)

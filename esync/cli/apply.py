"""``esync apply``."""

from dataclasses import replace
from typing import Annotated

from typer import Option

from esync.cli.applyset import AllowEmptySet, SetFlags, chosen
from esync.cli.flags import grouped
from esync.cli.options import (
    OUTPUT,
    ClusterFlags,
    DryRun,
    GuardFlags,
    InputFlags,
    LookFlags,
    Output,
    Refresh,
    RefreshWhen,
    ReportFormat,
    SelectionFlags,
    ShardOf,
    StoreFlags,
    WriteStatus,
)
from esync.cli.policing import GUARDS
from esync.cli.rotation import RestartFlags, Wait


@grouped
def apply(
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
    atomic: Annotated[
        bool,
        Option("--atomic", help="Write nothing if anything fails.", rich_help_panel=GUARDS),
    ] = False,
    write_status: Annotated[
        WriteStatus,
        Option(
            "--write-status",
            help="auto: with --from-cluster, write conditions and events as the operator would.",
            rich_help_panel=OUTPUT,
        ),
    ] = WriteStatus.AUTO,
    dry_run: Annotated[
        DryRun,
        Option("--dry-run", help="Write nothing; server: let it check.", rich_help_panel=GUARDS),
    ] = DryRun.NONE,
    allow_empty_set: AllowEmptySet = False,
    wait: Wait = False,
) -> None:
    """Write the resulting Secrets where they differ, and report each one."""
    from esync import pipeline, report
    from esync.cli import exits, rotation, wiring
    from esync.cli.ending import Ending
    from esync.cli.session import leave, session

    suffix = {DryRun.NONE: "", DryRun.CLIENT: "(dry run)", DryRun.SERVER: "(server dry run)"}
    with session(look) as console:
        wiring.require_cluster(cluster, "apply")
        ending = Ending(wiring.seconds(stores.timeout))
        ending.watch()
        request = replace(
            wiring.request(inputs, cluster, stores, guards, shard, selection=selection),
            atomic=atomic,
            write_status=selection.from_cluster
            and write_status is WriteStatus.AUTO
            and dry_run is DryRun.NONE,
            only_due=refresh is Refresh.DUE or (refresh is None and selection.from_cluster),
            dry_run=dry_run is not DryRun.NONE,
            server_dry_run=dry_run is DryRun.SERVER,
        )
        kept = chosen(members, request.load, allow_empty=allow_empty_set)
        restart = rotation.chosen(restarts, wait=wait)
        request = replace(request, members=kept, restart=restart)
        outcome = pipeline.apply(request, wiring.world(cluster, stores, ending))
        style = report.Look(colour=console.out_colour, suffix=suffix[dry_run])
        as_json = output is ReportFormat.JSON
        console.result(report.as_json(outcome) if as_json else report.as_text(outcome, style))
        console.outcome(outcome)
        leave(exits.of(outcome), ending)

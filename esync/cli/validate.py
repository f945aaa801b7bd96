"""``esync validate``."""

from dataclasses import replace
from typing import Annotated

from typer import Option

from esync.cli.flags import grouped
from esync.cli.options import (
    ALLOW_PLUGIN,
    INPUT,
    ClusterFlags,
    InputFlags,
    LookFlags,
    Output,
    ReportFormat,
    SelectionFlags,
    StoreFlags,
)


@grouped
def validate(
    inputs: InputFlags,
    selection: SelectionFlags,
    cluster: ClusterFlags,
    look: LookFlags,
    output: Output = ReportFormat.TEXT,
    closed: Annotated[
        bool,
        Option("--closed", help="What the input lacks is an error.", rich_help_panel=INPUT),
    ] = False,
    allow_plugin: Annotated[list[str] | None, ALLOW_PLUGIN] = None,
    strict: Annotated[
        bool, Option("--strict", help="Warnings fail too.", rich_help_panel=INPUT)
    ] = False,
) -> None:
    """Check manifests offline: schema, admission rules, references, templates, and habits.

    Neither the cluster nor a store is asked; with --from-cluster, what the cluster has is read and
    checked. Exit code 0: no error. 1: errors were found. A rule from ES0700 on can be ignored by
    the annotation esync.dev/ignore: "ES0706 the reason".
    """
    from esync import pipeline, report
    from esync.cli import exits, wiring
    from esync.cli.ending import Ending
    from esync.cli.session import leave, session

    cluster = replace(cluster, offline=cluster.offline or not selection.from_cluster)
    stores = StoreFlags(allow_plugin=allow_plugin or [])
    with session(look) as console:
        ending = Ending(wiring.seconds(stores.timeout))
        request = wiring.request(inputs, cluster, stores, selection=selection)
        request = replace(request, closed=closed)
        outcome = pipeline.validate(request, wiring.world(cluster, stores, ending))
        if output is ReportFormat.JSON:
            console.result(report.as_json(outcome))
        console.outcome(outcome)
        leave(exits.of(outcome, strict=strict), ending)

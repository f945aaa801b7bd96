"""``esync handover``."""

from typing import Annotated

from typer import Option

from esync.cli.flags import grouped
from esync.cli.options import INPUT, ClusterFlags, LookFlags, Output, ReportFormat
from esync.cli.policing import GUARDS
from esync.handover import To


@grouped
def handover(
    cluster: ClusterFlags,
    look: LookFlags,
    to: Annotated[To, Option("--to", help="Who writes from now on.", rich_help_panel=INPUT)],
    namespace: Annotated[
        str,
        Option(
            "-n",
            "--namespace",
            metavar="NAME",
            help="Whose ExternalSecrets change hands. Default: the context's.",
            rich_help_panel=INPUT,
        ),
    ] = "",
    all_namespaces: Annotated[
        bool,
        Option(
            "-A",
            "--all-namespaces",
            help="Those of every namespace, and what belongs to none.",
            rich_help_panel=INPUT,
        ),
    ] = False,
    name: Annotated[
        list[str] | None,
        Option(
            "--name",
            metavar="NAME",
            help="Only the ExternalSecrets of this name. Repeatable.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    keep_finalizers: Annotated[
        bool,
        Option(
            "--keep-finalizers",
            help="Leave finalizers to an operator that still runs for other namespaces.",
            rich_help_panel=GUARDS,
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        Option("--dry-run", help="Write nothing; tell what would be.", rich_help_panel=GUARDS),
    ] = False,
    output: Output = ReportFormat.TEXT,
) -> None:
    """Move ExternalSecrets from the operator to esync, or back, without losing a Secret.

    To esync: their Secrets lose the owner references by which they would be deleted together with
    an ExternalSecret or its definition, and everything loses the finalizers that only the operator
    removes. To the operator: both are put back. Stop whoever wrote so far first.
    """
    from esync import handover as corridor
    from esync import report
    from esync.cli import exits, wiring
    from esync.cli.ending import Ending
    from esync.cli.session import leave, session
    from esync.load import Selection

    with session(look) as console:
        ending = Ending(wiring.seconds("10m"))
        namespaces = wiring.namespaces(cluster, namespace, everywhere=all_namespaces)
        selection = Selection(namespaces, names=tuple(name or ()))
        request = corridor.Request(to, selection, dry_run, keep_finalizers)
        outcome = corridor.handover(request, wiring.live(cluster, ending))
        style = report.Look(colour=console.out_colour, suffix="(dry run)" if dry_run else "")
        as_json = output is ReportFormat.JSON
        console.result(report.as_json(outcome) if as_json else report.as_text(outcome, style))
        console.outcome(outcome)
        leave(exits.of(outcome), ending)

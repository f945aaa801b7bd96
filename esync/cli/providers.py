"""``esync providers``."""

from esync.cli.flags import grouped
from esync.cli.options import LookFlags, Output, ReportFormat


@grouped
def providers(look: LookFlags, output: Output = ReportFormat.TEXT) -> None:
    """List the providers and what each can do.

    Those of other packages are named, and not imported: their stores need --allow-plugin.
    """
    from esync.cli.session import session
    from esync.providers.abilities import built_in
    from esync.providers.plugins import installed
    from esync.report import providers as report

    with session(look) as console:
        spell = report.as_json if output is ReportFormat.JSON else report.as_text
        console.result(spell(list(built_in()), list(installed())))

"""``esync render``."""

from typing import Annotated

from typer import Option

from esync.cli.flags import grouped
from esync.cli.options import (
    OUTPUT,
    ClusterFlags,
    InputFlags,
    LookFlags,
    ManifestFormat,
    Manifests,
    SelectionFlags,
    ShardOf,
    StoreFlags,
)


@grouped
def render(
    inputs: InputFlags,
    selection: SelectionFlags,
    cluster: ClusterFlags,
    stores: StoreFlags,
    look: LookFlags,
    output: Manifests = ManifestFormat.YAML,
    shard: ShardOf = "",
    keep_going: Annotated[
        bool,
        Option(
            "--keep-going",
            help="Print the good ones even if others failed.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
) -> None:
    """Print the resulting Secrets as manifests. They hold the values.

    Nothing is printed if any object failed, unless --keep-going is given: a reader that prunes
    would take a half list for the whole.
    """
    from esync import pipeline
    from esync.cli import exits, wiring
    from esync.cli.ending import Ending
    from esync.cli.session import leave, session
    from esync.deliver import emit

    with session(look) as console:
        ending = Ending(wiring.seconds(stores.timeout))
        ending.watch()
        request = wiring.request(inputs, cluster, stores, shard=shard, selection=selection)
        outcome = pipeline.render(request, wiring.world(cluster, stores, ending))
        if keep_going or not outcome.failures:
            as_format = emit.as_json if output is ManifestFormat.JSON else emit.as_yaml
            console.result(as_format(outcome.secrets))
        else:
            console.warn("nothing was printed, because something failed; see --keep-going")
        console.outcome(outcome)
        leave(exits.of(outcome), ending)

"""``esync template``."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from esync.cli.flags import grouped
from esync.cli.options import (
    INPUT,
    ClusterFlags,
    InputFlags,
    LookFlags,
    SelectionFlags,
    StoreFlags,
)


@grouped
def template(
    inputs: InputFlags,
    selection: SelectionFlags,
    cluster: ClusterFlags,
    look: LookFlags,
    wanted: Annotated[
        str, Argument(metavar="[NAMESPACE/]NAME", help="The ExternalSecret; needless if only one.")
    ] = "",
    data: Annotated[
        Path | None,
        Option(
            "--data",
            metavar="PATH",
            help="YAML or JSON with one value for each key that a store would bring.",
            rich_help_panel=INPUT,
        ),
    ] = None,
) -> None:
    """Render the templates of one ExternalSecret with data from a file. No store is asked."""
    from esync import pipeline
    from esync.cli import exits, wiring
    from esync.cli.ending import Ending
    from esync.cli.session import leave, session
    from esync.deliver import emit
    from esync.load.values import read_values

    stores = StoreFlags()
    with session(look) as console:
        ending = Ending(wiring.seconds(stores.timeout))
        request = wiring.request(inputs, cluster, stores, selection=selection)
        world = wiring.world(cluster, stores, ending)
        content = pipeline.template(request, world, wanted, read_values(data) if data else {})
        console.result(emit.content_as_yaml(content))
        leave(exits.Exit.DONE, ending)

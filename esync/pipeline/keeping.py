"""Whether a run keeps an ApplySet; few do, and the others do not pay for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esync.cluster.contract import Cluster
    from esync.pipeline.belonging import Belonging
    from esync.pipeline.world import Request


def belonging(request: Request, cluster: Cluster | None) -> Belonging | None:
    """Return what the run has to know of its set; None without one.

    Raises:
        Refused: the input is a part of the set, or its parent is not ours.
        ClusterError: the parent cannot be read.
    """
    if request.members is None or cluster is None:
        return None
    from esync.pipeline.belonging import Belonging

    return Belonging(request.members, request, cluster)

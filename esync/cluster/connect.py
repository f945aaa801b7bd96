"""Opens the door: a cluster that signs in when it is first asked for something."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from esync.cluster.client import ApiCluster
from esync.cluster.contract import Unreachable
from esync.cluster.kubeconfig import Chosen, choose
from esync.cluster.signin import sign_in
from esync.cluster.wire import Wire

if TYPE_CHECKING:
    from esync.cluster.options import ConnectOptions


def connect(options: ConnectOptions) -> ApiCluster:
    """Return the cluster that flags and environment mean.

    The kubeconfig is read for the names of context, server and namespace; what is wrong with it is
    told by the first call that needs the cluster.
    """
    try:
        chosen = choose(options)
    except Unreachable:
        chosen = Chosen(options.context)
    return ApiCluster(Wire(partial(sign_in, options), options), chosen)

"""Opens the door: a cluster that signs in when it is first asked for something."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from esync.cluster.client import ApiCluster
from esync.cluster.contract import Unreachable
from esync.cluster.kubeconfig import Chosen, choose
from esync.cluster.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.cluster.contract import Login
    from esync.cluster.options import ConnectOptions
    from esync.cluster.signin import Session


def connect(options: ConnectOptions, *, sleep: Callable[[float], None] = time.sleep) -> ApiCluster:
    """Return the cluster that flags and environment mean.

    The kubeconfig is read for the names of context, server and namespace; what is wrong with it is
    told by the first call that needs the cluster.

    Args:
        options: which cluster, as whom, how long.
        sleep: waits before a request is repeated; may raise to end the run.
    """
    try:
        chosen = choose(options)
    except Unreachable:
        chosen = Chosen(options.context)
    wire = Wire(partial(_sign_in, options), options, sleep=sleep)
    return ApiCluster(wire, chosen, partial(_acting_as, options))


def _sign_in(options: ConnectOptions) -> Session:
    from esync.cluster.plain import sign_in  # TLS and all that: 15 ms

    return sign_in(options)


def _acting_as(options: ConnectOptions, login: Login) -> ApiCluster:
    """Ask the server of the context, with its certificates and proxy, as somebody else."""
    from esync.cluster.direct import connect_to, endpoint_of  # most runs need no TLS of our own

    return connect_to(endpoint_of(choose(options), options), login, options)

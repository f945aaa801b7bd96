"""Which cluster is meant, as whom, and how long to wait for it."""

from __future__ import annotations

import os
from dataclasses import field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ConnectOptions:
    """What flags and environment say about the cluster.

    Attributes:
        kubeconfig: ``--kubeconfig``: the only file that is read; else ``KUBECONFIG`` or
            ``~/.kube/config`` is.
        context: ``--context``; empty for the current one.
        as_user, as_groups: impersonation by flag; each replaces what the kubeconfig says.
        connect_timeout, read_timeout: seconds, for one request.
        deadline: on the clock of ``time.monotonic``; nothing is waited for beyond it.
        environ: the environment of the process.
        in_cluster: in a Pod without a kubeconfig, its service account is used.
        service_account: the folder in which a Pod finds token, CA and namespace.
    """

    kubeconfig: str = ""
    context: str = ""
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    deadline: float = inf
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    in_cluster: bool = True
    service_account: Path = Path("/var/run/secrets/kubernetes.io/serviceaccount")

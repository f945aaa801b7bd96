"""What a command is given: the user's request, and the world outside."""

from __future__ import annotations

import time
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from esync import deliver, resolve, rollouts, shape
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.cluster.contract import Cluster
    from esync.cluster.overlay import InputFirst
    from esync.fetch import Door
    from esync.flow.applyset import SetOptions
    from esync.flow.plan import StoreUse
    from esync.load import LoadRequest
    from esync.manifests.policy import Policy
    from esync.manifests.store import Store


class DoorOf(Protocol):
    """Leads to the clients of stores; made by the command line, or by a test."""

    def __call__(self, store: Store, use: StoreUse, inputs: InputFirst, *, several: bool) -> Door:
        """Return what opens a client for the ExternalSecrets of one namespace.

        Args:
            store: what is opened.
            use: for which namespace.
            inputs: where credentials are read: the input first, then the cluster.
            several: whether the run covers several namespaces.
        """


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside: made once by the command line, or of small working fakes by a test.

    Attributes:
        cluster: None with ``--offline``.
        door_of: leads to the client of a store.
        chance: time and chance, as templates see them.
        over: says why nothing more shall be started, else nothing.
        pause: waits for so many seconds.
    """

    cluster: Cluster | None
    door_of: DoorOf
    chance: shape.Chance
    over: Callable[[], str]
    pause: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for, past the choice of the command."""

    load: LoadRequest
    resolve: resolve.Options = field(default_factory=resolve.Options)
    guards: deliver.Guards = field(default_factory=deliver.Guards)
    concurrency: int = 16
    atomic: bool = False
    dry_run: bool = False
    server_dry_run: bool = False
    closed: bool = False
    only_due: bool = False
    write_status: bool = False
    run_id: str = ""
    restart: rollouts.Options = field(default_factory=rollouts.Options)
    members: SetOptions | None = None
    policy: Policy | None = None

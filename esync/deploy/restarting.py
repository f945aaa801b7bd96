"""What restarting workloads takes of the API server beside what writing Secrets takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.cluster.contract import CONFIG_MAPS, CRON_JOBS, DAEMON_SETS, DEPLOYMENTS, STATEFUL_SETS
from esync.deploy.needs import Need
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.manifests.document import Resource

_ROLLED_OUT: Final = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS)
# Where a running Reloader says how it was started.
_META_INFO: Final = "reloader-meta-info"


@dataclass(frozen=True, slots=True)
class Restarting:
    """What the command line says of restarts.

    Attributes:
        wait: roll-outs are followed.
        reloader: the namespace in which a Reloader runs; empty if none is minded.
    """

    wait: bool = False
    reloader: str = ""


def restart_needs(restarting: Restarting, namespace: str) -> Iterator[Need]:
    """Yield what a run needs to restart what uses the Secrets of ``namespace``."""
    for resource in _ROLLED_OUT:
        yield _need(resource, namespace, "list", why="find what uses changed Secrets")
        yield _need(resource, namespace, "patch", why="restart it")
        if restarting.wait:
            yield _need(resource, namespace, "get", why="follow its roll-out")
    why = "tell of those whose next Job takes the new value"
    yield _need(CRON_JOBS, namespace, "list", why=why)
    if restarting.reloader:
        why = "leave Reloader its work"
        yield _need(CONFIG_MAPS, restarting.reloader, "get", _META_INFO, why=why)


def _need(resource: Resource, namespace: str, verb: str, name: str = "", *, why: str) -> Need:
    return Need(namespace, resource.group, resource.plural, verb, name, why)

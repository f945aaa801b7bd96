"""Write status and events of ExternalSecrets that came from the cluster, as the operator would."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import CLUSTER_EXTERNAL_SECRETS, EVENTS, EXTERNAL_SECRETS, Conflict
from esync.errors import EsyncError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from esync.cluster.contract import Cluster
    from esync.deliver.status import Verdict
    from esync.flow.plan import Planned
    from esync.manifests.externalsecret import ClusterExternalSecret

_NANOSECONDS: Final = 10**9
_COMPONENT: Final = "external-secrets"


def tell(
    cluster: Cluster, verdicts: Mapping[str, tuple[Planned, Verdict]], concurrency: int, now: int
) -> Iterator[str]:
    """Write every verdict; yield a note for each that could not be written."""

    def one(entry: tuple[Planned, Verdict]) -> str:
        planned, verdict = entry
        try:
            _tell(cluster, planned, verdict, now)
        except EsyncError as error:
            return f"{planned.ref}: its status was not written: {error.message}"
        return ""

    with ThreadPoolExecutor(concurrency, "status") as pool:
        yield from (note for note in pool.map(one, verdicts.values()) if note)


def tell_cluster_wide(
    cluster: Cluster, verdicts: Iterable[tuple[ClusterExternalSecret, Mapping[str, Any]]]
) -> Iterator[str]:
    """Write the status of ClusterExternalSecrets where it differs; yield notes as ``tell`` does."""
    for one, status in verdicts:
        if all(one.status.get(name) == value for name, value in status.items()):
            continue
        try:
            cluster.patch_status(CLUSTER_EXTERNAL_SECRETS, "", one.name, status)
        except EsyncError as error:
            yield f"{one.document.ref}: its status was not written: {error.message}"


def _tell(cluster: Cluster, planned: Planned, verdict: Verdict, now: int) -> None:
    one = planned.external_secret
    before = {name: one.status.get(name) for name in verdict.status}
    if before != verdict.status:
        cluster.patch_status(EXTERNAL_SECRETS, one.namespace, one.name, verdict.status)
    for event in verdict.events:
        body = _event(planned, event, now)
        with suppress(Conflict):  # it is there: the answer to the first try was lost
            cluster.create(EVENTS, body, manager=_COMPONENT)


def _event(planned: Planned, event: tuple[str, str, str], now: int) -> dict[str, Any]:
    one = planned.external_secret
    kind, reason, text = event
    moment = datetime.fromtimestamp(now // _NANOSECONDS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # The same thing said in the same run has one name; another run's has another.
    mark = hashlib.sha256(f"{now} {reason} {text}".encode()).hexdigest()[:16]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{one.name}.{mark}", "namespace": one.namespace},
        "involvedObject": {
            "apiVersion": EXTERNAL_SECRETS.api_version,
            "kind": EXTERNAL_SECRETS.kind,
            "namespace": one.namespace,
            "name": one.name,
            "uid": one.uid,
        },
        "type": kind,
        "reason": reason,
        "message": text[:1024],
        "source": {"component": _COMPONENT},
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }

"""Whether the operator reconciles an ExternalSecret too, by what its status shows. Pure.

Source:
    External Secrets Operator 2.9: ``refreshTime`` is written at each sync that works, at latest
    when ``refreshInterval`` is over; one of a foreign controller class is skipped in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.manifests.document import ObjectRef
from esync.manifests.externalsecret import (
    DEFAULT_REFRESH,
    ExternalSecretSpec,
    RefreshPolicy,
    StoreKind,
    store_refs_of,
)
from esync.manifests.reader import examine
from esync.resolve.due import interval_of, moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.flow.snapshot import Existing
    from esync.manifests.externalsecret import ExternalSecret
    from esync.manifests.store import Store

_NANOSECONDS: Final = 10**9
# So much later than it should, the operator may come.
_GRACE: Final = 5 * 60 * _NANOSECONDS
# The class of an operator that was given none.
_OPERATOR: Final = ("", "default")


def is_reconciled(
    one: ExternalSecret, existing: Existing, stores: Mapping[ObjectRef, Store], now: int
) -> bool:
    """Tell whether somebody else, who may be the operator, keeps the status up to date.

    Args:
        one: as the input has it.
        existing: as the cluster has it.
        stores: what is known of stores; one that is not known belongs to everybody.
        now: nanoseconds since 1970.
    """
    if existing.teller is None:
        return False
    spec = live_spec(one, existing)
    if spec and any(
        store.controller not in _OPERATOR for store in _stores(spec, one.namespace, stores)
    ):
        return False
    interval = interval_of(str(existing.spec.get("refreshInterval") or DEFAULT_REFRESH))
    policy = existing.spec.get("refreshPolicy") or RefreshPolicy.PERIODIC
    if policy != RefreshPolicy.PERIODIC or interval <= 0:
        return True  # it has no reason to write again, so that its silence says nothing
    times = (moment_of(existing.refresh_time), moment_of(existing.teller.time))
    return now <= max(time or 0 for time in times) + interval + _GRACE


def says_other(one: ExternalSecret, existing: Existing) -> bool:
    """Tell whether the input means something else than the cluster was told."""
    return live_spec(one, existing) != one.spec


def live_spec(one: ExternalSecret, existing: Existing) -> ExternalSecretSpec | None:
    """Return the spec that the cluster has, with defaults; None if it is no valid one."""
    spec, errors = examine(
        ExternalSecretSpec, existing.spec, at_path=("spec",), document=one.document
    )
    return None if errors else spec


def _stores(
    spec: ExternalSecretSpec, namespace: str, stores: Mapping[ObjectRef, Store]
) -> list[Store]:
    refs = (
        ObjectRef(
            ref.kind.value,
            "" if ref.kind is StoreKind.CLUSTER_SECRET_STORE else namespace,
            ref.name,
        )
        for ref in store_refs_of(spec)
    )
    return [stores[ref] for ref in refs if ref in stores]

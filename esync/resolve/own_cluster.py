"""Which Secrets an ExternalSecret reads through a store that holds those of this very cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.flow.plan import Operation
from esync.manifests.document import ObjectRef
from esync.providers import provider_of
from esync.providers.contract import ReadsOwnSecrets
from esync.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from esync.flow.plan import Ask, Planned
    from esync.manifests.store import Store


@dataclass(slots=True)
class Reads:
    """Secrets of this cluster.

    Attributes:
        certain: a store is asked for them by name.
        possible: a search may find them, or the store may be of another cluster.
    """

    certain: set[ObjectRef] = field(default_factory=set)
    possible: set[ObjectRef] = field(default_factory=set)


def asked_of_own_cluster(
    one: Planned, stores: Mapping[ObjectRef, Store], targets: Collection[ObjectRef]
) -> Reads:
    """Return which Secrets of this cluster ``one`` reads through its stores.

    Args:
        one: an ExternalSecret.
        stores: of the run.
        targets: what the run makes; only of these a search may find something.
    """
    reads = Reads()
    for entry in one.entries:
        if entry.ask is None:
            continue
        store = stores[entry.ask.use.store]
        provider = provider_of(store)
        if not issubclass(provider, ReadsOwnSecrets):
            continue
        namespace, is_certain = provider.own_secrets(store)
        if entry.ask.operation is Operation.FIND:
            reads.possible |= _findable(entry.ask, namespace, targets)
        else:
            ref = ObjectRef("Secret", namespace, entry.ask.key)
            (reads.certain if is_certain else reads.possible).add(ref)
    return reads


def _findable(ask: Ask, namespace: str, targets: Collection[ObjectRef]) -> set[ObjectRef]:
    """Return the targets that a search may find: labels are known only once they are made."""
    find = ask.find
    inside = {ref for ref in targets if ref.kind == "Secret" and ref.namespace == namespace}
    if find is None or find.tags is not None or find.name is None:
        return inside
    from esync.gocompat import regexp  # 3 ms, for searches of one's own cluster only

    try:
        pattern = regexp.compile(find.name.regexp)
    except regexp.RegexpError:  # told when the store is asked
        return set()
    return {ref for ref in inside if regexp.search(pattern, ref.name.encode())}

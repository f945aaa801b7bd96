"""What the operator's admission says of the selectors in a store's settings.

Source:
    External Secrets Operator 2.9, reference rules: strict and referent-capable selectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.providers.contract import BadStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.manifests.store import SecretSelector, ServiceAccountSelector, Store


def selector_errors(
    store: Store,
    selector: SecretSelector | ServiceAccountSelector | None,
    *path: str | int,
    strict: bool = False,
) -> Iterator[BadStore]:
    """Yield what is wrong with the namespace of one selector.

    Args:
        store: in whose settings it stands.
        selector: None, if it is absent, is right.
        path: where it stands under the provider block.
        strict: whether a ClusterSecretStore must name the namespace; else an absent one means that
            of each ExternalSecret.
    """
    if selector is None:
        return
    at = store.place(*path, "namespace")
    where = ".".join(map(str, path))
    if store.is_cluster_wide:
        if strict and not selector.namespace:
            yield BadStore(f"{where}: a ClusterSecretStore needs a namespace here", at=at)
    elif selector.namespace not in {"", store.namespace}:
        yield BadStore(
            f'{where}: namespace "{selector.namespace}" is not the store\'s own',
            at=at,
            hint="leave the namespace out, or use a ClusterSecretStore",
        )

"""The settings of every store, also of those that nobody uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.manifests import schema
from esync.providers import NotBuilt, provider_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.errors import EsyncError
    from esync.manifests.store import Store


def problems(store: Store) -> Iterator[EsyncError]:
    """Yield what is wrong with a store's settings, and whether they cannot be served yet.

    A provider knows its own; for one that is not built the schema speaks.
    """
    try:
        provider = provider_class(store.provider)
    except NotBuilt as error:
        yield error.located(store.place())
        yield from schema.violations(store.document)
    else:
        yield from provider.check(store)

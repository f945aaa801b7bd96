"""The settings of every store, also of those that nobody uses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from esync.flow.failure import Failure
from esync.manifests import schema
from esync.manifests.kinds import version_of
from esync.providers import NotBuilt, provider_of
from esync.providers.contract import BadStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from esync.errors import EsyncError
    from esync.manifests.store import Store


def problems(stores: Iterable[Store]) -> Iterator[Failure]:
    """Yield what is wrong with the settings of each store, and whether it cannot be served yet.

    A provider knows its own; for one that is not built the schema speaks.
    """
    accepted: set[tuple[str, str, str]] = set()
    for store in stores:
        try:
            found: Sequence[EsyncError] = provider_of(store).check(store)
        except NotBuilt as error:
            found = [error.located(store.place()), *_violations(store, accepted)]
        except BadStore as error:
            found = [error.located(store.place())]
        yield from (Failure(store.ref, error) for error in found)


def _violations(store: Store, accepted: set[tuple[str, str, str]]) -> Sequence[EsyncError]:
    """Ask the schema, which is slow, once for settings that several stores share."""
    spelled = json.dumps(store.settings, default=repr)
    name = (version_of(store.document), store.provider, spelled)
    if name in accepted:
        return ()
    found = schema.violations(store.document)
    if not found:
        accepted.add(name)
    return found

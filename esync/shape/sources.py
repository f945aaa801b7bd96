"""The text of templates that stand in ConfigMaps and Secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.manifests.document import ObjectRef
from esync.shape.errors import SourceMissing

if TYPE_CHECKING:
    from esync.errors import Location
    from esync.flow.plan import Planned
    from esync.flow.snapshot import Snapshot


def text_of(
    planned: Planned, snapshot: Snapshot, kind: str, name: str, key: str, *, at: Location
) -> str:
    """Return the template under ``key``.

    Raises:
        SourceMissing: the object or its key is not there.
        EsyncError: it could not be read.
    """
    ref = ObjectRef(kind, planned.external_secret.namespace, name)
    if ref in snapshot.errors:
        raise snapshot.errors[ref].located(at)
    held = snapshot.sources.get(ref)
    if held is None:
        raise SourceMissing(f"{ref}, which holds a template, does not exist", at=at)
    if key not in held:
        raise SourceMissing(f'{ref} has no key "{key}", which holds a template', at=at)
    return held[key].reveal().decode("utf-8", "surrogateescape")

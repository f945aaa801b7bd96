"""What went wrong with one object: failures are values, so that one never hides another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.records import dataclass

if TYPE_CHECKING:
    from esync.errors import EsyncError
    from esync.manifests.document import ObjectRef


@dataclass(frozen=True, slots=True)
class Failure:
    """An error and the object it belongs to; None when no object could be told."""

    ref: ObjectRef | None
    error: EsyncError

"""How one ExternalSecret stands in the cluster: what ``status`` finds out without any store."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from esync.flow.snapshot import Ready
from esync.records import dataclass

if TYPE_CHECKING:
    from esync.errors import EsyncError
    from esync.flow.plan import Planned
    from esync.flow.rollout import InUse


class Sync(StrEnum):
    """Whether a target is as it was written, by its label, its digest and its owner."""

    YES = "yes"
    MISSING = "missing"
    NOT_MANAGED = "not managed"
    EDITED = "edited"
    FOREIGN = "owned by another"
    CHANGED = "changed since"
    UNREADABLE = "unreadable"
    UNJUDGED = "not judged"

    @property
    def is_wrong(self) -> bool:
        """Whether somebody should do something about it."""
        return self not in {Sync.YES, Sync.UNJUDGED}


@dataclass(frozen=True, slots=True)
class Standing:
    """One ExternalSecret and its target.

    Attributes:
        stores: the stores that it names.
        owner: who controls the target, as ``Kind name``; empty if nobody does.
        refreshed: its ``refreshTime``, or empty.
        due: when it is to be refreshed next, in nanoseconds since 1970; None for never.
        is_due: that is now, whatever windows say; one that is over waits for its window.
        known: the cluster has the ExternalSecret, so that its status can be told.
        error: why the target could not be read.
        in_use: who runs with the target; None if nobody can tell.
    """

    planned: Planned
    stores: tuple[str, ...]
    sync: Sync
    owner: str = ""
    refreshed: str = ""
    due: int | None = None
    is_due: bool = False
    known: bool = False
    ready: Ready = field(default_factory=Ready)
    error: EsyncError | None = None
    in_use: InUse | None = None

    @property
    def is_failing(self) -> bool:
        """Whether its last sync failed."""
        return self.ready.status not in {"", "True"}

    @property
    def is_wrong(self) -> bool:
        """Whether it is not in sync, or could not be synced."""
        return self.sync.is_wrong or self.is_failing

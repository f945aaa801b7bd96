"""What becomes of the workloads that use a Secret: restarts, and who still runs with old values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from esync.records import dataclass

if TYPE_CHECKING:
    from esync.errors import EsyncError
    from esync.manifests.document import ObjectRef


class RestartResult(StrEnum):
    """What became of one workload, or would become of it."""

    WOULD = "would restart"
    RESTARTED = "restarted"
    ROLLED_OUT = "rolled out"
    LEFT = "left to Reloader"
    KEPT = "not restarted"
    NEXT_JOB = "takes effect with its next Job"
    FAILED = "failed"
    NOT_DONE = "not done"


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """Why a workload is concerned: a Secret by its name, and the rule or the use that says so."""

    secret: str
    rule: str


@dataclass(frozen=True, slots=True)
class Restart:
    """One workload and what became of it.

    Attributes:
        causes: the Secrets that changed, and why they concern it.
        reason: why it came to this result, where the result alone does not say.
        error: what prevented the restart, or made the roll-out fail.
    """

    ref: ObjectRef
    result: RestartResult
    causes: tuple[Cause, ...]
    reason: str = ""
    notes: tuple[str, ...] = ()
    error: EsyncError | None = None


@dataclass(frozen=True, slots=True)
class InUse:
    """Who runs with a Secret, by the Pods there are.

    Attributes:
        since: when its data last changed, in seconds since 1970.
        is_certain: that time was noted by esync; else it is when any of its fields were written,
            so that what started before may have the new data all the same.
        consumers: workloads whose Pods read it at their start.
        older: those of which a Pod started before that.
    """

    since: int
    is_certain: bool
    consumers: tuple[ObjectRef, ...] = ()
    older: tuple[ObjectRef, ...] = ()

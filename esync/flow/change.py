"""The step from live to desired; ``diff`` shows it and ``apply`` sends it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from esync.records import dataclass, field

if TYPE_CHECKING:
    from esync.errors import EsyncError
    from esync.flow.desired import Desired
    from esync.flow.kubernetes import SecretObject
    from esync.flow.manifest import ManifestObject
    from esync.flow.plan import Planned
    from esync.manifests.document import ObjectRef, Resource


class Action(StrEnum):
    """What is done to one object."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    NONE = "none"


class Mark(StrEnum):
    """What happens to one key, label or annotation."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, order=True)
class FieldChange:
    """One key, label, annotation or other field that differs.

    Attributes:
        field: ``data``, ``labels``, ``annotations``, or the name of another field.
        key: the name within it; empty for other fields, masked where the name is a value.
        volatile: it differs only because its template changes on each run.
    """

    field: str
    key: str
    mark: Mark
    volatile: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One object and what is done to it.

    ``live`` is the Secret before, ``secret`` the one after; either may be missing. For a target of
    another kind ``manifest`` is the object after, or the one to delete, and ``resource`` where that
    is. ``due`` is set when the user asked for what is due, and it is.
    """

    ref: ObjectRef
    action: Action
    planned: Planned
    live: SecretObject | None = None
    secret: SecretObject | None = None
    fields: tuple[FieldChange, ...] = ()
    desired: Desired | None = None
    reason: str = ""
    manifest: ManifestObject | None = None
    resource: Resource | None = None
    due: bool = False

    @property
    def is_of_maker(self) -> bool:
        """Whether it is of an ExternalSecret itself, rather than of a target."""
        return self.ref == self.planned.ref

    @property
    def consequences(self) -> tuple[str, ...]:
        """What else goes with an ExternalSecret that is removed, and why that is."""
        told = self.is_of_maker and self.action is Action.DELETE and self.reason
        return (self.reason,) if told else ()

    @property
    def is_written(self) -> bool:
        """Whether it is sent: merely volatile differences are when the object is due anyway."""
        return self.is_real or (self.due and self.action is Action.UPDATE)

    @property
    def is_real(self) -> bool:
        """Whether something differs that is not merely volatile."""
        if self.action in {Action.CREATE, Action.DELETE}:
            return True
        return self.action is Action.UPDATE and any(not one.volatile for one in self.fields)


class Result(StrEnum):
    """What became of one object; kubectl's words where it has one."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    PRUNED = "pruned"
    RETAINED = "retained"
    SKIPPED = "skipped"
    FAILED = "failed"
    NOT_DONE = "not done"


@dataclass(frozen=True, slots=True)
class Done:
    """The end of one change: what was written, or the error that prevented it."""

    ref: ObjectRef
    result: Result
    planned: Planned | None = None
    change: Change | None = None
    error: EsyncError | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)

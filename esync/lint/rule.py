"""What a rule is: the finding that it tells, and the function that looks for it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from esync.errors import EsyncError
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from esync.errors import Location
    from esync.lint.view import View
    from esync.manifests.document import ObjectRef


class Severity(StrEnum):
    """What a finding means for the exit code: always, with ``--strict`` only, never."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(EsyncError):
    """Something that the API accepts, and that does not do what its author meant.

    Attributes:
        title: the rule in a few words, as the heading of its section in the docs.
        severity: how bad it is.
        is_reference: the input lacks what is named; an error when it is meant to be complete.
    """

    title: ClassVar[str] = ""
    severity: ClassVar[Severity] = Severity.WARNING
    is_reference: ClassVar[bool] = False

    def __init__(
        self, message: str, *, about: ObjectRef, at: Location | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, at=at, hint=hint)
        self.about = about


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table.

    Attributes:
        finding: what the function yields, and nothing else.
        look: looks for it everywhere.
    """

    finding: type[Finding]
    look: Callable[[View], Iterator[Finding]]

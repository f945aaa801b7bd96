"""The whole way of one ExternalSecret, step by step: what ``explain`` finds out."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from esync.records import dataclass

if TYPE_CHECKING:
    from esync.errors import EsyncError, Location
    from esync.flow.outcome import Where
    from esync.manifests.document import ObjectRef


class Stage(StrEnum):
    """The steps, in the order in which they are taken."""

    SCHEMA = "schema"
    STORE = "store"
    CONDITIONS = "conditions"
    CREDENTIALS = "credentials"
    SIGN_IN = "sign-in"
    KEY = "key"
    PROPERTY = "property"
    DECODING = "decoding"
    TEMPLATE = "template"
    OWNERSHIP = "ownership"
    PERMISSIONS = "permissions"
    WRITE = "write"


class Verdict(StrEnum):
    """How a step went."""

    OK = "ok"
    FAILED = "failed"
    DIFFERS = "differs"
    SKIPPED = "skipped"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        evidence: what the verdict rests on: names and places, never a value.
        errors: what went wrong.
        action: what to do next, beside the hints of the errors.
    """

    stage: Stage
    verdict: Verdict
    evidence: tuple[str, ...] = ()
    errors: tuple[EsyncError, ...] = ()
    action: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One ExternalSecret, what it builds, and every step, also those that were not reached."""

    ref: ObjectRef
    target: ObjectRef
    at: Location | None
    steps: tuple[Step, ...]
    where: Where

    @property
    def is_wrong(self) -> bool:
        """Whether a step failed, or the target is not as it should be."""
        return any(step.verdict in {Verdict.FAILED, Verdict.DIFFERS} for step in self.steps)

"""What the stores answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from esync.secret import SecretValue

if TYPE_CHECKING:
    from esync.errors import EsyncError
    from esync.flow.plan import Ask
    from esync.payload.payload import Payload

# Values by remote name: what a find brings.
Found = Mapping[str, SecretValue]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a store said to one question: exactly one member is set."""

    payload: Payload | None = None
    found: Found | None = None
    error: EsyncError | None = None
    no_secret: bool = False


@dataclass(frozen=True, slots=True)
class StoreCalls:
    """How often one store was called, by operation; for the report."""

    store: str
    calls: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetched:
    """Answer by question."""

    answers: Mapping[Ask, Answer]
    calls: tuple[StoreCalls, ...] = ()

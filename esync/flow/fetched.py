"""What the stores answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from esync.errors import EsyncError
    from esync.flow.plan import Ask


class Payload(Protocol):
    """What a store handed over under one key, and how to look into it."""

    def value(self, property: str = "") -> SecretValue:  # noqa: A002 - the manifest's word
        """Return the whole value, or what ``property`` finds in it.

        Raises:
            PropertyMissing: it finds nothing.
        """

    def members(self, property: str = "") -> Mapping[str, SecretValue]:  # noqa: A002 - as above
        """Return one entry for each member of the object that the value, or a property, is.

        Raises:
            PropertyMissing: the property finds nothing.
            NotAnObject: it is no JSON object.
        """


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

"""What a run will ask of its stores: counted, not asked."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A default limit of a service, and how much of it a run takes.

    Attributes:
        calls: the service's calls that count together.
        made: how many of them the run makes.
        allowed: how many the service permits in each window.
        window: its length in seconds.
        scope: over what the service counts.
    """

    calls: tuple[str, ...]
    made: int
    allowed: int
    window: int
    scope: str

    @property
    def is_near(self) -> bool:
        """Whether the run takes more than half of what one window permits."""
        return self.made * 2 > self.allowed

    @property
    def seconds(self) -> float:
        """The shortest time in which the service permits so many; 0 if one window is enough."""
        return self.made / self.allowed * self.window if self.made > self.allowed else 0.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run will ask of one store.

    Attributes:
        store: its name, as in :class:`esync.flow.fetched.StoreCalls`.
        service: the service behind it; empty when it has no price list.
        clients: how often it is opened: once for each identity.
        unknown: how many of the clients may be another one, too: what they sign in with is not
            known beforehand. Calls are at most those.
        wanted: calls that the operator would make, which asks for each ExternalSecret anew.
        questions: different questions among them.
        calls: calls by operation, as a run counts them.
        requests: the same by the service's own names, several for one call where it takes them.
        searches: how many of the calls are searches, which may take more requests than one.
        cost: of the requests, in millionths of a US dollar; None when there is no price list.
        operator_cost: of what the operator would ask.
        as_of: year and month of prices and limits.
        limits: of the service, as far as this run touches them.
    """

    store: str
    service: str = ""
    clients: int = 0
    unknown: int = 0
    wanted: int = 0
    questions: int = 0
    calls: Mapping[str, int] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    searches: int = 0
    cost: int | None = None
    operator_cost: int | None = None
    as_of: str = ""
    limits: tuple[LimitUse, ...] = ()

    @property
    def total(self) -> int:
        """Calls of all operations."""
        return sum(self.calls.values())

    @property
    def shared(self) -> int:
        """Calls saved because equal questions are asked once."""
        return self.wanted - self.questions

    @property
    def batched(self) -> int:
        """Calls saved because one call asks several questions."""
        return self.questions - self.total

"""What calls to a service cost and how many it permits; and how a provider calls it.

Money is in millionths of a US dollar, so that sums are exact.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.manifests.externalsecret import Find
    from esync.manifests.store import Store


@dataclass(frozen=True, slots=True)
class Limit:
    """How many calls a service permits by default.

    Attributes:
        calls: the service's calls that count together.
        allowed: so many in each window.
        seconds: the length of the window.
        scope: over what they are counted, e.g. ``account and region``.
    """

    calls: tuple[str, ...]
    allowed: int
    seconds: int
    scope: str


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices and limits of one service on a date.

    Attributes:
        service: its name.
        as_of: year and month of which prices and limits are known.
        sources: addresses of the lists.
        prices: millionths of a dollar for one call, by the service's name of it; what is not
            listed is free.
        limits: of the calls that esync makes.
        remark: what the price depends on, for the reference page.
    """

    service: str
    as_of: str
    sources: tuple[str, ...]
    prices: Mapping[str, int] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    remark: str = ""


def _never(_key: str, _version: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Calling:
    """How the provider of one store will ask its service; known before the store is opened.

    Attributes:
        tariff: of the service; None when it has no price list.
        read: the service's own calls behind one read.
        metadata: those behind one read of metadata.
        find: those that a search makes at least.
        read_many: the call behind a batch; empty when there is none.
        batch_size: how many keys a batch asks for.
        can_batch: whether a batch can ask for a key and version.
        operator_remembers: whether the operator asks only once for a key that one ExternalSecret
            names several times.
    """

    tariff: Tariff | None = None
    read: tuple[str, ...] = ("read",)
    metadata: tuple[str, ...] = ("read metadata",)
    find: Callable[[Find], tuple[str, ...]] = lambda _: ("list",)
    read_many: str = ""
    batch_size: int = 1
    can_batch: Callable[[str, str], bool] = _never
    operator_remembers: bool = False


@runtime_checkable
class TellsCalls(Protocol):
    """Offered beside ``Opens`` by a provider whose calls have batches, names, prices or limits."""

    @classmethod
    def calling(cls, store: Store) -> Calling:
        """Return how the store will be asked; the settings were checked, and nobody is asked."""

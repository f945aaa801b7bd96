"""What each provider can do, told from its classes.

Reading is what every provider does. Metadata, batches and searches are Protocols that a class
offers or not; what no Protocol tells, a class says in an attribute beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.providers import PROVIDERS, provider_class
from esync.providers.contract import FindBy, Finds, ReadsMany, ReadsMetadata
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one provider can do, for one of the services that it serves.

    Attributes:
        provider: the key under ``spec.provider``.
        service: the word of the manifest, if the provider serves several.
        reads: whether a key can be read.
        extracts: whether ``dataFrom.extract`` works.
        finds_by: what ``dataFrom.find`` may ask for.
        metadata: whether ``metadataPolicy: Fetch`` gives anything.
        batch_size: how many keys one call reads at most.
        ambient: whether it can sign in as the process.
    """

    provider: str
    service: str
    reads: bool
    extracts: bool
    finds_by: tuple[FindBy, ...]
    metadata: bool
    batch_size: int
    ambient: bool


def built_in() -> Iterator[Abilities]:
    """Yield what the providers of esync itself can do, in order of their keys."""
    for name in sorted(PROVIDERS):
        yield from abilities_of(name, provider_class(name))


def abilities_of(name: str, opener: type) -> Iterator[Abilities]:
    """Yield what a provider can do: once for each of its services.

    Args:
        name: the key under ``spec.provider``.
        opener: offers :class:`esync.providers.contract.Opens`. Its ``provides`` maps the word for
            a service to the class that is opened; without it, it opens itself.
    """
    services: Mapping[str, Any] = getattr(opener, "provides", {"": opener})
    ambient = bool(getattr(opener, "has_ambient_identity", False))
    for service, cls in services.items():
        finds = set(getattr(cls, "finds_by", ())) if issubclass(cls, Finds) else set()
        yield Abilities(
            name,
            service,
            reads=hasattr(cls, "read"),
            extracts=getattr(cls, "extracts", True),
            finds_by=tuple(one for one in FindBy if one in finds),
            metadata=issubclass(cls, ReadsMetadata),
            batch_size=_batch_size(cls),
            ambient=ambient,
        )


def _batch_size(cls: Any) -> int:
    # A Protocol with an attribute has no issubclass; its method tells as much.
    return int(cls.batch_size) if hasattr(cls, ReadsMany.read_many.__name__) else 1

"""What the suite needs to know of one provider, and of the store behind it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from esync.providers.contract import Provider


class Ability(StrEnum):
    """What a store, through its provider, can do beyond handing over a value."""

    ANY_VALUE = "holds the values that the test chooses"
    NO_SECRET = "tells what is missing from what failed"
    BINARY = "holds bytes"
    EMPTY = "holds an empty value"
    VERSIONS = "has versions"
    EXTRACT = "extracts the members of an object"
    INSIDE = "is looked into, and keeps the spelling of JSON"
    DOTTED_KEYS = "finds a key with dots by its name"
    OBJECTS_ONLY = "holds nothing but objects"
    UNPARSED = "extracts the whole value under one name"
    ANY_EXTRACT = "extracts what is no object under one name"
    TAGLESS_FIND = "leaves tags aside where it finds"
    METADATA = "has metadata"
    EXTRACT_METADATA = "has metadata that extract gives beside the value"
    FIND_NAME = "finds by name"
    FIND_TAGS = "finds by tags"
    FIND_PATH = "finds by path"
    MANY = "reads many at once"


# How some stores are odd; the others do without.
ODDITIES = frozenset(
    {
        Ability.OBJECTS_ONLY,
        Ability.UNPARSED,
        Ability.ANY_EXTRACT,
        Ability.TAGLESS_FIND,
        Ability.EXTRACT_METADATA,
    }
)


class Fault(StrEnum):
    """How a store can fail."""

    DENIED = "denied"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    MALFORMED = "malformed answer"


class Case(Protocol):
    """One provider and an empty store that it reads."""

    @property
    def proven_on(self) -> str:
        """What plays the store."""

    @property
    def abilities(self) -> frozenset[Ability]:
        """What it can do."""

    @property
    def faults(self) -> frozenset[Fault]:
        """How it can fail; a store without a network cannot."""

    @property
    def longest(self) -> int:
        """The size in bytes of the longest value that the store takes, or that is tried."""

    @property
    def tags_at(self) -> str:
        """The property of the metadata under which the tags are, or empty: they are all of it."""

    @property
    def separator(self) -> str:
        """What names may have between their parts."""

    def open(self) -> Provider:
        """Return the provider, as a run opens it."""

    def name(self, short: str) -> str:
        """Return a name that the store takes, which ends in ``short``."""

    def put(self, name: str, value: bytes, tags: Mapping[str, str] | None = None) -> str:
        """Store ``value``, as a new version if there is one, and return the key that reads it."""

    def version(self, name: str, number: int) -> str:
        """Return how ``remoteRef.version`` names the version before the newest, or the newest.

        Args:
            name: of a secret with two versions.
            number: 1 for the older one, 2 for the newest.
        """

    def broken(self, fault: Fault) -> AbstractContextManager[Provider]:
        """Give a provider whose store fails that way."""


@runtime_checkable
class Counts(Protocol):
    """Offered by a case whose service tells how often it was asked."""

    def calls(self) -> int:
        """Return how many requests for values there were so far."""


@runtime_checkable
class EndsTokens(Protocol):
    """Offered by a case whose service can forget a token that it gave."""

    def long_run(self) -> tuple[Provider, Callable[[], None]]:
        """Return a provider, and what lets some time pass after which its token is good no more."""

    def sign_ins(self) -> int:
        """Return how many tokens were given so far."""

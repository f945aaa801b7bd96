"""What a provider does, what it is given, and how it fails."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from esync.errors import EsyncError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from esync.identity.access import Access
    from esync.manifests.externalsecret import Find
    from esync.manifests.store import Store
    from esync.payload.payload import Payload
    from esync.secret import SecretValue


class ProviderError(EsyncError):
    """A store did not give what was asked of it."""

    rule = "ES0300"


class NoSecret(ProviderError):
    """The store says that there is no such secret; ``deletionPolicy`` decides what follows."""

    rule = "ES0301"


class AccessDenied(ProviderError):
    """The store refuses the identity, or what it asked for."""

    rule = "ES0304"


class Unavailable(ProviderError):
    """The store did not answer, or not now."""

    rule = "ES0305"


class Busy(Unavailable):
    """The store says that it cannot answer now, or cuts the connection; it is asked again.

    Attributes:
        retry_after: seconds that the store asked to wait, else None.
    """

    retry_after: float | None = None


class Throttled(Busy):
    """The store asks to slow down; it is asked again, and slower."""

    rule = "ES0306"


class BadAnswer(ProviderError):
    """The store answered something that cannot be read."""

    rule = "ES0307"


class Unsupported(ProviderError):
    """The provider cannot do what a field asks for."""

    rule = "ES0308"


class BadStore(ProviderError):
    """The store's settings are not usable; the message names the field."""

    rule = "ES0309"


class Opens(Protocol):
    """Makes providers of one kind; what the registry knows. Often the provider's own class."""

    @classmethod
    def check(cls, store: Store) -> Sequence[EsyncError]:
        """Return what the operator's admission would say of the settings; asks nobody."""

    @classmethod
    def open(cls, store: Store, access: Access) -> Provider:
        """Make a client; credentials may be read now or on the first read.

        Raises:
            BadStore: the settings cannot work.
            EsyncError: a credential cannot be read, or may not be used.
        """


class Provider(Protocol):
    """Reads one kind of store. Every provider does this much, and may do no more.

    One instance serves one store with one identity, and may be called from several threads at
    once. It does I/O and nothing else: no property lookup, decoding, retry, caching or logging.
    """

    converts_found_keys: ClassVar[bool]

    def read(self, key: str, version: str = "") -> Payload:
        """Return what the store has under ``key``.

        Raises:
            NoSecret: it has nothing, as the operator defines that for this store.
            AccessDenied, Unavailable, BadAnswer, ProviderError: as the class says.
        """

    def close(self) -> None:
        """Give back what was borrowed: connections, and tokens of our own."""


@runtime_checkable
class SharesNamespaces(Protocol):
    """Offered beside :class:`Opens` when one client may serve ExternalSecrets of all namespaces.

    A ClusterSecretStore whose references all name a namespace is opened once for all of them; and
    stores of equal settings are one if their references hold the same.
    """

    @classmethod
    def shares_namespaces(cls, store: Store) -> bool:
        """Tell whether nothing but what references hold makes answers depend on who asks."""


@runtime_checkable
class ReadsOwnSecrets(Protocol):
    """Offered beside :class:`Opens` when what a store holds may be Secrets that this run makes."""

    @classmethod
    def own_secrets(cls, store: Store) -> tuple[str, bool]:
        """Return the namespace whose Secrets the store holds, and whether that is certain.

        It is not where only a live connection can tell which cluster is meant.
        """


@runtime_checkable
class ReadsMany(Protocol):
    """Offered by a provider whose store answers several keys in one call."""

    batch_size: ClassVar[int]

    def read_many(
        self, wanted: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Payload | EsyncError]:
        """Return an answer for each (key, version) that can be told; what is absent is read alone.

        Raises:
            AccessDenied: the batch call itself is not permitted.
        """

    def can_batch(self, key: str, version: str) -> bool:
        """Tell whether the batch call can ask for this one."""


@runtime_checkable
class ReadsMetadata(Protocol):
    """Offered by a provider that can read a secret's tags or labels (``metadataPolicy: Fetch``)."""

    def read_metadata(self, key: str, version: str = "") -> Payload:
        """Return the metadata as a JSON object; errors as in ``read``."""


class FindBy(StrEnum):
    """What a search may ask for; the words of ``dataFrom.find``."""

    NAME = "name"
    TAGS = "tags"
    PATH = "path"


@runtime_checkable
class Finds(Protocol):
    """Offered by a provider that can look for secrets (``dataFrom.find``).

    What it can look for, it says in an attribute ``finds_by``, for those who list providers.
    """

    def find(self, wanted: Find) -> Mapping[str, SecretValue]:
        """Return value by remote name for everything that matches."""


@runtime_checkable
class AnnouncesCalls(Finds, Protocol):
    """Offered by a provider of a service with limits, whose searches make several calls."""

    def announcing(self, before: Callable[[str], None]) -> Finds:
        """Return the same client, which tells each call before it makes it.

        Args:
            before: is given the name that the service's limits have for the call; what it raises
                ends the search.
        """

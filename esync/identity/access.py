"""What a store may be opened with: credentials it may read, hosts it may be sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.cluster.contract import Object
    from esync.manifests.document import Path
    from esync.manifests.store import CaProvider, SecretSelector, ServiceAccountSelector
    from esync.secret import SecretValue


class Access(Protocol):
    """Resolves the references of one store, for one consuming namespace, by the operator's rules.

    Attributes:
        namespace: of the ExternalSecret that asks.
        environ: the environment of the process; providers read no other.
        ambient: ``--store-auth ambient``: the store's ``auth`` block is left aside.
        connect_timeout, read_timeout: seconds.
        clock: nanoseconds since 1970.
    """

    namespace: str
    environ: Mapping[str, str]
    ambient: bool
    connect_timeout: float
    read_timeout: float
    clock: Callable[[], int]

    def secret(self, selector: SecretSelector, *path: str | int) -> SecretValue:
        """Return the bytes that ``selector`` points at, not trimmed.

        Args:
            selector: its namespace counts for a ClusterSecretStore only.
            path: where the selector stands under the provider block, for the error's place.

        Raises:
            EsyncError: there is no such Secret or key, or it may not be read.
        """

    def secret_data(self, namespace: str, name: str, path: Path) -> Mapping[str, SecretValue]:
        """Return all keys of a Secret in a namespace that the store may read."""

    def service_account(self, selector: ServiceAccountSelector, *path: str | int) -> Object:
        """Return the ServiceAccount that ``selector`` points at."""

    def service_account_token(
        self, selector: ServiceAccountSelector, audiences: tuple[str, ...], seconds: int | None
    ) -> SecretValue:
        """Request a token with exactly these audiences; ``seconds`` None leaves the default."""

    def ca_bundle(self, inline: str, provider: CaProvider | None) -> bytes | None:
        """Return PEM certificates that replace the system's, or None."""

    def allow_host(self, url: str) -> None:
        """Refuse a URL that credentials may not go to; call it before one is read.

        Raises:
            EsyncError: its host is neither a public endpoint that the provider declared, nor named by a
                trusted store, nor allowed by a flag; or it is plain http to another machine.
        """

    def allow_ambient(self) -> None:
        """Refuse the identity of the process for a store that may not use it."""

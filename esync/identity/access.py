"""What a store may be opened with: credentials it may read, hosts they may be sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from esync.identity.hosts import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.cluster.contract import Login, Object, Visitor
    from esync.manifests.store import CaProvider, SecretSelector, ServiceAccountSelector
    from esync.secret import SecretValue


class Access(Protocol):
    """Resolves the references of one store for one namespace, by the operator's rules."""

    @property
    def namespace(self) -> str:
        """The namespace of the ExternalSecret that asks."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of the process; providers read no other."""

    @property
    def ambient(self) -> bool:
        """Whether ``--store-auth ambient`` lets the store's ``auth`` block aside."""

    @property
    def connect_timeout(self) -> float:
        """Seconds that a connection may take."""

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take."""

    @property
    def clock(self) -> Callable[[], int]:
        """Tells nanoseconds since 1970."""

    def secret(self, selector: SecretSelector, *path: str | int) -> SecretValue:
        """Return the bytes that ``selector`` points at, not trimmed.

        Args:
            selector: its namespace counts for a ClusterSecretStore only.
            path: where the selector stands under the provider block, for the error's place.

        Raises:
            EsyncError: there is no such Secret or key, or it may not be read.
        """

    def secret_data(
        self, name: str, namespace: str = "", *path: str | int, type_label: str = ""
    ) -> Mapping[str, SecretValue]:
        """Return all keys of a Secret; ``namespace`` counts as a selector's does.

        With ``type_label``, its label ``external-secrets.io/type`` must say just that.
        """

    @property
    def cluster_server(self) -> str:
        """The URL of the API server of this run, or empty if there is no cluster."""

    def cluster_as(self, login: Login | None, namespace: str = "") -> Visitor:
        """Return the cluster of this run as a store sees it, with what this run made.

        Args:
            login: the store's own credentials. None: those of the process, or of nobody if there
                is no cluster.
            namespace: what is read with None for a login; a store of that very namespace needs
                no leave for it if there is no cluster.

        Raises:
            AmbientRefused: without a login, and the store may not use the process's identity.
        """

    def config_map(self, name: str, key: str, namespace: str = "", *path: str | int) -> str:
        """Return one key of a ConfigMap; ``namespace`` counts as a selector's does.

        Raises:
            EsyncError: there is no such ConfigMap or key, or it may not be read.
        """

    def service_account(self, selector: ServiceAccountSelector, *path: str | int) -> Object:
        """Return the ServiceAccount that ``selector`` points at.

        Raises:
            EsyncError: there is none, or it may not be read.
        """

    def service_account_token(
        self,
        selector: ServiceAccountSelector,
        audiences: tuple[str, ...],
        seconds: int | None = None,
        *path: str | int,
        to: str = "",
    ) -> SecretValue:
        """Request a token with exactly these audiences.

        Args:
            selector: names the service account.
            audiences: none means the API server's own audience, which may go back to that server
                only.
            seconds: how long it shall live; None leaves the server's default.
            path: where the selector stands under the provider block.
            to: the URL that the token will be sent to, if ``audiences`` may be empty.
        """

    def ca_bundle(self, inline: str, provider: CaProvider | None, *path: str | int) -> bytes | None:
        """Return PEM certificates that replace the system's, or None; ``inline`` wins."""

    def allow_host(self, url: str, origin: Origin = Origin.STORE, *path: str | int) -> None:
        """Refuse a URL that credentials may not go to; call it before one is read.

        Args:
            url: of the endpoint.
            origin: who named it: the store's document, the provider itself, or the environment.
            path: where it stands under the provider block.

        Raises:
            EsyncError: its host is neither the provider's own, nor named by a trusted store, nor
                allowed by a flag; or it is plain http to another machine.
        """

    def allow_ambient(self) -> None:
        """Refuse the identity of the process for a store that may not use it."""

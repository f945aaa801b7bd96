"""The settings under ``spec.provider.azurekv``, and what is wrong with them.

Source:
    External Secrets Operator 2.9, azurekv provider.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from esync.identity.azure.clouds import AzureCloud, endpoints_of
from esync.identity.hosts import host_of
from esync.manifests.formats import named
from esync.manifests.store import (
    SecretSelector,  # noqa: TC001 - the reader looks
    ServiceAccountSelector,  # noqa: TC001 - as above
)
from esync.providers.contract import BadStore
from esync.providers.selectors import selector_errors
from esync.providers.settings import errors_in, usable
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esync.errors import EsyncError
    from esync.manifests.store import Store


class AuthType(StrEnum):
    """How a store signs in."""

    SERVICE_PRINCIPAL = "ServicePrincipal"
    MANAGED_IDENTITY = "ManagedIdentity"
    WORKLOAD_IDENTITY = "WorkloadIdentity"


@dataclass(frozen=True, slots=True)
class AuthSecretRef:
    """Where the parts of an application's credential stand."""

    client_id: SecretSelector | None = None
    client_secret: SecretSelector | None = None
    client_certificate: SecretSelector | None = None
    tenant_id: SecretSelector | None = None


@dataclass(frozen=True, slots=True)
class CustomCloud:
    """A cloud of somebody's own; the operator uses nothing of it but the first field."""

    active_directory_endpoint: str
    resource_manager_endpoint: str = ""
    key_vault_endpoint: str = ""
    key_vault_dns_suffix: str = field(default="", metadata=named("keyVaultDNSSuffix"))


@dataclass(frozen=True, slots=True)
class AzureSpec:
    """What stands under ``spec.provider.azurekv``."""

    vault_url: str
    auth_type: AuthType = AuthType.SERVICE_PRINCIPAL
    tenant_id: str = ""
    environment_type: AzureCloud = AzureCloud.PUBLIC
    auth_secret_ref: AuthSecretRef | None = None
    service_account_ref: ServiceAccountSelector | None = None
    identity_id: str = ""
    use_azure_sdk: bool = field(default=False, metadata=named("useAzureSDK"))
    custom_cloud_config: CustomCloud | None = None

    @property
    def vault(self) -> str:
        """URL of the vault, without slash at its end."""
        return self.vault_url.rstrip("/")

    @property
    def resource(self) -> str:
        """What a token for a vault of this cloud is for, or empty if only the vault knows."""
        return endpoints_of(self.environment_type).vault


def read_spec(store: Store) -> AzureSpec:
    """Return the settings, defaulted.

    Raises:
        Rejected: they are not what the API accepts.
        BadStore: they can never work.
    """
    return usable(AzureSpec, store, _impossible)


def errors_of(store: Store) -> Sequence[EsyncError]:
    """Return everything that the operator's admission would refuse, and what can never work."""
    return errors_in(AzureSpec, store, _admission, _impossible)


def _admission(spec: AzureSpec, store: Store) -> Iterator[BadStore]:
    # ESO does so too: the selectors of certificate and tenant are not looked at.
    if ref := spec.auth_secret_ref:
        yield from selector_errors(store, ref.client_id, "authSecretRef", "clientId")
        yield from selector_errors(store, ref.client_secret, "authSecretRef", "clientSecret")
    yield from selector_errors(store, spec.service_account_ref, "serviceAccountRef")


def _impossible(spec: AzureSpec, store: Store) -> Iterator[BadStore]:
    if not _is_base(spec.vault_url):
        yield BadStore(
            "vaultUrl is not the URL of a vault",
            at=store.place("vaultUrl"),
            hint="write it as https://NAME.vault.azure.net",
        )
    cloud, custom = spec.environment_type, spec.custom_cloud_config
    if custom is not None and not spec.use_azure_sdk:
        yield BadStore(
            "customCloudConfig needs useAzureSDK: true", at=store.place("customCloudConfig")
        )
    if cloud is AzureCloud.STACK and custom is None:
        yield BadStore(
            "environmentType AzureStackCloud needs customCloudConfig",
            at=store.place("environmentType"),
        )
    if cloud is AzureCloud.GERMAN and spec.use_azure_sdk:
        yield BadStore(
            "environmentType GermanCloud is discontinued, and not known with useAzureSDK",
            at=store.place("environmentType"),
        )


def _is_base(url: str) -> bool:
    """Tell whether paths can be put after a URL."""
    if not host_of(url):
        return False
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and not parts.query and not parts.fragment

"""Azure's clouds: where each gives tokens, and what its key vaults are called there.

Source:
    External Secrets Operator 2.9, azurekv provider, ``environmentType``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from esync.identity.hosts import Origin, host_of
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.access import Access


class AzureCloud(StrEnum):
    """Which of the separate clouds; the words of the manifest."""

    PUBLIC = "PublicCloud"
    US_GOVERNMENT = "USGovernmentCloud"
    CHINA = "ChinaCloud"
    GERMAN = "GermanCloud"
    STACK = "AzureStackCloud"


@dataclass(frozen=True, slots=True)
class CloudEndpoints:
    """The places of one cloud.

    Attributes:
        authority: URL of Entra ID, without slash at its end; empty if only a manifest knows.
        vault: what a token for a key vault is for, and the domain of all vaults; as above.
    """

    authority: str
    vault: str


_CLOUDS: Final[Mapping[AzureCloud, CloudEndpoints]] = {
    AzureCloud.PUBLIC: CloudEndpoints(
        "https://login.microsoftonline.com", "https://vault.azure.net"
    ),
    AzureCloud.US_GOVERNMENT: CloudEndpoints(
        "https://login.microsoftonline.us", "https://vault.usgovcloudapi.net"
    ),
    AzureCloud.CHINA: CloudEndpoints("https://login.chinacloudapi.cn", "https://vault.azure.cn"),
    AzureCloud.GERMAN: CloudEndpoints(
        "https://login.microsoftonline.de", "https://vault.microsoftazure.de"
    ),
    AzureCloud.STACK: CloudEndpoints("", ""),
}
_MANAGED_HSM: Final = "https://managedhsm.azure.net"


def endpoints_of(cloud: AzureCloud) -> CloudEndpoints:
    """Return the places of a cloud."""
    return _CLOUDS[cloud]


def is_own_vault(url: str) -> bool:
    """Tell whether a URL leads to a vault in a domain of one of Azure's clouds, with TLS."""
    domains = [one.vault for one in _CLOUDS.values() if one.vault]
    return url.lower().startswith("https://") and any(
        is_below(url, domain) for domain in [*domains, _MANAGED_HSM]
    )


def is_below(url: str, resource: str) -> bool:
    """Tell whether the host of ``url`` belongs to the domain that ``resource`` is."""
    host, domain = host_of(url), host_of(resource)
    return bool(domain) and host.endswith(f".{domain}")


def custom_authority(url: str, access: Access, *path: str | int) -> str:
    """Return the URL of an authority that a manifest names, after it was found allowed.

    Args:
        url: as the manifest has it; one of Azure's own is allowed to everybody.
        access: knows what is allowed.
        path: where it stands under the provider block.

    Raises:
        EsyncError: credentials may not go there.
    """
    bare = url.rstrip("/")
    own = {one.authority for one in _CLOUDS.values() if one.authority}
    access.allow_host(bare, Origin.PROVIDER if bare.lower() in own else Origin.STORE, *path)
    return bare

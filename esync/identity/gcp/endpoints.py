"""Where Google's services are, and which URLs are Google's own."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from esync.identity.hosts import Origin, host_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.access import Access

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_DOMAIN: Final = "googleapis.com"


class GcpService(StrEnum):
    """A service, by the first label of its host."""

    SECRET_MANAGER = "secretmanager"
    STS = "sts"
    IAM_CREDENTIALS = "iamcredentials"
    SECURE_TOKEN = "securetoken"


# Base URLs for networks that reach Google in another way, such as Private Service Connect.
ENDPOINT_VARIABLES: Final[Mapping[GcpService, str]] = {
    GcpService.SECRET_MANAGER: "ESYNC_GCP_SECRETMANAGER_ENDPOINT",
    GcpService.STS: "ESYNC_GCP_STS_ENDPOINT",
    GcpService.IAM_CREDENTIALS: "ESYNC_GCP_IAMCREDENTIALS_ENDPOINT",
    GcpService.SECURE_TOKEN: "ESYNC_GCP_SECURETOKEN_ENDPOINT",
}


def endpoint(service: GcpService, access: Access, location: str = "") -> str:
    """Return the base URL of a service, without slash at its end, after it was found allowed.

    Args:
        service: which one.
        access: its environment may name another URL.
        location: of a regional endpoint; must be one host label.

    Raises:
        EsyncError: the environment names a URL that credentials may not go to.
    """
    named = access.environ.get(ENDPOINT_VARIABLES[service], "").rstrip("/")
    if named:
        access.allow_host(named, Origin.ENVIRONMENT)
        return named
    host = f"{service}.{location}.rep.{_DOMAIN}" if location else f"{service}.{_DOMAIN}"
    url = f"https://{host}"
    access.allow_host(url, Origin.PROVIDER)
    return url


def is_named(service: GcpService, access: Access) -> bool:
    """Tell whether the environment names another URL for a service."""
    return bool(access.environ.get(ENDPOINT_VARIABLES[service]))


def is_googles(url: str) -> bool:
    """Tell whether a URL leads to Google's own domain, with TLS."""
    host = host_of(url)
    return url.startswith("https://") and (host == _DOMAIN or host.endswith(f".{_DOMAIN}"))

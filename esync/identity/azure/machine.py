"""The managed identity of the machine we run on: its metadata service gives the tokens.

Source:
    Azure Instance Metadata Service; App Service's and Container Apps' identity endpoint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from esync.identity.azure.exchange import token_in

if TYPE_CHECKING:
    from esync.identity.access import Access
    from esync.identity.azure.exchange import TokenSource
    from esync.identity.kept import LentToken
    from esync.identity.wire import Wire

METADATA_VARIABLE: Final = "AZURE_POD_IDENTITY_AUTHORITY_HOST"
ENDPOINT_VARIABLE: Final = "IDENTITY_ENDPOINT"
HEADER_VARIABLE: Final = "IDENTITY_HEADER"
_METADATA: Final = "http://169.254.169.254"


def machine_source(
    wire: Wire,
    access: Access,
    client_id: str = "",
    *,
    object_id: str = "",
    patience: float = 0,
) -> TokenSource:
    """Return what fetches tokens for a managed identity.

    Args:
        wire: sends the requests.
        access: its environment may name other places; ``AZURE_POD_IDENTITY_AUTHORITY_HOST`` plays
            the metadata service.
        client_id: of an identity that a user assigned; empty is the machine's own.
        object_id: of such an identity, in place of ``client_id``.
        patience: seconds, if they are fewer than the usual time-outs.

    Raises:
        EsyncError: the store may not use the identity of the process.
    """
    access.allow_ambient()
    url, version, headers = _place(access)

    def fetch(resource: str) -> LentToken:
        query = {"api-version": version, "resource": resource}
        if client_id:
            query["client_id"] = client_id
        elif object_id:
            query["object_id"] = object_id
        asked = f"{url}?{urlencode(query)}"
        answer = wire.send("GET", asked, headers, patience=patience)
        which = f' "{client_id or object_id}"' if client_id or object_id else ""
        return token_in(
            answer,
            f"token for managed identity{which}",
            access.clock(),
            hint="run on a machine of Azure that has this identity",
        )

    return fetch


def _place(access: Access) -> tuple[str, str, dict[str, str]]:
    """Return URL, version of the API and headers; the environment is trusted with the URL."""
    environ = access.environ
    endpoint, header = environ.get(ENDPOINT_VARIABLE, ""), environ.get(HEADER_VARIABLE, "")
    if endpoint and header:
        return endpoint, "2019-08-01", {"X-IDENTITY-HEADER": header}
    host = (environ.get(METADATA_VARIABLE) or _METADATA).rstrip("/")
    return f"{host}/metadata/identity/oauth2/token", "2018-02-01", {"Metadata": "true"}

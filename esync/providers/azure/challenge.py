"""What a token for a vault is for: known for Azure's own clouds, told by the vault for others.

A vault that is asked without a token answers what it wants to see. That decides what a token is
good for, so that a vault is believed only about the domain that it belongs to itself.

Source:
    External Secrets Operator 2.9: the scope of ``environmentType``, or with ``useAzureSDK`` the
    vault's challenge; Key Vault, "Authentication, requests and responses".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from esync.identity.azure import AzureSignInFailed, Failure, Trouble, failure_of
from esync.identity.azure.clouds import is_below
from esync.providers.azure.calls import API_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.azure import Wire
    from esync.providers.azure.spec import AzureSpec

_FIELD: Final = re.compile(r'(\w+)="([^"]*)"')
_ABOUT: Final = "sign-in that the vault asks for"
_UNAUTHORIZED: Final = 401


def resource_of(spec: AzureSpec, wire: Wire) -> str:
    """Return what a token for the vault is for.

    Raises:
        AzureSignInFailed: the vault must tell, and does not, or names another's domain.
    """
    if not spec.use_azure_sdk or (spec.resource and is_below(spec.vault, spec.resource)):
        return spec.resource
    answer = wire.send("GET", f"{spec.vault}/secrets?api-version={API_VERSION}")
    if answer.status != _UNAUTHORIZED:
        failure = failure_of(answer) or Failure(Trouble.MALFORMED, "no challenge")
        raise AzureSignInFailed(_ABOUT, failure, hint="look at vaultUrl")
    resource = _resource_in(answer.headers)
    if not is_below(spec.vault, resource):
        raise AzureSignInFailed(
            _ABOUT,
            Failure(Trouble.OTHER, "foreign resource"),
            hint="the vault wants a token for a domain that it is not in; look at vaultUrl",
        )
    return resource


def _resource_in(headers: Mapping[str, str]) -> str:
    fields = dict(_FIELD.findall(headers.get("www-authenticate", "")))
    named = fields.get("resource") or fields.get("scope") or ""
    return named.removesuffix("/.default").rstrip("/")

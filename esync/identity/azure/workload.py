"""Workload identity: a token of a Kubernetes service account, which an application trusts.

Source:
    External Secrets Operator 2.9, azurekv provider, ``authType: WorkloadIdentity``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from esync.errors import EsyncError
from esync.identity.azure.exchange import Application, application_source, assertion_proof
from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from esync.identity.access import Access
    from esync.identity.azure.exchange import Proof, TokenSource
    from esync.identity.wire import Wire
    from esync.manifests.store import ServiceAccountSelector

AUDIENCE: Final = "api://AzureADTokenExchange"
CLIENT_VARIABLE: Final = "AZURE_CLIENT_ID"
TENANT_VARIABLE: Final = "AZURE_TENANT_ID"
TOKEN_FILE_VARIABLE: Final = "AZURE_FEDERATED_TOKEN_FILE"
CLIENT_ANNOTATION: Final = "azure.workload.identity/client-id"
TENANT_ANNOTATION: Final = "azure.workload.identity/tenant-id"


class NoWorkloadIdentity(EsyncError):
    """The environment of this process has no workload identity, or half of one."""

    rule = "ES0397"


@dataclass(frozen=True, slots=True)
class ServiceAccountIds:
    """Which application a service account stands for, as its annotations say; empty if none."""

    client_id: str
    tenant: str


def ids_of_service_account(
    selector: ServiceAccountSelector, access: Access, *path: str | int
) -> ServiceAccountIds:
    """Return what the annotations of a service account say.

    Raises:
        EsyncError: it cannot be read.
    """
    account = access.service_account(selector, *path)
    metadata: Any = account.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    return ServiceAccountIds(
        str(annotations.get(CLIENT_ANNOTATION) or ""), str(annotations.get(TENANT_ANNOTATION) or "")
    )


def service_account_proof(
    selector: ServiceAccountSelector, access: Access, *path: str | int
) -> Proof:
    """Return the proof by a token of a service account, requested for every new token.

    Its audiences are Entra ID's own and those of ``selector``, never the cluster's default.
    """
    audiences = (AUDIENCE, *selector.audiences)
    return assertion_proof(lambda _: access.service_account_token(selector, audiences, None, *path))


def pod_source(authority: str, wire: Wire, access: Access) -> TokenSource:
    """Return what fetches tokens for the identity that a Pod's environment names.

    Args:
        authority: URL that was found allowed.
        wire: sends the requests.
        access: its environment has all three variables.

    Raises:
        NoWorkloadIdentity: one of them is missing.
        EsyncError: the store may not use the identity of the process.
    """
    access.allow_ambient()
    names = (CLIENT_VARIABLE, TENANT_VARIABLE, TOKEN_FILE_VARIABLE)
    missing = [name for name in names if not access.environ.get(name)]
    if missing:
        raise NoWorkloadIdentity(
            f"this process has no workload identity: {', '.join(missing)} not set",
            hint="name a serviceAccountRef, or run in a Pod labelled azure.workload.identity/use",
        )
    client, tenant, file = (access.environ[name] for name in names)
    application = Application(authority, tenant, client)
    return application_source(lambda: application, token_file_proof(file), wire, access)


def token_file_proof(file: str) -> Proof:
    """Return the proof by a token in a file that the environment names; it is read each time."""
    return assertion_proof(lambda _: _token_in(file))


def _token_in(file: str) -> SecretValue:
    try:
        return SecretValue(Path(file).read_bytes().strip())
    except OSError as error:
        failed = type(error).__name__
    raise NoWorkloadIdentity(
        f"the file that {TOKEN_FILE_VARIABLE} names cannot be read ({failed})",
        hint="mount a projected service account token there",
    )

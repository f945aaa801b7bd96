"""A service account of a GKE cluster becomes an identity of Google.

Source:
    External Secrets Operator 2.9, gcpsm provider, ``workloadIdentity``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.identity.gcp.endpoints import SCOPE, GcpService, endpoint
from esync.identity.gcp.exchange import (
    ACCESS_TOKEN,
    EXCHANGE_GRANT,
    JWT,
    account_url,
    impersonated,
    is_email,
    token_in,
)
from esync.identity.gcp.metadata import metadata
from esync.identity.references import BadReference
from esync.records import dataclass

if TYPE_CHECKING:
    from esync.identity.access import Access
    from esync.identity.gcp.settings import WorkloadIdentity
    from esync.identity.kept import LentToken
    from esync.identity.wire import Wire
    from esync.manifests.store import ServiceAccountSelector

ACCOUNT_ANNOTATION: Final = "iam.gke.io/gcp-service-account"
_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class GkeToken:
    """A token, and whose it is.

    Attributes:
        email: of the service account of Google; empty if the cluster's own is used directly.
    """

    token: LentToken
    email: str


def gke_token(identity: WorkloadIdentity, wire: Wire, access: Access, *path: str | int) -> GkeToken:
    """Return a token for a service account of the cluster, or for the one that it may act as.

    Args:
        identity: names cluster and service account.
        wire: sends the requests.
        access: reads the service account.
        path: where ``workloadIdentity`` stands under the provider block.

    Raises:
        GcpSignInFailed: Google gives none.
        EsyncError: the cluster is not known, or the service account cannot be read.
    """
    binding = endpoint(GcpService.SECURE_TOKEN, access)
    credentials = endpoint(GcpService.IAM_CREDENTIALS, access)
    path = (*path, "serviceAccountRef")
    email = annotated_account(identity.service_account_ref, access, *path)
    pool, cluster = _pool_and_cluster(identity, wire, access)
    account = identity.service_account_ref
    shown = access.service_account_token(account, (pool, *account.audiences), _SECONDS, *path)
    form = {
        "grant_type": EXCHANGE_GRANT,
        "subject_token_type": JWT,
        "requested_token_type": ACCESS_TOKEN,
        "subject_token": shown.reveal().decode(),
        "audience": f"identitynamespace:{pool}:{cluster}",
        "scope": SCOPE,
    }
    answer = wire.post_json(f"{binding}/v1/identitybindingtoken", form)
    about = f'token for Kubernetes service account "{account.name}" of pool "{pool}"'
    token = token_in(answer, about, access.clock())
    if not email:
        return GkeToken(token, "")
    url = account_url(credentials, email, "generateAccessToken")
    return GkeToken(impersonated(wire, url, token, email), email)


def annotated_account(account: ServiceAccountSelector, access: Access, *path: str | int) -> str:
    """Return the service account of Google that one of the cluster names, or an empty text.

    Raises:
        BadReference: the annotation is no such name.
        EsyncError: the service account does not exist, or cannot be read.
    """
    found = access.service_account(account, *path).get("metadata") or {}
    email = (found.get("annotations") or {}).get(ACCOUNT_ANNOTATION) or ""
    if email and not is_email(email):
        raise BadReference(
            f'annotation "{ACCOUNT_ANNOTATION}" of ServiceAccount "{account.name}" is not the '
            "e-mail address of a service account",
            hint="write NAME@PROJECT.iam.gserviceaccount.com",
        )
    return str(email)


def _pool_and_cluster(identity: WorkloadIdentity, wire: Wire, access: Access) -> tuple[str, str]:
    # ESO does so too: the store's projectID is never the project of the cluster.
    asked = {
        "clusterProjectID": (identity.cluster_project_id, "project/project-id"),
        "clusterLocation": (
            identity.cluster_location,
            "instance/attributes/cluster-location",
        ),
        "clusterName": (identity.cluster_name, "instance/attributes/cluster-name"),
    }
    project, location, name = (
        value or metadata(where, wire, access, instead=f"set workloadIdentity.{field}")
        for field, (value, where) in asked.items()
    )
    cluster = f"projects/{project}/locations/{location}/clusters/{name}"
    return f"{project}.svc.id.goog", f"https://container.googleapis.com/v1/{cluster}"

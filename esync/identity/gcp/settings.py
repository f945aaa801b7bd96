"""The ``auth`` block for Google as manifests have it, shared by the store and by generators.

Source:
    External Secrets Operator 2.9, gcpsm provider.
"""

from __future__ import annotations

from dataclasses import field
from typing import Final

from esync.manifests.formats import DNS_NAME, NS_NAME, SECRET_KEY, Format, named, text
from esync.manifests.store import SecretSelector, ServiceAccountSelector
from esync.records import dataclass

_EMAIL: Final = text(
    Format(
        "the e-mail address of a service account (…@PROJECT.iam.gserviceaccount.com)",
        pattern=r".*@.*\.iam\.gserviceaccount\.com",
    )
)
_REGION: Final = text(Format("the name of a region", pattern="[a-z0-9-]+", least=1, most=50))


@dataclass(frozen=True, slots=True)
class SecretRef:
    """The key file of a service account, in a Secret."""

    secret_access_key: SecretSelector = field(
        default_factory=SecretSelector, metadata=named("secretAccessKeySecretRef")
    )


@dataclass(frozen=True, slots=True)
class WorkloadIdentity:
    """A service account of a GKE cluster; what is empty the metadata server knows."""

    service_account_ref: ServiceAccountSelector
    cluster_project_id: str = field(default="", metadata=named("clusterProjectID"))
    cluster_location: str = ""
    cluster_name: str = ""


@dataclass(frozen=True, slots=True)
class CredConfig:
    """Points at a configuration of type ``external_account`` in a ConfigMap."""

    name: str = field(metadata=DNS_NAME)
    key: str = field(metadata=SECRET_KEY)
    namespace: str = field(default="", metadata=NS_NAME)


@dataclass(frozen=True, slots=True)
class AwsCredentialsRef:
    """Points at a Secret whose keys are the parts of an AWS access key."""

    name: str = field(metadata=DNS_NAME)
    namespace: str = field(default="", metadata=NS_NAME)


@dataclass(frozen=True, slots=True)
class AwsSecurityCredentials:
    """An AWS identity that Google trusts."""

    region: str = field(metadata=_REGION)
    aws_credentials_secret_ref: AwsCredentialsRef


@dataclass(frozen=True, slots=True)
class WorkloadIdentityFederation:
    """An identity of another platform that Google trusts."""

    cred_config: CredConfig | None = None
    service_account_ref: ServiceAccountSelector | None = None
    aws_security_credentials: AwsSecurityCredentials | None = None
    audience: str = ""
    external_token_endpoint: str = ""
    gcp_service_account_email: str = field(default="", metadata=_EMAIL)


@dataclass(frozen=True, slots=True)
class GcpAuth:
    """How somebody signs in to Google; the first that is set wins, and none is the process."""

    secret_ref: SecretRef | None = None
    workload_identity: WorkloadIdentity | None = None
    workload_identity_federation: WorkloadIdentityFederation | None = None

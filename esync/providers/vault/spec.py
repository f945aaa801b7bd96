"""The settings under ``spec.provider.vault``, as typed values.

Source:
    External Secrets Operator 2.9, the API reference of ``external-secrets.io/v1``.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from esync.identity.gcp.settings import (  # noqa: TC001 - the reader looks at annotations
    SecretRef,
    WorkloadIdentity,
)
from esync.manifests.formats import named
from esync.manifests.store import (
    CaProvider,
    SecretSelector,
    ServiceAccountSelector,
)
from esync.providers.vault.paths import KvVersion
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_REGION: Final = "us-east-1"


@dataclass(frozen=True, slots=True)
class AppRole:
    """A role id, and its secret id in a Secret."""

    secret_ref: SecretSelector
    path: str = "approle"
    role_id: str = ""
    role_ref: SecretSelector | None = None


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """A token of a service account, which Vault shows to the cluster."""

    role: str
    mount_path: str = "kubernetes"
    service_account_ref: ServiceAccountSelector | None = None
    secret_ref: SecretSelector | None = None


@dataclass(frozen=True, slots=True)
class Ldap:
    """A user of a directory."""

    username: str
    path: str = "ldap"
    secret_ref: SecretSelector | None = None


@dataclass(frozen=True, slots=True)
class UserPass:
    """A user that Vault knows itself."""

    username: str
    path: str = "userpass"
    secret_ref: SecretSelector | None = None


@dataclass(frozen=True, slots=True)
class ServiceAccountToken:
    """A service account whose token Vault verifies by the issuer's keys.

    Attributes:
        audiences: come after those of the service account; None is ``vault``.
    """

    service_account_ref: ServiceAccountSelector
    audiences: tuple[str, ...] | None = None
    expiration_seconds: int = 600


@dataclass(frozen=True, slots=True)
class Jwt:
    """A JSON web token: from a Secret, else of a service account."""

    path: str = "jwt"
    role: str = ""
    secret_ref: SecretSelector | None = None
    kubernetes_service_account_token: ServiceAccountToken | None = None


@dataclass(frozen=True, slots=True)
class Cert:
    """A client certificate; ``secret_ref`` is its private key."""

    path: str = "cert"
    vault_role: str = ""
    client_cert: SecretSelector | None = None
    secret_ref: SecretSelector | None = None


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """An AWS access key in Secrets."""

    access_key_id: SecretSelector | None = field(
        default=None, metadata=named("accessKeyIDSecretRef")
    )
    secret_access_key: SecretSelector | None = field(
        default=None, metadata=named("secretAccessKeySecretRef")
    )
    session_token: SecretSelector | None = field(
        default=None, metadata=named("sessionTokenSecretRef")
    )


@dataclass(frozen=True, slots=True)
class AwsJwt:
    """A service account whose annotation names an AWS role."""

    service_account_ref: ServiceAccountSelector | None = None


@dataclass(frozen=True, slots=True)
class Iam:
    """An AWS identity. ``role`` is the ARN of an AWS role, ``vault_role`` is Vault's."""

    vault_role: str
    path: str = "aws"
    region: str = DEFAULT_REGION
    role: str = ""
    external_id: str = field(default="", metadata=named("externalID"))
    server_id: str = field(default="", metadata=named("vaultAwsIamServerID"))
    secret_ref: AwsKeys | None = None
    jwt: AwsJwt | None = None


@dataclass(frozen=True, slots=True)
class Gcp:
    """A Google identity; without reference the one of the machine."""

    role: str
    path: str = "gcp"
    project_id: str = field(default="", metadata=named("projectID"))
    location: str = ""
    secret_ref: SecretRef | None = None
    workload_identity: WorkloadIdentity | None = None
    service_account_ref: ServiceAccountSelector | None = None


Method = SecretSelector | AppRole | Kubernetes | Ldap | UserPass | Jwt | Cert | Iam | Gcp


@dataclass(frozen=True, slots=True)
class Auth:
    """How the store signs in. Several methods are no error: the first in this order counts."""

    namespace: str = ""
    token_secret_ref: SecretSelector | None = None
    app_role: AppRole | None = None
    kubernetes: Kubernetes | None = None
    ldap: Ldap | None = None
    user_pass: UserPass | None = None
    jwt: Jwt | None = None
    cert: Cert | None = None
    iam: Iam | None = None
    gcp: Gcp | None = None

    @property
    def method(self) -> Method | None:
        """The method that counts."""
        found: tuple[Method | None, ...] = (
            self.token_secret_ref,
            self.app_role,
            self.kubernetes,
            self.ldap,
            self.user_pass,
            self.jwt,
            self.cert,
            self.iam,
            self.gcp,
        )
        return next((method for method in found if method is not None), None)


@dataclass(frozen=True, slots=True)
class Tls:
    """A client certificate for all requests."""

    cert_secret_ref: SecretSelector | None = None
    key_secret_ref: SecretSelector | None = None


@dataclass(frozen=True, slots=True)
class CheckAndSet:
    """Whether writes say which version they replace; reading does not look at it."""

    required: bool = False


@dataclass(frozen=True, slots=True)
class VaultSpec:
    """What stands under ``spec.provider.vault``.

    Attributes:
        path: where the engine is mounted; None when absent, which is not the same as empty.
        auth: None is the token of the process, or no token at all.
    """

    server: str
    path: str | None = None
    version: KvVersion = KvVersion.V2
    namespace: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    ca_bundle: str = ""
    ca_provider: CaProvider | None = None
    tls: Tls = field(default_factory=Tls)
    read_your_writes: bool = False
    forward_inconsistent: bool = False
    check_and_set: CheckAndSet = field(default_factory=CheckAndSet)
    auth: Auth | None = None

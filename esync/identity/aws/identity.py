"""How somebody signs in to AWS, as typed values: keys, a service account, roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.records import dataclass

if TYPE_CHECKING:
    from esync.manifests.store import SecretSelector, ServiceAccountSelector


@dataclass(frozen=True, slots=True)
class StaticKeys:
    """An access key that stands in Secrets.

    Attributes:
        path: where the selectors stand under the provider block.
    """

    access_key_id: SecretSelector
    secret_access_key: SecretSelector
    session_token: SecretSelector | None = None
    path: tuple[str, ...] = ("auth", "secretRef")


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """A service account whose annotation names a role that trusts its tokens.

    Attributes:
        session_name: what the operator calls the session; trust policies may look at it.
        path: where the selector stands under the provider block.
    """

    service_account: ServiceAccountSelector
    session_name: str = "external-secrets-provider-aws"
    path: tuple[str, ...] = ("auth", "jwt", "serviceAccountRef")


@dataclass(frozen=True, slots=True)
class Role:
    """A role that is assumed with the credentials at hand.

    Attributes:
        external_id: sent if not empty.
        tags: session tags, in order; sent if there are any.
        transitive_tag_keys: sent if there are any, also without tags.
    """

    arn: str
    external_id: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AwsIdentity:
    """Everything that decides who we are towards AWS.

    Attributes:
        region: of the service and of STS.
        source: the first credentials; None is the identity of the process.
        roles: assumed one after the other.
    """

    region: str
    source: StaticKeys | WebIdentity | None = None
    roles: tuple[Role, ...] = ()

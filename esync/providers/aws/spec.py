"""The settings under ``spec.provider.aws``, what is wrong with them, and who they say we are.

Source:
    External Secrets Operator 2.9, AWS provider.
"""

from __future__ import annotations

import re
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from esync.gocompat.durations import DurationError, parse_duration
from esync.identity.aws import AwsIdentity, Retries, Role, StaticKeys, WebIdentity
from esync.manifests.store import (  # noqa: TC001 - the reader looks at annotations
    SecretSelector,
    ServiceAccountSelector,
)
from esync.providers.contract import BadStore
from esync.providers.selectors import selector_errors
from esync.providers.settings import errors_in, usable
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from esync.errors import EsyncError
    from esync.manifests.store import Store

# The region becomes part of a host name, and must not bring a host of its own.
_REGION: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_SHORTEST_WINDOW, _LONGEST_WINDOW = 7, 30
_BUILT_IN_TAGS: Final = ("esoNamespace", "esoStoreName", "esoStoreKind")
_SECOND: Final = 1_000_000_000
_OF_THE_SDK: Final = 3  # attempts, where a store has retrySettings without a number


class ServiceName(StrEnum):
    """The services that a store can be."""

    SECRETS_MANAGER = "SecretsManager"
    PARAMETER_STORE = "ParameterStore"
    CERTIFICATE_MANAGER = "CertificateManager"


class SessionTagsPolicy(StrEnum):
    """Which tags the session of ``role`` gets."""

    NONE = "None"
    SIMPLE = "Simple"
    CUSTOM = "Custom"


@dataclass(frozen=True, slots=True)
class SecretRef:
    """An access key in Secrets."""

    access_key_id: SecretSelector | None = field(
        default=None, metadata={"name": "accessKeyIDSecretRef"}
    )
    secret_access_key: SecretSelector | None = field(
        default=None, metadata={"name": "secretAccessKeySecretRef"}
    )
    session_token: SecretSelector | None = field(
        default=None, metadata={"name": "sessionTokenSecretRef"}
    )


@dataclass(frozen=True, slots=True)
class Jwt:
    """A service account."""

    service_account_ref: ServiceAccountSelector | None = None


@dataclass(frozen=True, slots=True)
class Auth:
    """How the store signs in; neither is the identity of the process, and ``jwt`` wins."""

    secret_ref: SecretRef | None = None
    jwt: Jwt | None = None


@dataclass(frozen=True, slots=True)
class SessionTag:
    """One tag of the session of ``role``."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """How pushed secrets are deleted; checked for every service."""

    force_delete_without_recovery: bool = False
    recovery_window_in_days: int = 0


@dataclass(frozen=True, slots=True)
class AwsSpec:
    """What stands under ``spec.provider.aws``."""

    service: ServiceName
    region: str
    auth: Auth = field(default_factory=Auth)
    role: str = ""
    additional_roles: tuple[str, ...] = ()
    external_id: str = field(default="", metadata={"name": "externalID"})
    session_tags: tuple[SessionTag, ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    session_tags_policy: SessionTagsPolicy = SessionTagsPolicy.NONE
    custom_session_tags: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    secrets_manager: Deletion = field(default_factory=Deletion)


def read_spec(store: Store) -> AwsSpec:
    """Return the settings, defaulted.

    Raises:
        Rejected: they are not what the API accepts.
        BadStore: the region is none, so that nothing may be sent there.
    """
    return usable(AwsSpec, store, _region_errors)


def errors_of(store: Store) -> Sequence[EsyncError]:
    """Return everything that the operator's admission would refuse, and what can never work."""
    return errors_in(AwsSpec, store, _region_errors, _deletion_errors, _tag_errors, _auth_errors)


def identity_of(spec: AwsSpec, store: Store, namespace: str) -> AwsIdentity:
    """Return who the store is when it serves ``namespace``.

    Raises:
        BadStore: ``auth`` names no service account, or half an access key.
    """
    roles = [Role(arn) for arn in spec.additional_roles]
    if spec.role:
        tags = tuple(_tags(spec, store, namespace))
        roles.append(Role(spec.role, spec.external_id, tags, spec.transitive_tag_keys))
    return AwsIdentity(spec.region, _source(spec.auth, store), tuple(roles))


def retries_of(store: Store) -> Retries:
    """Return how the SDK asks again by itself; ``maxRetries`` counts attempts here.

    Raises:
        BadStore: ``retryInterval`` is no duration.
    """
    retry = store.retry
    if retry is None:
        return Retries()
    attempts = _OF_THE_SDK if retry.max_retries is None else max(retry.max_retries, 0)
    try:
        interval = parse_duration(retry.retry_interval) if retry.retry_interval else 0
    except DurationError:
        raise BadStore(
            "retrySettings.retryInterval is not a duration",
            at=store.document.place(("spec", "retrySettings", "retryInterval")),
            hint="write it as 500ms, 5s or 1m30s",
        ) from None
    return Retries(attempts, interval / _SECOND if interval > 0 else None)


def _source(auth: Auth, store: Store) -> StaticKeys | WebIdentity | None:
    for error in _missing_in(auth, store):
        raise error
    if auth.jwt and auth.jwt.service_account_ref:
        return WebIdentity(auth.jwt.service_account_ref)
    ref = auth.secret_ref
    if ref and ref.access_key_id and ref.secret_access_key:
        return StaticKeys(ref.access_key_id, ref.secret_access_key, ref.session_token)
    return None


def _missing_in(auth: Auth, store: Store) -> Iterator[BadStore]:
    if auth.jwt:
        if auth.jwt.service_account_ref is None:
            yield BadStore("auth.jwt: serviceAccountRef is missing", at=store.place("auth", "jwt"))
    elif auth.secret_ref:
        named = {
            "accessKeyIDSecretRef": auth.secret_ref.access_key_id,
            "secretAccessKeySecretRef": auth.secret_ref.secret_access_key,
        }
        for name, selector in named.items():
            if selector is None:
                at = store.place("auth", "secretRef")
                yield BadStore(f"auth.secretRef: {name} is missing", at=at)


def _tags(spec: AwsSpec, store: Store, namespace: str) -> Iterator[tuple[str, str]]:
    """Yield the session's tags; a policy other than None drops ``sessionTags``, as ESO does."""
    built_in = dict(zip(_BUILT_IN_TAGS, (namespace, store.name, store.kind.value), strict=True))
    match spec.session_tags_policy:
        case SessionTagsPolicy.NONE:
            yield from ((tag.key, tag.value) for tag in spec.session_tags)
        case SessionTagsPolicy.SIMPLE:
            yield from built_in.items()
        case SessionTagsPolicy.CUSTOM:
            custom = {
                key: value for key, value in spec.custom_session_tags.items() if key and value
            }
            yield from (custom | built_in).items()


def _region_errors(spec: AwsSpec, store: Store) -> Iterator[BadStore]:
    if not _REGION.fullmatch(spec.region):
        yield BadStore(
            "region is not the name of a region",
            at=store.place("region"),
            hint="write it as eu-central-1",
        )


def _deletion_errors(spec: AwsSpec, store: Store) -> Iterator[BadStore]:
    deletion = spec.secrets_manager
    days = deletion.recovery_window_in_days
    at = store.place("secretsManager")
    if days and not _SHORTEST_WINDOW <= days <= _LONGEST_WINDOW:
        yield BadStore("secretsManager: recoveryWindowInDays is not 0 or 7 to 30", at=at)
    if days and deletion.force_delete_without_recovery:
        yield BadStore(
            "secretsManager: forceDeleteWithoutRecovery excludes recoveryWindowInDays",
            at=at,
        )


def _tag_errors(spec: AwsSpec, store: Store) -> Iterator[BadStore]:
    for name in _BUILT_IN_TAGS:
        if name in spec.custom_session_tags:
            at = store.place("customSessionTags", name)
            yield BadStore(f"customSessionTags: {name} is set by the policy itself", at=at)


def _auth_errors(spec: AwsSpec, store: Store) -> Iterator[BadStore]:
    auth = spec.auth
    if ref := auth.secret_ref:
        path = ("auth", "secretRef")
        yield from selector_errors(store, ref.access_key_id, *path, "accessKeyIDSecretRef")
        yield from selector_errors(store, ref.secret_access_key, *path, "secretAccessKeySecretRef")
        yield from selector_errors(store, ref.session_token, *path, "sessionTokenSecretRef")
    if auth.jwt:
        path = ("auth", "jwt")
        yield from selector_errors(store, auth.jwt.service_account_ref, *path, "serviceAccountRef")
    yield from _missing_in(auth, store)

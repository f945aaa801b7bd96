"""From what a store says to keys: static ones, tokens that are exchanged, roles that are assumed.

Source:
    External Secrets Operator 2.9, AWS provider: ``auth``, ``role``, ``additionalRoles``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, assert_never

from esync.errors import EsyncError
from esync.identity.aws.identity import StaticKeys, WebIdentity
from esync.identity.aws.keys import Keys, RenewedKeys
from esync.identity.aws.sdk import AwsService, AwsSession
from esync.identity.job_tokens import Purpose, has_job_token, job_token
from esync.identity.references import BadReference

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.identity.access import Access
    from esync.identity.aws.identity import AwsIdentity, Role
    from esync.manifests.store import SecretSelector
    from esync.secret import SecretValue

_ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"
_AUDIENCE_ANNOTATION: Final = "eks.amazonaws.com/audience"
_AUDIENCE: Final = "sts.amazonaws.com"
_ROLE_SECONDS: Final = 900
_SECOND: Final = 1_000_000_000


class NoRole(EsyncError):
    """A service account does not say which role it may take."""

    rule = "ES0357"


class NoKeys(EsyncError):
    """STS answered, and gave no keys."""

    rule = "ES0359"


def sign_in(identity: AwsIdentity, access: Access) -> AwsSession:
    """Return a session that signs as ``identity``; credentials are read when it first signs.

    Raises:
        EsyncError: the store may not use the identity of the process, or a host is not allowed.
    """
    session = _source(identity, access)
    for role in identity.roles:
        session = _assume(session, role)
    return session


def _source(identity: AwsIdentity, access: Access) -> AwsSession:
    match None if access.ambient else identity.source:
        case None:
            return _ambient(identity.region, access)
        case StaticKeys() as keys:
            return _own(access, identity.region, lambda: _static(keys, access))
        case WebIdentity() as web:
            sts = _unsigned(access, identity.region)
            return _own(access, identity.region, lambda: _from_service_account(sts, web, access))
        case other:
            assert_never(other)


def _own(access: Access, region: str, fetch: Callable[[], Keys]) -> AwsSession:
    return AwsSession(access, region, RenewedKeys(fetch, access.clock), own_files=False)


def _ambient(region: str, access: Access) -> AwsSession:
    """Return a session of the process: by a CI job's token, else what the SDK finds."""
    access.allow_ambient()
    environ = access.environ
    role = environ.get("AWS_ROLE_ARN", "")
    other = environ.get("AWS_ACCESS_KEY_ID") or environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    if not role or other or not has_job_token(Purpose.AWS, environ):
        return AwsSession(access, region, own_files=True)
    sts = _unsigned(access, region)
    name = environ.get("AWS_ROLE_SESSION_NAME") or "esync"

    def fetch() -> Keys:
        return _exchange(sts, role, name, job_token(Purpose.AWS, _AUDIENCE, access))

    return _own(access, region, fetch)


def _static(keys: StaticKeys, access: Access) -> Keys:
    # The operator reads them in this order, so that its error and ours are about the same one.
    path = keys.path
    secret = _text(keys.secret_access_key, access, *path, "secretAccessKeySecretRef")
    key_id = _text(keys.access_key_id, access, *path, "accessKeyIDSecretRef")
    if keys.session_token is None:
        return Keys(key_id, secret)
    return Keys(key_id, secret, _text(keys.session_token, access, *path, "sessionTokenSecretRef"))


def _text(selector: SecretSelector, access: Access, *path: str) -> str:
    value = access.secret(selector, *path).reveal()
    # Sent as it is, a line break would end in an SDK's message that quotes the whole header.
    if not value or not value.isascii() or not value.decode().isprintable() or b" " in value:
        raise BadReference(
            f'{".".join(path)}: the value of key "{selector.key}" of Secret "{selector.name}" is '
            "empty, or has white space or other characters that no AWS credential has",
            hint="look for a line break at its end",
        )
    return value.decode()


def _from_service_account(sts: Any, web: WebIdentity, access: Access) -> Keys:
    account, path = web.service_account, web.path
    metadata = access.service_account(account, *path).get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    role = annotations.get(_ROLE_ANNOTATION)
    if not role:
        raise NoRole(
            f'ServiceAccount "{account.name}" has no annotation "{_ROLE_ANNOTATION}"',
            hint="write there the ARN of the role that trusts the service account",
        )
    audience = annotations.get(_AUDIENCE_ANNOTATION) or _AUDIENCE
    audiences = (str(audience), *account.audiences)
    token = access.service_account_token(account, audiences, None, *path)
    return _exchange(sts, str(role), web.session_name, token)


def _unsigned(access: Access, region: str) -> Any:
    """Return an STS client that exchanges tokens, and does not look into ``~/.aws``."""
    sts = AwsSession(access, region, own_files=False).client(AwsService.STS)

    def again(*, response: Any, attempts: int, **_: Any) -> float | None:
        # ESO does so too: the keys of a new identity provider take a moment to get around.
        refused = response and response[1].get("Error", {}).get("Code") == "InvalidIdentityToken"
        return 0.5 * attempts if refused and attempts < 3 else None  # noqa: PLR2004

    sts.meta.events.register("needs-retry.sts", again, unique_id="esync-new-identity-provider")
    return sts


def _exchange(sts: Any, role: str, name: str, token: SecretValue) -> Keys:
    return _keys(
        sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName=name, WebIdentityToken=token.reveal().decode()
        )
    )


def _assume(session: AwsSession, role: Role) -> AwsSession:
    sts = session.client(AwsService.STS)
    clock = session.access.clock
    more: dict[str, Any] = {}
    if role.external_id:
        more["ExternalId"] = role.external_id
    if role.tags:
        more["Tags"] = [{"Key": key, "Value": value} for key, value in role.tags]
    if role.transitive_tag_keys:
        more["TransitiveTagKeys"] = list(role.transitive_tag_keys)

    def fetch() -> Keys:
        # Trust policies may look at the shape of the name, which is that of the operator's SDK.
        name = f"aws-go-sdk-{clock()}"
        return _keys(
            sts.assume_role(
                RoleArn=role.arn, RoleSessionName=name, DurationSeconds=_ROLE_SECONDS, **more
            )
        )

    return session.with_keys(RenewedKeys(fetch, clock))


def _keys(answer: Any) -> Keys:
    try:
        given = answer["Credentials"]
        return Keys(
            given["AccessKeyId"],
            given["SecretAccessKey"],
            given["SessionToken"],
            expires=int(given["Expiration"].timestamp() * _SECOND),
        )
    except (KeyError, TypeError, AttributeError):
        odd = NoKeys("STS gave an answer without keys", hint="look at AWS_STS_ENDPOINT and proxy")
    raise odd

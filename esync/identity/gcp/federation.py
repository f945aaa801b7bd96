"""Workload identity federation: a token of another platform becomes one of Google.

Source:
    External Secrets Operator 2.9, gcpsm provider, ``workloadIdentityFederation``.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esync.identity.gcp.endpoints import SCOPE, GcpService, endpoint, is_named
from esync.identity.gcp.exchange import (
    ACCESS_TOKEN,
    EXCHANGE_GRANT,
    account_url,
    bearer_of,
    impersonated,
)
from esync.identity.gcp.external_account import (
    AWS_REQUEST,
    BadExternalAccount,
    ExternalAccount,
    merge,
    parse,
    problems_of,
)
from esync.identity.gcp.gke import annotated_account
from esync.identity.gcp.subjects import aws_subject, found_subject
from esync.identity.hosts import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from esync.identity.access import Access
    from esync.identity.gcp.settings import WorkloadIdentityFederation
    from esync.identity.kept import LentToken
    from esync.identity.wire import Wire
    from esync.secret import SecretValue

_SECONDS: Final = 900


def combination_problems(federation: WorkloadIdentityFederation) -> Iterator[str]:
    """Yield what is wrong with the choice of fields; asks nobody."""
    handed_over = (federation.service_account_ref, federation.aws_security_credentials)
    chosen = [one for one in (federation.cred_config, *handed_over) if one is not None]
    if len(chosen) != 1:
        yield "exactly one of credConfig, serviceAccountRef and awsSecurityCredentials is needed"
    if any(handed_over) and not federation.audience:
        yield "audience is needed with serviceAccountRef and awsSecurityCredentials"


def federated_token(
    federation: WorkloadIdentityFederation, wire: Wire, access: Access, *path: str | int
) -> LentToken:
    """Return a token for the identity that a store describes.

    Args:
        federation: the settings.
        wire: sends the requests.
        access: reads what they point at.
        path: where ``workloadIdentityFederation`` stands under the provider block.

    Raises:
        BadExternalAccount: the settings cannot work.
        GcpSignInFailed: Google gives no token.
        EsyncError: what the settings point at cannot be read or may not be used.
    """
    problems = list(combination_problems(federation))
    if problems:
        raise BadExternalAccount(problems)
    account = _account(federation, access, *path)
    problems = problems_of(
        account, federation.external_token_endpoint, has_supplier=federation.cred_config is None
    )
    if problems:
        raise BadExternalAccount(problems)
    return exchange(account, _subject(federation, account, wire, access, *path), wire, access)


def exchange(
    account: ExternalAccount,
    subject: Callable[[str], SecretValue],
    wire: Wire,
    access: Access,
) -> LentToken:
    """Exchange a subject token, and impersonate the service account if there is one.

    Args:
        account: without problems.
        subject: reads the subject token, which goes to the URL that it is given; it is called after
            all hosts were found allowed.
        wire: sends the requests.
        access: judges the hosts.

    Raises:
        GcpSignInFailed: Google gives no token.
        EsyncError: the subject token cannot be read.
    """
    token_url, impersonation_url = _urls(account, access)
    form = {
        "grant_type": EXCHANGE_GRANT,
        "audience": account.audience,
        "scope": SCOPE,
        "requested_token_type": ACCESS_TOKEN,
        "subject_token": subject(token_url).reveal().decode("utf-8", "replace"),
        "subject_token_type": account.subject_token_type,
    }
    about = f'token for audience "{account.audience}"'
    token = bearer_of(wire, token_url, form, about, access.clock(), _client(account))
    if not impersonation_url:
        return token
    return impersonated(wire, impersonation_url, token, account.email, account.lifetime)


def _urls(account: ExternalAccount, access: Access) -> tuple[str, str]:
    """Return where tokens are exchanged and accounts impersonated, both found allowed."""
    token_url, impersonation_url = account.token_url, account.impersonation_url
    if is_named(GcpService.STS, access):
        token_url = f"{endpoint(GcpService.STS, access)}/v1/token"
    if impersonation_url and is_named(GcpService.IAM_CREDENTIALS, access):
        base = endpoint(GcpService.IAM_CREDENTIALS, access)
        impersonation_url = account_url(base, account.email, "generateAccessToken")
    for url in filter(None, (token_url, impersonation_url)):
        # Google's own, as was judged before, or the environment's word.
        access.allow_host(url, Origin.PROVIDER)
    return token_url, impersonation_url


def _account(
    federation: WorkloadIdentityFederation, access: Access, *path: str | int
) -> ExternalAccount:
    email = federation.gcp_service_account_email
    config = federation.cred_config
    if config is not None:
        path = (*path, "credConfig")
        text = access.config_map(config.name, config.key, config.namespace, *path)
        return merge(parse(text), federation.audience, email)
    if federation.service_account_ref is not None:
        path = (*path, "serviceAccountRef")
        # The annotation is read also when it does not count: the service account must exist.
        annotated = annotated_account(federation.service_account_ref, access, *path)
        return merge({}, federation.audience, email or annotated)
    return replace(merge({}, federation.audience, email), subject_token_type=AWS_REQUEST)


def _subject(
    federation: WorkloadIdentityFederation,
    account: ExternalAccount,
    wire: Wire,
    access: Access,
    *path: str | int,
) -> Callable[[str], SecretValue]:
    """Return what reads the subject token, given where it will be sent."""
    robot, keys = federation.service_account_ref, federation.aws_security_credentials

    def read(to: str) -> SecretValue:
        if robot is not None:
            at = (*path, "serviceAccountRef")
            # ESO does so too: the store's audience is that of the exchange, not of this token.
            return access.service_account_token(robot, robot.audiences, _SECONDS, *at, to=to)
        if keys is not None:
            at = (*path, "awsSecurityCredentials")
            return aws_subject(keys, account.audience, wire, access, *at)
        return found_subject(account, wire, access, *path)

    return read


def _client(account: ExternalAccount) -> dict[str, str]:
    """Return the header that shows which client asks, if the configuration names one."""
    if not account.client_id or account.client_secret is None:
        return {}
    pair = account.client_id.encode() + b":" + account.client_secret.reveal()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}

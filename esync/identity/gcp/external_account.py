"""A configuration of type ``external_account``: merged from its parts, and judged.

Source:
    External Secrets Operator 2.9, gcpsm provider, ``workloadIdentityFederation``.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from esync.errors import EsyncError
from esync.identity.gcp.endpoints import is_googles
from esync.identity.gcp.exchange import JWT
from esync.identity.hosts import host_of
from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


OWN_TOKEN_FILE: Final = "/var/run/secrets/kubernetes.io/serviceaccount/token"
AWS_REQUEST: Final = "urn:ietf:params:aws:token-type:aws4_request"
_TYPE: Final = "external_account"
_STS: Final = "https://sts.googleapis.com/v1"
# Where Kubernetes puts projected tokens of a Pod; a manifest names no other file.
_PROJECTED: Final = re.compile(r"/(?:var/)?run/secrets/(?!\.)[\w.-]+(?:/(?!\.\.?(?:/|$))[\w.-]+)*")
_IMPERSONATION: Final = re.compile(
    r"https://iamcredentials\.(?:[a-z0-9-]+\.)?googleapis\.com/v1/projects/-/serviceAccounts/"
    r"([a-z0-9-]+@[a-z0-9-]+\.iam\.gserviceaccount\.com):generateAccessToken"
)
_ENDPOINTS: Final = {
    "token_url": re.compile(r"https://sts\.[^\s/]+/v1/token"),
    "token_info_url": re.compile(r"https://sts\.[^\s/]+/v1/introspect"),
}
_AWS_HOSTS: Final = frozenset({"metadata.google.internal", "169.254.169.254", "fd00:ec2::254"})
_AWS_URLS: Final = {
    "url": "/latest/meta-data/iam/security-credentials",
    "region_url": "/latest/meta-data/placement/availability-zone",
    "imdsv2_session_token_url": "/latest/api/token",
}
# A request is signed for this URL and shown to Google, which asks AWS who signed it.
_AWS_WHO: Final = re.compile(
    r"https://sts(?:\.\{region\}|\.[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?/?"
    r"\?Action=GetCallerIdentity&Version=2011-06-15"
)


class BadExternalAccount(EsyncError):
    """A configuration of type external_account cannot work, or asks for what no manifest may."""

    rule = "ES0393"

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            f"invalid external_account config: {'; '.join(problems)}",
            hint="make it with: gcloud iam workload-identity-pools create-cred-config",
        )


@dataclass(frozen=True, slots=True)
class ExternalAccount:
    """How a token of another platform becomes one of Google.

    Attributes:
        source: where the token is found, as Google's configuration has it; empty if it is handed
            over.
        impersonation_url: where it then becomes one of a service account, or empty.
        lifetime: of the token of the service account, in seconds; 0 leaves it to Google.
        client_secret: with ``client_id``, shown to the token endpoint.
    """

    audience: str
    subject_token_type: str = JWT
    token_url: str = f"{_STS}/token"
    token_info_url: str = f"{_STS}/introspect"
    impersonation_url: str = ""
    lifetime: int = 0
    client_id: str = ""
    client_secret: SecretValue | None = None
    source: Mapping[str, Any] = field(default_factory=dict)

    @property
    def email(self) -> str:
        """The service account that is impersonated, or an empty text."""
        found = _IMPERSONATION.fullmatch(self.impersonation_url)
        return found[1] if found else ""


def parse(text: str) -> Mapping[str, Any]:
    """Return the configuration in a ConfigMap.

    Raises:
        BadExternalAccount: it is none.
    """
    content = None
    with suppress(ValueError, RecursionError):
        content = json.loads(text)
    if not isinstance(content, dict) or content.get("type") != _TYPE:
        raise BadExternalAccount([f'its type is not "{_TYPE}"'])
    return content


def merge(content: Mapping[str, Any], audience: str, email: str) -> ExternalAccount:
    """Return what a configuration says, with the store's word before it, defaulted.

    Args:
        content: as :func:`parse` gives it; empty for none.
        audience: of the store; wins if set.
        email: of the service account to impersonate; wins if set.
    """
    source = content.get("credential_source")
    source = dict(source) if isinstance(source, dict) else {}
    # ESO does so too: its own token is nobody's to give away.
    if source.get("file") == OWN_TOKEN_FILE:
        source = {}
    options = content.get("service_account_impersonation")
    lifetime = options.get("token_lifetime_seconds") if isinstance(options, dict) else 0
    secret = _text(content, "client_secret")
    sts = f"https://sts.{_text(content, 'universe_domain') or 'googleapis.com'}/v1"
    return ExternalAccount(
        audience=audience or _text(content, "audience"),
        subject_token_type=_text(content, "subject_token_type") or JWT,
        token_url=_text(content, "token_url") or f"{sts}/token",
        token_info_url=_text(content, "token_info_url") or f"{sts}/introspect",
        impersonation_url=impersonation_of(email)
        if email
        else _text(content, "service_account_impersonation_url"),
        lifetime=lifetime if isinstance(lifetime, int) else 0,
        client_id=_text(content, "client_id"),
        client_secret=SecretValue(secret.encode()) if secret else None,
        source=source,
    )


def impersonation_of(email: str) -> str:
    """Return the URL under which a service account is impersonated."""
    account = f"projects/-/serviceAccounts/{email}"
    return f"https://iamcredentials.googleapis.com/v1/{account}:generateAccessToken"


def problems_of(account: ExternalAccount, token_endpoint: str, *, has_supplier: bool) -> list[str]:
    """Return everything that is wrong with a configuration.

    Args:
        account: merged.
        token_endpoint: ``externalTokenEndpoint`` of the store.
        has_supplier: whether the token is handed over, so that no source is needed.
    """
    found = [] if account.audience else ["audience is empty"]
    if account.impersonation_url and not account.email:
        found.append("service_account_impersonation_url is not that of a service account")
    for name, pattern in _ENDPOINTS.items():
        url = str(getattr(account, name))
        if not pattern.fullmatch(url):
            found.append(f"{name} is not that of a token service")
        elif not is_googles(url):
            found.append(f'{name} leads to "{host_of(url)}", outside Google\'s own domain')
    if not has_supplier:
        found.extend(_source_problems(account.source, token_endpoint))
    return found


def _source_problems(source: Mapping[str, Any], token_endpoint: str) -> Iterator[str]:
    for kind in ("executable", "certificate"):
        if source.get(kind):
            yield f"credential_source.{kind} is not allowed"
    environment, url, file = (_text(source, name) for name in ("environment_id", "url", "file"))
    if environment:
        yield from _aws_problems(source, environment)
        return
    if not url and not file:
        yield "credential_source has neither file, url nor environment_id"
    if file and not _PROJECTED.fullmatch(file):
        yield "credential_source.file is not a projected token under /var/run/secrets"
    if url != token_endpoint:
        yield "credential_source.url is not the store's externalTokenEndpoint"


def _aws_problems(source: Mapping[str, Any], environment: str) -> Iterator[str]:
    if not environment.lower().startswith("aws"):
        yield "credential_source.environment_id does not begin with aws"
        return
    for name, path in _AWS_URLS.items():
        url = _text(source, name)
        optional = name == "imdsv2_session_token_url"
        if not (optional and not url) and not _is_aws_metadata(url, path):
            yield f"credential_source.{name} is not that of the metadata server of EC2"
    who = _text(source, "regional_cred_verification_url")
    if who and not _AWS_WHO.fullmatch(who):
        yield "credential_source.regional_cred_verification_url is not GetCallerIdentity of AWS"


def _is_aws_metadata(url: str, path: str) -> bool:
    host = host_of(url)
    written = f"[{host}]" if ":" in host else host
    return host in _AWS_HOSTS and url in {f"http://{written}{path}", f"http://{written}:80{path}"}


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) else ""

"""From what a store says to what IBM's IAM exchanges for a token.

Source:
    External Secrets Operator 2.9, ibm provider; the variables of IBM's command line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from esync.identity.hosts import Origin
from esync.identity.pod_tokens import projected_token
from esync.identity.references import BadReference
from esync.providers.contract import AccessDenied, BadStore
from esync.providers.ibm.spec import IAM_ENDPOINT, TOKEN_LOCATION, iam_endpoint
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.identity.access import Access
    from esync.manifests.store import SecretSelector
    from esync.providers.ibm.spec import Auth, ContainerAuth

API_KEY_VARIABLE: Final = "IBMCLOUD_API_KEY"
TOKEN_VARIABLE: Final = "IBMCLOUD_CR_TOKEN"
PROFILE_VARIABLE: Final = "IBMCLOUD_CR_PROFILE"
ENDPOINT_VARIABLE: Final = "IBMCLOUD_IAM_API_ENDPOINT"
_GRANT: Final = "urn:ibm:params:oauth:grant-type:"


class NoIbmIdentity(AccessDenied):
    """The process has no identity towards IBM Cloud."""

    rule = "ES0460"


@dataclass(frozen=True, slots=True)
class Way:
    """How to sign in.

    Attributes:
        endpoint: URL of IAM that was found allowed, without slash at its end.
        form: reads the credential, and makes what is sent.
    """

    endpoint: str
    form: Callable[[], Mapping[str, str]]


def sign_in(auth: Auth, access: Access, root: Path = Path("/")) -> Way:
    """Return how the store signs in; credentials are read when the first token is needed.

    Args:
        auth: what the store says.
        access: reads what it points at.
        root: of the file system in which tokens of the Pod stand.

    Raises:
        EsyncError: the store may not use the identity of the process, or a credential may not go
            to the endpoint.
    """
    if access.ambient:
        return _ambient(access, root)
    if container := auth.container_auth:
        access.allow_ambient()
        endpoint = iam_endpoint(container.iam_endpoint, access, "auth", "containerAuth")
        return Way(endpoint, lambda: _container(container, root))
    key = auth.secret_ref
    selector = key.secret_api_key_secret_ref if key else None
    if key is None or selector is None:
        raise BadStore("auth names no credential")
    endpoint = iam_endpoint(key.iam_endpoint, access, "auth", "secretRef")
    return Way(endpoint, lambda: _api_key(_secret(selector, access)))


def _secret(selector: SecretSelector, access: Access) -> str:
    value = access.secret(selector, "auth", "secretRef", "secretApiKeySecretRef")
    try:
        return value.reveal().decode()
    except UnicodeDecodeError:
        pass
    raise BadReference("auth.secretRef.secretApiKeySecretRef: the API key is no text")


def _api_key(key: str) -> Mapping[str, str]:
    return {"grant_type": f"{_GRANT}apikey", "apikey": key}


def _container(container: ContainerAuth, root: Path) -> Mapping[str, str]:
    token = projected_token(container.token_location or TOKEN_LOCATION, root)
    return _profile("profile_name", container.profile, token.reveal().decode("utf-8", "replace"))


def _profile(kind: str, profile: str, token: str) -> Mapping[str, str]:
    return {"grant_type": f"{_GRANT}cr-token", "cr_token": token, kind: profile}


def _ambient(access: Access, root: Path) -> Way:
    """Return the way by the environment: its API key, else a trusted profile."""
    access.allow_ambient()
    environ = access.environ
    endpoint = (environ.get(ENDPOINT_VARIABLE) or IAM_ENDPOINT).rstrip("/")
    access.allow_host(endpoint, Origin.ENVIRONMENT)
    key, profile = environ.get(API_KEY_VARIABLE, ""), environ.get(PROFILE_VARIABLE, "")
    if key:
        return Way(endpoint, lambda: _api_key(_given(key, API_KEY_VARIABLE)))
    if profile:
        return Way(endpoint, lambda: _profile(_kind(profile), profile, _pod_token(access, root)))
    raise NoIbmIdentity(
        "this process has no identity of IBM Cloud",
        hint=f"set {API_KEY_VARIABLE}, or in a Pod {PROFILE_VARIABLE}",
    )


def _kind(profile: str) -> str:
    """Return under which name IAM takes a profile, which people name in three ways."""
    if profile.startswith("crn:"):
        return "profile_crn"
    is_id = profile.removeprefix("iam-").startswith("Profile-")
    return "profile_id" if is_id else "profile_name"


def _pod_token(access: Access, root: Path) -> str:
    given = access.environ.get(TOKEN_VARIABLE, "")
    if given:
        return _given(given, TOKEN_VARIABLE)
    return projected_token(TOKEN_LOCATION, root).reveal().decode("utf-8", "replace")


def _given(value: str, variable: str) -> str:
    """Return what a variable holds, or what is in the file that it names with an ``@``."""
    if not value.startswith("@"):
        return value
    try:
        return Path(value[1:]).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        failed = type(error).__name__
    raise NoIbmIdentity(f"the file that {variable} names cannot be read ({failed})")

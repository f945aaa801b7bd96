"""The settings under ``spec.provider.ibm``, and what is wrong with them.

Source:
    External Secrets Operator 2.9, ibm provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from esync.gocompat.durations import DurationError, parse_duration
from esync.identity.hosts import Origin, host_of
from esync.manifests.formats import Choice
from esync.manifests.store import SecretSelector  # noqa: TC001 - the reader looks
from esync.providers.contract import BadStore
from esync.providers.ibm.patience import Retries
from esync.providers.selectors import selector_errors
from esync.providers.settings import errors_in, usable
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from esync.errors import EsyncError
    from esync.identity.access import Access
    from esync.manifests.store import Store

IAM_ENDPOINT: Final = "https://iam.cloud.ibm.com"
TOKEN_LOCATION: Final = "/var/run/secrets/tokens/vault-token"
# Every instance of the service, public or private, has its host in here.
_DOMAIN: Final = ".secrets-manager.appdomain.cloud"
_OWN_IAM: Final = frozenset({IAM_ENDPOINT, "https://private.iam.cloud.ibm.com"})
_SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key in a Secret."""

    secret_api_key_secret_ref: SecretSelector | None = None
    iam_endpoint: str = ""


@dataclass(frozen=True, slots=True)
class ContainerAuth:
    """A trusted profile, by name, that believes a projected token of the Pod."""

    profile: str
    token_location: str = ""
    iam_endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Auth:
    """How to sign in: one of the two."""

    CHOICES: ClassVar[tuple[Choice, ...]] = (Choice(("secretRef", "containerAuth")),)

    secret_ref: ApiKey | None = None
    container_auth: ContainerAuth | None = None


@dataclass(frozen=True, slots=True)
class IbmSpec:
    """What stands under ``spec.provider.ibm``."""

    auth: Auth
    service_url: str = ""


def read_spec(store: Store) -> IbmSpec:
    """Return the settings.

    Raises:
        Rejected: they are not what the API accepts.
        BadStore: they can never work.
    """
    return usable(IbmSpec, store, _impossible)


def errors_of(store: Store) -> Sequence[EsyncError]:
    """Return everything that the operator's admission would refuse, and what can never work.

    The token file is not looked at, as it is where the store is used and not where it is checked.
    """
    return errors_in(IbmSpec, store, _impossible, _admission)


def _admission(spec: IbmSpec, store: Store) -> Iterator[EsyncError]:
    if key := spec.auth.secret_ref:
        path = ("auth", "secretRef", "secretApiKeySecretRef")
        yield from selector_errors(store, key.secret_api_key_secret_ref, *path, strict=True)
    try:
        retries_of(store)
    except BadStore as error:
        yield error


def retries_of(store: Store) -> Retries:
    """Return how often the service is asked again: not at all, unless the store says so.

    Raises:
        BadStore: ``retryInterval`` is no duration.
    """
    retry = store.retry
    if retry is None:
        return Retries(0)
    times = 3 if retry.max_retries is None else max(retry.max_retries, 0)
    try:
        interval = parse_duration(retry.retry_interval or "5s")
    except DurationError:
        raise BadStore(
            "retrySettings.retryInterval is not a duration",
            at=store.document.place(("spec", "retrySettings", "retryInterval")),
            hint="write it as 500ms, 5s or 1m30s",
        ) from None
    return Retries(times, interval / _SECOND)


def allow_service(url: str, access: Access) -> None:
    """Refuse an instance that no token may go to.

    Raises:
        EsyncError: it is neither IBM's, nor allowed.
    """
    own = url.lower().startswith("https://") and host_of(url).endswith(_DOMAIN)
    access.allow_host(url, Origin.PROVIDER if own else Origin.STORE, "serviceUrl")


def iam_endpoint(named: str, access: Access, *path: str) -> str:
    """Return where tokens are given, without slash at its end, after it was found allowed.

    Raises:
        EsyncError: it is neither IBM's, nor allowed.
    """
    url = (named or IAM_ENDPOINT).rstrip("/")
    own = url.lower() in _OWN_IAM
    access.allow_host(url, Origin.PROVIDER if own else Origin.STORE, *path, "iamEndpoint")
    return url


def _impossible(spec: IbmSpec, store: Store) -> Iterator[BadStore]:
    if not spec.service_url:
        yield BadStore(
            "serviceUrl is missing",
            at=store.place(),
            hint="write it as https://INSTANCE.REGION.secrets-manager.appdomain.cloud",
        )
    if (container := spec.auth.container_auth) and not container.profile:
        yield BadStore(
            "auth.containerAuth.profile is empty",
            at=store.place("auth", "containerAuth"),
            hint="name the trusted profile",
        )
    if key := spec.auth.secret_ref:
        selector = key.secret_api_key_secret_ref
        for name in ("name", "key"):
            if selector is None or not getattr(selector, name):
                path = ("auth", "secretRef", "secretApiKeySecretRef")
                yield BadStore(f"{'.'.join(path)}: {name} is missing", at=store.place(*path))

"""The only place that makes sessions and clients of botocore: endpoints, time-outs, retries."""

from __future__ import annotations

import os
from enum import StrEnum
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from esync.errors import EsyncError
from esync.identity.aws.failures import failure_of, sdk_errors
from esync.identity.aws.wire import SdkWire, use, use_for_machine
from esync.identity.hosts import Origin
from esync.identity.quiet import silence
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.identity.access import Access
    from esync.identity.aws.keys import RenewedKeys

_UNLIMITED: Final = 100  # the SDK of ESO stops there too: its quota pays for a hundred retries


class NotReady(EsyncError):
    """The SDK does not accept what it finds in the process's surroundings."""

    rule = "ES0360"


class AwsService(StrEnum):
    """A service, as the SDK names it."""

    SECRETS_MANAGER = "secretsmanager"
    PARAMETER_STORE = "ssm"
    CERTIFICATE_MANAGER = "acm"
    STS = "sts"
    ECR = "ecr"
    ECR_PUBLIC = "ecr-public"
    TAGGING = "resourcegroupstaggingapi"


# The operator's own variables; the SDK's AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_* come after them.
ENDPOINT_VARIABLES: Final[Mapping[AwsService, str]] = {
    AwsService.SECRETS_MANAGER: "AWS_SECRETSMANAGER_ENDPOINT",
    AwsService.PARAMETER_STORE: "AWS_SSM_ENDPOINT",
    AwsService.CERTIFICATE_MANAGER: "AWS_ACM_ENDPOINT",
    AwsService.STS: "AWS_STS_ENDPOINT",
    AwsService.ECR: "AWS_ECR_ENDPOINT",
    AwsService.ECR_PUBLIC: "AWS_ECR_PUBLIC_ENDPOINT",
    AwsService.TAGGING: "AWS_RESOURCE_GROUPS_TAGGING_API_ENDPOINT",
}


@dataclass(frozen=True, slots=True)
class Retries:
    """How a client tries again.

    Attributes:
        attempts: in total; 0 is without limit. One leaves the rest to who asks every store.
        delay: seconds between two attempts; None is the SDK's growing delay.
    """

    attempts: int = 1
    delay: float | None = None


class AwsSession:
    """One identity in one region; makes clients that may be used from several threads."""

    def __init__(
        self, access: Access, region: str, keys: RenewedKeys | None = None, *, own_files: bool
    ) -> None:
        """Make a session without asking anybody.

        Args:
            access: hosts, environment, time-outs.
            region: of its clients.
            keys: sign the requests; None is what the SDK finds in the process's surroundings.
            own_files: whether the shared configuration of the user counts (``~/.aws``, profiles).
        """
        silence("botocore", "boto3", "urllib3")
        self.access = access
        self.region = region
        self.own_files = own_files
        self._session = _session(own_files=own_files)
        found = keys or _DefaultChain(self._session, access)
        self._session.register_component("credential_provider", _Resolver(found))
        use(self._session, SdkWire(access, self._bundle()))
        # Also clients that the SDK makes for itself, to sign in as its configuration says.
        self._session.register("before-send", self._before_send)

    def with_keys(self, keys: RenewedKeys) -> AwsSession:
        """Return a session with the same surroundings, and ``keys``."""
        return AwsSession(self.access, self.region, keys, own_files=self.own_files)

    def client(
        self, service: AwsService, retries: Retries | None = None, *, endpoint: str = ""
    ) -> Any:
        """Return a client, after its host was found allowed.

        Args:
            service: which one.
            retries: None is one attempt.
            endpoint: a URL that wins over the variables.

        Raises:
            NotReady: the user's own configuration of AWS cannot be used.
            EsyncError: credentials may not go to its host.
        """
        retries = retries or Retries()
        variable = self.access.environ.get(ENDPOINT_VARIABLES[service], "")
        if endpoint or variable:
            self.access.allow_host(endpoint or variable, Origin.ENVIRONMENT)
        client = self._created(service, endpoint or variable, self._config(retries))
        # The region is a host label (botocore refuses others), so that no store names a host here.
        self.access.allow_host(client.meta.endpoint_url, Origin.ENVIRONMENT)
        if retries.delay is not None:
            _retry_after(client, retries.attempts, retries.delay)
        return client

    def _bundle(self) -> str:
        """Return the file of certificates that AWS's variable or profile names, or nothing."""
        from botocore.exceptions import BotoCoreError

        named = self.access.environ.get("AWS_CA_BUNDLE", "")
        if named or not self.own_files:
            return named
        try:
            return str(self._session.get_scoped_config().get("ca_bundle") or "")
        except BotoCoreError:  # a broken profile is told when a client is made
            return ""

    def _before_send(self, request: Any, **_: Any) -> None:
        self.access.allow_host(request.url, Origin.ENVIRONMENT)

    def keys(self) -> Any:
        """Return what signs requests now: ``access_key``, ``secret_key`` and ``token``."""
        return self._session.get_credentials().get_frozen_credentials()

    def _created(self, service: AwsService, endpoint: str, config: Any) -> Any:
        try:
            return self._session.create_client(
                service.value,
                region_name=self.region,
                endpoint_url=endpoint or None,
                config=config,
            )
        except sdk_errors() as error:
            failure = failure_of(error)
            if failure is None and not isinstance(error, ValueError):
                raise
            name = type(error).__name__
        raise NotReady(
            f"the AWS SDK cannot start ({name})",
            hint="look at AWS_PROFILE, AWS_ENDPOINT_URL and the files in ~/.aws",
        )

    def _config(self, retries: Retries) -> Any:
        from botocore.config import Config

        limit = retries.attempts if retries.attempts > 0 else _UNLIMITED
        return Config(
            connect_timeout=self.access.connect_timeout,
            read_timeout=self.access.read_timeout,
            retries={
                "mode": "standard",
                "total_max_attempts": limit if retries.delay is None else 1,
            },
            user_agent_appid="esync",
            parameter_validation=False,  # AWS judges what is a good name, as with the operator
        )


class _Resolver:
    """Hands the SDK what signs its requests."""

    def __init__(self, found: RenewedKeys | _DefaultChain) -> None:
        self._found = found

    def load_credentials(self) -> RenewedKeys | _DefaultChain:
        return self._found


class _DefaultChain:
    """The SDK's own search for credentials, not begun before the first request is signed."""

    method = "esync"

    def __init__(self, session: Any, access: Access) -> None:
        self._session = session
        self._access = access
        self._lock = Lock()
        self._found: Any = None

    def get_frozen_credentials(self) -> Any:
        from botocore.credentials import create_credential_resolver
        from botocore.exceptions import NoCredentialsError

        with self._lock:
            if self._found is None:
                resolver = create_credential_resolver(self._session)
                use_for_machine(resolver, self._access)
                self._found = resolver.load_credentials()
        if self._found is None:
            raise NoCredentialsError
        return self._found.get_frozen_credentials()

    def get_deferred_property(self, name: str) -> Any:
        return lambda: getattr(self.get_frozen_credentials(), name, None)


def _session(*, own_files: bool) -> Any:
    from botocore.session import Session

    session = Session()
    session.register_component("data_loader", _loader())
    if not own_files:  # a broken ~/.aws/config or AWS_PROFILE must not break a store's own sign-in
        session.session_var_map["profile"] = (None, None, None, None)
        session.session_var_map["config_file"] = (None, None, os.devnull, None)
        session.session_var_map["credentials_file"] = (None, None, os.devnull, None)
    return session


@cache
def _loader() -> Any:
    """Return the SDK's reader of its own descriptions; it keeps what it has read."""
    from botocore.loaders import create_loader

    return create_loader()


def _retry_after(client: Any, attempts: int, delay: float) -> None:
    """Let ``client`` wait the same time before each attempt; botocore has no such setting."""
    from botocore.exceptions import ClientError

    limit = attempts if attempts > 0 else _UNLIMITED

    def again(
        *, response: Any, attempts: int, caught_exception: Exception | None, **_: Any
    ) -> float | None:
        if attempts >= limit:
            return None
        error = caught_exception or ClientError(response[1] if response else {}, "")
        failure = failure_of(error)
        return delay if failure and failure.is_passing else None

    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"needs-retry.{service}", again, unique_id="esync-retry-after")

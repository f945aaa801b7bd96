"""The identity of this process: a CI job's token, else application default credentials."""

from __future__ import annotations

import calendar
import warnings
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from esync.errors import EsyncError
from esync.identity.failures import Failure, Trouble
from esync.identity.gcp.endpoints import SCOPE
from esync.identity.gcp.external_account import BadExternalAccount, merge, problems_of
from esync.identity.gcp.failures import GcpSignInFailed
from esync.identity.gcp.federation import exchange
from esync.identity.gcp.transport import transport
from esync.identity.job_tokens import Purpose, has_job_token, job_token
from esync.identity.kept import SECOND, LentToken
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.identity.access import Access
    from esync.identity.wire import Wire

PROVIDER_VARIABLE: Final = "ESYNC_GCP_WORKLOAD_IDENTITY_PROVIDER"
ACCOUNT_VARIABLE: Final = "ESYNC_GCP_SERVICE_ACCOUNT"
_ABOUT: Final = "application default credentials"
_HINT: Final = (
    "set GOOGLE_APPLICATION_CREDENTIALS, run gcloud auth application-default login, or in a CI job "
    f"set {PROVIDER_VARIABLE}"
)


def ambient_token(wire: Wire, access: Access) -> Callable[[], LentToken]:
    """Return what fetches a token for the identity of the process.

    Raises:
        EsyncError: the store may not use it.
    """
    access.allow_ambient()
    environ = access.environ
    provider = environ.get(PROVIDER_VARIABLE, "")
    if (
        provider
        and not environ.get("GOOGLE_APPLICATION_CREDENTIALS")
        and has_job_token(Purpose.GCP, environ)
    ):
        return lambda: _of_job(provider, wire, access)
    return _Default(wire, access).fetch


def _of_job(provider: str, wire: Wire, access: Access) -> LentToken:
    """Exchange the token of a CI job, as the trust of a pool's provider in it allows."""
    resource = provider.removeprefix("https:").removeprefix("//iam.googleapis.com/").strip("/")
    name = f"//iam.googleapis.com/{resource}"
    account = merge({}, name, access.environ.get(ACCOUNT_VARIABLE, ""))
    problems = problems_of(account, "", has_supplier=True)
    if problems:
        raise BadExternalAccount(problems)
    # The audience that a pool's provider expects if its owner named none.
    return exchange(
        account, lambda _: job_token(Purpose.GCP, f"https:{name}", access), wire, access
    )


class _Default:
    """The library's own search, begun when the first token is needed."""

    def __init__(self, wire: Wire, access: Access) -> None:
        self._send = transport(wire, access)
        self._lock = Lock()
        self._found: Any = None

    def fetch(self) -> LentToken:
        from google.auth import exceptions

        try:
            with self._lock:
                found = self._found = self._found or _search(self._send)
                found.refresh(self._send)
                return _taken(found)
        except EsyncError:
            raise
        except exceptions.DefaultCredentialsError:
            failure = Failure(Trouble.DENIED, "none found")
        except (exceptions.GoogleAuthError, OSError, ValueError) as error:
            failure = _failure(error)
        raise GcpSignInFailed(_ABOUT, failure, hint=_HINT)


def _search(send: Callable[..., Any]) -> Any:
    import google.auth
    from google.auth.credentials import with_scopes_if_required

    # It warns of users without a quota project, on standard error; the header is set if there is.
    warnings.filterwarnings("ignore", module=r"google\.auth\._default")
    # The scope is set later: the search would use it to ask for a project that nobody needs.
    credentials, _ = google.auth.default(request=send)
    return with_scopes_if_required(credentials, [SCOPE])


def _taken(credentials: Any) -> LentToken:
    expiry = credentials.expiry  # in UTC, and does not say so
    return LentToken(
        SecretValue(str(credentials.token).encode()),
        calendar.timegm(expiry.timetuple()) * SECOND if expiry else None,
        str(getattr(credentials, "quota_project_id", "") or ""),
    )


def _failure(error: Exception) -> Failure:
    """Return what an error of the library means; its text can quote an answer."""
    from google.auth import exceptions

    told = next((part for part in error.args if isinstance(part, dict)), {})
    code = _code(told)
    if isinstance(error, exceptions.TransportError):
        return Failure(Trouble.UNAVAILABLE, type(error).__name__)
    passing = bool(getattr(error, "retryable", False))
    kind = Trouble.UNAVAILABLE if passing else Trouble.DENIED
    return Failure(kind, code or type(error).__name__)


def _code(told: Mapping[str, Any]) -> str:
    code = told.get("error")
    return code if isinstance(code, str) and code.replace("_", "").isalnum() else ""

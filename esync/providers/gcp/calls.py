"""Calls to Secret Manager: an answer's JSON, or its error in our words. The one translator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from esync.identity.gcp import Failure, GcpSignInFailed, Trouble, failure_of
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    Busy,
    NoSecret,
    ProviderError,
    Throttled,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from esync.identity.gcp import KeptToken, LentToken, Wire

_NEEDS: Final = {
    "AccessSecretVersion": "grant roles/secretmanager.secretAccessor on the secret",
    "GetSecret": "grant roles/secretmanager.viewer on the secret",
    "ListSecretVersions": "grant roles/secretmanager.viewer on the secret",
    "ListSecrets": "grant roles/secretmanager.viewer on the project",
}
_CLASSES: Final[Mapping[Trouble, type[ProviderError]]] = {
    Trouble.DENIED: AccessDenied,
    Trouble.THROTTLED: Throttled,
    Trouble.BUSY: Busy,
    Trouble.UNAVAILABLE: Unavailable,
    Trouble.MALFORMED: BadAnswer,
}
_WORDS: Final = {
    Trouble.DENIED: ("Google denies access", ""),
    Trouble.THROTTLED: ("Google asks to slow down", "lower --concurrency"),
    Trouble.BUSY: ("Google is not able to answer", "look at Google's status page"),
    Trouble.UNAVAILABLE: (
        "Google does not answer",
        "look at location, endpoint variables, proxy and network",
    ),
    Trouble.MALFORMED: ("the answer is not Google's", "look at proxy and endpoint variables"),
}
_READS: Final = frozenset({"AccessSecretVersion", "GetSecret", "ListSecretVersions"})
_DISABLED_API: Final = "SERVICE_DISABLED"


class VersionNotEnabled(ProviderError):
    """The version that was asked for is disabled or destroyed."""

    rule = "ES0385"


class Calls:
    """Asks Secret Manager with one identity; may be used from several threads at once."""

    def __init__(self, wire: Wire, tokens: KeptToken, base: str) -> None:
        """Keep what is needed; nobody is asked.

        Args:
            wire: sends the requests.
            tokens: sign them.
            base: URL of the service, without slash at its end; was found allowed.
        """
        self._wire = wire
        self._tokens = tokens
        self._base = base

    def get(
        self, operation: str, path: str, about: str, query: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Return the JSON that the service has at ``path``.

        Args:
            operation: as Google names it.
            path: below the version of the API; nothing in it needs to be quoted.
            about: what is asked for, e.g. ``secret "db"``; it begins the error's message.
            query: fields, not quoted.

        Raises:
            NoSecret: Google says NOT_FOUND.
            VersionNotEnabled: the version is disabled or destroyed.
            AccessDenied: the identity is refused, or there is none.
            Throttled, Unavailable: Google asked to slow down, or did not answer.
            BadAnswer: it answered something else than JSON, or with a redirect.
            ProviderError: Google refused for another reason.
        """
        url = f"{self._base}/v1/{path}{f'?{urlencode(query)}' if query else ''}"
        answer = self._tokens.signed(
            self._token(about), lambda token: self._wire.send("GET", url, _headers(token))
        )
        failure = failure_of(answer)
        if failure is not None:
            if failure.kind is Trouble.MISSING and operation in _READS:
                raise NoSecret(f"{about} does not exist{failure.told}")
            raise translated(failure, about, operation)
        content = answer.json()
        if not content and answer.body.strip() != b"{}":
            raise BadAnswer(f"{about}: the answer is no JSON object ({operation})")
        return content

    def pages(
        self, operation: str, path: str, member: str, about: str, filter_: str
    ) -> Iterator[Mapping[str, Any]]:
        """Yield what the pages of a list have in ``member``; errors as in :meth:`get`."""
        query = {"filter": filter_} if filter_ else {}
        token = ""
        while True:
            page = self.get(operation, path, about, query)
            found = page.get(member) or ()
            yield from (one for one in found if isinstance(one, dict))
            token, last = str(page.get("nextPageToken") or ""), token
            if not token:
                return
            if token == last:
                raise BadAnswer(f"{about}: Google gives the same page again and again")
            query["pageToken"] = token

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _token(self, about: str) -> LentToken:
        try:
            return self._tokens.get()
        except GcpSignInFailed as error:
            failed = error
        # The same words, as a kind of error that says whether it is of use to try again.
        raise _error(failed.failure, f"{about}: {failed.message}", failed.hint).of_store()


class AnnouncedCalls(Calls):
    """The same, each told by Google's name of it before it is made."""

    def __init__(self, calls: Calls, before: Callable[[str], None]) -> None:
        super().__init__(calls._wire, calls._tokens, calls._base)  # noqa: SLF001 - the same
        self._before = before

    def get(
        self, operation: str, path: str, about: str, query: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Tell, then ask."""
        self._before(operation)
        return super().get(operation, path, about, query)


def _headers(token: LentToken) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token.text}"}
    if token.quota_project:
        headers["x-goog-user-project"] = token.quota_project
    return headers


def translated(failure: Failure, about: str, operation: str) -> ProviderError:
    """Return our error for a failure that means anything but "there is none"."""
    if failure.says_not_enabled:
        return VersionNotEnabled(
            f"{about}: the version is disabled or destroyed{failure.told}",
            hint="name a version, or set secretVersionSelectionPolicy: LatestOrFetch",
        )
    verb, hint = _WORDS.get(failure.kind, ("Google refuses", ""))
    if failure.kind is Trouble.DENIED:
        hint = _NEEDS[operation]
    if failure.reason == _DISABLED_API:
        hint = "enable the Secret Manager API in the project"
    return _error(failure, f"{about}: {verb}{failure.told}", hint)


def _error(failure: Failure, message: str, hint: str) -> ProviderError:
    error = _CLASSES.get(failure.kind, ProviderError)(message, hint=hint)
    if isinstance(error, Busy):
        error.retry_after = failure.retry_after
    return error

"""Calls to Key Vault: an answer's JSON, or its error in our words. The one translator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from esync.identity.azure import AzureSignInFailed, Trouble, failure_of
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

    from esync.identity.azure import Failure, KeptToken, LentToken, Wire

# The newest that all clouds and emulators have; nothing that is read here changed after it.
API_VERSION: Final = "7.4"
_HINTS: Final = {
    "SecretDisabled": "enable this version of the secret",
    "ForbiddenByFirewall": "let this machine through the firewall of the vault",
    "ForbiddenByConnection": "reach the vault by its private endpoint",
}


class Calls:
    """Asks one vault with one identity; may be used from several threads at once."""

    def __init__(self, wire: Wire, tokens: KeptToken, vault: str) -> None:
        """Keep what is needed; nobody is asked.

        Args:
            wire: sends the requests.
            tokens: sign them.
            vault: its URL, without slash at its end; was found allowed.
        """
        self._wire = wire
        self._tokens = tokens
        self._vault = vault

    def get(
        self, path: str, about: str, need: str, query: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Return the JSON that the vault has at ``path``.

        Args:
            path: below the vault; nothing in it needs to be quoted.
            about: what is asked for, e.g. ``secret "db"``; it begins the error's message.
            need: the permission, for the hint.
            query: fields, not quoted.

        Raises:
            NoSecret: the vault says that there is none.
            AccessDenied: the identity is refused, there is none, or the secret is disabled.
            Throttled, Unavailable: Azure asked to slow down, or did not answer.
            BadAnswer: it answered something else than JSON, or with a redirect.
            ProviderError: Azure refused for another reason.
        """
        url = f"{self._vault}/{path}?{urlencode({'api-version': API_VERSION, **(query or {})})}"
        answer = self._tokens.signed(
            self._token(about),
            lambda token: self._wire.send("GET", url, {"Authorization": f"Bearer {token.text}"}),
        )
        failure = failure_of(answer)
        if failure is not None:
            if failure.kind is Trouble.MISSING:
                raise NoSecret(f"{about} does not exist{failure.told}")
            raise translated(failure, about, need)
        content = answer.json()
        if not content:
            raise BadAnswer(f"{about}: the answer is no JSON object")
        return content

    def pages(self, path: str, about: str, need: str) -> Iterator[Mapping[str, Any]]:
        """Yield the items of a list; errors as in :meth:`get`."""
        query: Mapping[str, str] = {}
        while True:
            page = self.get(path, about, need, query)
            found = page.get("value") or ()
            yield from (one for one in found if isinstance(one, dict))
            link = page.get("nextLink")
            if not link:
                return
            query, last = _query_of(str(link)), query
            if query == last or not query:
                raise BadAnswer(f"{about}: Azure gives the same page again and again")

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _token(self, about: str) -> LentToken:
        try:
            return self._tokens.get()
        except AzureSignInFailed as error:
            failed = error
        # The same words, as a kind of error that says whether it is of use to try again.
        said = translated(failed.failure, about, "")
        said.message, said.hint = f"{about}: {failed.message}", failed.hint
        said.args = (said.message,)
        raise said.of_store()


class AnnouncedCalls(Calls):
    """The same, each told before it is made: whether it gets an object or a list."""

    def __init__(self, calls: Calls, before: Callable[[str], None]) -> None:
        super().__init__(calls._wire, calls._tokens, calls._vault)  # noqa: SLF001 - the same
        self._before = before

    def get(
        self, path: str, about: str, need: str, query: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Tell, then ask."""
        self._before("GET object" if "/" in path else "GET list")
        return super().get(path, about, need, query)


def translated(failure: Failure, about: str, need: str) -> ProviderError:
    """Return our error for a failure that means anything but "there is none"."""
    said = failure.told
    match failure.kind:
        case Trouble.DENIED:
            hint = _HINTS.get(failure.reason) or f"grant {need} on the vault"
            return AccessDenied(f"{about}: Azure denies access{said}", hint=hint)
        case Trouble.THROTTLED:
            slow = Throttled(f"{about}: Azure asks to slow down{said}", hint="lower --concurrency")
            slow.retry_after = failure.retry_after
            return slow
        case Trouble.BUSY:
            busy = Busy(f"{about}: Azure is not able to answer{said}")
            busy.retry_after = failure.retry_after
            return busy
        case Trouble.UNAVAILABLE:
            return Unavailable(
                f"{about}: Azure does not answer{said}",
                hint="look at vaultUrl, environmentType, proxy and network",
            )
        case Trouble.MALFORMED:
            return BadAnswer(
                f"{about}: the answer is not Azure's{said}", hint="look at vaultUrl and proxy"
            )
        case _:
            return ProviderError(f"{about}: Azure refuses{said}")


def _query_of(link: str) -> dict[str, str]:
    """Return the fields of a link to the next page; nothing else of it is followed."""
    try:
        fields = dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))
    except ValueError:
        return {}
    fields.pop("api-version", None)
    return fields

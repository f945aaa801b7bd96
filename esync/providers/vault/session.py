"""One identity towards one server: a single login, its token on every request, its end."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import field
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from esync.errors import EsyncError
from esync.providers.contract import AccessDenied, BadAnswer, Busy, Throttled
from esync.providers.vault.paths import url_path
from esync.providers.vault.wire import Request, retry_after
from esync.records import dataclass
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urllib3 import HTTPHeaderDict

    from esync.providers.vault.wire import Answer, Wire

_OK: Final = (200, 204)
_DENIED: Final = 403
_NOT_FOUND: Final = 404
_TOO_MANY: Final = 429
_FAILED: Final = 500
_INDEX: Final = "X-Vault-Index"
_MARGIN: Final = 10  # seconds
_SECOND: Final = 1_000_000_000
_YOUNG: Final = 60 * _SECOND  # what was just known is not asked again for each of many refusals


class LoginRefused(AccessDenied):
    """Vault does not let us in, or never would with such a token."""

    rule = "ES0343"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What goes along with every request of a store.

    Attributes:
        headers: of the store's manifest.
        reads_own_writes: repeat the server's index, so that a replica answers only when it is
            there.
        forwards: let a replica ask the active node instead.
    """

    namespace: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    reads_own_writes: bool = False
    forwards: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """What lets us in.

    Attributes:
        is_own: we logged in for it, and give it back at the end.
        renew_at: nanoseconds since 1970, shortly before it ends; None if it does not.
        since: nanoseconds since 1970 when a login gave it; None for one that we were given.
    """

    value: SecretValue | None = None
    is_own: bool = False
    renew_at: int | None = None
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """The one request that gives a token.

    Attributes:
        method: as the manifest spells it, for errors.
        path: of the API, not quoted.
        body: what is sent as JSON; it holds the credential.
        namespace: in which the login takes place.
        hint: what has to be right on the server.
    """

    method: str
    path: str
    body: Any = field(repr=False)
    namespace: str = ""
    hint: str = ""


class Session:
    """Sends requests as one identity; may be used by several threads at once.

    The first request signs in. A refusal is kept, and not asked for again for each of a thousand
    secrets. A token that ends soon is replaced, and so is one that the server knows no more.
    """

    def __init__(
        self,
        wire: Wire,
        surroundings: Surroundings,
        sign_in: Callable[[], Token | Login],
        clock: Callable[[], int],
    ) -> None:
        self._wire = wire
        self._surroundings = surroundings
        self._sign_in = sign_in
        self._clock = clock
        self._lock = Lock()
        self._token: Token | None = None
        self._refusal: EsyncError | None = None
        self._looked_up = 0
        self._index = ""
        self._has_leases = False

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: tuple[tuple[str, str], ...] = (),
        body: object = None,
    ) -> Answer:
        """Send a request with our token and return the answer, whatever its status.

        Args:
            method: of HTTP.
            path: of the API, without ``/v1/``, not quoted.
            query: names and values.
            body: sent as JSON, unless it is None.

        Raises:
            UnsafeKey: the path would leave where it stands.
            LoginRefused, EsyncError: there is no way to sign in.
            Unavailable: nobody answers.
        """
        quoted = url_path(path)
        content = None if body is None else _encoded(body)

        def send(token: Token) -> Answer:
            headers = self._headers(self._surroundings.namespace, token)
            answer = self._wire.send(Request(method, quoted, query, headers, content))
            self._remember(answer)
            return answer

        token = self._current()
        answer = send(token)
        other = self._instead_of(token) if answer.status == _DENIED else None
        return answer if other is None else send(other)

    def keep_token(self) -> None:
        """Leave the token alive at the end: leases hang on it, and would end with it."""
        self._has_leases = True

    def close(self) -> None:
        """Give back a token of our own, and close the connections."""
        token, self._token = self._token, None
        if token is not None and token.is_own and not self._has_leases:
            headers = self._headers(self._surroundings.namespace, token)
            request = Request("PUT", "auth/token/revoke-self", (), headers, is_patient=False)
            with suppress(EsyncError):  # it ends by itself, and what was asked for is done
                self._wire.send(request)
        self._wire.close()

    def _current(self) -> Token:
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            if self._token is None or self._is_ending(self._token):
                try:
                    self._token = self._signed_in()
                except EsyncError as error:
                    self._refusal = error.of_store()
                    raise
            return self._token

    def _instead_of(self, refused: Token) -> Token | None:
        """Return another token if ``refused`` has ended, which the server's 403 does not tell."""
        with self._lock:
            if self._token is not refused:
                return self._token  # another thread was faster
            if refused.since is None or self._is_known(refused):
                return None
            try:
                self._token = self._signed_in()
            except EsyncError:
                return None  # what the server said of the token is told instead
            return self._token

    def _is_known(self, token: Token) -> bool:
        """Tell whether the server knows a token, as far as that was to be asked again."""
        now = self._clock()
        if now - max(token.since or 0, self._looked_up) < _YOUNG:
            return True
        self._looked_up = now
        headers = self._headers(self._surroundings.namespace, token)
        request = Request("GET", "auth/token/lookup-self", (), headers, is_patient=False)
        try:
            return self._wire.send(request).status != _DENIED
        except EsyncError:
            return True

    def _is_ending(self, token: Token) -> bool:
        return token.renew_at is not None and self._clock() >= token.renew_at

    def _signed_in(self) -> Token:
        found = self._sign_in()
        if isinstance(found, Token):
            return found
        headers = self._headers(found.namespace, Token())
        request = Request("PUT", url_path(found.path), (), headers, _encoded(found.body))
        answer = self._wire.send(request)
        self._remember(answer)
        if answer.status not in _OK:
            raise _login_error(found, answer)
        return self._own(found, answer)

    def _own(self, login: Login, answer: Answer) -> Token:
        try:
            auth = json.loads(answer.body)["auth"]
            text, kind = auth["client_token"], auth.get("token_type")
            seconds = int(auth.get("lease_duration") or 0)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise BadAnswer(f"{_about(login)} gives no token") from None
        if not isinstance(text, str) or not text:
            raise LoginRefused(
                f"{_about(login)} gives no token",
                hint="a login that asks for a second factor is of no use here",
            )
        value = token_value(text.encode("utf-8", "replace"))
        renewal = self._renewal(seconds) if seconds else None
        return Token(value, kind != "batch", renewal, self._clock())

    def _renewal(self, seconds: int) -> int:
        # A request that is under way must still be in time.
        return self._clock() + max(seconds - _MARGIN, seconds // 2) * _SECOND

    def _headers(self, namespace: str, token: Token) -> HTTPHeaderDict:
        from urllib3 import HTTPHeaderDict

        about = self._surroundings
        headers = HTTPHeaderDict(about.headers)
        headers["X-Vault-Request"] = "true"
        if namespace:
            headers["X-Vault-Namespace"] = namespace
        if token.value:
            headers["X-Vault-Token"] = token.value.reveal().decode("ascii")
        if about.reads_own_writes and about.forwards:
            headers["X-Vault-Inconsistent"] = "forward-active-node"
        if self._index:
            headers[_INDEX] = self._index
        return headers

    def _remember(self, answer: Answer) -> None:
        if self._surroundings.reads_own_writes or self._surroundings.forwards:
            self._index = answer.headers.get(_INDEX, "") or self._index


def token_value(text: bytes) -> SecretValue:
    """Return ``text`` as a token.

    Raises:
        LoginRefused: it has characters that no token has, such as a line break at its end.
    """
    if not text or not text.isascii() or not text.decode().isprintable() or b" " in text:
        raise LoginRefused(
            "the token is empty, or has white space or other characters that no token has",
            hint="look for a line break at its end",
        )
    return SecretValue(text)


def _encoded(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _about(login: Login) -> str:
    return f'the login by {login.method} at "{login.path}"'


def _login_error(login: Login, answer: Answer) -> EsyncError:
    """Return our error; nothing of the body goes on, which can quote a claim or a name."""
    said = f"(status {answer.status})"
    if answer.status == _TOO_MANY:
        slow = Throttled(f"{_about(login)}: Vault asks to slow down {said}")
        slow.retry_after = retry_after(answer)
        return slow
    if answer.status >= _FAILED:
        return Busy(
            f"{_about(login)}: Vault is not able to answer {said}",
            hint="it may be sealed, or what it asks about us may not answer",
        )
    hint = login.hint
    if answer.status == _NOT_FOUND:
        hint = "no auth method is mounted there; look at path and namespace"
    return LoginRefused(f"{_about(login)} is refused {said}", hint=hint)

"""Reads one HTTP endpoint.

Source:
    External Secrets Operator 2.9, webhook provider.
"""

from __future__ import annotations

from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, ClassVar, Final, Self

from esync.providers.contract import (
    AccessDenied,
    BadStore,
    Busy,
    NoSecret,
    ProviderError,
    Throttled,
)
from esync.providers.webhook.ntlm import Login
from esync.providers.webhook.payload import WebhookPayload
from esync.providers.webhook.requests import Asked, Requests, template_errors
from esync.providers.webhook.spec import errors_of, read_spec
from esync.providers.webhook.wire import Patience, Wire
from esync.transport.tls import Tls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esync.errors import EsyncError
    from esync.identity.access import Access
    from esync.manifests.store import SecretSelector, Store
    from esync.payload.payload import Payload
    from esync.providers.webhook.spec import Ntlm, WebhookSpec
    from esync.providers.webhook.wire import Answer, Request
    from esync.secret import SecretValue

_TYPE: Final = "webhook"
_UNAUTHORIZED: Final = 401
_SUCCESS: Final = range(200, 300)


class NotModified(ProviderError):
    """The endpoint answers 304, which is an error to the operator as well."""

    rule = "ES0427"


class Webhook:
    """Reads what an endpoint answers to a request that templates describe."""

    converts_found_keys: ClassVar[bool] = False

    def __init__(self, spec: WebhookSpec, store: Store, access: Access, wire: Wire) -> None:
        self._spec = spec
        self._store = store
        self._access = access
        self._wire = wire
        self._lock = Lock()
        self._secrets: Mapping[str, Mapping[str, SecretValue]] | None = None
        self._login: Login | None = None
        self._requests = Requests(spec, store, access, self._read_secrets)

    @classmethod
    def check(cls, store: Store) -> Sequence[EsyncError]:
        """Return what can never work: settings, and templates that cannot be read."""
        errors = errors_of(store)
        return errors or list(template_errors(read_spec(store), store))

    @classmethod
    def open(cls, store: Store, access: Access) -> Self:
        """Read the settings; secrets are read with the first request.

        Raises:
            Rejected: the settings are not what the API accepts.
            BadStore: they cannot work.
            EsyncError: the host is not allowed, or certificates cannot be read.
        """
        spec = read_spec(store)
        for error in template_errors(spec, store):
            raise error
        tls = Tls(access.ca_bundle(spec.ca_bundle, spec.ca_provider))
        patience = Patience(access.connect_timeout, access.read_timeout, spec.patience or None)
        made = cls(spec, store, access, Wire(tls, access.environ, patience))
        made._requests.allow_literal_host()
        return made

    def read(self, key: str, version: str = "") -> Payload:
        """Ask the endpoint; or later, if the request depends on the property.

        Raises:
            NoSecret: it answers 404.
            AccessDenied, Throttled, Unavailable, BadAnswer, ProviderError: as the class says.
        """
        payload = WebhookPayload(Asked(key, version), self._requests, self.send)
        if not self._requests.may_need_property:
            payload.ask()
        return payload

    def send(self, request: Request, key: str) -> bytes:
        """Return the body of the answer to ``request``, which is about ``key``.

        Raises:
            NoSecret, NotModified, AccessDenied, Throttled, Unavailable, ProviderError: what the
                status means.
        """
        ntlm = self._spec.ntlm
        login = partial(self._read_login, ntlm) if ntlm else None
        answer = self._wire.send(request, key, login)
        if answer.status not in _SUCCESS:
            error = _refusal(answer, key)
            raise error.located(self._store.place()) if error.is_of_store else error
        return answer.body

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _read_secrets(self) -> Mapping[str, Mapping[str, SecretValue]]:
        """Return all keys of the Secrets that the store names; each is read once."""
        with self._lock:
            if self._secrets is None:
                found: dict[str, dict[str, SecretValue]] = {}
                for index, secret in enumerate(self._spec.secrets):
                    ref = secret.secret_ref
                    values = self._access.secret_data(
                        ref.name, ref.namespace, "secrets", index, "secretRef", type_label=_TYPE
                    )
                    found.setdefault(secret.name, {}).update(values)
                self._secrets = found
            return self._secrets

    def _read_login(self, ntlm: Ntlm) -> Login:
        """Return user name and password; they are read once, when the endpoint asks for them."""
        with self._lock:
            if self._login is None:
                self._login = Login(
                    self._selected(ntlm.username_secret, "usernameSecret"),
                    self._selected(ntlm.password_secret, "passwordSecret"),
                )
            return self._login

    def _selected(self, selector: SecretSelector, field: str) -> SecretValue:
        path = ("auth", "ntlm", field)
        values = self._access.secret_data(
            selector.name, selector.namespace, *path, type_label=_TYPE
        )
        if selector.key not in values:
            raise BadStore(
                f'auth.ntlm.{field}: Secret "{selector.name}" has no key "{selector.key}"',
                at=self._store.place(*path),
            )
        return values[selector.key]


def _refusal(answer: Answer, key: str) -> ProviderError:
    message = f'the endpoint answers {answer.status} for "{key}"'
    match answer.status:
        case 404:
            return NoSecret(message)
        case 304:
            return NotModified(message, hint="leave out headers that ask for changes only")
        case 401 | 403:
            denied = AccessDenied(message, hint="look at the headers and secrets of the store")
            return denied.of_store() if answer.status == _UNAUTHORIZED else denied
        case 429:
            throttled = Throttled(message)
            throttled.retry_after = _seconds(answer)
            return throttled
        case 502 | 503 | 504:
            busy = Busy(message)
            busy.retry_after = _seconds(answer)
            return busy
    return ProviderError(message, hint="look at url, method and body of the store")


def _seconds(answer: Answer) -> float | None:
    asked = answer.headers.get("retry-after", "")
    return float(asked) if asked.isascii() and asked.isdigit() else None

"""From templates to a request, with no secret in it until its host is known and allowed.

Source:
    External Secrets Operator 2.9, webhook provider: template data and requests.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from esync import gotemplate
from esync.gocompat.escapes import query
from esync.gotemplate import TemplateError
from esync.identity.hosts import Origin, host_of
from esync.providers.contract import BadStore
from esync.providers.webhook.wire import Request
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from esync.gotemplate import Template
    from esync.identity.access import Access
    from esync.manifests.store import Store
    from esync.providers.webhook.spec import WebhookSpec
    from esync.secret import SecretValue

# A host that no template has a part in.
_LITERAL: Final = re.compile(r"(?i:https?)://[^/?#{}\\\s]+(?=[/?#]|\Z)")
_MISSING: Final = "<no value>"
_REMOTE: Final = "remoteRef"


class BadTemplate(BadStore):
    """A template of the store cannot be read or executed; it is quoted, what it is given is not."""

    rule = "ES0426"


class HostFromSecret(BadStore):
    """Where a request goes would depend on a secret, so that nobody can allow it beforehand."""

    rule = "ES0430"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks the store for: ``.remoteRef`` of templates."""

    key: str
    version: str = ""
    property: str = ""

    def fields(self, namespace: str, *, escaped: bool) -> dict[str, bytes]:
        """Return the members of ``.remoteRef``; in a URL all but the namespace are escaped."""
        texts = {"key": self.key, "version": self.version, "property": self.property}
        raw = {name: text.encode("utf-8", "surrogateescape") for name, text in texts.items()}
        shown = {name: query(text) for name, text in raw.items()} if escaped else raw
        return {**shown, "namespace": namespace.encode()}


class Requests:
    """Makes the requests of one store."""

    def __init__(
        self,
        spec: WebhookSpec,
        store: Store,
        access: Access,
        secrets: Callable[[], Mapping[str, Mapping[str, SecretValue]]],
    ) -> None:
        self._spec = spec
        self._store = store
        self._access = access
        self._secrets = secrets

    @property
    def may_need_property(self) -> bool:
        """Whether a request may depend on the property that is asked for."""
        return any("property" in text for _, text in _request_templates(self._spec))

    @property
    def is_path_literal(self) -> bool:
        """Whether the path into the answer is as it stands in the manifest."""
        return "{{" not in self._spec.result.json_path

    def allow_literal_host(self) -> None:
        """Refuse a host that stands in the template and is not allowed.

        Raises:
            EsyncError: see :meth:`Access.allow_host`.
        """
        if host := _LITERAL.match(self._spec.url):
            self._access.allow_host(host[0], Origin.STORE, "url")

    def request(self, asked: Asked) -> Request:
        """Return the request for what is asked.

        Raises:
            BadTemplate: a template cannot be executed.
            HostFromSecret: the host would depend on a secret.
            EsyncError: the host is not allowed, or a secret cannot be read.
        """
        expected = self._allowed(asked)
        spec = self._spec
        url = self._rendered("url", spec.url, asked, escaped=True)
        if _base(url) != _base(expected) or not host_of(_base(url)):
            raise self._depends()
        headers = {
            name: _header(self._rendered(f"header {name}", text, asked))
            for name, text in spec.headers.items()
        }
        body = self._rendered("body", spec.body, asked) if spec.body else ""
        return Request(
            spec.method or "GET",
            _quoted(url),
            tuple(headers.items()),
            body.encode("utf-8", "surrogateescape"),
        )

    def json_path(self, asked: Asked) -> str:
        """Return the path into the answer, or an empty text.

        Raises:
            BadTemplate: it cannot be executed.
        """
        text = self._spec.result.json_path
        return self._rendered("jsonPath", text, asked) if text else ""

    def _allowed(self, asked: Asked) -> str:
        """Return the URL as it is without secrets, to whose host they may go."""
        text = self._spec.url
        if host := _LITERAL.match(text):
            return host[0]  # which was allowed when the store was opened
        try:
            url = self._rendered("url", text, asked, escaped=True, secrets={})
        except BadTemplate:
            raise self._depends() from None
        if _MISSING in _base(url):
            raise self._depends()
        fields, all_of_it = _compiled("url", text).fields_used()
        is_from_key = all_of_it or _REMOTE in fields
        origin = Origin.REFERENCE if is_from_key else Origin.STORE
        self._access.allow_host(_base(url), origin, "url")
        return url

    def _depends(self) -> HostFromSecret:
        return HostFromSecret(
            "the host of the url depends on a secret, or cannot be told without one",
            at=self._store.place("url"),
            hint="write the host into the url, and use secrets behind it or in headers",
        )

    def _rendered(
        self,
        name: str,
        text: str,
        asked: Asked,
        *,
        escaped: bool = False,
        secrets: Mapping[str, Mapping[str, SecretValue]] | None = None,
    ) -> str:
        if "{{" not in text:
            return text
        values = self._secrets() if secrets is None else secrets
        data = {_REMOTE: asked.fields(self._access.namespace, escaped=escaped)}
        for secret, members in values.items():
            revealed = {key: value.reveal() for key, value in members.items()}
            data[secret] = data.get(secret, {}) | revealed
        try:
            out = _compiled(name, text).execute(data, clock=self._access.clock, random=os.urandom)
        except TemplateError as error:
            raise _failed(name, error, self._store) from None
        return out.decode("utf-8", "surrogateescape")


def template_errors(spec: WebhookSpec, store: Store) -> Iterator[BadTemplate]:
    """Yield what is wrong with the templates themselves."""
    result = ("jsonPath", spec.result.json_path)
    for name, text in (*_request_templates(spec), result):
        try:
            _compiled(name, text)
        except TemplateError as error:
            yield _failed(name, error, store)


def _request_templates(spec: WebhookSpec) -> list[tuple[str, str]]:
    headers = [(f"header {name}", text) for name, text in spec.headers.items()]
    return [("url", spec.url), *headers, ("body", spec.body)]


def _failed(name: str, error: TemplateError, store: Store) -> BadTemplate:
    where = f", line {error.line}, column {error.column}" if error.line else ""
    named = {"jsonPath": "result jsonPath"}.get(name, name.replace("header ", "headers "))
    path = tuple(named.split(" ", 1))
    return BadTemplate(f"template {name}{where}: {error}", at=store.place(*path))


@lru_cache(maxsize=256)
def _compiled(name: str, text: str) -> Template:
    return gotemplate.compile(
        text.encode("utf-8", "surrogateescape"), name=name, missing_key="default"
    )


def _base(url: str) -> str:
    """Return scheme, host and port as they are written."""
    scheme, mark, rest = url.partition("://")
    return scheme + mark + re.split(r"[/?#]", rest, maxsplit=1)[0]


def _header(value: str) -> str:
    """Return a header that goes out as UTF-8."""
    return value.encode("utf-8", "surrogateescape").decode("latin-1")


def _quoted(url: str) -> str:
    """Escape what Go escapes too when it sends a URL: blanks, and letters beyond ASCII."""
    before, mark, after = url.partition("://")
    return before + mark + quote(after, safe="!#$%&'()*+,/:;=?@[]~|", errors="surrogateescape")

"""Our pool, as Google's sign-in library wants one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.identity.hosts import Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from esync.identity.access import Access
    from esync.identity.wire import Answer, Wire


class _Reply:
    """An answer with the names that the library reads."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.data = answer.body


def transport(wire: Wire, access: Access) -> Callable[..., Any]:
    """Return a function that the library sends its requests with; it follows no redirects.

    The hosts are the library's own, or stand in files and variables of the user; what it asks
    without TLS is the metadata server of this machine, which is no host of a store.
    """

    def send(
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Any = None,
        timeout: float | None = None,
        **_: Any,
    ) -> _Reply:
        from google.auth import exceptions

        if not url.startswith("http://"):
            access.allow_host(url, Origin.ENVIRONMENT)
        content = body.encode() if isinstance(body, str) else body
        named = {
            name: value.decode() if isinstance(value, bytes) else str(value)
            for name, value in (headers or {}).items()
        }
        answer = wire.send(method, url, named, content, patience=timeout or 0)
        if not answer.status:
            raise exceptions.TransportError(answer.outage)
        return _Reply(answer)

    return send

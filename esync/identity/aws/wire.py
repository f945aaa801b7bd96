"""Our pool, as AWS's SDK wants one: the same proxies, certificates and time-outs as everywhere."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from esync.identity.wire import BadCaBundle, Wire
from esync.transport.outages import was_cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.identity.access import Access


class SdkWire:
    """Sends what the SDK has signed, once; may be used from several threads at once."""

    def __init__(self, access: Access, bundle: str = "", patience: float = 0) -> None:
        """Keep what is needed; nobody is asked.

        Args:
            access: knows the environment and the time-outs.
            bundle: a file of certificates that AWS's own configuration names, or nothing.
            patience: seconds, if they are fewer than the usual time-outs.
        """
        self._patience = patience
        self._access = access
        self._bundle = bundle
        self._lock = Lock()
        self._wire: Wire | None = None

    def send(self, request: Any) -> Any:
        """Send a prepared request, and return the SDK's kind of response.

        Raises:
            BadCaBundle: there are no certificates where they were said to be.
            BotoCoreError: nobody answers; the SDK knows whether to try again.
        """
        from botocore.awsrequest import AWSResponse

        body = request.body.encode() if isinstance(request.body, str) else request.body
        answer = self._opened().send(
            request.method, request.url, dict(request.headers), body, patience=self._patience
        )
        if not answer.status:
            raise _outage(answer.outage, request.url)
        return AWSResponse(request.url, answer.status, answer.headers, _Read(answer.body))

    def close(self) -> None:
        """Close the connections."""
        if self._wire is not None:
            self._wire.close()

    def _opened(self) -> Wire:
        with self._lock:
            if self._wire is None:
                self._wire = Wire(self._access, _content(self._bundle) if self._bundle else None)
            return self._wire


class _Read:
    """A body that has been read, where the SDK would read one."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._content


def use(session: Any, wire: SdkWire) -> None:
    """Let every client of ``session`` send by ``wire``, also those that it makes for itself."""
    create = session.create_client

    def created(*given: Any, **named: Any) -> Any:
        client = create(*given, **named)
        client._endpoint.http_session = wire  # noqa: SLF001 - the SDK has no other way in
        return client

    session.create_client = created


def use_for_machine(resolver: Any, access: Access) -> None:
    """Let the SDK ask this machine's metadata service by our pool: never through a proxy."""
    for provider in resolver.providers:
        fetcher = getattr(provider, "_role_fetcher", None)
        if fetcher is not None:
            patience = float(fetcher._timeout)  # noqa: SLF001 - the SDK has no other way in
            fetcher._session = SdkWire(access, patience=patience)  # noqa: SLF001 - as above


def _content(bundle: str) -> bytes:
    try:
        return Path(bundle).read_bytes()
    except OSError:
        raise BadCaBundle(
            f"the certificates in {bundle} cannot be read", hint="look at AWS_CA_BUNDLE"
        ) from None


def _outage(name: str, url: str) -> Exception:
    """Return the SDK's error for what the network did."""
    from botocore import exceptions

    known = {
        "ConnectTimeoutError": exceptions.ConnectTimeoutError,
        "ReadTimeoutError": exceptions.ReadTimeoutError,
        "SSLCertVerificationError": exceptions.SSLError,
        "SSLError": exceptions.SSLError,
    }
    otherwise = exceptions.EndpointConnectionError
    kind: Any = exceptions.ConnectionClosedError if was_cut(name) else known.get(name, otherwise)
    error: Exception = kind(endpoint_url=url, error=name)
    return error

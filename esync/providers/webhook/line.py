"""One connection, for endpoints that sign in a connection and not each request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.providers.contract import BadAnswer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from urllib3 import Timeout


class Line:
    """A connection to an address that was checked; used by one thread at a time."""

    def __init__(self, address: str, origin: tuple[str, str, int], tls: ssl.SSLContext) -> None:
        from urllib3.connection import HTTPConnection, HTTPSConnection

        scheme, self._host, port = origin
        self._connection: Any = (
            HTTPConnection(address, port)
            if scheme == "http"
            else HTTPSConnection(address, port, ssl_context=tls, server_hostname=self._host)
        )
        # A request never opens it: what was signed in would silently be another one.
        self._connection.auto_open = 0

    def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout: Timeout,
        *,
        same: bool,
    ) -> Any:
        """Send a request and return the response, whose body is to be read before the next.

        Raises:
            BadAnswer: with ``same``, the endpoint closed the connection in between.
            OSError, HTTPException, urllib3's HTTPError: nobody answers.
        """
        one = self._connection
        if same and one.sock is None:
            raise BadAnswer(
                f'"{self._host}" closes the connection in the middle of an NTLM sign-in',
                hint="NTLM needs one connection; look for a proxy in front of the endpoint",
            )
        if not same and not one.is_connected:
            one.close()
            one.timeout = timeout.connect_timeout
            one.connect()
        one.timeout = timeout.read_timeout
        one.request(method, target, body=body or None, headers=headers, preload_content=False)
        return one.getresponse()

    def close(self) -> None:
        """Close it."""
        self._connection.close()

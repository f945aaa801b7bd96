"""The smallest HTTP client that launchers need, so that no client library waits on their start."""

import json
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    """What a server said: the status, and the body as it came."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Return the body, decoded."""
        return json.loads(self.body)


def request(
    method: str,
    url: str,
    *,
    ca: Path | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Send one request on a connection of its own; an HTTPS server must be signed for by ``ca``.

    Raises:
        OSError: the server cannot be reached.
    """
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts.scheme, parts.netloc, ca)
    try:
        connection.request(method, path or "/", body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, response.read())
    except HTTPException as broken:
        raise ConnectionError(str(broken)) from broken
    finally:
        connection.close()


def answers(url: str, *, ca: Path | None = None, headers: Mapping[str, str] | None = None) -> bool:
    """Tell whether a GET of ``url`` is answered with 200."""
    try:
        return request("GET", url, ca=ca, headers=headers).status == 200
    except OSError:
        return False


def _connection(scheme: str, address: str, ca: Path | None) -> HTTPConnection:
    if scheme == "http":
        return HTTPConnection(address, timeout=30)
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    return HTTPSConnection(address, timeout=30, context=context)

"""Why nobody answers is said in words that a user can act on."""

from __future__ import annotations

import ssl
from socket import gaierror

import pytest
from urllib3 import exceptions as http

from esync.cluster.outage import outage
from tests.servers.web import Response, serving

SERVER = "https://api.example"


def _untrusted(why: str) -> http.SSLError:
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_message = why
    return http.SSLError(cause)


@pytest.mark.parametrize(
    ("error", "why", "hint"),
    [
        (http.ProxyError("x", OSError()), "the proxy refuses or is not there", "NO_PROXY"),
        (
            http.NameResolutionError("api.example", None, gaierror()),  # type: ignore[arg-type]  # any connection
            "its name is not known",
            "VPN",
        ),
        (http.ConnectTimeoutError(), "it takes too long", "VPN"),
        (http.ReadTimeoutError(None, "/", "x"), "it takes too long", "VPN"),  # type: ignore[arg-type]  # any pool
        (http.LocationParseError("x"), "its URL is malformed", "cluster.server"),
        (FileNotFoundError("/tmp/ca"), "a file of the kubeconfig cannot be read", ""),
        (ConnectionResetError(), "the connection broke", "VPN"),
        (http.ProtocolError(), "the connection broke", "VPN"),
        (ValueError("Invalid header value b'geheim'"), "a token or a header is malformed", "user"),
        (
            _untrusted("certificate has expired."),
            "its certificate is not accepted: certificate has expired",
            "certificate-authority",
        ),
        (http.SSLError("x"), "no TLS connection could be made", "certificates"),
    ],
)
def test_reasons(error: Exception, why: str, hint: str) -> None:
    """The server is named, and what to look at; the error's own text is not passed on."""
    said = outage(SERVER, error)

    assert said.message == f"the API server {SERVER} does not answer: {why}"
    assert hint in said.hint


def test_a_port_where_nobody_listens() -> None:
    """The machine is there, the server is not."""
    import urllib3

    with serving(lambda _: Response(200)) as port:
        pass
    with pytest.raises(http.HTTPError) as caught:
        urllib3.PoolManager().request("GET", f"http://127.0.0.1:{port}", retries=False)

    assert outage(SERVER, caught.value).message.endswith("it cannot be connected to")

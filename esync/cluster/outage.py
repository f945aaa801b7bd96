"""Says why an API server does not answer, in words that hold nothing of the request."""

from __future__ import annotations

from esync.cluster.contract import Unreachable
from esync.transport.outages import outage_name, was_cut

_NETWORK = "is it running, and does this machine reach it (VPN, proxy, firewall)?"
_PROXY = "see HTTPS_PROXY and NO_PROXY, and proxy-url in the kubeconfig"


def outage(server: str, error: Exception) -> Unreachable:
    """Return what ``error``, raised by urllib3 or the operating system, means to a user."""
    why, hint = _reason(error)
    told = Unreachable(f"the API server {server} does not answer: {why}", hint=hint)
    told.was_cut = was_cut(outage_name(error))
    return told


def _reason(error: Exception) -> tuple[str, str]:
    import ssl

    from urllib3 import exceptions as http

    if isinstance(error, (http.SSLError, ssl.SSLError)):
        return _tls(error)
    # Classes before those that they are derived from.
    for classes, why, hint in (
        (http.ProxyError, "the proxy refuses or is not there", _PROXY),
        (http.NameResolutionError, "its name is not known", _NETWORK),
        ((http.NewConnectionError, ConnectionRefusedError), "it cannot be connected to", _NETWORK),
        ((http.TimeoutError, TimeoutError), "it takes too long", _NETWORK),
        (http.LocationValueError, "its URL is malformed", "see cluster.server in the kubeconfig"),
        ((FileNotFoundError, PermissionError), "a file of the kubeconfig cannot be read", ""),
        ((http.HTTPError, OSError), "the connection broke", _NETWORK),
    ):
        if isinstance(error, classes):
            return why, hint
    return "a token or a header is malformed", "see the user in the kubeconfig"


def _tls(error: Exception) -> tuple[str, str]:
    import ssl

    cause = error.args[0] if error.args and isinstance(error.args[0], ssl.SSLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        told = cause.verify_message.rstrip(".")
        return (
            f"its certificate is not accepted: {told}",
            "see certificate-authority and tls-server-name in the kubeconfig",
        )
    return "no TLS connection could be made", "see the certificates in the kubeconfig"

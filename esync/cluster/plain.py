"""Signs in with what a kubeconfig or a Pod hands over as it is: certificates and tokens.

The official client reads all kubeconfigs there are, and takes 0.3 s to be imported. Most have
nothing that needs it; for the others, and to tell what is wrong, it is asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import Login, Unreachable
from esync.cluster.direct import endpoint_of, enter
from esync.cluster.kubeconfig import IN_CLUSTER, choose
from esync.cluster.signin import impersonation
from esync.cluster.signin import sign_in as sign_in_by_client
from esync.gocompat.base64 import Base64Error, decode
from esync.secret import SecretValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.cluster.kubeconfig import Chosen
    from esync.cluster.options import ConnectOptions
    from esync.cluster.signin import Headers, Session

_AUTHORITY: Final = ("certificate-authority", "certificate-authority-data")
_CLUSTER: Final = frozenset(
    {*_AUTHORITY, "server", "tls-server-name", "disable-compression", "extensions"}
)
_USER: Final = frozenset(
    {
        *("client-certificate", "client-certificate-data", "client-key", "client-key-data"),
        *("token", "tokenFile"),
        *("as", "as-groups", "as-uid", "as-user-extra", "extensions"),
    }
)
_PROXIES: Final = frozenset({"https_proxy", "http_proxy", "all_proxy"})


def sign_in(options: ConnectOptions) -> Session:
    """Get credentials for the chosen context; each call gets them anew.

    Raises:
        Unreachable: there is no cluster, or no way to sign in to it.
    """
    chosen = choose(options)
    flags = impersonation(chosen.user, options.as_user, options.as_groups)
    if _is_plain(chosen) and not any(one.lower() in _PROXIES for one in options.environ):
        try:
            login = _login(chosen, options, flags)
            if login is not None:
                return enter(endpoint_of(chosen, options), login, options.environ)
        except (Unreachable, Base64Error, OSError, ValueError):
            pass  # the client says the same in more words
    return sign_in_by_client(options)


def _is_plain(chosen: Chosen) -> bool:
    """Tell whether no plugin, provider, password or proxy plays a part, and whom to trust stands.

    The order of fields that exclude each other is a matter of the client too.
    """
    if not chosen.server.startswith("https://"):
        return False
    if chosen.context == IN_CLUSTER and not chosen.cluster:
        return True
    cluster, user = chosen.cluster.keys(), chosen.user.keys()
    both = {"token", "tokenFile"} <= user
    return cluster <= _CLUSTER and user <= _USER and not cluster.isdisjoint(_AUTHORITY) and not both


def _login(chosen: Chosen, options: ConnectOptions, flags: Headers) -> Login | None:
    """Return who asks; None if that is nobody, or a token that is none."""
    user = chosen.user
    if chosen.context == IN_CLUSTER and not chosen.cluster:
        user = {"tokenFile": options.service_account / "token"}
    given = user.get("token")
    if "tokenFile" in user:
        given = Path(user["tokenFile"]).read_text()
    token = str(given or "").strip()
    certificate, key = _content(user, "client-certificate"), _content(user, "client-key")
    if not (token.isascii() and token.isprintable() and " " not in token):
        return None
    if (given is not None and not token) or bool(certificate) != bool(key):
        return None
    if not (token or certificate):
        return None
    pair = (SecretValue(certificate), SecretValue(key)) if certificate and key else None
    return Login(SecretValue(token.encode()) if token else None, pair, flags)


def _content(user: Mapping[str, Any], name: str) -> bytes:
    """Return what stands under ``name``: as data, else in the file; empty if neither."""
    if data := user.get(f"{name}-data"):
        return decode(str(data).encode())
    return Path(user[name]).read_bytes() if name in user else b""

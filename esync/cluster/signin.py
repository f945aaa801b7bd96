"""Signs in to a cluster: the official client turns a kubeconfig into a connection pool.

The only module that imports ``kubernetes``; certificates, tokens, plugins, proxies and TLS are its
work. What it does differently from kubectl is put right here, before it sees the kubeconfig.
"""

from __future__ import annotations

import copy
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from esync.cluster.contract import Unreachable
from esync.cluster.kubeconfig import IN_CLUSTER, Chosen, choose, keep_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from urllib3 import PoolManager

    from esync.cluster.options import ConnectOptions

# Threads that write at the same time, and some to spare.
_CONNECTIONS: Final = 32
_LOGGING: Final = Lock()
_SHOWN: Final = 300

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """An open door: where requests go, and what they carry to be let in."""

    server: str
    pool: PoolManager = field(repr=False)
    headers: Headers = field(repr=False)


def sign_in(options: ConnectOptions) -> Session:
    """Get credentials for the chosen context; each call gets them anew.

    Raises:
        Unreachable: there is no cluster, or no way to sign in to it.
    """
    from kubernetes.client.rest import RESTClientObject

    chosen = choose(options)
    flags = impersonation(chosen.user, options.as_user, options.as_groups)
    configuration = _configuration(options, chosen)
    configuration.connection_pool_maxsize = _CONNECTIONS
    configuration.retries = False
    if not configuration.verify_ssl:
        _accept_unverified()
    try:
        pool = RESTClientObject(configuration).pool_manager
    except ValueError:
        raise _cannot(chosen, "the URL of its proxy is malformed") from None
    except ImportError:
        raise _cannot(chosen, "a SOCKS proxy needs the package PySocks") from None
    return Session(chosen.server, pool, (*_authorization(configuration), *flags))


def _configuration(options: ConnectOptions, chosen: Chosen) -> Any:
    """Return the client's Configuration after its loader has seen the kubeconfig."""
    from kubernetes.client import Configuration

    configuration = Configuration()
    try:
        with _said() as said:
            if chosen.context == IN_CLUSTER and not chosen.cluster:
                _load_pod(options, configuration)
            else:
                _load_context(chosen, configuration)
    except _errors() as error:
        raise _cannot(chosen, str(error)) from None
    if said and not (configuration.api_key or configuration.cert_file):
        raise _cannot(chosen, said[-1])
    return configuration


def _errors() -> tuple[type[Exception], ...]:
    """Return what the loader raises when a file, a plugin, an issuer or a field is not right."""
    from google.auth.exceptions import GoogleAuthError
    from kubernetes.client.exceptions import OpenApiException
    from kubernetes.config import ConfigException
    from oauthlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]  # it has no types
    from urllib3.exceptions import HTTPError

    lacking = (OSError, ValueError, KeyError, TypeError)
    return ConfigException, OpenApiException, HTTPError, OAuth2Error, GoogleAuthError, *lacking


def _load_pod(options: ConnectOptions, configuration: Any) -> None:
    from kubernetes.config.incluster_config import InClusterConfigLoader

    loader = InClusterConfigLoader(
        token_filename=str(options.service_account / "token"),
        cert_filename=str(options.service_account / "ca.crt"),
        try_refresh_token=False,
        environ=dict(options.environ),
    )
    loader.load_and_set(configuration)


def _load_context(chosen: Chosen, configuration: Any) -> None:
    from kubernetes.config import load_kube_config_from_dict

    given = _as_kubeconfig(chosen)
    load_kube_config_from_dict(given, context="chosen", client_configuration=configuration)
    refreshed = given["users"][0]["user"].get("auth-provider", {}).get("config") or {}
    if refreshed.get("id-token") not in (None, _settings(chosen.user).get("id-token")):
        keep_tokens(chosen, {key: refreshed.get(key) for key in ("id-token", "refresh-token")})
    if chosen.cluster.get("proxy-url"):  # which release 35 of the client does not read
        configuration.proxy = chosen.cluster["proxy-url"]
        configuration.no_proxy = None  # kubectl: a proxy of the kubeconfig is always used


def _as_kubeconfig(chosen: Chosen) -> dict[str, Any]:
    """Return a kubeconfig of one context. The loader changes what it is given: it gets a copy."""
    cluster = {**chosen.cluster, "server": chosen.server}
    return {
        "contexts": [{"name": "chosen", "context": {"cluster": "chosen", "user": "chosen"}}],
        "clusters": [{"name": "chosen", "cluster": copy.deepcopy(cluster)}],
        "users": [{"name": "chosen", "user": _verified(copy.deepcopy(dict(chosen.user)))}],
    }


def _settings(user: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a user's auth-provider, empty if it has none for OIDC."""
    provider = user.get("auth-provider")
    if not isinstance(provider, dict) or provider.get("name") != "oidc":
        return {}
    return provider.get("config") or {}


def _verified(user: dict[str, Any]) -> dict[str, Any]:
    """Give an OIDC issuer without a CA the public ones: the client would not verify it at all."""
    settings = _settings(user)
    named = ("idp-certificate-authority", "idp-certificate-authority-data")
    if settings and not any(settings.get(one) for one in named):
        from requests.utils import DEFAULT_CA_BUNDLE_PATH

        settings.pop(named[1], None)
        settings[named[0]] = DEFAULT_CA_BUNDLE_PATH
    return user


def _authorization(configuration: Any) -> Headers:
    """Return the header that carries the token; a client certificate needs none."""
    keys = configuration.api_key
    # Up to release 36 of the client the entry was called "authorization".
    header = keys.get("BearerToken") or keys.get("authorization") or ""
    # A token that was read from a file ends with a line end more often than not.
    return (("Authorization", " ".join(header.split())),) if header else ()


def impersonation(
    user: Mapping[str, Any], as_user: str = "", as_groups: tuple[str, ...] = ()
) -> Headers:
    """Return the headers of ``--as`` and of the kubeconfig, which the client does not read.

    Source: Kubernetes, "Authenticating", user impersonation.
    """
    name = as_user or str(user.get("as") or "")
    groups = as_groups or tuple(user.get("as-groups") or ())
    if not name:
        if groups:
            raise Unreachable("a group cannot be impersonated without a user", hint="pass --as too")
        return ()
    headers = [("Impersonate-User", name), *(("Impersonate-Group", str(one)) for one in groups)]
    if as_user:
        return tuple(headers)
    if user.get("as-uid"):
        headers.append(("Impersonate-Uid", str(user["as-uid"])))
    for key, values in (user.get("as-user-extra") or {}).items():
        headers.extend((f"Impersonate-Extra-{key}", str(value)) for value in values)
    return tuple(headers)


@contextmanager
def _said() -> Iterator[list[str]]:
    """Keep what the client logs while it loads: that is where it reports a failing plugin."""
    said: list[str] = []

    def keep(record: logging.LogRecord) -> bool:
        if record.module not in {"kube_config", "exec_provider"}:
            return True
        said.append(record.getMessage())
        return False

    root = logging.getLogger()
    nowhere = logging.NullHandler()  # else the first logged message would add a handler for good
    with _LOGGING:
        root.addFilter(keep)
        root.addHandler(nowhere)
        try:
            yield said
        finally:
            root.removeHandler(nowhere)
            root.removeFilter(keep)


def _accept_unverified() -> None:
    """Do not warn on every request: ``insecure-skip-tls-verify`` is the user's own word."""
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


def _cannot(chosen: Chosen, why: str) -> Unreachable:
    plugin = chosen.user.get("exec")
    command = plugin.get("command") if isinstance(plugin, dict) else None
    hint = f'its plugin is "{command}"; try: kubectl auth whoami' if command else ""
    told = " ".join(why.split())[:_SHOWN]
    shown = "".join(letter for letter in told if letter.isprintable())
    return Unreachable(f'cannot sign in with context "{chosen.context}": {shown}', hint=hint)

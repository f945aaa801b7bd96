"""From a store's settings to the cluster that it reads, as the store's own identity sees it.

A credential is read once its host is known and allowed. Only a kubeconfig in a Secret names its
host itself: it is read first, and nothing of it is sent before that host is allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from esync.cluster.contract import Login, Unreachable
from esync.cluster.kubeconfig import choose_in
from esync.cluster.options import ConnectOptions
from esync.identity.hosts import Origin, host_of, is_same_server
from esync.providers.contract import BadStore
from esync.providers.kubernetes.spec import DEFAULT_SERVER, no_auth
from esync.records import dataclass

if TYPE_CHECKING:
    from esync.cluster.contract import Visitor
    from esync.identity.access import Access
    from esync.manifests.store import SecretSelector, Store
    from esync.providers.kubernetes.spec import Auth, CrdSpec, KubernetesSpec, Server
    from esync.secret import SecretValue

# As what the API server is known to the Pods of its cluster.
_OWN_NAMES: Final = frozenset(
    f"{DEFAULT_SERVER}{rest}" for rest in ("", ".svc", ".svc.cluster.local")
)
_TOKEN_SECONDS: Final = 3600


class ForeignFields(BadStore):
    """A kubeconfig in a Secret names files or programs of the machine that esync runs on."""

    rule = "ES0423"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Signs in for one store.

    Attributes:
        spec: the settings.
        store: for the places of errors.
        access: what the store may use.
        namespace: what will be read; empty if that is not one.
    """

    spec: KubernetesSpec | CrdSpec
    store: Store
    access: Access
    namespace: str

    def visitor(self) -> Visitor:
        """Return the cluster that the store points at.

        Raises:
            BadStore: the settings cannot work.
            EsyncError: a credential cannot be read, or may not be used there.
        """
        spec, access = self.spec, self.access
        if access.ambient:
            return self._ambient()
        if spec.auth and spec.auth_ref:
            raise BadStore("authRef and inline auth cannot both be set", at=self.store.place())
        if spec.auth_ref:
            return self._by_kubeconfig(spec.auth_ref)
        if spec.auth is None:
            raise no_auth(self.store)
        if self._is_own():
            return self._own(spec.auth)
        return self._remote(spec.auth, spec.server)

    def _ambient(self) -> Visitor:
        if not self._is_own() or self.spec.auth_ref:
            raise BadStore(
                "the identity of this process is for the cluster of the context only",
                at=self.store.place("server", "url"),
                hint="drop --store-auth ambient for this store",
            )
        if server := self.access.cluster_server:
            self.access.allow_host(server, Origin.ENVIRONMENT, "server", "url")
        return self.access.cluster_as(None, self.namespace)

    def _is_own(self) -> bool:
        """Tell whether the store points at the cluster of this run."""
        # ESO refuses a store without server; what it means is what its documentation says.
        url = self.spec.server.url if self.spec.server else DEFAULT_SERVER
        return is_own_name(url) or _is_same(url, self.access.cluster_server)

    def _own(self, auth: Auth) -> Visitor:
        """Ask the server of the context: its inner name and its CA are of no use out here."""
        server = self.access.cluster_server
        if not server:
            return self.access.cluster_as(None, self.namespace)
        self.access.allow_host(server, Origin.ENVIRONMENT, "server", "url")
        return self.access.cluster_as(self._login(auth, server))

    def _remote(self, auth: Auth, server: Server | None) -> Visitor:
        if server is None or not server.url:
            raise BadStore("no server URL provided", at=self.store.place("server"))
        url = self._url(auth, server)
        self.access.allow_host(url, Origin.STORE, "server", "url")
        authorities = self.access.ca_bundle(server.ca_bundle, server.ca_provider, "server")
        return self._connected(url, authorities, self._login(auth, url))

    def _url(self, auth: Auth, server: Server) -> str:
        """Return the URL with its scheme, as the operator's client takes it."""
        url = server.url.rstrip("/")
        if "://" not in url:
            secured = server.ca_bundle or server.ca_provider or auth.cert
            url = f"{'https' if secured else 'http'}://{url}"
        if "?" in url or "#" in url:
            raise BadStore(
                "server.url has more than a host and a path", at=self.store.place("server", "url")
            )
        return url

    def _login(self, auth: Auth, url: str) -> Login:
        access = self.access
        if auth.token:
            selector = auth.token.bearer_token
            return Login(access.secret(selector, "auth", "token", "bearerToken"))
        if auth.cert:
            certificate = access.secret(auth.cert.client_cert, "auth", "cert", "clientCert")
            key = access.secret(auth.cert.client_key, "auth", "cert", "clientKey")
            return Login(pair=(certificate, key))
        if auth.service_account is None:
            raise no_auth(self.store)
        account = auth.service_account
        path = ("auth", "serviceAccount")

        def request() -> SecretValue:
            audiences = account.audiences
            return access.service_account_token(account, audiences, _TOKEN_SECONDS, *path, to=url)

        return Login(request(), renew=request)

    def _by_kubeconfig(self, selector: SecretSelector) -> Visitor:
        from esync.cluster.direct import connect_to, endpoint_of, foreign_fields, login_of

        at = self.store.place("authRef")
        content = self.access.secret(selector, "authRef")
        try:
            chosen = choose_in(content.reveal())
        except Unreachable:  # it may quote names of the kubeconfig
            raise BadStore(
                "authRef: the Secret holds no kubeconfig with a current context that is complete",
                at=at,
            ) from None
        if found := foreign_fields(chosen):
            raise ForeignFields(
                f"authRef: the kubeconfig has {', '.join(found)}",
                at=at,
                hint="only what stands in the kubeconfig itself is used: certificates as "
                "...-data, and a token",
            )
        # A server that is not verified is as good as one without TLS.
        insecure = chosen.cluster.get("insecure-skip-tls-verify") is True
        server = chosen.server
        if insecure:
            server = f"http://{urlsplit(server).netloc}"
        self.access.allow_host(server, Origin.STORE, "authRef")
        if proxy := chosen.cluster.get("proxy-url"):
            self.access.allow_host(str(proxy), Origin.STORE, "authRef")
        try:
            login = login_of(chosen.user)
            if not insecure and _is_same(server, self.access.cluster_server):
                return self.access.cluster_as(login)
            return connect_to(endpoint_of(chosen, self._options()), login, self._options())
        except Unreachable:
            raise BadStore(
                "authRef: the kubeconfig holds neither token nor client certificate, or "
                "certificates that are not base64",
                at=at,
            ) from None

    def _connected(self, url: str, authorities: bytes | None, login: Login) -> Visitor:
        from esync.cluster.direct import Endpoint, connect_to
        from esync.transport.tls import Tls

        return connect_to(Endpoint(url, Tls(authorities)), login, self._options())

    def _options(self) -> ConnectOptions:
        return ConnectOptions(
            connect_timeout=self.access.connect_timeout,
            read_timeout=self.access.read_timeout,
            environ=self.access.environ,
            in_cluster=False,
        )


def _is_same(url: str, own: str) -> bool:
    """Tell whether two URLs mean one API server; several may be behind one host."""
    if not is_same_server(url, own):
        return False
    return urlsplit(url).path.rstrip("/") == urlsplit(own).path.rstrip("/")


def is_own_name(url: str) -> bool:
    """Tell whether a URL, perhaps without a scheme, is the API server's name for its own Pods."""
    host = host_of(url if "://" in url else f"https://{url}")
    return host in _OWN_NAMES

"""Credentials that need no official client are used without it, and as it would use them."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from esync.cluster.options import ConnectOptions
from esync.cluster.plain import sign_in
from tests.servers.certificates import Authority
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.cluster.conftest import Kubeconfigs

PROBE = """
import sys
from esync.cluster.options import ConnectOptions
from esync.cluster.plain import sign_in
environ = dict(word.split("=") for word in sys.argv[2:])
sign_in(ConnectOptions(kubeconfig=sys.argv[1], environ=environ))
print("kubernetes" in sys.modules)
"""


class Server:
    """An API server with TLS: its URL, its authority, and what it was asked."""

    def __init__(self, authority: Authority, port: int, seen: list[Request]) -> None:
        self.authority = authority
        self.url = f"https://127.0.0.1:{port}"
        self.seen = seen

    @property
    def trust(self) -> dict[str, str]:
        """Return the authority as a kubeconfig spells it."""
        return {"certificate-authority-data": _data(self.authority.certificate)}


def _data(path: Path) -> str:
    return b64encode(path.read_bytes()).decode()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Return a server that answers everything."""
    folder = tmp_path / "ca"
    folder.mkdir()
    authority = Authority(folder)
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(200, {})

    with serving(answer, tls=authority.issue("server")) as port:
        yield Server(authority, port, seen)


def _asked(path: str, server: Server, **options: Any) -> Request:
    """Sign in, send one request, and return how it came."""
    session = sign_in(ConnectOptions(kubeconfig=path, **{"environ": {}, **options}))
    session.pool.request("GET", f"{session.server}/api", headers=dict(session.headers))
    return server.seen[-1]


def _needs_client(path: str, *environ: str) -> bool:
    command = [sys.executable, "-c", PROBE, path, *environ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout == "True\n"


def test_a_token(kubeconfigs: Kubeconfigs, server: Server) -> None:
    """It comes with each request to a server whose certificate is verified."""
    path = kubeconfigs.write(server.url, cluster=server.trust)

    assert _asked(path, server).headers["authorization"] == "Bearer t0ken"
    assert not _needs_client(path)


def test_a_token_file(kubeconfigs: Kubeconfigs, server: Server, tmp_path: Path) -> None:
    """It is read at each sign-in; its line end is no part of the token."""
    path = kubeconfigs.write(server.url, cluster=server.trust, user={"tokenFile": "token"})

    for token in ("one", "two"):
        (tmp_path / "token").write_text(f"{token}\n")
        assert _asked(path, server).headers["authorization"] == f"Bearer {token}"
    assert not _needs_client(path)


@pytest.mark.parametrize("as_data", [True, False])
def test_a_client_certificate(
    kubeconfigs: Kubeconfigs,
    server: Server,
    as_data: bool,  # noqa: FBT001
) -> None:
    """As data or in files, it is what the connection presents; there is no header."""
    pair = server.authority.issue("jane")
    named = {"client-certificate": pair.certificate, "client-key": pair.key}
    if as_data:
        user = {f"{name}-data": _data(file) for name, file in named.items()}
    else:
        user = {name: str(file) for name, file in named.items()}
    path = kubeconfigs.write(server.url, cluster=server.trust, user=user)

    assert "authorization" not in _asked(path, server).headers
    assert not _needs_client(path)


def test_in_a_pod(server: Server, tmp_path: Path) -> None:
    """Token and authority of the service account."""
    folder = tmp_path / "sa"
    folder.mkdir()
    (folder / "ca.crt").write_bytes(server.authority.certificate.read_bytes())
    (folder / "token").write_text("of-the-pod\n")
    port = server.url.rpartition(":")[2]
    environ = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": port}

    asked = _asked("", server, environ=environ, service_account=folder)

    assert asked.headers["authorization"] == "Bearer of-the-pod"


def test_impersonation(kubeconfigs: Kubeconfigs, server: Server) -> None:
    """By kubeconfig or flag, it comes beside the token."""
    user = {"token": "t", "as": "jane"}
    path = kubeconfigs.write(server.url, cluster=server.trust, user=user)

    assert _asked(path, server).headers["impersonate-user"] == "jane"
    assert _asked(path, server, as_user="joe").headers["impersonate-user"] == "joe"


def test_the_name_of_the_server(kubeconfigs: Kubeconfigs, server: Server) -> None:
    """tls-server-name is what is verified."""
    right = {**server.trust, "tls-server-name": "localhost"}
    wrong = {**server.trust, "tls-server-name": "api.example"}

    assert _asked(kubeconfigs.write(server.url, cluster=right), server).path == "/api"
    session = sign_in(
        ConnectOptions(kubeconfig=kubeconfigs.write(server.url, cluster=wrong), environ={})
    )
    with pytest.raises(Exception, match=r"api\.example"):
        session.pool.request("GET", session.server, retries=False)


def test_another_authority(kubeconfigs: Kubeconfigs, server: Server, tmp_path: Path) -> None:
    """A server that the kubeconfig's authority did not sign is not asked."""
    other = tmp_path / "other"
    other.mkdir()
    trust = {"certificate-authority": str(Authority(other).certificate)}
    path = kubeconfigs.write(server.url, cluster=trust)
    session = sign_in(ConnectOptions(kubeconfig=path, environ={}))

    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        session.pool.request("GET", session.server, retries=False)
    assert server.seen == []


@pytest.mark.parametrize(
    ("parts", "environ"),
    [
        ({"user": {"username": "a", "password": "b"}}, []),
        ({"user": {"auth-provider": {"name": "azure", "config": {}}}}, []),
        ({"user": {}}, []),
        ({"cluster": {"proxy-url": "http://127.0.0.1:3128"}}, []),
        ({"cluster": {"insecure-skip-tls-verify": True}}, []),
        ({}, ["HTTPS_PROXY=http://127.0.0.1:3128"]),
    ],
    ids=["password", "provider", "nobody", "proxy", "unverified", "environment"],
)
def test_the_rest_is_the_clients(
    kubeconfigs: Kubeconfigs, server: Server, parts: dict[str, Any], environ: list[str]
) -> None:
    """What is not plain is read by those whom kubeconfigs are tested with."""
    trust = {**server.trust, **parts.get("cluster", {})}
    if "insecure-skip-tls-verify" in trust:
        trust.pop("certificate-authority-data")
    user = parts.get("user", {"token": "t"})
    path = kubeconfigs.write(server.url, cluster=trust, user=user)

    assert _needs_client(path, *environ)

"""Signing in works as with kubectl, whatever the kubeconfig uses."""

from __future__ import annotations

import json
import logging
import sys
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from esync.cluster.contract import Unreachable
from esync.cluster.options import ConnectOptions
from esync.cluster.plain import sign_in
from tests.servers.certificates import Authority
from tests.servers.web import Request, Response, serving

if TYPE_CHECKING:
    from tests.unit.cluster.conftest import Kubeconfigs

SERVER = "https://127.0.0.1:1"
PLUGIN = "client.authentication.k8s.io/v1"


def _headers(kubeconfig: str = "", **options: Any) -> list[tuple[str, str]]:
    options = {"environ": {}, **options}
    return list(sign_in(ConnectOptions(kubeconfig=kubeconfig, **options)).headers)


def _plugin(folder: Path, *lines: str) -> dict[str, Any]:
    """Write a plugin of some lines of Python, and return the user that runs it."""
    program = folder / "plugin"
    program.write_text("\n".join([f"#!{sys.executable}", "import json, os, sys", *lines]))
    program.chmod(0o755)
    return {"exec": {"apiVersion": PLUGIN, "command": "./plugin", "args": ["--a", "b c"]}}


def _credential(**status: str) -> str:
    body = {"apiVersion": PLUGIN, "kind": "ExecCredential", "status": status}
    return f"print(json.dumps({body!r}))"


def test_a_token(kubeconfigs: Kubeconfigs) -> None:
    """It goes into the Authorization header."""
    assert _headers(kubeconfigs.write(SERVER)) == [("Authorization", "Bearer t0ken")]


def test_a_token_file(kubeconfigs: Kubeconfigs, tmp_path: Path) -> None:
    """It is found beside the kubeconfig; its line end is no part of the token."""
    (tmp_path / "token").write_text("from-file\n")

    path = kubeconfigs.write(SERVER, user={"tokenFile": "token"})

    assert _headers(path) == [("Authorization", "Bearer from-file")]


def test_name_and_password(kubeconfigs: Kubeconfigs) -> None:
    """Basic authentication."""
    path = kubeconfigs.write(SERVER, user={"username": "a", "password": "b"})

    assert [value.split()[1] for _, value in _headers(path)] == [b64encode(b"a:b").decode()]


def test_nobody(kubeconfigs: Kubeconfigs) -> None:
    """A user without credentials is anonymous."""
    assert _headers(kubeconfigs.write(SERVER, user={})) == []


def test_a_plugin_gives_the_token(kubeconfigs: Kubeconfigs, tmp_path: Path) -> None:
    """It is run with its arguments, environment and the question of the API."""
    user = _plugin(
        tmp_path,
        "asked = json.loads(os.environ['KUBERNETES_EXEC_INFO'])['kind']",
        "token = '-'.join([*sys.argv[1:], os.environ['EXTRA'], asked]).replace(' ', '_')",
        f"status = {{'apiVersion': {PLUGIN!r}, 'kind': 'ExecCredential', 'status': ",
        "  {'token': token}}",
        "print(json.dumps(status))",
    )
    user["exec"]["env"] = [{"name": "EXTRA", "value": "x"}]

    path = kubeconfigs.write(SERVER, user=user)

    assert _headers(path) == [("Authorization", "Bearer --a-b_c-x-ExecCredential")]


def test_each_sign_in_runs_the_plugin(kubeconfigs: Kubeconfigs, tmp_path: Path) -> None:
    """That is how an expired token is renewed."""
    counter = "n = len(os.listdir(os.path.dirname(sys.argv[0])))"
    user = _plugin(
        tmp_path,
        counter,
        "open(f'{os.path.dirname(sys.argv[0])}/{n}', 'w').close()",
        f"status = {{'apiVersion': {PLUGIN!r}, 'kind': 'ExecCredential', 'status': ",
        "  {'token': str(n), 'expirationTimestamp': '2020-01-01T00:00:00Z'}}",
        "print(json.dumps(status))",
    )
    path = kubeconfigs.write(SERVER, user=user)

    first, second = _headers(path), _headers(path)

    assert first == [("Authorization", "Bearer 2")]
    assert second == [("Authorization", "Bearer 3")]


def test_a_plugin_gives_a_certificate(kubeconfigs: Kubeconfigs, tmp_path: Path) -> None:
    """It is presented by the connections."""
    folder = tmp_path / "ca"
    folder.mkdir()
    pair = Authority(folder).issue("jane")
    certificate, key = pair.certificate.read_text(), pair.key.read_text()
    user = _plugin(tmp_path, _credential(clientCertificateData=certificate, clientKeyData=key))

    options = ConnectOptions(kubeconfig=kubeconfigs.write(SERVER, user=user), environ={})
    session = sign_in(options)

    assert session.headers == ()
    assert Path(session.pool.connection_pool_kw["cert_file"]).read_text() == certificate


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sys.exit('SSO session has\\n expired\\x1b[2J')", "SSO session has expired[2J"),
        ("print('geheim')", "failed to decode process output"),
        ("print('{}')", "malformed response"),
        (_credential(), "missing token or clientCertificateData"),
    ],
)
def test_a_plugin_that_fails(
    kubeconfigs: Kubeconfigs,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    line: str,
    said: str,
) -> None:
    """What it says on stderr is passed on in one line; what it prints is not; nothing is logged."""
    path = kubeconfigs.write(SERVER, user=_plugin(tmp_path, line))
    handlers = list(logging.getLogger().handlers)

    with pytest.raises(Unreachable) as caught:
        _headers(path)

    assert caught.value.message.startswith('cannot sign in with context "test": exec: ')
    assert said in caught.value.message
    assert caught.value.message.isprintable()
    assert "geheim" not in caught.value.message
    assert "plugin" in caught.value.hint
    assert caplog.records == []
    assert logging.getLogger().handlers == handlers


def test_a_plugin_that_is_not_there(kubeconfigs: Kubeconfigs) -> None:
    """Its name is told."""
    path = kubeconfigs.write(
        SERVER, user={"exec": {"apiVersion": PLUGIN, "command": "no-such-plugin"}}
    )

    with pytest.raises(Unreachable, match="no-such-plugin"):
        _headers(path)


@pytest.mark.parametrize(
    "parts",
    [
        {"cluster": {"certificate-authority": "missing.crt"}},
        {"user": {"client-certificate": "missing.crt", "client-key": "missing.key"}},
        {"user": {"tokenFile": "missing"}},
        {"cluster": {"certificate-authority-data": "a"}},
    ],
)
def test_files_that_are_missing(kubeconfigs: Kubeconfigs, parts: dict[str, Any]) -> None:
    """A certificate or token that cannot be read ends in a clear error."""
    with pytest.raises(Unreachable, match='cannot sign in with context "test"'):
        _headers(kubeconfigs.write(SERVER, **parts))


def _id_token(**claims: Any) -> str:
    parts = ({"alg": "none"}, claims, {"s": 1})
    encoded = (urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    return b".".join(encoded).decode()


def test_an_oidc_token(kubeconfigs: Kubeconfigs) -> None:
    """A valid one is used as it is."""
    token = _id_token(exp=4102444800)
    provider = {"name": "oidc", "config": {"id-token": token}}

    path = kubeconfigs.write(SERVER, user={"auth-provider": provider})

    assert _headers(path) == [("Authorization", f"Bearer {token}")]


def test_an_oidc_issuer_is_always_verified(kubeconfigs: Kubeconfigs, tmp_path: Path) -> None:
    """The refresh token is not sent to an issuer that only claims to be the one."""
    asked: list[str] = []

    def issuer(request: Request) -> Response:
        asked.append(request.path)
        return Response(200, {"token_endpoint": "https://127.0.0.1:1/token"})

    with serving(issuer, tls=Authority(tmp_path).issue("issuer")) as port:
        config = {
            "id-token": _id_token(exp=1),
            "idp-issuer-url": f"https://127.0.0.1:{port}",
            "client-id": "c",
            "client-secret": "s",
            "refresh-token": "r",
        }
        path = kubeconfigs.write(SERVER, user={"auth-provider": {"name": "oidc", "config": config}})
        with pytest.raises(Unreachable, match="cannot sign in"):
            _headers(path)

    assert asked == []


def test_refreshed_oidc_tokens_are_kept(kubeconfigs: Kubeconfigs, tmp_path: Path) -> None:
    """An expired token is exchanged, and the new refresh token goes where the old one was."""
    folder = tmp_path / "ca"
    folder.mkdir()
    authority = Authority(folder)
    token = _id_token(exp=4102444800)
    urls: list[str] = []

    def issuer(request: Request) -> Response:
        if request.path == "/token":
            assert request.form()["refresh_token"] == "old"
            body = {"access_token": "a", "token_type": "Bearer"}
            return Response(200, {**body, "id_token": token, "refresh_token": "new"})
        return Response(200, {"token_endpoint": f"{urls[0]}/token"})

    with serving(issuer, tls=authority.issue("issuer")) as port:
        urls.append(f"https://127.0.0.1:{port}")
        config = {
            "id-token": _id_token(exp=1),
            "idp-issuer-url": urls[0],
            "idp-certificate-authority": str(authority.certificate),
            "client-id": "c",
            "client-secret": "s",
            "refresh-token": "old",
        }
        path = kubeconfigs.write(SERVER, user={"auth-provider": {"name": "oidc", "config": config}})
        assert _headers(path) == [("Authorization", f"Bearer {token}")]

    [user] = yaml.safe_load(Path(path).read_text())["users"]
    kept = user["user"]["auth-provider"]["config"]
    assert kept == {**config, "id-token": token, "refresh-token": "new"}
    assert Path(path).stat().st_mode & 0o777 == 0o600


def test_impersonation_by_kubeconfig(kubeconfigs: Kubeconfigs) -> None:
    """User, uid, groups and extra fields become headers."""
    user = {
        "token": "t",
        "as": "jane",
        "as-uid": "u-1",
        "as-groups": ["dev", "ops"],
        "as-user-extra": {"reason": ["a", "b"]},
    }

    assert _headers(kubeconfigs.write(SERVER, user=user))[1:] == [
        ("Impersonate-User", "jane"),
        ("Impersonate-Group", "dev"),
        ("Impersonate-Group", "ops"),
        ("Impersonate-Uid", "u-1"),
        ("Impersonate-Extra-reason", "a"),
        ("Impersonate-Extra-reason", "b"),
    ]


def test_other_providers_of_tokens_are_left_to_the_client(kubeconfigs: Kubeconfigs) -> None:
    """An auth-provider that it does not know gives nothing."""
    path = kubeconfigs.write(SERVER, user={"auth-provider": {"name": "azure", "config": {}}})

    assert _headers(path) == []


def test_impersonation_by_flag(kubeconfigs: Kubeconfigs) -> None:
    """--as replaces the user, --as-group the groups of the kubeconfig."""
    path = kubeconfigs.write(SERVER, user={"token": "t", "as": "jane", "as-groups": ["dev"]})

    assert _headers(path, as_user="joe", as_groups=("ops",))[1:] == [
        ("Impersonate-User", "joe"),
        ("Impersonate-Group", "ops"),
    ]


def test_a_group_needs_a_user(kubeconfigs: Kubeconfigs) -> None:
    """As with kubectl."""
    with pytest.raises(Unreachable, match="without a user") as caught:
        _headers(kubeconfigs.write(SERVER), as_groups=("ops",))

    assert caught.value.hint == "pass --as too"


def test_proxy_and_server_name(kubeconfigs: Kubeconfigs) -> None:
    """proxy-url is used even if NO_PROXY has the server; tls-server-name is what is verified."""
    path = kubeconfigs.write(
        SERVER, cluster={"proxy-url": "http://127.0.0.1:3128", "tls-server-name": "api.internal"}
    )

    pool = sign_in(ConnectOptions(kubeconfig=path, environ={})).pool

    assert str(pool.proxy) == "http://127.0.0.1:3128"
    assert pool.connection_pool_kw["server_hostname"] == "api.internal"


def test_a_proxy_of_the_environment(
    kubeconfigs: Kubeconfigs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTPS_PROXY counts for clusters without a proxy of their own."""
    for name in ("http_proxy", "no_proxy", "NO_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:3129")
    path = kubeconfigs.write("https://api.example")

    assert str(sign_in(ConnectOptions(kubeconfig=path)).pool.proxy) == "http://127.0.0.1:3129"


def test_a_proxy_that_is_none(kubeconfigs: Kubeconfigs) -> None:
    """The kubeconfig is at fault, and the URL is not quoted: it may hold a password."""
    path = kubeconfigs.write(SERVER, cluster={"proxy-url": "ftp://user:geheim@127.0.0.1"})

    with pytest.raises(Unreachable) as caught:
        _headers(path)

    assert caught.value.message.endswith("the URL of its proxy is malformed")


def test_in_a_pod(tmp_path: Path) -> None:
    """Token and CA of the service account; the token is read anew each time."""
    folder = tmp_path / "sa"
    folder.mkdir()
    (folder / "ca.crt").write_bytes(Authority(folder).certificate.read_bytes())
    environ = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1"}
    options = ConnectOptions(environ=environ, service_account=folder)
    seen = []
    for token in ("one\n", "two\n"):
        (folder / "token").write_text(token)
        seen.append(sign_in(options))

    assert [session.server for session in seen] == ["https://127.0.0.1:1"] * 2
    assert [dict(session.headers)["Authorization"].split()[1] for session in seen] == ["one", "two"]


def test_a_session_shows_no_credentials(kubeconfigs: Kubeconfigs) -> None:
    """Neither do its headers."""
    options = ConnectOptions(kubeconfig=kubeconfigs.write(SERVER), environ={})

    assert "t0ken" not in repr(sign_in(options))

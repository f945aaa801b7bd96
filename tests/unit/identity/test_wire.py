"""Requests go by the environment's proxy and certificates, and trouble is told in a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esync.identity.references import StoreAccess
from esync.identity.wire import BadCaBundle, Wire
from esync.transport.proxies import proxy_for
from tests.fakes.stores import MemoryCredentials, make_store
from tests.servers.certificates import Authority
from tests.servers.web import Response, serving

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://secretmanager.googleapis.com/v1/x"


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        ({}, ""),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ({"https_proxy": "http://low:1", "HTTPS_PROXY": "http://up:1"}, "http://up:1"),
        ({"https_proxy": "http://low:1", "HTTPS_PROXY": ""}, "http://low:1"),
        ({"HTTPS_PROXY": "proxy:3128"}, "http://proxy:3128"),
        ({"HTTP_PROXY": "http://proxy:3128", "http_proxy": "http://proxy:3128"}, ""),
        ({"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "googleapis.com"}, ""),
        ({"HTTPS_PROXY": "http://proxy:1", "no_proxy": ".googleapis.com"}, ""),
        ({"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "*"}, ""),
        ({"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "apis.com"}, "http://proxy:1"),
        (
            {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "a.b", "no_proxy": "googleapis.com"},
            "http://proxy:1",
        ),
    ],
)
def test_the_proxy_of_the_environment(environ: dict[str, str], proxy: str) -> None:
    """Capitals come first, exceptions are hosts and domains."""
    assert proxy_for(URL, environ) == proxy


@pytest.mark.parametrize("host", ["metadata.google.internal", "169.254.169.254", "[fd00:ec2::254]"])
def test_a_metadata_server_is_never_behind_a_proxy(host: str) -> None:
    """Its tokens are this machine's."""
    environ = {"http_proxy": "http://proxy:1", "HTTP_PROXY": "http://proxy:1"}
    assert proxy_for(f"http://{host}/x", environ) == ""


def test_certificates_that_cannot_be_read() -> None:
    """The file is named, and nothing is sent."""
    store = make_store("gcpsm", {})
    environ = {"REQUESTS_CA_BUNDLE": "/does/not/exist"}
    wire = Wire(StoreAccess(store, "orders", MemoryCredentials(), environ=environ))
    with pytest.raises(BadCaBundle, match="/does/not/exist"):
        wire.send("GET", "https://127.0.0.1:9/")


def test_nobody_answers() -> None:
    """What the network did is told in a word; this is also so where a proxy is none."""
    store = make_store("gcpsm", {})
    for environ in ({}, {"http_proxy": "socks5://127.0.0.1:9"}, {"http_proxy": "http://[:1"}):
        wire = Wire(StoreAccess(store, "orders", MemoryCredentials(), environ=environ))
        answer = wire.send("GET", "http://127.0.0.1:9/hunter2")
        assert (answer.status, answer.body) == (0, b"")
        assert answer.outage.isidentifier()


def test_authorities_of_a_store_replace_all_others(tmp_path: Path) -> None:
    """They come from memory; what is signed by somebody else is not trusted any more."""
    own, other = Authority(_folder(tmp_path / "own")), Authority(_folder(tmp_path / "other"))
    store = make_store("akeyless", {})
    environ = {"SSL_CERT_FILE": str(other.certificate)}
    access = StoreAccess(store, "orders", MemoryCredentials(), environ=environ)
    wire = Wire(access, own.certificate.read_bytes())
    with (
        serving(lambda _: Response(200, {"a": 1}), own.issue("own")) as good,
        serving(lambda _: Response(200), other.issue("other")) as bad,
    ):
        assert wire.send("GET", f"https://localhost:{good}/").json() == {"a": 1}
        refused = wire.send("GET", f"https://localhost:{bad}/")
    wire.close()
    assert (refused.status, "SSL" in refused.outage) == (0, True)


@pytest.mark.parametrize("authorities", [b"", b"text", b"\xff"])
def test_authorities_that_are_none(authorities: bytes) -> None:
    """Nothing is sent."""
    store = make_store("akeyless", {})
    wire = Wire(StoreAccess(store, "orders", MemoryCredentials()), authorities)
    with pytest.raises(BadCaBundle, match="caBundle"):
        wire.send("GET", "https://127.0.0.1:9/")


def _folder(path: Path) -> Path:
    path.mkdir()
    return path

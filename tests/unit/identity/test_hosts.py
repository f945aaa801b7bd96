"""Credentials go to hosts that somebody trusted has named, and over TLS."""

from __future__ import annotations

import pytest

from esync.errors import Location
from esync.identity.hosts import (
    BadUrl,
    HostRefused,
    Origin,
    PlainHttp,
    Rules,
    host_of,
    is_same_server,
    require_allowed,
)
from esync.transport.proxies import is_loopback

AT = Location("store.yaml", 7)


def ask(
    url: str, *, origin: Origin = Origin.STORE, rules: Rules | None = None, trusted: bool = True
) -> None:
    """Ask whether a store may send credentials to ``url``."""
    require_allowed(url, origin, rules or Rules(), trusted=trusted, at=AT)


@pytest.mark.parametrize(
    "url",
    [
        "https://vault.example.org",
        "https://vault.example.org:8200/path?x=a@b",
        "http://127.0.0.1:5000",
        "http://127.8.9.10",
        "http://[::1]:8200/",
        "http://localhost:8200",
        "HTTPS://Vault.Example.org.",
    ],
)
def test_a_trusted_store_may_name_any_host_over_tls_or_on_this_machine(url: str) -> None:
    """TLS goes anywhere, plain http to loopback only."""
    ask(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://vault.example.org",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "http://10.0.0.1",
        "http://169.254.169.254/latest",
        "http://0.0.0.0",
        "http://127.1",
        "http://0x7f.0.0.1",
    ],
)
@pytest.mark.parametrize("origin", list(Origin))
def test_plain_http_to_another_machine_is_refused(url: str, origin: Origin) -> None:
    """Whoever named the host: without TLS anybody on the way reads the credential."""
    with pytest.raises(PlainHttp) as caught:
        ask(url, origin=origin)
    assert caught.value.at == AT
    assert "--allow-http" in caught.value.hint


@pytest.mark.parametrize(
    "allowed", ["vault.example.org", "Vault.Example.Org", "vault.example.org:8200"]
)
def test_allow_http_names_a_host_with_or_without_port(allowed: str) -> None:
    """--allow-http lets plain http through for that host."""
    ask("http://vault.example.org:8200", rules=Rules(allow_http={allowed}))


def test_allow_http_for_one_port_is_not_for_another() -> None:
    """--allow-http HOST:PORT names one server."""
    with pytest.raises(PlainHttp):
        ask("http://vault.example.org", rules=Rules(allow_http={"vault.example.org:8200"}))


def test_a_store_that_is_not_trusted_names_no_host() -> None:
    """Not even loopback: the tenant of a pipeline must not reach what listens there."""
    for url in ("https://evil.example.org", "http://127.0.0.1"):
        with pytest.raises(HostRefused) as caught:
            ask(url, trusted=False)
        assert "--allow-host" in caught.value.hint


def test_allow_host_names_a_host_for_stores_that_are_not_trusted() -> None:
    """--allow-host admits exactly that host, and no host that only looks like it."""
    rules = Rules(allow_hosts={"vault.example.org"})
    ask("https://vault.example.org/x", rules=rules, trusted=False)
    for url in ("https://evil-vault.example.org", "https://vault.example.org.evil.com"):
        with pytest.raises(HostRefused):
            ask(url, rules=rules, trusted=False)


def test_allow_host_does_not_allow_plain_http() -> None:
    """Both rules hold on their own."""
    rules = Rules(allow_hosts={"vault.example.org"})
    with pytest.raises(PlainHttp):
        ask("http://vault.example.org", rules=rules, trusted=False)


@pytest.mark.parametrize("origin", [Origin.PROVIDER, Origin.ENVIRONMENT])
def test_what_a_provider_or_the_environment_names_needs_no_trusted_store(origin: Origin) -> None:
    """Public endpoints of a cloud, and variables of the process, are not the store's word."""
    ask("https://secretsmanager.eu-central-1.amazonaws.com", origin=origin, trusted=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "vault.example.org",
        "ftp://vault.example.org",
        "file:///etc/passwd",
        "https://",
        "https://user@vault.example.org",
        "https://good.example.org:x@evil.example.org",
        "https://good.example.org\\@evil.example.org",
        "https://good.example.org\n.evil.example.org",
        "https:// evil.example.org",
        "https://[::1",
        "http://[::1%25evil]/",
        "http://[::1%evil]/",
        "https://[fe80::1%25eth0]/",
        "https://%65xample.com/",
        "https://host:99999",
    ],
)
def test_a_url_that_two_readers_could_understand_differently_is_none(url: str) -> None:
    """User parts, backslashes and line ends hide the real host; messages repeat none."""
    with pytest.raises(BadUrl) as caught:
        ask(url)
    assert not url or url not in caught.value.message


def test_host_of_is_lower_case_without_port() -> None:
    """The host is compared as names are: without case, port and final dot."""
    assert host_of("https://Vault.Example.org.:8200/v1") == "vault.example.org"


@pytest.mark.parametrize(("host", "here"), [("localhost", True), ("::1", True), ("::", False)])
def test_loopback(host: str, here: bool) -> None:  # noqa: FBT001
    """This machine is localhost, 127.0.0.0/8 and ::1."""
    assert is_loopback(host) is here


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://k8s", "https://K8S:443/api", True),
        ("https://127.0.0.1:6443", "https://127.0.0.1:6444", False),
        ("http://k8s:443", "https://k8s:443", False),
        ("", "", False),
        ("kubernetes.default", "kubernetes.default", False),
    ],
)
def test_same_server_is_same_host_and_port_with_tls(
    one: str,
    other: str,
    same: bool,  # noqa: FBT001
) -> None:
    """Two clusters on one machine are two servers."""
    assert is_same_server(one, other) is same

"""Which hosts need no proxy."""

from __future__ import annotations

import pytest

from esync.transport.proxies import proxy_for

ENVIRON = {
    "HTTPS_PROXY": "http://secure:3128",
    "http_proxy": "plain:3128",
    "NO_PROXY": "10.0.0.0/8, .internal,example.org,only.test:8443,[::1]:8200,*.star.test",
}


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://vault.test:8200/base", "http://secure:3128"),
        ("http://vault.test", "http://plain:3128"),
        ("https://10.1.2.3:8200", ""),
        ("https://11.1.2.3:8200", "http://secure:3128"),
        ("https://a.internal", ""),
        ("https://internal", "http://secure:3128"),
        ("https://example.org", ""),
        ("https://a.example.org.", ""),
        ("https://notexample.org", "http://secure:3128"),
        ("https://only.test:8443/x?y", ""),
        ("https://only.test", "http://secure:3128"),
        ("https://a.star.test", ""),
        ("https://star.test", "http://secure:3128"),
        ("https://localhost:8200", ""),
        ("https://127.0.0.9", ""),
        ("https://[::1]:8200", ""),
    ],
)
def test_rules(url: str, proxy: str) -> None:
    """Names cover what is below them, networks what is in them; this machine needs none."""
    assert proxy_for(url, ENVIRON) == proxy


def test_no_rules() -> None:
    """Nothing set is no proxy, and a star excludes everything."""
    assert proxy_for("https://vault.test", {}) == ""
    assert proxy_for("https://vault.test", {**ENVIRON, "NO_PROXY": "*"}) == ""


def test_variables() -> None:
    """Capitals come first, also without TLS, and there is none for everything."""
    environ = {"HTTP_PROXY": "http://up:1", "http_proxy": "http://low:1", "NO_PROXY": "a.test"}
    assert proxy_for("http://b.test", environ) == "http://up:1"
    assert proxy_for("http://a.test", {**environ, "no_proxy": "b.test"}) == ""
    assert proxy_for("https://b.test", {"ALL_PROXY": "http://all:1"}) == ""


def test_urls_that_are_none() -> None:
    """No proxy leads there; whoever sends the request says what is wrong."""
    environ = {"https_proxy": "http://proxy:1", "no_proxy": "a.test:443"}
    assert proxy_for("https://[::1", environ) == ""
    assert proxy_for("https://a.test:port/", environ) == ""

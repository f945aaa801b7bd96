"""Which hosts need no proxy."""

from __future__ import annotations

import pytest

from esync.identity.proxies import proxy_for

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
        ("https://internal", ""),
        ("https://example.org", ""),
        ("https://a.example.org.", ""),
        ("https://notexample.org", "http://secure:3128"),
        ("https://only.test:8443/x?y", ""),
        ("https://only.test", "http://secure:3128"),
        ("https://a.star.test", ""),
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

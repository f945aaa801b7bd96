"""URLs as `net/url` reads and writes them; the expectations were recorded from Go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.gocompat.url import Url, UrlError


@pytest.mark.parametrize(
    "text",
    [
        "http://u:p%40@h:80/a%2fb?q=1#f%23",
        "mailto:a@b.c",
        "/only/path?",
        "//host/x",
        "file:///etc",
        "http://[::1%25eth0]:8080/",
        "x:/y",
        "*",
        "",
        "http://h?a=b c",
    ],
)
def test_what_is_read_is_written(text: str) -> None:
    """Spellings that are not the usual ones stay."""
    assert Url.parse(text.encode()).text.decode() == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("HTTP://h", "http://h"),
        ("http://h/a b", "http://h/a%20b"),
        ("http://u:p@h:", "http://u:p@h:"),
        ("http://h/#a b", "http://h/#a%20b"),
        ("http://h%20", None),
    ],
)
def test_what_is_written_otherwise(text: str, written: str | None) -> None:
    """Schemes in small letters, blanks escaped."""
    if written is None:
        with pytest.raises(UrlError, match='invalid URL escape "%20"'):
            Url.parse(text.encode())
    else:
        assert Url.parse(text.encode()).text.decode() == written


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http://h:8a/", 'parse "http://h:8a/": invalid port ":8a" after host'),
        ("http://a b/", 'parse "http://a b/": invalid character " " in host name'),
        ("/%zz", 'parse "/%zz": invalid URL escape "%zz"'),
        ("/x#%z", 'parse "/x#%z": invalid URL escape "%z"'),
        ("1a:b", 'parse "1a:b": first path segment in URL cannot contain colon'),
        (":x", 'parse ":x": missing protocol scheme'),
        ("http://[::1", "parse \"http://[::1\": missing ']' in host"),
        ("http://u /@h", 'parse "http://u /@h": invalid character " " in host name'),
        ("http://u {@h/", 'parse "http://u {@h/": net/url: invalid userinfo'),
        ("a\x01", 'parse "a\\x01": net/url: invalid control character in URL'),
        ("http://x[::1]", 'parse "http://x[::1]": invalid IP-literal'),
        ("http://[1.2.3.4]", 'parse "http://[1.2.3.4]": invalid IP-literal'),
    ],
)
def test_refused(text: str, words: str) -> None:
    """Go's words."""
    with pytest.raises(UrlError) as refused:
        Url.parse(text.encode())
    assert str(refused.value) == words


def test_host_and_name() -> None:
    """The name has neither port nor brackets; what is no port belongs to it."""
    assert Url.parse(b"http://[::1]:80").hostname == b"::1"
    assert Url(host=b"a:b").hostname == b"a:b"
    assert Url.parse(b"http://h:80").hostname == b"h"


def test_paths_that_look_like_schemes() -> None:
    """A relative path with a colon gets a dot before it."""
    assert Url(path=b"a:b").text == b"./a:b"
    assert Url(host=b"h", path=b"p").text == b"//h/p"


@given(st.binary())
def test_no_text_breaks_the_reader(text: bytes) -> None:
    """It is read, or refused; what was read can be written."""
    try:
        url = Url.parse(text)
    except UrlError:
        return
    assert isinstance(url.text, bytes)

"""Which path of the API a key means."""

from __future__ import annotations

import pytest

from esync.providers.contract import BadStore, ProviderError
from esync.providers.vault.paths import KvVersion, UnsafeKey, data_path, metadata_path, url_path

V1, V2 = KvVersion.V1, KvVersion.V2


@pytest.mark.parametrize(
    ("mount", "version", "key", "path"),
    [
        ("secret", V2, "foo", "secret/data/foo"),
        ("secret", V2, "/foo", "secret/data/foo"),
        ("secret", V2, "secret/foo", "secret/data/foo"),
        ("secret", V2, "secret/data/foo", "secret/data/foo"),
        ("secret", V2, "data/foo", "secret/data/data/foo"),
        ("secret", V2, "secret/secret/foo", "secret/data/secret/foo"),
        ("secret/path", V2, "secret/path/foo", "secret/path/data/foo"),
        ("secret/path", V2, "foo", "secret/path/data/foo"),
        ("secret/data", V2, "foo", "secret/data/data/foo"),
        ("secret/", V2, "secret/foo", "secret/data/secret/foo"),
        ("secret", V1, "foo", "secret/foo"),
        ("secret", V1, "secret/foo", "secret/foo"),
        ("secret", V1, "secret/data/foo", "secret/data/foo"),
        (None, V2, "secret/foo/bar", "secret/data/foo/bar"),
        (None, V2, "secret/x/data/y", "secret/x/data/y"),
        (None, V2, "foo", "foo/data"),
        (None, V2, "/secret/foo", "data/secret/foo"),
        (None, V1, "secret/foo", "secret/foo"),
        ("", V2, "foo", "data/foo"),
    ],
)
def test_data(mount: str | None, version: KvVersion, key: str, path: str) -> None:
    """The mount is taken off a key once; without one the first segment is the mount."""
    assert url_path(data_path(mount, version, key)) == path


@pytest.mark.parametrize(
    ("mount", "version", "key", "path"),
    [
        ("secret", V2, "foo", "secret/metadata/foo"),
        ("secret", V2, "secret/foo", "secret/metadata/secret/foo"),
        ("secret", V2, "", "secret/metadata"),
        ("secret", V1, "dev/", "secret/dev"),
        (None, V2, "secret/data/foo/data/x", "secret/metadata/foo/data/x"),
        (None, V2, "mydata/foo", "mydata/foo"),
    ],
)
def test_metadata(mount: str | None, version: KvVersion, key: str, path: str) -> None:
    """The mount is not taken off; without one the key has to spell data."""
    assert url_path(metadata_path(mount, version, key)) == path


def test_metadata_that_is_nowhere() -> None:
    """The operator crashes on the first, and refuses the second."""
    with pytest.raises(BadStore, match="path is missing"):
        metadata_path(None, V1, "secret/foo")
    with pytest.raises(ProviderError, match="does not say where its metadata is"):
        metadata_path(None, V2, "secret/foo")


def test_urls() -> None:
    """Go's way of writing a path: empty segments and dots go, what is special is encoded."""
    assert url_path("a//b/./c/") == "a/b/c"
    assert url_path("é#x?/%") == "%C3%A9%23x%3F/%25"
    assert url_path("$&+,:;=@-_.~/!*'()") == "$&+,:;=@-_.~/%21%2A%27%28%29"
    assert url_path("...") == "..."


@pytest.mark.parametrize("path", ["..", "a/../b", "../a", "a/.."])
def test_no_way_out(path: str) -> None:
    """The operator follows it; a tenant's key could leave the mount."""
    with pytest.raises(UnsafeKey):
        url_path(path)

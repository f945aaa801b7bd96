"""The `openBao` provider, which reads less than `vault` does, on a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esync.manifests.externalsecret import Find, FindName
from esync.payload.payload import NotAnObject, PropertyMissing
from esync.providers.contract import NoSecret, ProviderError, ReadsMetadata, Unsupported
from esync.providers.vault.paths import UnsafeKey
from tests.fakes.vault import TOKEN_REF, open_openbao, root_of, write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.providers.vault import OpenBao
    from esync.secret import SecretValue
    from tests.servers.openbao import OpenBaoServer

pytestmark = pytest.mark.integration


@pytest.fixture
def v2(openbao_server: OpenBaoServer) -> str:
    """A KV v2 engine with some secrets."""
    path = openbao_server.mount_kv()
    for key in ("db", "mail", "dev/db"):
        data = {"k": key, "n": 1.5, "a.b": "<", "o": {"x": [1]}, "none": None}
        write(openbao_server, f"{path}/data/{key}", {"data": data})
    return path


def reader(server: OpenBaoServer, path: str, **more: Any) -> OpenBao:
    """Return a provider with the root token."""
    settings = {"server": server.url, "path": path, "auth": TOKEN_REF, **more}
    return open_openbao(settings, root_of(server))


def texts(values: Mapping[str, SecretValue]) -> dict[str, str]:
    """Return values as text."""
    return {key: value.reveal().decode() for key, value in values.items()}


def test_values_and_properties(openbao_server: OpenBaoServer, v2: str) -> None:
    """Whole it is JSON as Go writes it; a property is a name and never a path."""
    payload = reader(openbao_server, v2).read("db")

    assert payload.value().reveal() == (
        b'{"a.b":"\\u003c","k":"db","n":1.5,"none":null,"o":{"x":[1]}}'
    )
    assert payload.value("a.b").reveal() == b"<"
    assert payload.value("o").reveal() == b'{"x":[1]}'
    assert payload.value("none").reveal() == b""
    for path in ("o.x", "nothing"):
        with pytest.raises(PropertyMissing):
            payload.value(path)
    assert texts(payload.members("o")) == {"x": "[1]"}
    with pytest.raises(NotAnObject):
        payload.members("k")


def test_a_missing_secret_is_a_plain_error(openbao_server: OpenBaoServer, v2: str) -> None:
    """DeletionPolicy has no effect: the operator defines no NoSecret for this store."""
    for provider in (reader(openbao_server, v2), reader(openbao_server, "nowhere")):
        with pytest.raises(ProviderError, match='secret "nothing" does not exist') as missing:
            provider.read("nothing")
        assert not isinstance(missing.value, NoSecret)


def test_a_deleted_version_is_null(openbao_server: OpenBaoServer, v2: str) -> None:
    """Whole it is the text null, extract gives nothing, and it has no property."""
    write(openbao_server, f"{v2}/delete/db", {"versions": [1]})
    payload = reader(openbao_server, v2).read("db")

    assert payload.value().reveal() == b"null"
    assert payload.members() == {}
    with pytest.raises(PropertyMissing):
        payload.value("k")


def test_versions(openbao_server: OpenBaoServer, v2: str) -> None:
    """A number on v2, and nothing on v1."""
    write(openbao_server, f"{v2}/data/db", {"data": {"k": "two"}})
    provider = reader(openbao_server, v2)
    v1 = openbao_server.mount_kv(version=1)
    write(openbao_server, f"{v1}/db", {"k": "one"})
    older = reader(openbao_server, v1, version="v1")

    assert provider.read("db", "1").value("k").reveal() == b"db"
    assert provider.read("db", "2").value("k").reveal() == b"two"
    assert older.read("db").value("k").reveal() == b"one"
    with pytest.raises(Unsupported, match='version "first" is no number'):
        provider.read("db", "first")
    with pytest.raises(Unsupported, match="KV v1 has no versions"):
        older.read("db", "1")


def test_keys_do_not_repeat_the_mount(openbao_server: OpenBaoServer, v2: str) -> None:
    """Nothing is taken off a key, and none leads out of the mount."""
    provider = reader(openbao_server, v2)

    assert provider.read("/dev//db").value("k").reveal() == b"dev/db"
    with pytest.raises(ProviderError, match="does not exist"):
        provider.read(f"{v2}/db")
    with pytest.raises(UnsafeKey):
        provider.read("../db")


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Find(name=FindName("")), ["db", "mail"]),
        (Find(name=FindName("^d")), ["db"]),
        (Find(path="dev", name=FindName("d")), ["db"]),
        (Find(path="nowhere", name=FindName("d")), []),
    ],
)
def test_find(openbao_server: OpenBaoServer, v2: str, wanted: Find, names: list[str]) -> None:
    """One folder deep, by name, relative to the folder; folders in it are left out."""
    found = reader(openbao_server, v2).find(wanted)

    assert sorted(found) == names
    if wanted.path == "dev":
        assert b'"k":"dev/db"' in found["db"].reveal()


@pytest.mark.parametrize(
    "wanted", [Find(tags={}), Find(tags={"a": "b"}, name=FindName("")), Find(path="dev"), Find()]
)
def test_find_by_other_things(openbao_server: OpenBaoServer, v2: str, wanted: Find) -> None:
    """Tags are refused, even none; a name is needed."""
    with pytest.raises(Unsupported, match="finds by name only"):
        reader(openbao_server, v2).find(wanted)


def test_metadata_is_not_read(openbao_server: OpenBaoServer, v2: str) -> None:
    """The provider does not offer it, so that metadataPolicy Fetch gives the data."""
    assert not isinstance(reader(openbao_server, v2), ReadsMetadata)

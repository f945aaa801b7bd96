"""The `vault` provider reads the key-value engines of a real server as the operator does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from esync.errors import EsyncError
from esync.manifests.externalsecret import Find, FindName
from esync.payload.payload import NotAnObject, PropertyMissing
from esync.providers.contract import (
    AccessDenied,
    BadAnswer,
    NoSecret,
    ProviderError,
    Unsupported,
)
from esync.providers.vault.paths import UnsafeKey
from tests.fakes.stores import MemoryCredentials
from tests.fakes.vault import TOKEN_REF, open_vault, root_of, write
from tests.servers.http import request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.providers.vault import Vault
    from esync.secret import SecretValue
    from tests.servers.openbao import OpenBaoServer

pytestmark = pytest.mark.integration


@pytest.fixture
def v2(openbao_server: OpenBaoServer) -> str:
    """An empty KV v2 engine."""
    return openbao_server.mount_kv()


@pytest.fixture
def v1(openbao_server: OpenBaoServer) -> str:
    """An empty KV v1 engine."""
    return openbao_server.mount_kv(version=1)


def reader(server: OpenBaoServer, path: str | None, **more: Any) -> Vault:
    """Return a provider with the root token."""
    settings = {"server": server.url, "auth": TOKEN_REF, **more}
    if path is not None:
        settings["path"] = path
    return open_vault(settings, root_of(server))


def put(server: OpenBaoServer, mount: str, key: str, data: Mapping[str, Any]) -> None:
    """Write a secret, or a new version of one, into KV v2."""
    write(server, f"{mount}/data/{key}", {"data": data})


def texts(values: Mapping[str, SecretValue]) -> dict[str, str]:
    """Return values as text."""
    return {key: value.reveal().decode() for key, value in values.items()}


def whole(provider: Vault, key: str, version: str = "") -> str:
    """Return the whole secret."""
    return provider.read(key, version).value().reveal().decode()


def test_the_whole_secret_is_json_as_go_writes_it(openbao_server: OpenBaoServer, v2: str) -> None:
    """Keys are sorted, there are no blanks, and `<`, `>` and `&` are escaped."""
    put(openbao_server, v2, "db", {"b": "<&>", "a": [1, {"y": None, "x": True}], "ü": "\u2028"})

    assert whole(reader(openbao_server, v2), "db") == (
        '{"a":[1,{"x":true,"y":null}],"b":"\\u003c\\u0026\\u003e","ü":"\\u2028"}'
    )


def test_numbers_keep_their_spelling(openbao_server: OpenBaoServer, v1: str) -> None:
    """Whole and as a member they are as the server sent them; by a path and in extract, floats."""
    url, headers = f"{openbao_server.url}/v1/{v1}/db", {"X-Vault-Token": openbao_server.token}
    literal = b'{"n": 1.10, "big": 12345678901234567890, "o": {"n": 1.10, "e": 1e3}}'
    assert request("POST", url, headers=headers, body=literal).status == 204
    payload = reader(openbao_server, v1, version="v1").read("db")

    assert payload.value().reveal() == (
        b'{"big":12345678901234567890,"n":1.10,"o":{"e":1e3,"n":1.10}}'
    )
    assert payload.value("n").reveal() == b"1.10"
    assert payload.value("o.n").reveal() == b"1.1"
    assert payload.value("o.e").reveal() == b"1000"
    assert texts(payload.members()) == {
        "big": "12345678901234567000",
        "n": "1.1",
        "o": '{"e":1000,"n":1.1}',
    }


def test_a_property_is_a_name_first_and_a_path_then(openbao_server: OpenBaoServer, v2: str) -> None:
    """A member of exactly that name wins, whatever characters it has; null is empty."""
    put(
        openbao_server,
        v2,
        "db",
        {"a.b": "name", "a": {"b": "path", "c": [{"d": "<"}]}, "*": "star", "none": None},
    )
    payload = reader(openbao_server, v2).read("db")

    assert payload.value("a.b").reveal() == b"name"
    assert payload.value("a.c.0.d").reveal() == b"<"
    assert payload.value("a.c").reveal() == b'[{"d":"\\u003c"}]'
    assert payload.value("*").reveal() == b"star"
    assert payload.value("none").reveal() == b""
    with pytest.raises(PropertyMissing):
        payload.value("a.x")


def test_extract_takes_a_property_that_holds_an_object(
    openbao_server: OpenBaoServer, v2: str
) -> None:
    """Also one inside a string; what is no object is refused."""
    put(openbao_server, v2, "db", {"inner": '{"x": 1.0, "y": null, "z": true}', "text": "t"})
    payload = reader(openbao_server, v2).read("db")

    assert texts(payload.members("inner")) == {"x": "1", "y": "", "z": "true"}
    with pytest.raises(NotAnObject):
        payload.members("text")


def test_versions(openbao_server: OpenBaoServer, v2: str) -> None:
    """A number chooses one; deleted and destroyed ones are missing; nonsense is refused."""
    for number in (1, 2, 3):
        put(openbao_server, v2, "db", {"n": number})
    write(openbao_server, f"{v2}/delete/db", {"versions": [2]})
    write(openbao_server, f"{v2}/destroy/db", {"versions": [3]})
    provider = reader(openbao_server, v2)

    assert whole(provider, "db", "1") == '{"n":1}'
    for missing in ("", "2", "3", "99"):
        with pytest.raises(NoSecret, match='secret "db"'):
            provider.read("db", missing)
    with pytest.raises(ProviderError, match="status 400") as refused:
        provider.read("db", "first")
    assert not isinstance(refused.value, NoSecret)


@pytest.mark.parametrize("key", ["nowhere", "only-metadata"])
def test_what_is_not_there_is_no_secret(openbao_server: OpenBaoServer, v2: str, key: str) -> None:
    """Neither a key without anything, nor one that has metadata and no version."""
    write(openbao_server, f"{v2}/metadata/only-metadata", {"custom_metadata": {"a": "b"}})

    with pytest.raises(NoSecret, match=f'secret "{key}" does not exist'):
        reader(openbao_server, v2).read(key)


@pytest.mark.parametrize("key", ["{m}/a/db", "{m}/data/a/db", "/a/db", "a//db/", "./a/db", "a/db"])
def test_keys_with_and_without_the_mount(openbao_server: OpenBaoServer, v2: str, key: str) -> None:
    """A key may repeat the mount, and data/ after it; superfluous slashes do not matter."""
    put(openbao_server, v2, "a/db", {"n": 1})

    assert whole(reader(openbao_server, v2), key.format(m=v2)) == '{"n":1}'


def test_keys_of_a_store_without_path(openbao_server: OpenBaoServer, v2: str, v1: str) -> None:
    """The first segment is the mount, unless the key spells data/ itself."""
    put(openbao_server, v2, "a/db", {"n": 1})
    write(openbao_server, f"{v1}/a/db", {"n": 2})

    anywhere = reader(openbao_server, None)
    assert whole(anywhere, f"{v2}/a/db") == whole(anywhere, f"{v2}/data/a/db") == '{"n":1}'
    assert whole(reader(openbao_server, None, version="v1"), f"{v1}/a/db") == '{"n":2}'


@pytest.mark.parametrize("key", ["ä ö#?%41", "a+b&c=d;e", "x:y@z", "*'()!~"])
def test_keys_of_any_characters(openbao_server: OpenBaoServer, v2: str, key: str) -> None:
    """What is special in a URL stays part of the key."""
    put(openbao_server, v2, quote(key), {"k": key})
    provider = reader(openbao_server, v2)

    assert provider.read(key).value("k").reveal().decode() == key
    assert set(provider.find(Find(name=FindName(".")))) == {key}


@pytest.mark.parametrize("key", ["../db", "a/../../db", ".."])
def test_no_key_leads_out_of_its_mount(openbao_server: OpenBaoServer, v2: str, key: str) -> None:
    """The operator would follow it into other mounts."""
    provider = reader(openbao_server, v2)

    with pytest.raises(UnsafeKey):
        provider.read(key)
    with pytest.raises(UnsafeKey):
        provider.find(Find(path=key))


def test_the_wrong_version_of_the_engine(openbao_server: OpenBaoServer, v1: str, v2: str) -> None:
    """v1 on a v2 mount finds nothing; v2 on a v1 mount neither; a misplaced data/ is told."""
    put(openbao_server, v2, "db", {"n": 1})
    write(openbao_server, f"{v1}/db", {"n": 2})

    with pytest.raises(NoSecret):
        reader(openbao_server, v2, version="v1").read("db")
    with pytest.raises(NoSecret):
        reader(openbao_server, v1).read("db")
    with pytest.raises(BadAnswer, match="not one of KV v2"):
        reader(openbao_server, None).read(f"{v2}/a/data/db")


def test_access_is_denied_by_policy(openbao_server: OpenBaoServer, v2: str) -> None:
    """What the token may not read is no NoSecret, also if it is not there; the hint is a policy."""
    cluster = MemoryCredentials()
    made = write(openbao_server, "auth/token/create", {"policies": ["default"], "ttl": "5m"})
    cluster.add_secret("vault", {"token": made["auth"]["client_token"]})
    settings = {"server": openbao_server.url, "path": v2, "auth": TOKEN_REF}

    with pytest.raises(AccessDenied, match=r'secret "db": Vault denies access \(status 403\)') as e:
        open_vault(settings, cluster).read("db")
    assert f'capability "read" on path "{v2}/data/db"' in e.value.hint


def test_metadata(openbao_server: OpenBaoServer, v2: str) -> None:
    """Three fields of the system as text, and the secret's own words, which win."""
    put(openbao_server, v2, "db", {"n": 1})
    write(
        openbao_server,
        f"{v2}/metadata/db",
        {"custom_metadata": {"team": "a", "current_version": "mine"}, "max_versions": 5},
    )
    payload = reader(openbao_server, v2).read_metadata("db", "1")

    found = texts(payload.members())
    assert found.keys() == {"created_time", "current_version", "delete_version_after", "team"}
    assert (found["team"], found["current_version"]) == ("a", "mine")
    assert payload.value("delete_version_after").reveal() == b"0s"


def test_metadata_that_is_not_there(openbao_server: OpenBaoServer, v2: str, v1: str) -> None:
    """It is a plain error, as is the one of KV v1; a key that repeats the mount has none."""
    put(openbao_server, v2, "db", {"n": 1})
    provider = reader(openbao_server, v2)

    for key, hint in (("nowhere", ""), (f"{v2}/db", "leave the mount out of the key")):
        with pytest.raises(ProviderError, match="there is none") as missing:
            provider.read_metadata(key)
        assert not isinstance(missing.value, NoSecret)
        assert missing.value.hint == hint
    with pytest.raises(Unsupported, match="KV v1 keeps no metadata"):
        reader(openbao_server, v1, version="v1").read_metadata("db")
    with pytest.raises(ProviderError, match="does not say where its metadata is"):
        reader(openbao_server, None).read_metadata("mount/db")


@pytest.fixture
def tree(openbao_server: OpenBaoServer, v2: str) -> str:
    """A KV v2 engine with folders, tags and a deleted secret."""
    for key in ("db", "dev/db", "dev/mail", "dev/deep/er/db", "gone"):
        put(openbao_server, v2, key, {"k": key})
    for key, env in (("db", "prod"), ("dev/db", "dev"), ("dev/mail", "dev")):
        tags = {"env": env, "kind": key[-2:]}
        write(openbao_server, f"{v2}/metadata/{key}", {"custom_metadata": tags})
    write(openbao_server, f"{v2}/data/gone", None, "DELETE")
    return v2


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Find(name=FindName("db$")), ["db", "dev/db", "dev/deep/er/db"]),
        (Find(name=FindName("^d.v/")), ["dev/db", "dev/deep/er/db", "dev/mail"]),
        (Find(path="dev", name=FindName("^dev/db$")), ["dev/db"]),
        (Find(path="dev/deep"), ["dev/deep/er/db"]),
        (Find(path="dev/", name=FindName("mail")), ["dev//mail"]),
        (Find(tags={"env": "dev"}), ["dev/db", "dev/mail"]),
        (Find(tags={"env": "dev", "kind": "db"}), ["dev/db"]),
        (Find(tags={"env": "dev"}, name=FindName("^db$")), ["db"]),
        (Find(tags={"current_version": "1", "env": "prod"}), ["db"]),
        (Find(), ["db", "dev/db", "dev/deep/er/db", "dev/mail"]),
        (Find(name=FindName("nothing")), []),
    ],
)
def test_find(openbao_server: OpenBaoServer, tree: str, wanted: Find, names: list[str]) -> None:
    """Folders are walked, names keep find.path, a name wins over tags, deleted ones stay out."""
    found = reader(openbao_server, tree).find(wanted)

    key = [name.replace("//", "/") for name in names]
    assert texts(found) == {name: f'{{"k":"{k}"}}' for name, k in zip(names, key, strict=True)}


def test_find_without_the_folder(openbao_server: OpenBaoServer, tree: str) -> None:
    """It is a NoSecret for the whole search."""
    with pytest.raises(NoSecret, match='the list of "nowhere/"'):
        reader(openbao_server, tree).find(Find(path="nowhere"))


def test_find_in_a_folder_named_like_the_mount(openbao_server: OpenBaoServer, v2: str) -> None:
    """The secret that was listed is read, and not its namesake further up."""
    put(openbao_server, v2, "db", {"at": "top"})
    put(openbao_server, v2, f"{v2}/db", {"at": "inside"})

    found = reader(openbao_server, v2).find(Find(path=v2))
    assert texts(found) == {f"{v2}/db": '{"at":"inside"}'}


def test_find_without_a_mount(openbao_server: OpenBaoServer, tree: str) -> None:
    """The folder has to spell data/; names then keep all of it."""
    found = reader(openbao_server, None).find(Find(path=f"{tree}/data/dev/deep"))

    assert texts(found) == {f"{tree}/data/dev/deep/er/db": '{"k":"dev/deep/er/db"}'}
    with pytest.raises(ProviderError):
        reader(openbao_server, None).find(Find(name=FindName("db")))


def test_find_in_v1(openbao_server: OpenBaoServer, v1: str, v2: str) -> None:
    """By name only; on an engine of v2 nothing is found."""
    for key in ("db", "dev/db"):
        write(openbao_server, f"{v1}/{key}", {"k": key})
    put(openbao_server, v2, "db", {"k": "db"})
    provider = reader(openbao_server, v1, version="v1")

    assert texts(provider.find(Find(name=FindName("^dev")))) == {"dev/db": '{"k":"dev/db"}'}
    with pytest.raises(Unsupported, match="KV v1 has no metadata to find by tags"):
        provider.find(Find(tags={}))
    with pytest.raises(EsyncError, match="path is missing"):
        reader(openbao_server, None, version="v1").find(Find(path=v1))
    assert reader(openbao_server, v2, version="v1").find(Find()) == {}


def test_namespaces(openbao_server: OpenBaoServer) -> None:
    """Every request goes to the store's namespace; the same path elsewhere is not there."""
    write(openbao_server, "sys/namespaces/team", {})
    write(openbao_server, "team/sys/mounts/shelf", {"type": "kv", "options": {"version": "2"}})
    openbao_server.await_versions("team/shelf")
    write(openbao_server, "team/shelf/data/db", {"data": {"n": 1}})

    assert whole(reader(openbao_server, "shelf", namespace="team"), "db") == '{"n":1}'
    with pytest.raises(NoSecret):
        reader(openbao_server, "shelf").read("db")

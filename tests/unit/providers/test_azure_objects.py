"""What remote keys of Key Vault mean, and what becomes of its objects and their tags."""

from __future__ import annotations

import json
from typing import Any

import pytest

from esync.payload.payload import PropertyMissing
from esync.providers.azure.metadata import MetadataPayload
from esync.providers.azure.objects import (
    BadKeyOrVersion,
    NotExtractable,
    ObjectName,
    ObjectType,
    check_version,
    name_of,
    payload_of,
)
from esync.providers.contract import BadAnswer

SECRET, CERT, KEY = ObjectType.SECRET, ObjectType.CERTIFICATE, ObjectType.KEY


@pytest.mark.parametrize(
    ("key", "type_", "name"),
    [
        ("db", SECRET, "db"),
        ("secret/db", SECRET, "db"),
        ("cert/web", CERT, "web"),
        ("key/signing", KEY, "signing"),
        ("secret/a/b", SECRET, "a"),
        ("secret/a/../../keys/b", SECRET, "a"),
        ("key/a/", KEY, "a"),
    ],
)
def test_keys(key: str, type_: ObjectType, name: str) -> None:
    """One part is a secret; the first of several is the type; what follows the name is dropped."""
    assert name_of(key) == ObjectName(type_, name)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("secrets/db", 'no object type "secrets"'),
        ("certificate/web", 'no object type "certificate"'),
        ("../keys/x", 'no object type ".."'),
        ("/db", 'no object type ""'),
        ("", "other characters"),
        ("secret/", "other characters"),
        ("secret/..", "other characters"),
        ("..", "other characters"),
        ("a_b", "other characters"),
        ("a.b", "other characters"),
        ("a b", "other characters"),
        ("a%2f..", "other characters"),
        ("a?api-version=1", "other characters"),
        ("a#", "other characters"),
        ("käse", "other characters"),
        ("db\n", "other characters"),
        ("x" * 128, "other characters"),
    ],
)
def test_what_is_no_key(key: str, message: str) -> None:
    """Nothing that could be another path of the URL is sent."""
    with pytest.raises(BadKeyOrVersion) as caught:
        name_of(key)
    assert message in caught.value.message


def test_versions() -> None:
    """They become a part of the URL, too."""
    check_version("db", "")
    check_version("db", "0a1b2c3d4e5f60718293a4b5c6d7e8f9")
    for version in ("..", "a/b", "a?b", "1\n", " "):
        with pytest.raises(BadKeyOrVersion, match="version"):
            check_version("db", version)


def value_of(type_: ObjectType, answer: dict[str, Any], property_: str = "", **more: Any) -> bytes:
    """Return what a read gives."""
    more = {"is_legacy": True, **more}
    return payload_of(ObjectName(type_, "x"), answer, "about", **more).value(property_).reveal()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", b"plain"),
        ("", b""),
        ("pässwörd 🔑", "pässwörd 🔑".encode()),
        ("half \ud83d of a pair", "half \ufffd of a pair".encode()),
    ],
)
def test_the_value_of_a_secret(text: str, value: bytes) -> None:
    """Byte for byte; what is no text of Unicode becomes what Go makes of it."""
    assert value_of(SECRET, {"value": text}) == value


@pytest.mark.parametrize(
    ("property_", "value"),
    [
        ("a.b", b"inside"),
        ("c.d", b"literal"),
        ("e", b"1.50e1"),
    ],
)
def test_properties_are_paths_first(property_: str, value: bytes) -> None:
    """A name with dots is found only where no path is."""
    text = '{"a": {"b": "inside"}, "a.b": "literal", "c.d": "literal", "e": "1.50e1"}'
    assert value_of(SECRET, {"value": text}, property_) == value
    with pytest.raises(PropertyMissing):
        value_of(SECRET, {"value": text}, "a.x")


JWK = {
    "kid": "https://a.vault.azure.net/keys/x/1",
    "kty": "EC",
    "key_ops": ["sign", "<verify>"],
    "crv": "P-256",
    "x": "_-x",
    "y": "y&",
    "n": None,
    "alg": "unknown",
}


def test_a_key_is_a_jwk_with_the_operators_order() -> None:
    """Texts as Azure sends them, HTML's characters escaped, unknown and absent members left out."""
    assert value_of(KEY, {"key": JWK}) == (
        b'{"kid":"https://a.vault.azure.net/keys/x/1","kty":"EC",'
        b'"key_ops":["sign","\\u003cverify\\u003e"],"crv":"P-256","x":"_-x","y":"y\\u0026"}'
    )
    assert value_of(KEY, {"key": JWK}, is_legacy=False) == (
        b'{"crv":"P-256","key_ops":["sign","\\u003cverify\\u003e"],'
        b'"kid":"https://a.vault.azure.net/keys/x/1","kty":"EC","x":"_-x","y":"y\\u0026"}'
    )
    assert value_of(KEY, {"key": JWK}, "key_ops.0") == b"sign"


ORDER = [
    *("kid", "kty", "key_ops", "n", "e", "d", "dp", "dq", "qi", "p", "q", "k", "key_hsm"),
    *("crv", "x", "y"),
]


def test_all_members_of_a_jwk_in_order() -> None:
    """The order of the operator's first code path is that of a struct."""
    key: dict[str, Any] = {name: name for name in reversed(ORDER)} | {"key_ops": []}
    assert list(json.loads(value_of(KEY, {"key": key}))) == ORDER
    assert list(json.loads(value_of(KEY, {"key": key}, is_legacy=False))) == sorted(ORDER)


def test_a_certificate_is_der() -> None:
    """Raw bytes, whatever the property."""
    assert value_of(CERT, {"cer": "MAAA/w=="}) == b"\x30\x00\x00\xff"
    assert value_of(CERT, {"cer": "MAAA/w=="}, "any") == b"\x30\x00\x00\xff"


@pytest.mark.parametrize(
    ("type_", "answer"),
    [
        (SECRET, {}),
        (SECRET, {"value": 5}),
        (SECRET, {"value": None}),
        (CERT, {"cer": "hunter2"}),
        (CERT, {"cer": "ü"}),
        (CERT, {}),
        (KEY, {}),
        (KEY, {"key": "hunter2"}),
        (KEY, {"key": {"kty": 5}}),
        (KEY, {"key": {"key_ops": ["sign", 5]}}),
    ],
)
def test_answers_that_are_none(type_: ObjectType, answer: dict[str, Any]) -> None:
    """They are told, and not shown."""
    with pytest.raises(BadAnswer) as caught:
        value_of(type_, answer)
    assert "hunter2" not in repr(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("type_", "word"), [(CERT, "certificate"), (KEY, "key")])
def test_certificates_and_keys_have_no_members(type_: ObjectType, word: str) -> None:
    """``extract`` is an error, also of their tags."""
    answer = {"cer": "MAAA/w==", "key": JWK, "tags": {"a": "b"}}
    wanted = ObjectName(type_, "x")
    for payload in (
        payload_of(wanted, answer, "about", is_legacy=True),
        MetadataPayload(f"{type_}/x", wanted, answer, is_legacy=True),
    ):
        with pytest.raises(NotExtractable, match=f"this is a {word}"):
            payload.members("")


# Metadata

TAGS = {
    "team": "a<b",
    "json": '{"inner": {"x": 1.50}, "a.b": "dotted"}',
    "flat": '{"user": "app", "none": null}',
    "empty": "{}",
    "nothing": "null",
    "null": None,
    "dotted.name": "whole",
}
DATES = {"exp": 1735603200, "created": 0, "updated": 1700000000, "nbf": 1, "enabled": True}


def metadata(answer: dict[str, Any], key: str = "db", **more: Any) -> MetadataPayload:
    """Return the metadata of a secret ``db``."""
    return MetadataPayload(key, ObjectName(SECRET, "db"), answer, **{"is_legacy": False, **more})


def test_metadata_are_tags_as_json() -> None:
    """Sorted, escaped for HTML, without tags that are null."""
    answer = {"tags": {"b": "a<b", "a": "é", "n": None}, "attributes": DATES}
    assert metadata(answer).value().reveal() == '{"a":"é","b":"a\\u003cb"}'.encode()
    assert metadata({}).value().reveal() == b"{}"


def test_the_first_code_path_adds_dates() -> None:
    """In UTC, to the second, and they win over tags of their name."""
    tags = {"attribute.expires": "never", "a": "b"}
    payload = metadata({"tags": tags, "attributes": DATES}, is_legacy=True)
    assert json.loads(payload.value().reveal()) == {
        "a": "b",
        "attribute.created": "1970-01-01T00:00:00Z",
        "attribute.expires": "2024-12-31T00:00:00Z",
        "attribute.notBefore": "1970-01-01T00:00:01Z",
        "attribute.updated": "2023-11-14T22:13:20Z",
    }
    assert payload.value("attribute.expires").reveal() == b"2024-12-31T00:00:00Z"
    some = metadata({"attributes": {"enabled": True, "created": 0}}, is_legacy=True)
    assert list(json.loads(some.value().reveal())) == ["attribute.created"]


@pytest.mark.parametrize(
    ("property_", "value"),
    [
        ("team", b"a<b"),
        ("null", b""),
        ("dotted.name", b"whole"),
        ("json.inner", b'{"x": 1.50}'),
        ("json.inner.x", b"1.5"),
        ("json.a.b", b"dotted"),
        ("json.", b'{"inner": {"x": 1.50}, "a.b": "dotted"}'),
    ],
)
def test_one_tag(property_: str, value: bytes) -> None:
    """By its name, or what the rest of the property finds in one that is JSON."""
    assert metadata({"tags": TAGS}).value(property_).reveal() == value


@pytest.mark.parametrize("property_", ["x", "json.x", "x.json", ".json", "team.x", "null.x"])
def test_no_such_tag(property_: str) -> None:
    """The error names the whole property."""
    with pytest.raises(PropertyMissing) as caught:
        metadata({"tags": TAGS}).value(property_)
    assert f'"{property_}"' in caught.value.message


def members(payload: MetadataPayload, property_: str = "") -> dict[str, bytes]:
    """Return what ``extract`` gives."""
    return {name: value.reveal() for name, value in payload.members(property_).items()}


def test_extracted_tags_are_flattened() -> None:
    """Objects of texts, ``{}`` and ``null`` go into their members; other JSON stays as it is."""
    tags = TAGS | {"numbers": '{"a": 1}', "list": "[]", "broken": '{"a"'}
    assert members(metadata({"tags": tags}, "secret/db")) == {
        "db_team": b"a<b",
        "db_json": b'{"inner": {"x": 1.50}, "a.b": "dotted"}',
        "db_flat_user": b"app",
        "db_flat_none": b"",
        "db_null": b"",
        "db_dotted.name": b"whole",
        "db_numbers": b'{"a": 1}',
        "db_list": b"[]",
        "db_broken": b'{"a"',
    }
    dated = metadata({"tags": {"a": "b"}, "attributes": {"created": 0}}, is_legacy=True)
    assert members(dated) == {"db_a": b"b", "db_attribute.created": b"1970-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("key", "property_", "found"),
    [
        ("db", "team", {"db_team": b"a<b"}),
        ("db", "json.inner", {"db_json.inner": b'{"x": 1.50}'}),
        ("db", "flat", {"db_flat": b""}),
        ("secret/db", "team", {"secret/db_team": b""}),
    ],
)
def test_an_extracted_property(key: str, property_: str, found: dict[str, bytes]) -> None:
    """One entry, looked up by key and property; a miss is empty, and no error."""
    assert members(metadata({"tags": TAGS}, key), property_) == found


def test_an_extracted_property_must_be_a_tag() -> None:
    """The look-up before it is the one that can fail."""
    with pytest.raises(PropertyMissing):
        metadata({"tags": TAGS}).members("x")

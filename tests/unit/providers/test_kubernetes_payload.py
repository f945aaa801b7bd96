"""How properties of a Secret are found: not the same for ``remoteRef`` and ``extract``."""

from __future__ import annotations

import pytest

from esync.payload.payload import NotAnObject, PropertyMissing
from esync.providers.contract import NoSecret, ProviderError
from esync.providers.kubernetes.payload import Absent, MetadataPayload, SecretPayload

DATA = {
    "user": b"app",
    "db.json": b'{"user": "dotted"}',
    "db": b'{"json": "inside", "port": 5432, "a": {"b": [1, 2.50]}, "f": 1.50, "n": null}',
    "bin": b"\xff\x00<",
}
SECRET = SecretPayload(DATA)


@pytest.mark.parametrize(
    ("property_", "found"),
    [
        ("user", b"app"),
        ("bin", b"\xff\x00<"),
        ("db.json", b'{"user": "dotted"}'),  # a key of that name comes first
        ("db.port", b"5432"),
        ("db.f", b"1.5"),
        ("db.n", b""),
        ("db.a.b.0", b"1"),
        ("db.a", b'{"b": [1, 2.50]}'),
    ],
)
def test_a_property_is_a_key_or_leads_inside_one(property_: str, found: bytes) -> None:
    """The first dot parts the key from the path."""
    assert SECRET.value(property_).reveal() == found


@pytest.mark.parametrize("property_", ["nowhere", ".user", "user.", "db.nowhere", "nowhere.a", "."])
def test_a_property_that_is_not_there(property_: str) -> None:
    """Neither is one that begins or ends with a dot."""
    with pytest.raises(PropertyMissing) as caught:
        SECRET.value(property_)
    assert caught.value.no_secret is False


def test_all_data_as_json() -> None:
    """Sorted, as texts, without HTML's escapes; bytes that are no text are lost."""
    assert SecretPayload({"b": b"<\xff>", "a": b'"'}).value().reveal() == (
        b'{"a":"\\"","b":"<\\ufffd>"}'
    )


def test_extract_takes_data_as_it_is() -> None:
    """Also bytes that are no text."""
    found = SECRET.members()
    assert {key: value.reveal() for key, value in found.items()} == DATA


def test_extract_of_a_key_keeps_json() -> None:
    """Strings keep their quotes, null is written, numbers pass through float64."""
    document = b'{"s": "a<b", "n": null, "f": 1.0, "big": 12345678901234567890, "o": { "x": 1 }}'
    found = SecretPayload({"k": document}).members("k")
    assert {key: value.reveal() for key, value in found.items()} == {
        "s": b'"a<b"',
        "n": b"null",
        "f": b"1",
        "big": b"12345678901234567000",
        "o": b'{"x":1}',
    }


def test_extract_of_a_key_with_dots() -> None:
    """The whole name comes first; there is no way into a value."""
    found = SECRET.members("db.json")
    assert {key: value.reveal() for key, value in found.items()} == {"user": b'"dotted"'}
    with pytest.raises(PropertyMissing):
        SECRET.members("db.a")


@pytest.mark.parametrize("value", [b"text", b"[1]", b'{"a": 1', b""])
def test_extract_needs_an_object(value: bytes) -> None:
    """Anything else is an error; null has no members."""
    with pytest.raises(NotAnObject):
        SecretPayload({"k": value}).members("k")
    assert SecretPayload({"k": b"null"}).members("k") == {}


METADATA = MetadataPayload(
    {"team": "a", "app.kubernetes.io/name": "shop"}, {"json": '{"ab": 1, "a": {"b": 2}}'}
)


@pytest.mark.parametrize(
    ("property_", "found"),
    [
        (
            "",
            (
                b'{"annotations":{"json":"{\\"ab\\": 1, \\"a\\": {\\"b\\": 2}}"},'
                b'"labels":{"app.kubernetes.io/name":"shop","team":"a"}}'
            ),
        ),
        ("labels", b'{"app.kubernetes.io/name":"shop","team":"a"}'),
        ("labels.team", b"a"),
        ("annotations.json.a.b", b"1"),  # the rest is joined without dots: "ab"
    ],
)
def test_metadata(property_: str, found: bytes) -> None:
    """Labels, annotations, one of them, or inside one."""
    assert METADATA.value(property_).reveal() == found


@pytest.mark.parametrize(
    "property_",
    ["nowhere", "labels.nowhere", "labels.app.kubernetes.io/name", "annotations.json.x", "team"],
)
def test_metadata_that_is_not_there(property_: str) -> None:
    """Keys with dots are out of reach."""
    with pytest.raises(PropertyMissing):
        METADATA.value(property_)


def test_an_object_without_metadata() -> None:
    """Missing maps are null."""
    bare = MetadataPayload(None, None)
    assert bare.value().reveal() == b'{"annotations":null,"labels":null}'
    assert bare.value("labels").reveal() == b"null"
    assert {key: one.reveal() for key, one in bare.members().items()} == {
        "annotations": b"null",
        "labels": b"null",
    }
    assert bare.members("labels") == {}


def test_extract_of_metadata() -> None:
    """One entry for each label, as JSON."""
    found = METADATA.members("labels")
    assert {key: value.reveal() for key, value in found.items()} == {
        "team": b'"a"',
        "app.kubernetes.io/name": b'"shop"',
    }


def test_a_missing_secret_is_told_by_who_asks() -> None:
    """Plain for a single value, no secret for extract."""
    absent = Absent("ns/db")
    with pytest.raises(ProviderError, match="ns/db") as caught:
        absent.value("x")
    assert not isinstance(caught.value, NoSecret)
    with pytest.raises(NoSecret, match="ns/db"):
        absent.members()

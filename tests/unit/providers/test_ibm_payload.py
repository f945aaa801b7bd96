"""What each type of secret holds, as the operator gives it."""

from __future__ import annotations

from typing import Any

import pytest

from esync.gocompat.json_decode import decode
from esync.payload.payload import NotAnObject, Payload, PropertyMissing
from esync.providers.contract import BadAnswer
from esync.providers.ibm.keys import SecretType
from esync.providers.ibm.metadata import MetadataPayload
from esync.providers.ibm.payload import IbmPayload, MemberMissing, OtherType, PropertyNeeded

MEMBERS = [
    SecretType.USERNAME_PASSWORD,
    SecretType.IMPORTED_CERT,
    SecretType.PUBLIC_CERT,
    SecretType.PRIVATE_CERT,
]


def secret(kind: SecretType, text: str, told: str = "") -> IbmPayload:
    """Return a secret whose members are in a JSON text, besides id and type."""
    answer = f'{{"id": "1", "secret_type": "{told or kind}", {text}}}'
    content = decode(answer.encode())
    return IbmPayload(kind, "key", content)


def shown(payload: Payload, property_: str = "") -> dict[str, bytes]:
    """Return the members as bytes."""
    return {name: value.reveal() for name, value in payload.members(property_).items()}


def test_arbitrary_is_its_payload() -> None:
    """The property counts for nothing, and extract does not look inside."""
    one = secret(SecretType.ARBITRARY, '"payload": "{\\"a\\": 1}"')
    assert one.value().reveal() == one.value("a").reveal() == b'{"a": 1}'
    assert shown(one, "a") == {"arbitrary": b'{"a": 1}'}


def test_iam_credentials_are_an_api_key() -> None:
    """Its name in extract has no underscore."""
    one = secret(SecretType.IAM_CREDENTIALS, '"api_key": "k"')
    assert one.value("any").reveal() == b"k"
    assert shown(one) == {"apikey": b"k"}


def test_service_credentials_are_json_once_and_go_s_print_once() -> None:
    """A value is JSON with escapes for HTML; extract prints the map."""
    text = '"credentials": {"iam_role_crn": "crn:<1>", "apikey": "abc", "n": 1234567, "z": null}'
    one = secret(SecretType.SERVICE_CREDENTIALS, text)
    told = rb'{"apikey":"abc","iam_role_crn":"crn:\u003c1\u003e","n":1234567,"z":null}'
    assert one.value().reveal() == told
    printed = b"map[apikey:abc iam_role_crn:crn:<1> n:1.234567e+06 z:<nil>]"
    assert shown(one) == {"credentials": printed}


@pytest.mark.parametrize("kind", MEMBERS)
def test_types_with_several_values_need_a_property(kind: SecretType) -> None:
    """Any text of the answer can be named, also what is no value."""
    one = secret(kind, '"username": "u", "certificate": "c", "locks_total": 2, "labels": ["a"]')
    with pytest.raises(PropertyNeeded, match="needs a property"):
        one.value()
    assert one.value("id").reveal() == b"1"
    for name in ("nowhere", "locks_total", "labels"):
        with pytest.raises(MemberMissing, match=name):
            one.value(name)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (
            SecretType.USERNAME_PASSWORD,
            '"username": "u", "password": "p"',
            {"username": b"u", "password": b"p"},
        ),
        (
            SecretType.IMPORTED_CERT,
            '"certificate": "c", "intermediate": null',
            {"certificate": b"c", "intermediate": b"", "private_key": b""},
        ),
        (
            SecretType.PUBLIC_CERT,
            '"certificate": "c", "intermediate": "i", "private_key": "k"',
            {"certificate": b"c", "intermediate": b"i", "private_key": b"k"},
        ),
        (
            SecretType.PRIVATE_CERT,
            '"certificate": "c", "private_key": "k", "intermediate": "i"',
            {"certificate": b"c", "private_key": b"k"},
        ),
    ],
)
def test_extract_gives_the_values_of_the_type(
    kind: SecretType, text: str, expected: dict[str, bytes]
) -> None:
    """Only an imported certificate may lack parts, which are empty then."""
    assert shown(secret(kind, text)) == expected


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (SecretType.USERNAME_PASSWORD, '"username": "u"'),
        (SecretType.IMPORTED_CERT, '"private_key": "k"'),
        (SecretType.PUBLIC_CERT, '"certificate": "c", "private_key": "k"'),
        (SecretType.PRIVATE_CERT, '"certificate": "c"'),
        (SecretType.IAM_CREDENTIALS, '"ttl": "1"'),
        (SecretType.ARBITRARY, '"payload": {}'),
    ],
)
def test_a_value_that_is_not_there(kind: SecretType, text: str) -> None:
    """It is an error, and never an empty value."""
    with pytest.raises(MemberMissing):
        secret(kind, text).members()


@pytest.mark.parametrize(
    ("kind", "member"),
    [(SecretType.KV, "data"), (SecretType.CUSTOM_CREDENTIALS, "credentials_content")],
)
def test_objects_are_looked_into(kind: SecretType, member: str) -> None:
    """A name with a dot inside wins over the way; numbers have been floats."""
    text = (
        '{"b": {"c": "in"}, "b.c": "name", "n": 12345678901234567890, "l": [1.0, "<"], "z": null}'
    )
    one = secret(kind, f'"{member}": {text}')
    assert one.value("b.c").reveal() == b"name"
    assert one.value("b").reveal() == b'{"c":"in"}'
    assert one.value("n").reveal() == b"12345678901234567000"
    assert one.value("z").reveal() == b""
    whole = rb'"b.c":"name","l":[1,"\u003c"],"n":12345678901234567000,"z":null}'
    assert one.value().reveal() == rb'{"b":{"c":"in"},' + whole
    assert shown(one) == {
        "b": b'{"c":"in"}',
        "b.c": b"name",
        "l": rb'[1,"\u003c"]',
        "n": b"12345678901234567000",
        "z": b"",
    }
    assert shown(one, "b") == {"c": b"in"}
    with pytest.raises(PropertyMissing):
        one.value("nowhere")
    with pytest.raises(NotAnObject):
        one.members("n")


def test_a_big_number_has_no_exponent_in_extract() -> None:
    """The shortest decimal of the float, in full."""
    one = secret(SecretType.KV, '"data": {"n": 1e21, "t": true}')
    assert shown(one) == {"n": b"1000000000000000000000", "t": b"true"}


def test_the_type_has_to_be_the_one_of_the_key() -> None:
    """Where an object is looked for."""
    with pytest.raises(OtherType, match="not of type kv"):
        secret(SecretType.KV, '"data": {}', told="arbitrary").value()
    with pytest.raises(BadAnswer, match="data"):
        secret(SecretType.KV, '"data": "text"').value()


def printed(kind: SecretType, text: str) -> dict[str, bytes]:
    """Return what extract gives with metadata."""
    return shown(MetadataPayload(secret(kind, text)))


def test_metadata_are_printed_as_go_prints() -> None:
    """Strings as they are, the rest by its verb for any value."""
    found = printed(
        SecretType.ARBITRARY,
        '"payload": "p", "labels": ["a", "b"], "versions_total": 1000000, "locks_total": 20,'
        '"small": 0.00001, "downloaded": true, "description": null,'
        '"custom_metadata": {"team": "a", "n": 999999}',
    )
    expected = {
        "arbitrary": b"p",
        "payload": b"p",
        "id": b"1",
        "labels": b"[a b]",
        "versions_total": b"1e+06",
        "locks_total": b"20",
        "small": b"1e-05",
        "downloaded": b"true",
        "description": b"<nil>",
        "custom_metadata": b"map[n:999999 team:a]",
    }
    assert found.items() >= expected.items()


COMMON = {
    "created_at",
    "created_by",
    "crn",
    "downloaded",
    "labels",
    "locks_total",
    "secret_group_id",
    "updated_at",
    "versions_total",
}


@pytest.mark.parametrize(
    ("kind", "text", "more"),
    [
        (SecretType.ARBITRARY, '"payload": "p"', set()),
        (SecretType.USERNAME_PASSWORD, '"username": "u", "password": "p"', {"rotation"}),
        (SecretType.IAM_CREDENTIALS, '"api_key": "k"', {"ttl", "reuse_api_key"}),
    ],
)
def test_members_that_are_always_there(kind: SecretType, text: str, more: set[str]) -> None:
    """What the service leaves out is told as Go tells of nothing."""
    found = printed(kind, text)
    assert {name for name, value in found.items() if value == b"<nil>"} == COMMON | more


def test_moments_have_milliseconds() -> None:
    """Those of the service; what a user stored stays as it is."""
    found = printed(
        SecretType.KV,
        '"created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05.123456+02:00",'
        '"expiration_date": "soon", "data": {"created_at": "2026-01-02T03:04:05Z"}',
    )
    assert found["updated_at"] == b"2026-01-02T01:04:05.123Z"
    assert found["expiration_date"] == b"soon"
    assert found["data"] == b"map[created_at:2026-01-02T03:04:05Z]"
    assert found["created_at"] == b"2026-01-02T03:04:05Z"  # the value's own member wins
    dates = '"validity": {"not_before": "2026-01-02T03:04:05Z"}, "username": "u", "password": "p"'
    found = printed(SecretType.USERNAME_PASSWORD, dates + ', "created_at": "2026-01-02T03:04:05Z"')
    assert found["validity"] == b"map[not_before:2026-01-02T03:04:05.000Z]"
    assert found["created_at"] == b"2026-01-02T03:04:05.000Z"


def test_with_metadata_a_value_is_what_it_was() -> None:
    """The policy counts for extract alone."""
    one: Any = secret(SecretType.KV, '"data": {"a": "b"}')
    assert MetadataPayload(one).value("a").reveal() == b"b"

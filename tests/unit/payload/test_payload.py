"""A payload hands out its value, a property, or its members, and never shows them."""

from __future__ import annotations

import pytest

from esync.payload.payload import JsonPayload, Lookup, NotAnObject, Payload, PropertyMissing
from esync.secret import SecretValue


def payload(json: bytes) -> JsonPayload:
    """Return a payload of that text."""
    return JsonPayload(SecretValue(json), Lookup.ESCAPED_FIRST)


def test_whole_value() -> None:
    """Without a property the value comes as it is, JSON or not."""
    handed: Payload = payload(b"\xff no JSON")
    assert handed.value() == SecretValue(b"\xff no JSON")


def test_property() -> None:
    """A property is looked up inside."""
    assert payload(b'{"a": {"b": "x"}}').value("a.b") == SecretValue(b"x")


def test_missing_property() -> None:
    """A missing property names what the manifest asks for, not what the store holds."""
    with pytest.raises(PropertyMissing) as caught:
        payload(b'{"hidden": "s3cr3t"}').value("wanted")
    assert caught.value.rule == "ES0302"
    assert not caught.value.no_secret
    assert '"wanted"' in caught.value.message
    assert "hidden" not in caught.value.message + caught.value.hint


def test_missing_property_that_counts_as_no_secret() -> None:
    """Some stores take a missing property for a missing secret."""
    handed = JsonPayload(SecretValue(b"{}"), Lookup.PATH, missing_is_no_secret=True)
    with pytest.raises(PropertyMissing) as caught:
        handed.value("x")
    assert caught.value.no_secret


def test_members() -> None:
    """Members are those of the whole, or of a property, also of a string that holds JSON."""
    handed = payload(b'{"o": {"k": [1]}, "s": "{\\"in\\": 1}"}')
    assert handed.members("o") == {"k": SecretValue(b"[1]")}
    assert handed.members("s") == {"in": SecretValue(b"1")}
    assert list(handed.members()) == ["o", "s"]


def test_members_of_something_else() -> None:
    """What is no object has no members."""
    with pytest.raises(NotAnObject):
        payload(b'{"a": [1]}').members("a")


def test_must_be_json() -> None:
    """Where the store's rule says so, broken JSON yields nothing."""
    broken = SecretValue(b'{"a": 1} trailing')
    assert JsonPayload(broken, Lookup.PATH).value("a") == SecretValue(b"1")
    with pytest.raises(PropertyMissing):
        JsonPayload(broken, Lookup.PATH, must_be_json=True).value("a")


def test_nothing_prints() -> None:
    """A payload shows a mask."""
    assert "s3cr3t" not in repr(payload(b"s3cr3t"))

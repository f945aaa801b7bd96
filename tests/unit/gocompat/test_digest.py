"""Digests are those that the operator writes."""

from __future__ import annotations

import pytest

from esync.gocompat.digest import created_by, data_hash, digest, field_manager, sync_version

# Vectors made by External Secrets Operator 2.9.
DATA = {
    "f2a604b87eb0cf673761e8cfea850f901fe73a3d1b2f338802107f36": {"foo": b"bar"},
    "4dc87f1bc1b42f99971f11cd8a752c3c1babc6486c0744d841d68c6a": {
        "username": b"admin",
        "password": b"s3cr3t",
    },
    "1bed8bcbcb4547ffe19a19cd47d9078e84aa6598266d86b99f992d64": {
        "foo": b"value1",
        "bar": b"value2",
    },
    "74a974446e359fb3e6baff9bd0058950e6edd0f040888d9989b0a11b": {},
    "d0618cfd9222044e8c98a2a0ca6db4401458482bf88a81a0f22669c0": {
        "A": b"\x00\xff",
        "a.b": b"",
        "z": b"",
        "é": b"x",
    },
}


@pytest.mark.parametrize(("expected", "data"), DATA.items())
def test_data_hash(expected: str, data: dict[str, bytes]) -> None:
    """The data-hash covers every key, in the order of their bytes."""
    assert data_hash(data) == expected


def test_created_by() -> None:
    """The created-by label is the digest of namespace and name."""
    expected = "b8464376b5fe3535e690594280bfe59b60be2603cb6cbb6d6c8bcbb4"
    assert created_by("default", "my-es") == expected


def test_sync_version() -> None:
    """The sync version is the generation and the digest of annotations and labels."""
    labels = {"tier": "backend", "app": "web"}
    assert sync_version(3, {"force-sync": "1700000000"}, labels) == (
        "3-ba5755ed8528f04f8382e3a85bfd1b49ae0aabd452880bf7c2d23537"
    )
    assert sync_version(0, {}, {}) == "0-f47fe3c0b255b6dd8047cdffa772587bb829efe7a1cb70febeda2eb2"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"data": {"k": "v"}}, "0a3073341f1511c7416a86db422ee6febe03c3f5cea87ad0329ea6df"),
        ({"k": "v"}, "91bf3dec87055bc57b9c9edafd051023c7314b7c15724a0882143dc6"),
        (
            {"replicas": 3, "template": {"ports": [80, 443]}},
            "1c172c8229c15d10568717868dec9dd846d102f71e841cfe3fe29d35",
        ),
    ],
)
def test_objects(value: object, expected: str) -> None:
    """Other objects than Secrets are digested as they stand in JSON."""
    assert digest(value) == expected


@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        (1.5, "1.5"),
        (999999.0, "999999"),
        (1e6, "1e+06"),
        (1234567.5, "1.2345675e+06"),
        (1e-5, "1e-05"),
        (0.0001, "0.0001"),
        (-2.5e100, "-2.5e+100"),
        (0.0, "0"),
        (float("-inf"), "-Inf"),
        (True, "true"),
        (None, "<nil>"),
        (["a", [1]], "[a [1]]"),
    ],
)
def test_rendering(value: object, rendered: str) -> None:
    """Numbers, booleans and null are digested by what Go prints for them."""
    assert digest(value) == digest(rendered)


def test_what_go_cannot_have() -> None:
    """A value of no known kind is a mistake of the program."""
    with pytest.raises(TypeError):
        digest(object())


def test_field_manager() -> None:
    """Up to 63 characters the name is spelt out, beyond that it is hashed."""
    assert field_manager("a" * 27) == "externalsecrets.external-secrets.io/" + "a" * 27
    assert field_manager("payments-api-db-credentials2") == (
        "externalsecrets.external-secrets.io/sha3/"
        "a0de43528222643a95c7b77c1827a1f5d49994f9ed6678eb659e9b2a"
    )

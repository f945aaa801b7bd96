"""Key names are converted and checked."""

from __future__ import annotations

import pytest

from esync.manifests.externalsecret import ConversionStrategy
from esync.payload.keys import BadKey, KeyCollision, check_keys, convert_keys
from esync.secret import SecretValue

VALUE = SecretValue(b"v")


@pytest.mark.parametrize(
    ("strategy", "key", "converted"),
    [
        (ConversionStrategy.DEFAULT, "a/b c", "a_b_c"),
        (ConversionStrategy.DEFAULT, "é½-._9", "é½-._9"),
        (ConversionStrategy.UNICODE, "a/b", "a_U002f_b"),
        (ConversionStrategy.UNICODE, "😀", "_U1f600_"),
    ],
)
def test_converts(strategy: ConversionStrategy, key: str, converted: str) -> None:
    """Letters and numbers of any script stay; the rest is replaced, one by one."""
    assert list(convert_keys({key: VALUE}, strategy)) == [converted]


def test_refuses_collisions() -> None:
    """No value is lost to another one's name."""
    with pytest.raises(KeyCollision):
        convert_keys({"a/b": VALUE, "a_b": VALUE}, ConversionStrategy.DEFAULT)


def test_drops_empty_keys() -> None:
    """The operator drops them silently."""
    assert check_keys(["", "a", "é"]) == ["a", "é"]


@pytest.mark.parametrize("key", ["a/b", "a b", "x" * 254, "é" * 127])
def test_refuses_bad_keys(key: str) -> None:
    """Too long counts bytes; the message does not quote the name, which a store made."""
    with pytest.raises(BadKey) as caught:
        check_keys([key])

    assert key not in caught.value.message

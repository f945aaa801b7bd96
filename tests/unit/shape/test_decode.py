"""Value bytes are decoded as their strategy says."""

from __future__ import annotations

import pytest

from esync.manifests.externalsecret import DecodingStrategy, NullBytePolicy, RemoteRef
from esync.secret import SecretValue
from esync.shape.decode import decode, finish
from esync.shape.errors import NotDecodable, NullByte


@pytest.mark.parametrize(
    ("strategy", "before", "after"),
    [
        (DecodingStrategy.NONE, b"YWJj", b"YWJj"),
        (DecodingStrategy.BASE64, b"YWJj", b"abc"),
        (DecodingStrategy.BASE64, b"YW\r\nJj\n", b"abc"),
        (DecodingStrategy.BASE64, b"", b""),
        (DecodingStrategy.BASE64_URL, b"_-8=", b"\xff\xef"),
        (DecodingStrategy.AUTO, b"abcd", b"i\xb7\x1d"),
        (DecodingStrategy.AUTO, b"_-8=", b"\xff\xef"),
        (DecodingStrategy.AUTO, b"not base64!", b"not base64!"),
    ],
)
def test_decodes(strategy: DecodingStrategy, before: bytes, after: bytes) -> None:
    """Padding is mandatory, line ends are ignored, Auto takes whatever happens to be valid."""
    assert decode(SecretValue(before), strategy, "x").reveal() == after


@pytest.mark.parametrize("value", [b"YWI", b"YW Jj", b"_-8="])
def test_refuses_what_is_not_base64(value: bytes) -> None:
    """The error names the key and not the value."""
    with pytest.raises(NotDecodable) as caught:
        decode(SecretValue(value), DecodingStrategy.BASE64, '"key"')

    assert caught.value.message == '"key" is not Base64, as its decodingStrategy says'


def test_null_bytes_are_looked_for_after_decoding() -> None:
    """NullBytePolicy judges the decoded value."""
    strict = RemoteRef(
        "k", decoding_strategy=DecodingStrategy.BASE64, null_byte_policy=NullBytePolicy.FAIL
    )

    with pytest.raises(NullByte):
        finish(SecretValue(b"AA=="), strict, "x")
    assert finish(SecretValue(b"YQ=="), strict, "x").reveal() == b"a"

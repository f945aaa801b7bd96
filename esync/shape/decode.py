"""Value bytes: decoded as ``decodingStrategy`` says, refused as ``nullBytePolicy`` says.

Source: External Secrets Operator 2.9, ExternalSecret API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from esync.gocompat import base64
from esync.manifests.externalsecret import DecodingStrategy, NullBytePolicy
from esync.secret import SecretValue
from esync.shape.errors import NotDecodable, NullByte

if TYPE_CHECKING:
    from esync.manifests.externalsecret import Find, RemoteRef


def finish(value: SecretValue, ref: RemoteRef | Find, name: str) -> SecretValue:
    """Return ``value`` decoded and checked by the policies of ``ref``; ``name`` is for errors."""
    decoded = decode(value, ref.decoding_strategy, name)
    if ref.null_byte_policy is NullBytePolicy.FAIL and b"\0" in decoded.reveal():
        raise NullByte(
            f"{name} holds a zero byte",
            hint="keep it in a text format such as base64, or leave nullBytePolicy unset",
        )
    return decoded


def decode(value: SecretValue, strategy: DecodingStrategy, name: str) -> SecretValue:
    """Decode ``value``; ``Auto`` never fails and leaves alone what is no base64."""
    match strategy:
        case DecodingStrategy.NONE:
            return value
        case DecodingStrategy.BASE64:
            return _decode(value, name, url=False)
        case DecodingStrategy.BASE64_URL:
            return _decode(value, name, url=True)
        case DecodingStrategy.AUTO:
            for url in (False, True):
                try:
                    return _decode(value, name, url=url)
                except NotDecodable:
                    continue
            return value
        case _:
            assert_never(strategy)


def _decode(value: SecretValue, name: str, *, url: bool) -> SecretValue:
    try:
        return SecretValue(base64.decode(value.reveal(), url=url))
    except base64.Base64Error:
        alphabet = "Base64URL" if url else "Base64"
        raise NotDecodable(
            f"{name} is not {alphabet}, as its decodingStrategy says",
            hint="set decodingStrategy: None, or Auto",
        ) from None

"""The little DER that is read and written here, where the library refuses what Go takes."""

from __future__ import annotations

from typing import Final

SEQUENCE: Final = 0x30
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
_LONG_FORM: Final = 0x80

# Object identifiers, encoded.
RSA_ENCRYPTION: Final = bytes.fromhex("06092a864886f70d010101") + b"\x05\x00"
ED25519: Final = bytes.fromhex("06032b6570")


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return a value of that tag, made of these parts."""
    content = b"".join(parts)
    size = len(content)
    if size < _LONG_FORM:
        return bytes((tag, size)) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(digits))) + digits + content


def integer(number: int) -> bytes:
    """Return a number that is not negative."""
    return tlv(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def public_key(algorithm: bytes, bits: bytes) -> bytes:
    """Return a SubjectPublicKeyInfo."""
    return tlv(SEQUENCE, tlv(SEQUENCE, algorithm), tlv(BIT_STRING, b"\x00", bits))


def read(data: bytes, at: int) -> tuple[int, int, int]:
    """Return the tag at ``at``, where its content begins, and where it ends.

    Raises:
        ValueError: that is no DER.
    """
    if len(data) < at + 2:
        raise ValueError(at)
    tag, size = data[at], data[at + 1]
    begin = at + 2
    if size >= _LONG_FORM:
        begin += size - _LONG_FORM
        size = int.from_bytes(data[at + 2 : begin], "big")
    if len(data) < begin + size:
        raise ValueError(at)
    return tag, begin, begin + size

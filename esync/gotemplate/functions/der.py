"""The little DER that is read and written here, where the library refuses what Go takes."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

SEQUENCE: Final = 0x30
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
_LONG_FORM: Final = 0x80
_CONSTRUCTED: Final = 0x20
_MOST_ROUNDS: Final = 1 << 40

# Object identifiers, encoded.
RSA_ENCRYPTION: Final = bytes.fromhex("06092a864886f70d010101") + b"\x05\x00"
ED25519: Final = bytes.fromhex("06032b6570")
P256: Final = bytes.fromhex("06082a8648ce3d030107")
P384: Final = bytes.fromhex("06052b81040022")
P521: Final = bytes.fromhex("06052b81040023")
_EC_KEY: Final = bytes.fromhex("06072a8648ce3d0201")
_PUBLIC_PART: Final = 0xA1


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return a value of that tag, made of these parts."""
    content = b"".join(parts)
    size = len(content)
    if size < _LONG_FORM:
        return bytes((tag, size)) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(digits))) + digits + content


def integer(number: int) -> bytes:
    """Return a number."""
    size = (number if number >= 0 else ~number).bit_length() // 8 + 1
    return tlv(INTEGER, number.to_bytes(size, "big", signed=True))


def public_key(algorithm: bytes, bits: bytes) -> bytes:
    """Return a SubjectPublicKeyInfo."""
    return tlv(SEQUENCE, tlv(SEQUENCE, algorithm), tlv(BIT_STRING, b"\x00", bits))


def ec_private_key(curve: bytes, secret: bytes, point: bytes) -> bytes:
    """Return a key of an elliptic curve in PKCS#8."""
    public = tlv(_PUBLIC_PART, tlv(BIT_STRING, b"\x00", point))
    key = tlv(SEQUENCE, integer(1), tlv(OCTET_STRING, secret), public)
    return tlv(SEQUENCE, integer(0), tlv(SEQUENCE, _EC_KEY, curve), tlv(OCTET_STRING, key))


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


def rounds(data: bytes, at: int, end: int, depth: int = 30) -> int:
    """Return how many rounds of key derivation a file asks for.

    That is each number that follows octets, a salt, in whatever is nested here.
    """
    total = previous = 0
    while at < end:
        tag, begin, stop = read(data, at)
        if tag == INTEGER and previous == OCTET_STRING:
            total += min(int.from_bytes(data[begin:stop], "big"), _MOST_ROUNDS)
        if depth and (tag & _CONSTRUCTED or tag == OCTET_STRING):
            with suppress(ValueError):  # octets need not be DER
                total += rounds(data, begin, stop, depth - 1)
        previous, at = tag, stop
    return total

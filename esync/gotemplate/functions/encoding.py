"""Sprig's base64 and base32, the operator's ``hexdec``; what cannot be decoded says why.

Source:
    Go 1.26, ``encoding/base32`` and ``encoding/hex``; External Secrets Operator 2.9.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from esync.gocompat.base64 import Base64Error
from esync.gocompat.base64 import decode as decode_base64
from esync.gotemplate.function import Function

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_GROUP: Final = 8  # characters that make five bytes
_PADDED: Final = (2, 4, 5, 7)  # characters that may stand before padding
_HEX: Final = b"0123456789abcdefABCDEF"


def _decode_base64(text: bytes) -> bytes:
    """Decode; what is no base64 yields the error's text as value, as in sprig."""
    try:
        return decode_base64(text)
    except Base64Error as error:
        return str(error).encode()


def _decode_base32(text: bytes) -> bytes:
    """Decode; what is no base32 yields the error's text as value, as in sprig."""
    packed = text.translate(None, b"\r\n")
    foreign = packed.translate(None, _ALPHABET)
    wrong = _wrong_base32(packed) if foreign or len(packed) % _GROUP else None
    if wrong is not None:
        return b"illegal base32 data at input byte %d" % wrong
    body, _, _ = packed.partition(b"=")
    return base64.b32decode(body + b"=" * (-len(body) % _GROUP))


def _wrong_base32(packed: bytes) -> int | None:
    """Return the index that Go reports, or None if all is well."""
    for at, char in enumerate(packed):
        place = at % _GROUP
        left = len(packed) - at - 1
        if char == ord("=") and place >= 2 and left < _GROUP:  # noqa: PLR2004
            return _wrong_padding(packed, at, place, left)
        if char not in _ALPHABET:
            return at
    return None if len(packed) % _GROUP == 0 else len(packed) - len(packed) % _GROUP


def _wrong_padding(packed: bytes, at: int, place: int, left: int) -> int | None:
    if left + place < _GROUP - 1:
        return len(packed)
    for index in range(_GROUP - 1 - place):
        if index < left and packed[at + 1 + index] != ord("="):
            return at + index
    return None if place in _PADDED else at


def _decode_hex(text: bytes) -> bytes:
    """Decode; what is no hexadecimal yields the error's text as value."""
    for char in text.translate(None, _HEX):
        # Go looks at pairs; the last of an odd number is looked at, too.
        if char not in _HEX:
            return f"encoding/hex: invalid byte: {_unicode(char)}".encode()
    if len(text) % 2:
        return b"encoding/hex: odd length hex string"
    return binascii.unhexlify(text)


def _unicode(char: int) -> str:
    """Return what ``%#U`` prints."""
    shown = f" '{chr(char)}'" if chr(char).isprintable() else ""
    return f"U+{char:04X}{shown}"


FUNCTIONS: Final = {
    "b32dec": Function("func(string) string", _decode_base32, byte_steps=0.5),
    "b32enc": Function("func(string) string", base64.b32encode, steps=20, byte_steps=0.25),
    "b64dec": Function("func(string) string", _decode_base64),
    "b64enc": Function("func(string) string", base64.b64encode),
    "hexdec": Function("func(string) string", _decode_hex),
}

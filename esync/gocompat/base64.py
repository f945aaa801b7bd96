"""Base64 as Go reads it: padding is a must, line ends are not seen, spare bits are not looked at.

Source:
    Go 1.26, ``encoding/base64`` (``StdEncoding``, ``URLEncoding``).
"""

from __future__ import annotations

import binascii
import string
from typing import Final

_LETTERS: Final = (string.ascii_letters + string.digits).encode()
_STANDARD: Final = _LETTERS + b"+/"
_URL: Final = _LETTERS + b"-_"
_URL_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_LINE_ENDS: Final = b"\r\n"


class Base64Error(ValueError):
    """A text is no base64; the message is Go's own and tells the place, never the text.

    Attributes:
        offset: index of the byte that Go stumbles over.
    """

    def __init__(self, offset: int) -> None:
        super().__init__(f"illegal base64 data at input byte {offset}")
        self.offset = offset


def decode(text: bytes, *, url: bool = False) -> bytes:
    """Decode ``text`` by the standard alphabet, or that of URLs.

    Raises:
        Base64Error: padding is missing, or a character is foreign to the alphabet.
    """
    alphabet = _URL if url else _STANDARD
    packed = text.translate(None, _LINE_ENDS)
    body = packed.rstrip(b"=")
    padding = len(packed) - len(body)
    if len(packed) % 4 or padding > 2 or body.translate(None, alphabet):  # noqa: PLR2004
        raise Base64Error(_offset(text, alphabet))
    return binascii.a2b_base64(packed.translate(_URL_TO_STANDARD) if url else packed)


def _offset(text: bytes, alphabet: bytes) -> int:
    """Return the index that Go reports for ``text``, which is known to be wrong."""
    filled = 0  # characters of the group of four that is being read
    for at, byte in enumerate(text):
        if byte in _LINE_ENDS:
            continue
        if byte in alphabet:
            filled = (filled + 1) % 4
        elif byte == ord("=") and filled >= 2:  # noqa: PLR2004
            return _after_padding(text, at, second=filled == 2)  # noqa: PLR2004
        else:
            return at
    return len(text) - filled


def _after_padding(text: bytes, at: int, *, second: bool) -> int:
    """Return what is wrong from the first ``=`` on; ``second``: another one has to follow."""
    at = _skip_line_ends(text, at + 1)
    if second:
        if at == len(text):
            return at
        if text[at] != ord("="):
            return at - 1  # Go names the byte before the one it did not expect
        at = _skip_line_ends(text, at + 1)
    return at


def _skip_line_ends(text: bytes, at: int) -> int:
    while at < len(text) and text[at] in _LINE_ENDS:
        at += 1
    return at

"""A PKCS#12 file without anything in it, which the library does not make.

There is nothing to encrypt; what proves that nothing was taken out is PBMAC1 (RFC 9579).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from esync.gotemplate.functions.der import OCTET_STRING, SEQUENCE, integer, tlv

_CONTENT: Final = 0xA0
_VERSION: Final = 3
_ROUNDS: Final = 2048
_KEY_SIZE: Final = 32

# Object identifiers, encoded.
_DATA: Final = bytes.fromhex("06092a864886f70d010701")
_PBMAC1: Final = bytes.fromhex("06092a864886f70d01050e")
_PBKDF2: Final = bytes.fromhex("06092a864886f70d01050c")
_HMAC_SHA256: Final = bytes.fromhex("06082a864886f70d02090500")


def empty_store(password: bytes, salt: bytes) -> bytes:
    """Return the file, in DER."""
    nothing = _data(tlv(SEQUENCE))
    content = tlv(SEQUENCE, nothing)
    key = hashlib.pbkdf2_hmac("sha256", password, salt, _ROUNDS, _KEY_SIZE)
    proof = hmac.digest(key, content, "sha256")
    return tlv(SEQUENCE, integer(_VERSION), _data(content), _mac(salt, proof))


def _data(content: bytes) -> bytes:
    return tlv(SEQUENCE, _DATA, tlv(_CONTENT, tlv(OCTET_STRING, content)))


def _mac(salt: bytes, proof: bytes) -> bytes:
    """Return the proof, and how it was made."""
    hashing = tlv(SEQUENCE, _HMAC_SHA256)
    numbers = (integer(_ROUNDS), integer(_KEY_SIZE))
    derivation = tlv(SEQUENCE, _PBKDF2, tlv(SEQUENCE, tlv(OCTET_STRING, salt), *numbers, hashing))
    algorithm = tlv(SEQUENCE, _PBMAC1, tlv(SEQUENCE, derivation, hashing))
    unused = (tlv(OCTET_STRING, b"NOT USED"), integer(1))
    return tlv(SEQUENCE, tlv(SEQUENCE, algorithm, tlv(OCTET_STRING, proof)), *unused)

"""Sprig's password hashes, the operator's ``htpasswd``, and passwords derived from a master.

What cannot be hashed says why, as the value.

Source:
    Sprig 3.3; External Secrets Operator 2.9 (``htpasswd`` takes an algorithm).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import string
from typing import TYPE_CHECKING, Final

from esync.gotemplate.function import Function

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.gotemplate.function import Context

_STEPS_FOR_BCRYPT: Final = 400_000
_STEPS_FOR_SCRYPT: Final = 1_200_000
_LONGEST: Final = 72  # bytes that bcrypt looks at
_SALT_SIZE: Final = 16
_COST: Final = 10
_TO_BCRYPT: Final = bytes.maketrans(
    f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}+/".encode(),
    f"./{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}".encode(),
)

_SEED: Final = b"com.lyndir.masterpassword"
_SCRYPT_MEMORY: Final = 1 << 26
# One template is chosen; each of its letters stands for a class of characters.
_TEMPLATES: Final = {
    b"maximum": ("anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"),
    b"long": (
        *("CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv"),
        *("CvccCvcvnoCvcv", "CvccCvcvCvcvno", "CvcvnoCvccCvcv", "CvcvCvccnoCvcv"),
        *("CvcvCvccCvcvno", "CvcvnoCvcvCvcc", "CvcvCvcvnoCvcc", "CvcvCvcvCvccno"),
        *("CvccnoCvccCvcv", "CvccCvccnoCvcv", "CvccCvccCvcvno", "CvcvnoCvccCvcc"),
        *("CvcvCvccnoCvcc", "CvcvCvccCvccno", "CvccnoCvcvCvcc", "CvccCvcvnoCvcc"),
        "CvccCvcvCvccno",
    ),
    b"medium": ("CvcnoCvc", "CvcCvcno"),
    b"short": ("Cvcn",),
    b"basic": ("aaanaaan", "aannaaan", "aaannaaa"),
    b"pin": ("nnnn",),
}
_CLASSES: Final = {
    "V": "AEIOU",
    "C": "BCDFGHJKLMNPQRSTVWXYZ",
    "v": "aeiou",
    "c": "bcdfghjklmnpqrstvwxyz",
    "A": "AEIOUBCDFGHJKLMNPQRSTVWXYZ",
    "a": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
    "n": "0123456789",
    "o": "@&%?,=[]_:-+*$#!'^~;()/.",
    "x": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
}


def _bcrypt(context: Context, password: bytes) -> bytes:
    import bcrypt

    if len(password) > _LONGEST:
        reason = b"bcrypt: password length exceeds 72 bytes"
        return b"failed to encrypt string with bcrypt: " + reason
    context.budget.spend(_STEPS_FOR_BCRYPT)
    salt = base64.b64encode(context.random(_SALT_SIZE)).translate(_TO_BCRYPT, b"=")
    hashed: bytes = bcrypt.hashpw(password, b"$2a$%d$%b" % (_COST, salt))
    return hashed


def _htpasswd(context: Context, user: bytes, password: bytes, algorithm: bytes) -> bytes:
    if b":" in user:
        return b"invalid username: " + user
    if algorithm == b"sha":
        digest = hashlib.sha1(password, usedforsecurity=False).digest()
        return b"%b:{SHA}%b" % (user, base64.b64encode(digest))
    return b"%b:%b" % (user, _bcrypt(context, password))


def _derive(
    context: Context, counter: int, kind: bytes, password: bytes, user: bytes, site: bytes
) -> bytes:
    """Derive the password of a site from a master password; the same each time."""
    templates = _TEMPLATES.get(kind)
    if templates is None:
        return b"cannot find password template " + kind
    context.budget.spend(_STEPS_FOR_SCRYPT)
    salt = _SEED + _sized(user)
    key = hashlib.scrypt(password, salt=salt, n=32768, r=8, p=2, dklen=64, maxmem=_SCRYPT_MEMORY)
    message = _SEED + _sized(site) + counter.to_bytes(4, "big")
    seed = hmac.digest(key, message, "sha256")
    chosen = templates[seed[0] % len(templates)]
    return "".join(
        _CLASSES[letter][byte % len(_CLASSES[letter])]
        for letter, byte in zip(chosen, seed[1:], strict=False)
    ).encode()


def _sized(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


FUNCTIONS: Mapping[str, Function] = {
    "bcrypt": Function("func(string) string", _bcrypt, wants_context=True, changes=True),
    "derivePassword": Function(
        "func(uint32, string, string, string, string) string", _derive, wants_context=True
    ),
    "htpasswd": Function(
        "func(string, string, sprig.HashAlgorithm) string",
        _htpasswd,
        wants_context=True,
        changes=True,
    ),
}

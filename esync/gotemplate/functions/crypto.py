"""Sprig's key generation and AES, the operator's ``rsaDecrypt``.

Source:
    Sprig 3.3; External Secrets Operator 2.9.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from esync.gocompat import pem
from esync.gocompat.base64 import Base64Error
from esync.gocompat.base64 import decode as decode_base64
from esync.gotemplate.function import Function, FunctionError
from esync.gotemplate.functions import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from esync.gotemplate.function import Context

# What the generation of a key costs at most times, in steps.
STEPS_FOR_RSA_2048: Final = 400_000
_STEPS_FOR_RSA_4096: Final = 2_500_000
_STEPS_FOR_DSA: Final = 3_000_000
_STEPS_FOR_CURVES: Final = 1_000
_STEPS_FOR_RSA_DECRYPTION: Final = 10_000
_BYTES_PER_STEP: Final = 64

_KEY_SIZE, _BLOCK = 32, 16


def _generate(context: Context, kind: bytes) -> bytes:
    match kind:
        case b"" | b"rsa":
            context.budget.spend(_STEPS_FOR_RSA_4096)
            return keys.pem_of_key(rsa_key(4096))
        case b"dsa":
            context.budget.spend(_STEPS_FOR_DSA)
        case b"ecdsa" | b"ed25519":
            context.budget.spend(_STEPS_FOR_CURVES)
        case _:
            return b"Unknown type " + kind
    return keys.pem_of_key(_other_key(kind))


def rsa_key(bits: int) -> PrivateKeyTypes:
    """Make an RSA key; the budget must know of it already."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _other_key(kind: bytes) -> PrivateKeyTypes:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519

    match kind:
        case b"dsa":
            return dsa.generate_private_key(key_size=2048)
        case b"ecdsa":
            return ec.generate_private_key(ec.SECP256R1())
        case _:
            return ed25519.Ed25519PrivateKey.generate()


def _aes_key(password: bytes) -> bytes:
    """Return the password as a key: cut, or filled up with zeros."""
    return password[:_KEY_SIZE].ljust(_KEY_SIZE, b"\0")


def _encrypt(context: Context, password: bytes, text: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if not text:
        return b""
    context.budget.spend(len(text) // _BYTES_PER_STEP)
    missing = _BLOCK - len(text) % _BLOCK
    start = context.random(_BLOCK)
    encryptor = Cipher(algorithms.AES(_aes_key(password)), modes.CBC(start)).encryptor()
    encrypted = encryptor.update(text + bytes([missing]) * missing) + encryptor.finalize()
    return base64.b64encode(start + encrypted)


def _decrypt(context: Context, password: bytes, text: bytes) -> bytes:
    """Decrypt; the padding is taken off without a look at it."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if not text:
        return b""
    context.budget.spend(len(text) // _BYTES_PER_STEP)
    try:
        whole = decode_base64(text)
    except Base64Error as error:
        raise FunctionError(str(error)) from None
    if len(whole) < _BLOCK:
        room = len(text) // 4 * 3
        raise FunctionError(
            f"runtime error: slice bounds out of range [:{_BLOCK}] with capacity {room}"
        )
    start, encrypted = whole[:_BLOCK], whole[_BLOCK:]
    if len(encrypted) % _BLOCK:
        raise FunctionError("crypto/cipher: input not full blocks")
    if not encrypted:
        raise FunctionError("runtime error: index out of range [-1]")
    decryptor = Cipher(algorithms.AES(_aes_key(password)), modes.CBC(start)).decryptor()
    padded = decryptor.update(encrypted) + decryptor.finalize()
    end = len(padded) - padded[-1]
    if end < 0:
        raise FunctionError(f"runtime error: slice bounds out of range [:{end}]")
    return padded[:end]


def _rsa_decrypt(
    context: Context, scheme: bytes, hashing: bytes, text: bytes, key_text: bytes
) -> bytes:
    from cryptography.exceptions import InternalError
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if scheme == b"None":
        return text
    if scheme != b"RSA-OAEP":
        name = scheme.decode("utf-8", "replace")
        raise FunctionError(f"decryption scheme {name} is not supported")
    context.budget.spend(_STEPS_FOR_RSA_DECRYPTION)
    block = pem.decode(key_text)
    if block is None:
        raise FunctionError("failed to decode PEM block")
    try:
        key = keys.private_key_of_any_form(block.content)
    except FunctionError as error:
        raise FunctionError(f"could not parse private key: {error}") from None
    if not isinstance(key, RSAPrivateKey):
        raise FunctionError("could not parse RSA private key")
    algorithms: dict[bytes, hashes.HashAlgorithm] = {
        b"SHA1": hashes.SHA1(),  # noqa: S303 - the sender's choice
        b"SHA512": hashes.SHA512(),
    }
    algorithm = algorithms.get(hashing, hashes.SHA256())
    try:
        return key.decrypt(text, OAEP(MGF1(algorithm), algorithm, None))
    except (ValueError, InternalError):
        reason = "error decrypting data with RSA: crypto/rsa: decryption error"
        raise FunctionError(reason) from None


FUNCTIONS: Mapping[str, Function] = {
    "decryptAES": Function("func(string, string) (string, error)", _decrypt, wants_context=True),
    "encryptAES": Function(
        "func(string, string) (string, error)",
        _encrypt,
        wants_context=True,
        changes=True,
        steps=30,
    ),
    "genPrivateKey": Function("func(string) string", _generate, wants_context=True, changes=True),
    "rsaDecrypt": Function(
        "func(string, string, string, string) (string, error)", _rsa_decrypt, wants_context=True
    ),
}

"""Sprig's random texts and UUIDs, made of the random bytes of the context."""

from __future__ import annotations

import base64
import string
import uuid
from typing import TYPE_CHECKING, Final

from esync.gotemplate.function import Function, FunctionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esync.gotemplate.function import Context

_DIGITS: Final = string.digits.encode()
_LETTERS: Final = string.ascii_letters.encode()
_PRINTABLE: Final = bytes(range(0x20, 0x7F))
_UUID_SIZE: Final = 16


def _text_of(alphabet: bytes) -> Function:
    """Make a function that returns so many characters, each as likely as any other."""
    fair = 256 - 256 % len(alphabet)  # bytes from there on would favour the first characters
    letters = bytes(alphabet[byte % len(alphabet)] for byte in range(fair)).ljust(256, b"\0")
    unfair = bytes(range(fair, 256))

    def call(context: Context, count: int) -> bytes:
        context.budget.reserve(count)
        context.budget.spend(max(count, 0))
        text = b""
        while len(text) < count:
            text += context.random(count - len(text)).translate(letters, unfair)
        return text

    return Function("func(int) string", call, wants_context=True, changes=True)


def _random_bytes(context: Context, count: int) -> bytes:
    """Return that many random bytes in base64."""
    if count < 0:
        raise FunctionError("runtime error: makeslice: len out of range")
    context.budget.reserve(count + count // 3)
    context.budget.spend(count)
    return base64.b64encode(context.random(count))


def _uuid(context: Context) -> bytes:
    return str(uuid.UUID(bytes=context.random(_UUID_SIZE), version=4)).encode()


FUNCTIONS: Mapping[str, Function] = {
    "randAlpha": _text_of(_LETTERS),
    "randAlphaNum": _text_of(_LETTERS + _DIGITS),
    "randAscii": _text_of(_PRINTABLE),
    "randBytes": Function(
        "func(int) (string, error)", _random_bytes, wants_context=True, changes=True
    ),
    "randNumeric": _text_of(_DIGITS),
    "uuidv4": Function("func() string", _uuid, wants_context=True, changes=True),
}

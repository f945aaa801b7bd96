"""Sprig's checksums, in hex but for Adler's, which is a decimal number."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Final

from esync.gotemplate.function import Function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esync.gotemplate.function import Context

_BYTES_PER_STEP: Final = 64


def _metered(checksum: Callable[[bytes], str]) -> Function:
    """Make a function that tells the budget how much it reads."""

    def call(context: Context, text: bytes) -> bytes:
        context.budget.spend(len(text) // _BYTES_PER_STEP)
        return checksum(text).encode()

    return Function("func(string) string", call, wants_context=True)


FUNCTIONS: Mapping[str, Function] = {
    "adler32sum": _metered(lambda text: str(zlib.adler32(text))),
    "sha1sum": _metered(lambda text: hashlib.sha1(text, usedforsecurity=False).hexdigest()),
    "sha256sum": _metered(lambda text: hashlib.sha256(text).hexdigest()),
    "sha512sum": _metered(lambda text: hashlib.sha512(text).hexdigest()),
}

"""Numbers by chance, from the random bytes of the context."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esync.gotemplate.function import Context

_WIDTH = 16  # bytes; far wider than any bound, so that no number is favoured


def below(context: Context, bound: int) -> int:
    """Return a number from 0 to just below ``bound``, each as likely as any other."""
    return int.from_bytes(context.random(_WIDTH), "big") % bound

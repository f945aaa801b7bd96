"""Values as text and as lists of text, as sprig's string functions take them."""

from __future__ import annotations

from esync.gocompat import fmt
from esync.gocompat.values import Slice, Value

# A text that is longer is not printed: no result may be, either.
_MOST = 4 << 20


def strval(value: Value) -> bytes:
    """Return what ``%v`` prints; bytes are taken as text.

    Raises:
        OutputTooLongError: it is longer than any result may be.
    """
    if isinstance(value, bytes):
        return value
    if isinstance(value, Slice) and value.elem == "uint8":
        return bytes(value)
    return fmt.sprint([value], limit=_MOST)


def strslice(value: Value) -> Slice:
    """Return a list of texts: of a list's elements but nil, else of the one value."""
    if isinstance(value, Slice) and value.elem == "string":
        return value
    if isinstance(value, list):
        return Slice([strval(item) for item in value if item is not None], "string")
    return Slice([] if value is None else [strval(value)], "string")


def sprintf(form: bytes, *values: Value) -> bytes:
    """Print by a Go format; see :func:`strval`."""
    return fmt.sprintf(form, values, limit=_MOST)

"""What Go's runtime says when a function is given what it cannot take."""

from __future__ import annotations

from esync.gocompat.values import Value, kind_of
from esync.gotemplate.function import FunctionError

NIL_POINTER = "runtime error: invalid memory address or nil pointer dereference"


def elements(value: Value, action: str) -> list[Value]:
    """Return ``value`` if it is a list.

    Raises:
        FunctionError: it is something else; ``action`` is the start of what the function says.
    """
    if value is None:
        raise FunctionError(NIL_POINTER)
    if not isinstance(value, list):
        raise FunctionError(f"{action} {kind_of(value)}")
    return value


def cut(text: bytes, start: int | None, end: int | None) -> bytes:
    """Return ``text[start:end]`` as Go cuts it, where bounds must be in range and in order."""
    if end is not None:
        if end < 0:
            raise FunctionError(f"runtime error: slice bounds out of range [:{end}]")
        if end > len(text):
            size = f"with length {len(text)}"
            raise FunctionError(f"runtime error: slice bounds out of range [:{end}] {size}")
    last = len(text) if end is None else end
    if start is not None and start < 0:
        raise FunctionError(f"runtime error: slice bounds out of range [{start}:]")
    if start is not None and start > last:
        raise FunctionError(f"runtime error: slice bounds out of range [{start}:{last}]")
    return text[start:end]

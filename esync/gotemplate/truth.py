"""Which values count as true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.values import Struct
from esync.gotemplate.arguments import NO_VALUE

if TYPE_CHECKING:
    from esync.gocompat.values import Value


def is_true(value: Value) -> bool:
    """Tell whether ``value`` is something: not nil, zero, false or empty."""
    if value is NO_VALUE:
        return False
    return True if isinstance(value, Struct) else bool(value)

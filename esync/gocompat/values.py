"""The Go values that a template can hold, and the names of their types.

Strings are byte strings, as in Go. What Python has already is used as it is:

=============================  ==========================================
Go                             here
=============================  ==========================================
``nil`` (untyped, interface)   ``None``
``string``                     ``bytes``
``bool``                       ``bool``
``int``                        ``int``
``int64``, ``uint8``, …        a subclass of :class:`Sized`
``float64``, ``complex128``    ``float``, ``complex``
``[]interface {}``             ``list``
``map[string]interface {}``    ``dict`` with keys of ``bytes``
``[]string``, ``[]uint8``, …   :class:`Slice`, which knows its element type
``map[string]string``, …       :class:`Map`, which knows its types
structs, pointers, errors      :class:`Struct`
=============================  ==========================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# One value of a template: one of the rows above. Go's static types cannot be told to Python's.
Value = Any


class Sized(int):
    """An integer of a Go type other than ``int``; arithmetic yields a plain ``int``."""

    go_type: ClassVar[str]
    bits: ClassVar[int]
    signed: ClassVar[bool]


class Int8(Sized):
    """``int8``."""

    go_type, bits, signed = "int8", 8, True


class Int16(Sized):
    """``int16``."""

    go_type, bits, signed = "int16", 16, True


class Int32(Sized):
    """``int32``, which is also ``rune``."""

    go_type, bits, signed = "int32", 32, True


class Int64(Sized):
    """``int64``: what sprig's arithmetic returns."""

    go_type, bits, signed = "int64", 64, True


class Uint(Sized):
    """``uint``."""

    go_type, bits, signed = "uint", 64, False


class Uint8(Sized):
    """``uint8``, which is also ``byte``: what indexing a string yields."""

    go_type, bits, signed = "uint8", 8, False


class Uint16(Sized):
    """``uint16``."""

    go_type, bits, signed = "uint16", 16, False


class Uint32(Sized):
    """``uint32``."""

    go_type, bits, signed = "uint32", 32, False


class Uint64(Sized):
    """``uint64``."""

    go_type, bits, signed = "uint64", 64, False


class Float32(float):
    """``float32``, already rounded to its precision."""


class Slice(list[Any]):
    """A slice with another element type than ``interface {}``, or a nil slice."""

    def __init__(self, items: Iterable[Value], elem: str, *, is_nil: bool = False) -> None:
        super().__init__(items)
        self.elem = elem
        self.is_nil = is_nil


class Map(dict[Any, Any]):
    """A map with other types than ``map[string]interface {}``, or a nil map."""

    def __init__(
        self,
        items: Mapping[Any, Value],
        key: str = "string",
        elem: str = "interface {}",
        *,
        is_nil: bool = False,
    ) -> None:
        super().__init__(items)
        self.key = key
        self.elem = elem
        self.is_nil = is_nil


class Struct:
    """A Go struct, pointer, error or named type: its type's name, fields and methods.

    Only ``fields`` and ``methods`` are in reach of a template, never Python's attributes.
    ``methods`` are called with the receiver left out; ``text`` is what ``%v`` prints when the
    type has a ``String`` or ``Error`` method.
    """

    go_type: ClassVar[str] = "struct {}"

    @property
    def fields(self) -> Mapping[str, Value]:
        """Exported fields by name, in Go's order."""
        return {}

    @property
    def methods(self) -> Mapping[str, Callable[..., Value]]:
        """Exported methods by name."""
        return {}

    @property
    def text(self) -> bytes | None:
        """What the type's ``String`` or ``Error`` method returns, if it has one."""
        return None

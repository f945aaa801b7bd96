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

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# One value of a template: one of the rows above. Go's static types cannot be told to Python's.
Value = Any


@dataclass(frozen=True, slots=True)
class Method:
    """One method that templates can call on a value.

    Attributes:
        signature: the Go type without the receiver, e.g. ``func(string) string``; arguments are
            checked and converted by it.
        call: gets the converted arguments, the receiver is bound already.
        steps: how much work a call is, in steps of a template's budget, if it is more than usual.
        byte_steps: how much more each byte of a text among the arguments is.
    """

    signature: str
    call: Callable[..., Value]
    steps: int = 0
    byte_steps: int = 0


class Methods(Mapping[str, Method]):
    """The methods of one value, each made when it is asked for."""

    def __init__(
        self,
        table: Mapping[str, tuple[str, Callable[..., Value]]],
        receiver: Value,
        *,
        steps: int = 0,
        byte_steps: int = 0,
    ) -> None:
        """Take signatures and functions by name; the functions get ``receiver`` first."""
        self._table = table
        self._receiver = receiver
        self._steps = steps
        self._byte_steps = byte_steps

    def __getitem__(self, name: str) -> Method:
        signature, call = self._table[name]
        return Method(signature, partial(call, self._receiver), self._steps, self._byte_steps)

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


NO_METHODS: Mapping[str, Method] = MappingProxyType({})


class Sized(int):
    """An integer of a Go type other than ``int``; arithmetic yields a plain ``int``.

    A named type (``time.Month``) has a ``go_type`` unlike its ``kind``, and may have methods.
    """

    go_type: ClassVar[str]
    kind: ClassVar[str]
    bits: ClassVar[int]
    signed: ClassVar[bool]

    @property
    def methods(self) -> Mapping[str, Method]:
        """Exported methods by name."""
        return NO_METHODS

    @property
    def text(self) -> bytes | None:
        """What the type's ``String`` method returns, if it has one."""
        return None


class Int8(Sized):
    """``int8``."""

    go_type = kind = "int8"
    bits, signed = 8, True


class Int16(Sized):
    """``int16``."""

    go_type = kind = "int16"
    bits, signed = 16, True


class Int32(Sized):
    """``int32``, which is also ``rune``."""

    go_type = kind = "int32"
    bits, signed = 32, True


class Int64(Sized):
    """``int64``: what sprig's arithmetic returns."""

    go_type = kind = "int64"
    bits, signed = 64, True


class Uint(Sized):
    """``uint``."""

    go_type = kind = "uint"
    bits, signed = 64, False


class Uint8(Sized):
    """``uint8``, which is also ``byte``: what indexing a string yields."""

    go_type = kind = "uint8"
    bits, signed = 8, False


class Uint16(Sized):
    """``uint16``."""

    go_type = kind = "uint16"
    bits, signed = 16, False


class Uint32(Sized):
    """``uint32``."""

    go_type = kind = "uint32"
    bits, signed = 32, False


class Uint64(Sized):
    """``uint64``."""

    go_type = kind = "uint64"
    bits, signed = 64, False


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
    """A Go struct, pointer or error: its type's name, fields and methods.

    Only ``fields`` and ``methods`` are in reach of a template, never Python's attributes.
    """

    go_type: ClassVar[str] = "struct {}"

    @property
    def fields(self) -> Mapping[str, Value]:
        """Fields by name, in Go's order; those in lower case are printed, but not in reach."""
        return {}

    @property
    def methods(self) -> Mapping[str, Method]:
        """Exported methods by name."""
        return NO_METHODS

    @property
    def text(self) -> bytes | None:
        """What the type's ``String`` or ``Error`` method returns, if it has one."""
        return None

    @property
    def size(self) -> int:
        """How many bytes of text it holds, as far as they may be many."""
        return 0


_NAMES: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (bytes, lambda _: "string"),
    (bool, lambda _: "bool"),
    (Sized, lambda value: value.go_type),
    (int, lambda _: "int"),
    (Float32, lambda _: "float32"),
    (float, lambda _: "float64"),
    (complex, lambda _: "complex128"),
    (Slice, lambda value: f"[]{value.elem}"),
    (list, lambda _: "[]interface {}"),
    (Map, lambda value: f"map[{value.key}]{value.elem}"),
    (dict, lambda _: "map[string]interface {}"),
    (Struct, lambda value: value.go_type),
)


def type_of(value: Value) -> str:
    """Return the Go type of ``value`` as ``%T`` prints it; ``<nil>`` for nil."""
    if value is None:
        return "<nil>"
    return next(name(value) for base, name in _NAMES if isinstance(value, base))


def kind_of(value: Value) -> str:
    """Return the Go kind of ``value``: ``int64``, ``slice``, ``ptr`` …; ``invalid`` for nil."""
    match value:
        case None:
            return "invalid"
        case Sized():
            return value.kind
        case Struct():
            return "ptr" if value.go_type.startswith("*") else "struct"
        case list():
            return "slice"
        case dict():
            return "map"
    return type_of(value)

"""One value under one verb, whatever its type; nested values included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esync.gocompat.fmt import scalars
from esync.gocompat.fmt.flags import Flags
from esync.gocompat.fmt.order import sorted_items
from esync.gocompat.values import Float32, Map, Sized, Slice, Struct, type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from esync.gocompat.values import Value

NIL = b"<nil>"
_TEXT_VERBS = "vsxXq"
# Where a pointer points is nobody's business: every address is this one.
_ADDRESS = 0xC000010000


_MOST_PIECES = 100_000


class OutputTooLongError(Exception):
    """More was to be printed than the caller allows."""


class Printer:
    """Collects printed pieces, up to a limit."""

    def __init__(self, limit: int | None = None) -> None:
        """Start empty; more than ``limit`` bytes raise :class:`OutputTooLongError`."""
        self._printed = b""
        self._pieces: list[bytes] = []
        self._room = float("inf") if limit is None else limit
        self._erroring = False

    def write(self, piece: bytes) -> None:
        """Add a piece."""
        self._room -= len(piece) + 1  # an endless run of empty pieces ends too
        if self._room < 0:
            raise OutputTooLongError
        self._pieces.append(piece)
        if len(self._pieces) > _MOST_PIECES:  # to join them takes 80 bytes for each
            self._printed = self.result()
            self._pieces = []

    def result(self) -> bytes:
        """Return all pieces as one."""
        return self._printed + b"".join(self._pieces)

    def argument(self, value: Value, verb: str, flags: Flags) -> None:
        """Print an operand."""
        if value is None:
            if verb in "Tv":
                self.write(scalars.pad(NIL, flags))
            else:
                self._bad_verb(None, verb, flags)
        elif verb == "T":
            self._scalar(scalars.string(type_of(value).encode(), "s", flags), value, verb, flags)
        elif verb == "p":
            self._pointer(value, verb, flags)
        else:
            self.value(value, verb, flags, depth=0)

    def value(self, value: Value, verb: str, flags: Flags, *, depth: int) -> None:
        """Print an operand or a part of one."""
        if self._by_method(value, verb, flags):
            return
        match value:
            case None:
                self.write(b"interface {}(nil)" if flags.sharp_v else NIL)
            case Struct():
                self._struct(value, verb, flags, depth)
            case dict():
                self._map(value, verb, flags, depth)
            case list():
                self._list(value, verb, flags, depth)
            case complex():
                self._complex(value, verb, flags)
            case _:
                self._scalar(_scalar(value, verb, flags), value, verb, flags)

    def _by_method(self, value: Value, verb: str, flags: Flags) -> bool:
        """Print what ``String`` or ``Error`` returns; True: done."""
        if self._erroring or isinstance(value, bytes | bool | float | complex | None):
            return False
        if verb == "w" and isinstance(value, Struct | dict | list):
            self._bad_verb(value, verb, flags)
            return True
        if not isinstance(value, Sized | Struct) or flags.sharp_v or verb not in _TEXT_VERBS:
            return False
        text = value.text
        if text is not None:
            self._scalar(scalars.string(text, verb, flags), value, verb, flags)
        return text is not None

    def _scalar(self, printed: bytes | None, value: Value, verb: str, flags: Flags) -> None:
        if printed is None:
            self._bad_verb(value, verb, flags)
        else:
            self.write(printed)

    def _bad_verb(self, value: Value, verb: str, flags: Flags) -> None:
        self._erroring = True
        self.write(b"%!" + verb.encode("utf-8", "surrogateescape") + b"(")
        if value is None:
            self.write(NIL)
        else:
            self.write(type_of(value).encode() + b"=")
            self.value(value, "v", flags, depth=0)
        self.write(b")")
        self._erroring = False

    def _complex(self, value: complex, verb: str, flags: Flags) -> None:
        real = scalars.floating(value.real, verb, flags)
        if real is None:
            self._bad_verb(value, verb, flags)
            return
        plus, flags.plus = flags.plus, True
        imaginary = scalars.floating(value.imag, verb, flags) or b""
        flags.plus = plus
        self.write(b"(" + real + imaginary + b"i)")

    def _pointer(self, value: Value, verb: str, flags: Flags) -> None:
        if not isinstance(value, list | dict) and not _is_pointer(value):
            self._bad_verb(value, verb, flags)
            return
        sharp, flags.sharp = flags.sharp, not flags.sharp
        self._scalar(scalars.integer(_ADDRESS, "x", flags, signed=False), value, verb, flags)
        flags.sharp = sharp

    def _struct(self, value: Struct, verb: str, flags: Flags, depth: int) -> None:
        name = value.go_type
        if _is_pointer(value):
            if depth > 0:
                self._pointer(value, verb, flags)
                return
            self.write(b"&")
            name = name[1:]
        named = flags.plus_v or flags.sharp_v
        self.write((name.encode() if flags.sharp_v else b"") + b"{")
        for position, (field, part) in enumerate(value.fields.items()):
            self._separate(position, flags)
            if named:
                self.write(field.encode() + b":")
            self.value(part, verb, flags, depth=depth + 1)
        self.write(b"}")

    def _separate(self, position: int, flags: Flags) -> None:
        if position:
            self.write(b", " if flags.sharp_v else b" ")

    def _map(self, value: dict[Any, Value], verb: str, flags: Flags, depth: int) -> None:
        if flags.sharp_v:
            self.write(type_of(value).encode())
            if isinstance(value, Map) and value.is_nil:
                self.write(b"(nil)")
                return
        self.write(b"{" if flags.sharp_v else b"map[")
        for position, (key, part) in enumerate(sorted_items(value)):
            self._separate(position, flags)
            self.value(key, verb, flags, depth=depth + 1)
            self.write(b":")
            self.value(part, verb, flags, depth=depth + 1)
        self.write(b"}" if flags.sharp_v else b"]")

    def _list(self, value: list[Value], verb: str, flags: Flags, depth: int) -> None:
        is_nil = isinstance(value, Slice) and value.is_nil
        if isinstance(value, Slice) and value.elem == "uint8":
            if verb in "sqxX":
                self.write(scalars.string(bytes(value), verb, flags) or b"")
                return
            if verb == "d" and flags.sharp_v:
                verb = "v"
            name = b"[]byte" if depth == 0 else b"[]uint8"
            self._items(_octets(value), verb, flags, depth, name=name, is_nil=is_nil)
            return
        self._items(value, verb, flags, depth, name=type_of(value).encode(), is_nil=is_nil)

    def _items(
        self,
        items: Iterable[Value],
        verb: str,
        flags: Flags,
        depth: int,
        *,
        name: bytes,
        is_nil: bool,
    ) -> None:
        if flags.sharp_v:
            self.write(name)
            if is_nil:
                self.write(b"(nil)")
                return
        self.write(b"{" if flags.sharp_v else b"[")
        for position, part in enumerate(items):
            self._separate(position, flags)
            self.value(part, verb, flags, depth=depth + 1)
        self.write(b"}" if flags.sharp_v else b"]")


def _octets(value: Slice) -> Iterable[Value]:
    from esync.gocompat.values import Uint8

    return (Uint8(byte) for byte in value)


def _is_pointer(value: Value) -> bool:
    return isinstance(value, Struct) and value.go_type.startswith("*")


def _scalar(value: Value, verb: str, flags: Flags) -> bytes | None:
    match value:
        case bool():
            return scalars.boolean(value, verb, flags)
        case bytes():
            return scalars.string(value, verb, flags)
        case Sized():
            return scalars.integer(value, verb, flags, signed=value.signed)
        case int():
            return scalars.integer(value, verb, flags, signed=True)
        case Float32():
            return scalars.floating(value, verb, flags, bits=32)
        case float():
            return scalars.floating(value, verb, flags)
    message = f"no Go value: {type(value).__name__}"
    raise TypeError(message)


def sprint(values: Sequence[Value], *, limit: int | None = None) -> bytes:
    """Print ``values``, with spaces between two of which neither is a string.

    Raises:
        OutputTooLongError: it takes more than ``limit`` bytes.
    """
    if len(values) == 1:
        value = values[0]
        if value.__class__ is bytes:
            return bytes(value)
        if value.__class__ is int:
            return b"%d" % value
    printer = Printer(limit)
    before = True
    for value in values:
        is_string = isinstance(value, bytes)
        if not is_string and not before:
            printer.write(b" ")
        printer.argument(value, "v", Flags())
        before = is_string
    return printer.result()


def sprintln(values: Sequence[Value], *, limit: int | None = None) -> bytes:
    """Print ``values`` with spaces between and a newline after; see :func:`sprint`."""
    printer = Printer(limit)
    for position, value in enumerate(values):
        if position:
            printer.write(b" ")
        printer.argument(value, "v", Flags())
    printer.write(b"\n")
    return printer.result()

"""The parts of a parsed template, and how Go prints them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from esync.gocompat.quoting import quote, text_of
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a template; ``at`` is its offset in bytes."""

    at: int


@dataclass(frozen=True, slots=True)
class Dot(Node):
    """The current value, ``.``."""


@dataclass(frozen=True, slots=True)
class Nil(Node):
    """``nil``."""


@dataclass(frozen=True, slots=True)
class Bool(Node):
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True, slots=True)
class String(Node):
    """A string: as written, and what it stands for."""

    written: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number: as written, and its value in every type that can hold it, else None."""

    written: str
    as_int: int | None = None
    as_uint: int | None = None
    as_float: float | None = None
    as_complex: complex | None = None


@dataclass(frozen=True, slots=True)
class Identifier(Node):
    """The name of a function."""

    name: str


@dataclass(frozen=True, slots=True)
class Field(Node):
    """``.a.b``."""

    names: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """``$x.a.b``: the name of the variable with its ``$``, and fields."""

    name: bytes
    names: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Fields of what a function or a pipeline in parentheses yields."""

    operand: Operand
    names: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Command(Node):
    """An operand with its arguments."""

    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Pipe(Node):
    """Commands, each given the result of the one before; variables take the last result."""

    commands: tuple[Command, ...]
    variables: tuple[Variable, ...] = ()
    assigns: bool = False


Operand: TypeAlias = (
    Dot | Nil | Bool | String | Number | Identifier | Field | Variable | Chain | Pipe
)


class Word(StrEnum):
    """The control words that open a body."""

    IF = "if"
    RANGE = "range"
    WITH = "with"


@dataclass(frozen=True, slots=True)
class Text(Node):
    """Bytes to be written as they are."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Action(Node):
    """A pipeline whose result is written, unless variables take it."""

    pipe: Pipe


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """``if``, ``range`` or ``with``: its pipeline and bodies."""

    word: Word
    pipe: Pipe
    body: Body
    otherwise: Body | None


@dataclass(frozen=True, slots=True)
class Break(Node):
    """``break``."""


@dataclass(frozen=True, slots=True)
class Continue(Node):
    """``continue``."""


@dataclass(frozen=True, slots=True)
class Invocation(Node):
    """``template`` or ``block``: a template's name, and its argument."""

    name: bytes
    pipe: Pipe | None


Statement: TypeAlias = Text | Action | Branch | Break | Continue | Invocation
Body: TypeAlias = tuple[Statement, ...]


def is_blank(body: Body) -> bool:
    """Tell whether a body is nothing but white space."""
    return all(isinstance(part, Text) and not part.text.strip() for part in body)


def source(node: Node) -> str:
    """Return ``node`` as Go prints it in messages."""
    written: list[str] = []
    open_parts = [_parts(node)]
    while open_parts:
        part = next(open_parts[-1], None)
        if part is None:
            open_parts.pop()
        elif isinstance(part, str):
            written.append(part)
        else:
            open_parts.append(_parts(part))
    return "".join(written)


def _parts(node: Node) -> Iterator[str | Node]:
    match node:
        case Pipe():
            yield from _pipe_parts(node)
        case Command():
            for position, operand in enumerate(node.operands):
                yield " " if position else ""
                yield from _parenthesized(operand)
        case Chain():
            yield from _parenthesized(node.operand)
            yield _dotted(node.names)
        case Invocation():
            yield "{{template " + text_of(quote(node.name))
            if node.pipe is not None:
                yield " "
                yield node.pipe
            yield "}}"
        case _:
            yield _leaf(node)


def _pipe_parts(pipe: Pipe) -> Iterator[str | Node]:
    for position, variable in enumerate(pipe.variables):
        yield ", " if position else ""
        yield variable
    if pipe.variables:
        yield " = " if pipe.assigns else " := "
    for position, command in enumerate(pipe.commands):
        yield " | " if position else ""
        yield command


def _parenthesized(operand: Operand) -> Iterator[str | Node]:
    if isinstance(operand, Pipe):
        yield "("
        yield operand
        yield ")"
    else:
        yield operand


def _dotted(names: tuple[bytes, ...]) -> str:
    return "".join("." + text_of(name) for name in names)


def _leaf(node: Node) -> str:
    match node:
        case Dot() | Nil() | Bool():
            return _literal(node)
        case String():
            return text_of(node.written)
        case Number():
            return node.written
        case Identifier():
            return node.name
        case Field() | Variable():
            name = text_of(node.name) if isinstance(node, Variable) else ""
            return name + _dotted(node.names)
    return ""


def _literal(node: Dot | Nil | Bool) -> str:
    if isinstance(node, Bool):
        return "true" if node.value else "false"
    return "." if isinstance(node, Dot) else "nil"

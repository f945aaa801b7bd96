"""Parsing what stands inside an action: pipelines, commands, operands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.quoting import LiteralError, quote, text_of, unquote
from esync.gotemplate import constants, nodes
from esync.gotemplate.lexer import Kind, Token

if TYPE_CHECKING:
    from collections.abc import Container

    from esync.gotemplate.nesting import Work
    from esync.gotemplate.stream import Stream

_OPERANDS = frozenset(
    (
        Kind.BOOL,
        Kind.CHAR_CONSTANT,
        Kind.COMPLEX,
        Kind.DOT,
        Kind.FIELD,
        Kind.IDENTIFIER,
        Kind.NUMBER,
        Kind.NIL,
        Kind.RAW_STRING,
        Kind.STRING,
        Kind.VARIABLE,
        Kind.LEFT_PAREN,
    )
)
_NUMBERS = {
    Kind.NUMBER: constants.number,
    Kind.COMPLEX: constants.complex_number,
    Kind.CHAR_CONSTANT: constants.character,
}
_NOT_EXECUTABLE = nodes.Bool | nodes.Dot | nodes.Nil | nodes.Number | nodes.String
_WITHOUT_FIELDS = nodes.Bool | nodes.String | nodes.Number | nodes.Nil | nodes.Dot


class Pipelines:
    """Parses pipelines from a stream of tokens."""

    def __init__(self, stream: Stream, functions: Container[str]) -> None:
        self._stream = stream
        self._functions = functions

    def pipeline(self, context: str, end: Kind) -> Work[nodes.Pipe]:
        """Parse a pipeline and the ``end`` after it; ``context`` is for messages."""
        at = self._stream.peek_word().at
        variables, assigns = self._declarations(context)
        commands: list[nodes.Command] = []
        while (token := self._stream.next_word()).kind is not end:
            if token.kind not in _OPERANDS:
                raise self._stream.unexpected(token, context)
            self._stream.index -= 1
            commands.append((yield from self._command()))
        if not commands:
            raise self._stream.error(f"missing value for {context}")
        for stage, command in enumerate(commands[1:], 2):
            if isinstance(command.operands[0], _NOT_EXECUTABLE):
                raise self._stream.error(f"non executable command in pipeline stage {stage}")
        return nodes.Pipe(at, tuple(commands), variables, assigns)

    def _declarations(self, context: str) -> tuple[tuple[nodes.Variable, ...], bool]:
        """Read ``$x :=``, ``$x =`` or ``$i, $x :=`` if it stands here."""
        declared: list[nodes.Variable] = []
        while (token := self._stream.peek_word()).kind is Kind.VARIABLE:
            start = self._stream.index
            self._stream.next()
            following = self._stream.peek_word()
            if following.kind in (Kind.ASSIGN, Kind.DECLARE):
                self._stream.next_word()
                declared.append(self._declared(token))
                return tuple(declared), following.kind is Kind.ASSIGN
            if (following.kind, following.text) != (Kind.CHAR, b","):
                self._stream.index = start
                break
            self._stream.next_word()
            declared.append(self._declared(token))
            self._require_second_variable(context, len(declared))
        return tuple(declared), False

    def _declared(self, token: Token) -> nodes.Variable:
        self._stream.scope.declare(token.text)
        return nodes.Variable(token.at, token.text)

    def _require_second_variable(self, context: str, count: int) -> None:
        if context != "range" or count > 1:
            raise self._stream.error(f"too many declarations in {context}")
        if self._stream.peek_word().kind not in (Kind.VARIABLE, Kind.RIGHT_DELIM, Kind.RIGHT_PAREN):
            raise self._stream.error("range can only initialize variables")

    def _command(self) -> Work[nodes.Command]:
        at = self._stream.peek_word().at
        operands: list[nodes.Operand] = []
        while True:
            self._stream.peek_word()
            operand = yield from self._operand()
            if operand is not None:
                operands.append(operand)
            token = self._stream.next()
            if token.kind is not Kind.SPACE:
                break
        if token.kind in (Kind.RIGHT_DELIM, Kind.RIGHT_PAREN):
            self._stream.index -= 1
        elif token.kind is not Kind.PIPE:
            raise self._stream.unexpected(token, "operand")
        if not operands:
            raise self._stream.error("empty command")
        return nodes.Command(at, tuple(operands))

    def _operand(self) -> Work[nodes.Operand | None]:
        term = yield from self._term()
        if term is None or self._stream.peek().kind is not Kind.FIELD:
            return term
        at = self._stream.peek().at
        names: list[bytes] = []
        while self._stream.peek().kind is Kind.FIELD:
            names.append(self._stream.next().text[1:])
        match term:
            case nodes.Field():
                return nodes.Field(at, (*term.names, *names))
            case nodes.Variable():
                return nodes.Variable(at, term.name, tuple(names))
            case nodes.Bool() | nodes.String() | nodes.Number() | nodes.Nil() | nodes.Dot():
                shown = text_of(quote(nodes.source(term).encode("utf-8", "surrogateescape")))
                raise self._stream.error(f"unexpected . after term {shown}")
        return nodes.Chain(at, term, tuple(names))

    def _term(self) -> Work[nodes.Operand | None]:
        token = self._stream.next_word()
        match token.kind:
            case Kind.IDENTIFIER:
                return self._function(token)
            case Kind.VARIABLE:
                return self._variable(token)
            case Kind.LEFT_PAREN:
                return (yield from self._parenthesized())
            case Kind.STRING | Kind.RAW_STRING:
                return nodes.String(token.at, token.text, self.unquoted(token))
            case Kind.NUMBER | Kind.COMPLEX | Kind.CHAR_CONSTANT:
                return self._number(token)
        return self._word(token)

    def _parenthesized(self) -> Work[nodes.Pipe]:
        with self._stream.nested("parentheses are"):
            inner: nodes.Pipe = yield self.pipeline("parenthesized pipeline", Kind.RIGHT_PAREN)
        return inner

    def _word(self, token: Token) -> nodes.Operand | None:
        match token.kind:
            case Kind.DOT:
                return nodes.Dot(token.at)
            case Kind.NIL:
                return nodes.Nil(token.at)
            case Kind.FIELD:
                return nodes.Field(token.at, (token.text[1:],))
            case Kind.BOOL:
                return nodes.Bool(token.at, token.text == b"true")
        self._stream.index -= 1
        return None

    def _function(self, token: Token) -> nodes.Identifier:
        name = text_of(token.text)
        if name not in self._functions:
            raise self._stream.error(f"function {text_of(quote(token.text))} not defined")
        return nodes.Identifier(token.at, name)

    def _variable(self, token: Token) -> nodes.Variable:
        if not self._stream.scope.knows(token.text):
            raise self._stream.error(f"undefined variable {text_of(quote(token.text))}")
        return nodes.Variable(token.at, token.text)

    def unquoted(self, token: Token) -> bytes:
        """Return what a string stands for."""
        try:
            return unquote(token.text)
        except LiteralError as error:
            message = str(error)
        raise self._stream.error(message)

    def _number(self, token: Token) -> nodes.Number:
        try:
            return _NUMBERS[token.kind](token.at, token.text)
        except (LiteralError, constants.ConstantError) as error:
            message = str(error)
        raise self._stream.error(message)

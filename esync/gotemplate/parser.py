"""From tokens to the trees of a template and of those it defines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from esync.gocompat.quoting import LiteralError, quote, text_of, unquote
from esync.gotemplate import constants, nodes
from esync.gotemplate.budget import DEPTH
from esync.gotemplate.errors import Limit, Place, Stage, TemplateError
from esync.gotemplate.lexer import Kind, Lexer, Token
from esync.gotemplate.nesting import Work, finish

if TYPE_CHECKING:
    from collections.abc import Container

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
_STRINGS = (Kind.STRING, Kind.RAW_STRING)
_NUMBERS = {
    Kind.NUMBER: constants.number,
    Kind.COMPLEX: constants.complex_number,
    Kind.CHAR_CONSTANT: constants.character,
}
_NOT_EXECUTABLE = nodes.Bool | nodes.Dot | nodes.Nil | nodes.Number | nodes.String
_WITHOUT_FIELDS = nodes.Bool | nodes.String | nodes.Number | nodes.Nil | nodes.Dot
_CONTROLS = {Kind.IF: nodes.Word.IF, Kind.RANGE: nodes.Word.RANGE, Kind.WITH: nodes.Word.WITH}


@dataclass(frozen=True, slots=True)
class _End:
    """``{{end}}`` or ``{{else}}``: where a body stops."""

    is_else: bool

    def __str__(self) -> str:
        return "{{else}}" if self.is_else else "{{end}}"


class _Scope:
    """What is known while one template is parsed: its variables, and the loops around."""

    def __init__(self) -> None:
        self.variables = [b"$"]
        self.loops = 0


def parse(
    text: bytes, name: str, delimiters: tuple[bytes, bytes], functions: Container[str]
) -> dict[bytes, nodes.Body]:
    """Parse a template.

    Args:
        text: the template.
        name: what it is called in messages and by ``{{template}}``.
        delimiters: what opens and closes an action.
        functions: the names that may be called.

    Returns:
        The body of every template by name: this one's and those that it defines.

    Raises:
        TemplateError: the text is no template.
    """
    return Parser(text, name, delimiters, functions).parse()


class Parser:
    """Parses one template."""

    def __init__(
        self, text: bytes, name: str, delimiters: tuple[bytes, bytes], functions: Container[str]
    ) -> None:
        self._text = text
        self._name = name
        self._functions = functions
        self._lexed = Lexer(text, *delimiters).tokens()
        self._tokens: list[Token] = []
        self._index = 0
        self._scope = _Scope()
        self._trees: dict[bytes, nodes.Body] = {}
        self._action_line = 0
        self._depth = 0

    def parse(self) -> dict[bytes, nodes.Body]:
        """Return the body of every template by name."""
        self._add(self._name.encode("utf-8", "surrogatepass"), finish(self._top_level()))
        return self._trees

    # Tokens.

    def _next(self) -> Token:
        if self._index == len(self._tokens):
            last = self._tokens[-1] if self._tokens else None
            token = next(self._lexed, last)
            if token is None:
                token = Token(Kind.EOF, 0, b"EOF", 1)
            self._tokens.append(token)
        token = self._tokens[self._index]
        self._index += 1
        return token

    def _peek(self) -> Token:
        token = self._next()
        self._index -= 1
        return token

    def _next_word(self) -> Token:
        while (token := self._next()).kind is Kind.SPACE:
            pass
        return token

    def _peek_word(self) -> Token:
        token = self._next_word()
        self._index -= 1
        return token

    def _expect(self, context: str, *kinds: Kind) -> Token:
        token = self._next_word()
        if token.kind not in kinds:
            raise self._unexpected(token, context)
        return token

    # Errors.

    def _error(self, message: str, *, limit: Limit | None = None) -> TemplateError:
        # Go names the line of the last token that it has read.
        token = self._tokens[-1] if self._tokens else Token(Kind.EOF, 0, b"", 1)
        column = token.at - (self._text.rfind(b"\n", 0, token.at) + 1)
        go_message = f"template: {self._name}:{token.line}: {message}"
        place = Place(token.line, column)
        return TemplateError(Stage.PARSE, place, message, go_message=go_message, limit=limit)

    def _unexpected(self, token: Token, context: str) -> TemplateError:
        if token.kind is not Kind.ERROR:
            return self._error(f"unexpected {token} in {context}")
        extra = ""
        if self._action_line not in (0, token.line):
            extra = f" started at {self._name}:{self._action_line}"
            if not token.text.endswith(b" action"):
                extra = " in action" + extra
        return self._error(f"{token}{extra}")

    def _deeper(self, what: str) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise self._error(f"{what} nested more than {DEPTH:,} deep", limit=Limit.DEPTH)

    # Bodies.

    def _top_level(self) -> Work[nodes.Body]:
        body: list[nodes.Statement] = []
        while self._peek().kind is not Kind.EOF:
            start = self._index
            if self._next().kind is Kind.LEFT_DELIM and self._next_word().kind is Kind.DEFINE:
                yield self._definition()
                continue
            self._index = start
            part = yield from self._part()
            if isinstance(part, _End):
                raise self._error(f"unexpected {part}")
            body.append(part)
        return tuple(body)

    def _definition(self) -> Work[None]:
        context = "define clause"
        name = self._unquoted(self._expect(context, *_STRINGS))
        self._expect(context, Kind.RIGHT_DELIM)
        outer, self._scope = self._scope, _Scope()
        yield from self._template_body(name, context)
        self._scope = outer

    def _template_body(self, name: bytes, context: str) -> Work[None]:
        action_line, self._action_line = self._action_line, 0
        body, end = yield from self._body()
        if end.is_else:
            raise self._error(f"unexpected {end} in {context}")
        self._action_line = action_line
        self._add(name, body)

    def _add(self, name: bytes, body: nodes.Body) -> None:
        if name not in self._trees or nodes.is_blank(self._trees[name]):
            self._trees[name] = body
        elif not nodes.is_blank(body):
            shown = text_of(quote(name))
            raise self._error(f"template: multiple definition of template {shown}")

    def _body(self) -> Work[tuple[nodes.Body, _End]]:
        """Parse up to ``{{end}}`` or ``{{else}}``."""
        body: list[nodes.Statement] = []
        while self._peek_word().kind is not Kind.EOF:
            part = yield from self._part()
            if isinstance(part, _End):
                return tuple(body), part
            body.append(part)
        raise self._error("unexpected EOF")

    def _part(self) -> Work[nodes.Statement | _End]:
        token = self._next_word()
        if token.kind is Kind.TEXT:
            return nodes.Text(token.at, token.text)
        if token.kind is not Kind.LEFT_DELIM:
            raise self._unexpected(token, "input")
        self._action_line = token.line
        part: nodes.Statement | _End = yield from self._action()
        self._action_line = 0
        return part

    def _action(self) -> Work[nodes.Statement | _End]:
        token = self._next_word()
        match token.kind:
            case Kind.IF | Kind.RANGE | Kind.WITH:
                branch: nodes.Branch = yield self._control(_CONTROLS[token.kind])
                return branch
            case Kind.BLOCK:
                block: nodes.Invocation = yield self._block()
                return block
            case Kind.TEMPLATE:
                return (yield from self._invocation())
            case Kind.BREAK | Kind.CONTINUE:
                return self._jump(token)
            case Kind.END | Kind.ELSE:
                return self._end(token)
        self._index -= 1
        pipe = yield from self._pipeline("command", Kind.RIGHT_DELIM)
        return nodes.Action(token.at, pipe)

    def _jump(self, token: Token) -> nodes.Statement:
        written = "{{" + text_of(token.text) + "}}"
        self._expect(written, Kind.RIGHT_DELIM)
        if not self._scope.loops:
            raise self._error(f"{written} outside {{{{range}}}}")
        kind = nodes.Break if token.kind is Kind.BREAK else nodes.Continue
        return kind(token.at)

    def _end(self, token: Token) -> _End:
        is_else = token.kind is Kind.ELSE
        # What follows "else if" and "else with" is left for the control around.
        if not is_else or self._peek_word().kind not in (Kind.IF, Kind.WITH):
            self._expect(text_of(token.text), Kind.RIGHT_DELIM)
        return _End(is_else)

    # Controls.

    def _control(self, word: nodes.Word, *, chained: bool = False) -> Work[nodes.Branch]:
        variables = len(self._scope.variables)
        if not chained:
            self._deeper("controls are")
        pipe = yield from self._pipeline(word, Kind.RIGHT_DELIM)
        self._scope.loops += word is nodes.Word.RANGE
        body, end = yield from self._body()
        self._scope.loops -= word is nodes.Word.RANGE
        otherwise = None
        if end.is_else:
            otherwise = yield from self._otherwise(word)
        self._depth -= not chained
        del self._scope.variables[variables:]
        return nodes.Branch(pipe.at, word, pipe, body, otherwise)

    def _otherwise(self, word: nodes.Word) -> Work[nodes.Body]:
        following = _CONTROLS.get(self._peek().kind)
        if following is word and word is not nodes.Word.RANGE:
            self._next()
            chained: nodes.Branch = yield self._control(word, chained=True)
            return (chained,)
        body, end = yield from self._body()
        if end.is_else:
            raise self._error(f"expected end; found {end}")
        return body

    def _block(self) -> Work[nodes.Invocation]:
        context = "block clause"
        token = self._next_word()
        name = self._template_name(token, context)
        pipe = yield from self._pipeline(context, Kind.RIGHT_DELIM)
        outer, self._scope = self._scope, _Scope()
        self._deeper("blocks are")
        yield from self._template_body(name, context)
        self._depth -= 1
        self._scope = outer
        return nodes.Invocation(token.at, name, pipe)

    def _invocation(self) -> Work[nodes.Invocation]:
        context = "template clause"
        token = self._next_word()
        name = self._template_name(token, context)
        pipe = None
        if self._next_word().kind is not Kind.RIGHT_DELIM:
            self._index -= 1
            pipe = yield from self._pipeline(context, Kind.RIGHT_DELIM)
        return nodes.Invocation(token.at, name, pipe)

    def _template_name(self, token: Token, context: str) -> bytes:
        if token.kind not in _STRINGS:
            raise self._unexpected(token, context)
        return self._unquoted(token)

    # Pipelines.

    def _pipeline(self, context: str, end: Kind) -> Work[nodes.Pipe]:
        at = self._peek_word().at
        variables, assigns = self._declarations(context)
        commands: list[nodes.Command] = []
        while (token := self._next_word()).kind is not end:
            if token.kind not in _OPERANDS:
                raise self._unexpected(token, context)
            self._index -= 1
            commands.append((yield from self._command()))
        if not commands:
            raise self._error(f"missing value for {context}")
        for stage, command in enumerate(commands[1:], 2):
            if isinstance(command.operands[0], _NOT_EXECUTABLE):
                raise self._error(f"non executable command in pipeline stage {stage}")
        return nodes.Pipe(at, tuple(commands), variables, assigns)

    def _declarations(self, context: str) -> tuple[tuple[nodes.Variable, ...], bool]:
        """Read ``$x :=``, ``$x =`` or ``$i, $x :=`` if it stands here."""
        declared: list[nodes.Variable] = []
        while (token := self._peek_word()).kind is Kind.VARIABLE:
            start = self._index
            self._next()
            following = self._peek_word()
            if following.kind in (Kind.ASSIGN, Kind.DECLARE):
                self._next_word()
                declared.append(self._declared(token))
                return tuple(declared), following.kind is Kind.ASSIGN
            if (following.kind, following.text) != (Kind.CHAR, b","):
                self._index = start
                break
            self._next_word()
            declared.append(self._declared(token))
            self._require_second_variable(context, len(declared))
        return tuple(declared), False

    def _declared(self, token: Token) -> nodes.Variable:
        self._scope.variables.append(token.text)
        return nodes.Variable(token.at, token.text)

    def _require_second_variable(self, context: str, count: int) -> None:
        if context != "range" or count > 1:
            raise self._error(f"too many declarations in {context}")
        if self._peek_word().kind not in (Kind.VARIABLE, Kind.RIGHT_DELIM, Kind.RIGHT_PAREN):
            raise self._error("range can only initialize variables")

    def _command(self) -> Work[nodes.Command]:
        at = self._peek_word().at
        operands: list[nodes.Operand] = []
        while True:
            self._peek_word()
            operand = yield from self._operand()
            if operand is not None:
                operands.append(operand)
            token = self._next()
            if token.kind is not Kind.SPACE:
                break
        if token.kind in (Kind.RIGHT_DELIM, Kind.RIGHT_PAREN):
            self._index -= 1
        elif token.kind is not Kind.PIPE:
            raise self._unexpected(token, "operand")
        if not operands:
            raise self._error("empty command")
        return nodes.Command(at, tuple(operands))

    def _operand(self) -> Work[nodes.Operand | None]:
        term = yield from self._term()
        if term is None or self._peek().kind is not Kind.FIELD:
            return term
        at = self._peek().at
        names: list[bytes] = []
        while self._peek().kind is Kind.FIELD:
            names.append(self._next().text[1:])
        match term:
            case nodes.Field():
                return nodes.Field(at, (*term.names, *names))
            case nodes.Variable():
                return nodes.Variable(at, term.name, tuple(names))
            case nodes.Bool() | nodes.String() | nodes.Number() | nodes.Nil() | nodes.Dot():
                shown = text_of(quote(nodes.source(term).encode("utf-8", "surrogateescape")))
                raise self._error(f"unexpected . after term {shown}")
        return nodes.Chain(at, term, tuple(names))

    def _term(self) -> Work[nodes.Operand | None]:
        token = self._next_word()
        match token.kind:
            case Kind.IDENTIFIER:
                return self._function(token)
            case Kind.VARIABLE:
                return self._variable(token)
            case Kind.LEFT_PAREN:
                self._deeper("parentheses are")
                inner: nodes.Pipe
                inner = yield self._pipeline("parenthesized pipeline", Kind.RIGHT_PAREN)
                self._depth -= 1
                return inner
            case Kind.STRING | Kind.RAW_STRING:
                return nodes.String(token.at, token.text, self._unquoted(token))
            case Kind.NUMBER | Kind.COMPLEX | Kind.CHAR_CONSTANT:
                return self._number(token)
        return self._word(token)

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
        self._index -= 1
        return None

    def _function(self, token: Token) -> nodes.Identifier:
        name = text_of(token.text)
        if name not in self._functions:
            raise self._error(f"function {text_of(quote(token.text))} not defined")
        return nodes.Identifier(token.at, name)

    def _variable(self, token: Token) -> nodes.Variable:
        if token.text not in self._scope.variables:
            raise self._error(f"undefined variable {text_of(quote(token.text))}")
        return nodes.Variable(token.at, token.text)

    def _unquoted(self, token: Token) -> bytes:
        try:
            return unquote(token.text)
        except LiteralError as error:
            message = str(error)
        raise self._error(message)

    def _number(self, token: Token) -> nodes.Number:
        try:
            return _NUMBERS[token.kind](token.at, token.text)
        except (LiteralError, constants.ConstantError) as error:
            message = str(error)
        raise self._error(message)

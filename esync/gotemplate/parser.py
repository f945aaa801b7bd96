"""From tokens to the trees of a template and of those it defines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat.quoting import quote, text_of
from esync.gotemplate import nodes
from esync.gotemplate.lexer import Kind, Token
from esync.gotemplate.nesting import Work, finish
from esync.gotemplate.pipelines import Pipelines
from esync.gotemplate.stream import Scope, Stream
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Container

_STRINGS = (Kind.STRING, Kind.RAW_STRING)
_CONTROLS = {Kind.IF: nodes.Word.IF, Kind.RANGE: nodes.Word.RANGE, Kind.WITH: nodes.Word.WITH}


@dataclass(frozen=True, slots=True)
class _End:
    """``{{end}}`` or ``{{else}}``: where a body stops."""

    is_else: bool

    def __str__(self) -> str:
        return "{{else}}" if self.is_else else "{{end}}"


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
    stream = Stream(text, name, delimiters)
    return Parser(stream, name, functions).parse()


class Parser:
    """Parses one template."""

    def __init__(self, stream: Stream, name: str, functions: Container[str]) -> None:
        self._stream = stream
        self._name = name
        self._pipelines = Pipelines(stream, functions)
        self._trees: dict[bytes, nodes.Body] = {}

    def parse(self) -> dict[bytes, nodes.Body]:
        """Return the body of every template by name."""
        self._add(self._name.encode("utf-8", "surrogatepass"), finish(self._top_level()))
        return self._trees

    def _top_level(self) -> Work[nodes.Body]:
        body: list[nodes.Statement] = []
        while self._stream.peek().kind is not Kind.EOF:
            start = self._stream.index
            if (
                self._stream.next().kind is Kind.LEFT_DELIM
                and self._stream.next_word().kind is Kind.DEFINE
            ):
                yield self._definition()
                continue
            self._stream.index = start
            part = yield from self._part()
            if isinstance(part, _End):
                raise self._stream.error(f"unexpected {part}")
            body.append(part)
        return tuple(body)

    def _at_definition(self) -> bool:
        """Read ``{{define`` if it stands here."""
        start = self._stream.index
        opens = self._stream.next().kind is Kind.LEFT_DELIM
        if opens and self._stream.next_word().kind is Kind.DEFINE:
            return True
        self._stream.index = start
        return False

    def _definition(self) -> Work[None]:
        context = "define clause"
        name = self._pipelines.unquoted(self._stream.expect(context, *_STRINGS))
        self._stream.expect(context, Kind.RIGHT_DELIM)
        outer, self._stream.scope = self._stream.scope, Scope()
        yield from self._template_body(name, context)
        self._stream.scope = outer

    def _template_body(self, name: bytes, context: str) -> Work[None]:
        action_line, self._stream.action_line = self._stream.action_line, 0
        body, end = yield from self._body()
        if end.is_else:
            raise self._stream.error(f"unexpected {end} in {context}")
        self._stream.action_line = action_line
        self._add(name, body)

    def _add(self, name: bytes, body: nodes.Body) -> None:
        if name not in self._trees or nodes.is_blank(self._trees[name]):
            self._trees[name] = body
        elif not nodes.is_blank(body):
            shown = text_of(quote(name))
            raise self._stream.error(f"template: multiple definition of template {shown}")

    def _body(self) -> Work[tuple[nodes.Body, _End]]:
        """Parse up to ``{{end}}`` or ``{{else}}``."""
        body: list[nodes.Statement] = []
        while self._stream.peek_word().kind is not Kind.EOF:
            part = yield from self._part()
            if isinstance(part, _End):
                return tuple(body), part
            body.append(part)
        raise self._stream.error("unexpected EOF")

    def _part(self) -> Work[nodes.Statement | _End]:
        token = self._stream.next_word()
        if token.kind is Kind.TEXT:
            return nodes.Text(token.at, token.text)
        if token.kind is not Kind.LEFT_DELIM:
            raise self._stream.unexpected(token, "input")
        self._stream.action_line = token.line
        part: nodes.Statement | _End = yield from self._action()
        self._stream.action_line = 0
        return part

    def _action(self) -> Work[nodes.Statement | _End]:
        token = self._stream.next_word()
        match token.kind:
            case Kind.IF | Kind.RANGE | Kind.WITH:
                return (yield from self._nested_control(_CONTROLS[token.kind]))
            case Kind.BLOCK:
                block: nodes.Invocation = yield self._block()
                return block
            case Kind.TEMPLATE:
                return (yield from self._invocation())
            case Kind.BREAK | Kind.CONTINUE:
                return self._jump(token)
            case Kind.END | Kind.ELSE:
                return self._end(token)
        self._stream.index -= 1
        pipe = yield from self._pipelines.pipeline("command", Kind.RIGHT_DELIM)
        return nodes.Action(token.at, pipe)

    def _jump(self, token: Token) -> nodes.Statement:
        written = "{{" + text_of(token.text) + "}}"
        self._stream.expect(written, Kind.RIGHT_DELIM)
        if not self._stream.scope.loops:
            raise self._stream.error(f"{written} outside {{{{range}}}}")
        kind = nodes.Break if token.kind is Kind.BREAK else nodes.Continue
        return kind(token.at)

    def _end(self, token: Token) -> _End:
        is_else = token.kind is Kind.ELSE
        # What follows "else if" and "else with" is left for the control around.
        if not is_else or self._stream.peek_word().kind not in (Kind.IF, Kind.WITH):
            self._stream.expect(text_of(token.text), Kind.RIGHT_DELIM)
        return _End(is_else)

    # Controls.

    def _nested_control(self, word: nodes.Word) -> Work[nodes.Branch]:
        with self._stream.nested("controls are"):
            branch: nodes.Branch = yield self._control(word)
        return branch

    def _control(self, word: nodes.Word) -> Work[nodes.Branch]:
        height = self._stream.scope.height
        pipe = yield from self._pipelines.pipeline(word, Kind.RIGHT_DELIM)
        self._stream.scope.loops += word is nodes.Word.RANGE
        body, end = yield from self._body()
        self._stream.scope.loops -= word is nodes.Word.RANGE
        otherwise = None
        if end.is_else:
            otherwise = yield from self._otherwise(word)
        self._stream.scope.leave(height)
        return nodes.Branch(pipe.at, word, pipe, body, otherwise)

    def _otherwise(self, word: nodes.Word) -> Work[nodes.Body]:
        following = _CONTROLS.get(self._stream.peek().kind)
        if following is word and word is not nodes.Word.RANGE:
            self._stream.next()
            chained: nodes.Branch = yield self._control(word)
            return (chained,)
        body, end = yield from self._body()
        if end.is_else:
            raise self._stream.error(f"expected end; found {end}")
        return body

    def _block(self) -> Work[nodes.Invocation]:
        context = "block clause"
        token = self._stream.next_word()
        name = self._template_name(token, context)
        pipe = yield from self._pipelines.pipeline(context, Kind.RIGHT_DELIM)
        outer, self._stream.scope = self._stream.scope, Scope()
        with self._stream.nested("blocks are"):
            yield from self._template_body(name, context)
        self._stream.scope = outer
        return nodes.Invocation(token.at, name, pipe)

    def _invocation(self) -> Work[nodes.Invocation]:
        context = "template clause"
        token = self._stream.next_word()
        name = self._template_name(token, context)
        pipe = None
        if self._stream.next_word().kind is not Kind.RIGHT_DELIM:
            self._stream.index -= 1
            pipe = yield from self._pipelines.pipeline(context, Kind.RIGHT_DELIM)
        return nodes.Invocation(token.at, name, pipe)

    def _template_name(self, token: Token, context: str) -> bytes:
        if token.kind not in _STRINGS:
            raise self._stream.unexpected(token, context)
        return self._pipelines.unquoted(token)

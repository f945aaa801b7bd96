"""The tokens of a template, one after the other, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from esync.gotemplate.budget import DEPTH
from esync.gotemplate.errors import Limit, Place, Stage, TemplateError
from esync.gotemplate.lexer import Kind, Lexer, Token

if TYPE_CHECKING:
    from collections.abc import Iterator

# Far more than people write: reading as many takes a few seconds and some 100 MiB.
MOST_TOKENS = 150_000


class Scope:
    """What is known while one template is parsed: its variables, and the loops around."""

    def __init__(self) -> None:
        self._variables: list[bytes] = []
        self._known: Counter[bytes] = Counter()
        self.loops = 0
        self.declare(b"$")

    def declare(self, name: bytes) -> None:
        """Add a variable."""
        self._variables.append(name)
        self._known[name] += 1

    def knows(self, name: bytes) -> bool:
        """Tell whether there is such a variable."""
        return self._known[name] > 0

    @property
    def height(self) -> int:
        """How many variables there are."""
        return len(self._variables)

    def leave(self, height: int) -> None:
        """Forget the variables that were added since there were ``height``."""
        while len(self._variables) > height:
            self._known[self._variables.pop()] -= 1


class Stream:
    """The tokens of one template; reading may go back as far as it likes.

    Attributes:
        index: the next token is the one with this number.
        action_line: on which line the current action began; 0 outside.
        scope: of the template that is being parsed.
    """

    def __init__(self, text: bytes, name: str, delimiters: tuple[bytes, bytes]) -> None:
        self._text = text
        self._name = name
        self._lexed = Lexer(text, *delimiters).tokens()
        self._tokens: list[Token] = []
        self._last_read = 0
        self._depth = 0
        self.index = 0
        self.action_line = 0
        self.scope = Scope()

    def next(self) -> Token:
        """Read a token; after the last one, that one again."""
        if self.index >= len(self._tokens):
            self._lex()
        index = min(self.index, len(self._tokens) - 1)
        self._last_read = max(self._last_read, index)
        self.index += 1
        return self._tokens[index]

    def _lex(self) -> None:
        """Get more tokens, if there are any."""
        for tokens in self._lexed:
            self._tokens += tokens
            if len(self._tokens) > MOST_TOKENS:
                raise self.error(
                    f"the template has more than {MOST_TOKENS:,} words", limit=Limit.STEPS
                )
            if tokens:
                return

    def peek(self) -> Token:
        """Look at the next token."""
        token = self.next()
        self.index -= 1
        return token

    def next_word(self) -> Token:
        """Read a token that is no space."""
        while (token := self.next()).kind is Kind.SPACE:
            pass
        return token

    def peek_word(self) -> Token:
        """Skip spaces, and look at the token after them."""
        token = self.next_word()
        self.index -= 1
        return token

    def expect(self, context: str, *kinds: Kind) -> Token:
        """Read a token of one of those kinds."""
        token = self.next_word()
        if token.kind not in kinds:
            raise self.unexpected(token, context)
        return token

    def error(self, message: str, *, limit: Limit | None = None) -> TemplateError:
        """Return the error ``message`` at the last token that was read."""
        # Go names the line of the last token that it has read.
        token = self._tokens[self._last_read]
        column = token.at - (self._text.rfind(b"\n", 0, token.at) + 1)
        go_message = f"template: {self._name}:{token.line}: {message}"
        place = Place(token.line, column)
        return TemplateError(Stage.PARSE, place, message, go_message=go_message, limit=limit)

    def unexpected(self, token: Token, context: str) -> TemplateError:
        """Return the error of a token that must not stand here."""
        if token.kind is not Kind.ERROR:
            return self.error(f"unexpected {token} in {context}")
        extra = ""
        if self.action_line not in (0, token.line):
            extra = f" started at {self._name}:{self.action_line}"
            if not token.text.endswith(b" action"):
                extra = " in action" + extra
        return self.error(f"{token}{extra}")

    @contextmanager
    def nested(self, what: str) -> Iterator[None]:
        """Count one more level of nesting for as long as this is open."""
        self._depth += 1
        if self._depth > DEPTH:
            raise self.error(f"{what} nested more than {DEPTH:,} deep", limit=Limit.DEPTH)
        yield
        self._depth -= 1

"""Reads a JSONPath expression into steps.

Source:
    External Secrets Operator 2.9, webhook provider: ``github.com/PaesslerAG/jsonpath`` 0.1.1.
"""

from __future__ import annotations

import re
from typing import Final

from esync.errors import EsyncError
from esync.gocompat.numbers import parse_float
from esync.gocompat.quoting import unquote
from esync.records import dataclass


class PathError(EsyncError):
    """A JSONPath is none of this dialect, or finds nothing; it quotes the path at most."""

    rule = "ES0425"


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number, boolean or null."""

    value: bytes | float | bool | None


@dataclass(frozen=True, slots=True)
class Key:
    """One member of an object by its name, or of a list by its number, which may be text."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Several:
    """Members one after the other: ``[a,b]``."""

    keys: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of a list: ``[from:to:step]``."""

    start: Expression | None
    stop: Expression | None
    step: Expression | None


@dataclass(frozen=True, slots=True)
class Every:
    """All members: ``*``."""


@dataclass(frozen=True, slots=True)
class Deep:
    """The value and everything inside it: ``..``."""


@dataclass(frozen=True, slots=True)
class Filter:
    """The members for which a condition holds: ``[?(…)]``."""

    condition: Expression


Step = Key | Several | Slice | Every | Deep | Filter


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from the root (``$``), from the member at hand (``@``), or from a variable.

    Attributes:
        start: ``$``, ``@``, or empty for a plain look-up from the root.
    """

    start: str
    steps: tuple[Step, ...]

    @property
    def is_plural(self) -> bool:
        """Whether it yields a list of hits rather than one value."""
        return any(not isinstance(step, Key) for step in self.steps)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``==`` or ``!=``."""

    is_equal: bool
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Negation:
    """Unary ``-``."""

    operand: Expression


Expression = Literal | Path | Comparison | Negation

_TOKEN: Final = re.compile(
    r"""(?P<blank>[ \t\r\n]+)
    |(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)')
    |(?P<name>[^\W\d]\w*)
    |(?P<sign>==|!=|\.\.|[$@.\[\](),:?*\-])""",
    re.VERBOSE,
)
_WORDS: Final = {"true": True, "false": False}
_DEEPEST: Final = 100


def parse(text: str) -> Expression:
    """Return the expression that ``text`` is.

    Raises:
        PathError: it is none.
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._scan(text))
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        expression = self._expression()
        if self._at < len(self._tokens):
            raise self._wrong()
        return expression

    def _scan(self, text: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._wrong()
            kind = match.lastgroup or ""
            if kind != "blank":
                found.append((kind, match[0]))
            at = match.end()
        return found

    def _wrong(self) -> PathError:
        return PathError(
            f'"{self._text}" is no JSONPath that the webhook provider accepts',
            hint='names with other characters than letters, digits and _ are written ["like this"]',
        )

    def _peek(self) -> str:
        """Return the sign that comes next; other tokens are an empty text."""
        if self._at >= len(self._tokens):
            return ""
        kind, text = self._tokens[self._at]
        return text if kind == "sign" else ""

    def _skip(self, sign: str) -> bool:
        if self._peek() != sign:
            return False
        self._at += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._skip(sign):
            raise self._wrong()

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._wrong()
        self._at += 1
        return self._tokens[self._at - 1]

    def _expression(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong()
        left = self._operand()
        while self._peek() in {"==", "!="}:
            is_equal = self._next()[1] == "=="
            left = Comparison(is_equal, left, self._operand())
        self._depth -= 1
        return left

    def _operand(self) -> Expression:
        if self._skip("-"):
            return Negation(self._operand())
        if self._skip("("):
            inner = self._expression()
            self._expect(")")
            return inner
        kind, text = self._next()
        match kind:
            case "number":
                return Literal(parse_float(text))
            case "string":
                return Literal(self._unquoted(text))
            case "name":
                return Literal(_WORDS[text]) if text in _WORDS else self._variable(text)
            case "sign" if text in {"$", "@"}:
                return Path(text, tuple(self._steps()))
        raise self._wrong()

    def _unquoted(self, text: str) -> bytes:
        inner = text[1:-1]
        if text[0] == "'" and len(inner) == 1:  # a single character, as Go has them
            return inner.encode()
        if text[0] == "'":
            return b"'" if inner == "\\'" else self._unquoted(f'"{inner}"')
        try:
            return unquote(text.encode())
        except ValueError:
            raise self._wrong() from None

    def _variable(self, name: str) -> Path:
        """Read a look-up without ``$``, which knows names and numbers only."""
        steps: list[Step] = [Key(Literal(name.encode()))]
        while self._peek() in {".", "["}:
            if self._skip("."):
                kind, text = self._next()
                if kind != "name":
                    raise self._wrong()
                steps.append(Key(Literal(text.encode())))
            else:
                self._expect("[")
                steps.append(Key(self._expression()))
                self._expect("]")
        return Path("", tuple(steps))

    def _steps(self) -> list[Step]:
        steps: list[Step] = []
        while True:
            if self._skip(".."):
                steps.append(Deep())
                if self._skip("["):
                    steps.append(self._bracket())
                else:
                    steps.append(self._named())
            elif self._skip("."):
                steps.append(self._bracket() if self._skip("[") else self._named())
            elif self._skip("["):
                steps.append(self._bracket())
            else:
                return steps

    def _named(self) -> Step:
        if self._skip("*"):
            return Every()
        kind, text = self._next()
        if kind == "name":
            return Key(Literal(text.encode()))
        raise self._wrong()

    def _bracket(self) -> Step:
        if self._skip("*"):
            self._expect("]")
            return Every()
        if self._skip("?"):
            condition = self._expression()
            self._expect("]")
            return Filter(condition)
        first = None if self._peek() == ":" else self._expression()
        if self._peek() == ":":
            return self._slice(first)
        keys = [first] if first is not None else []
        while self._skip(","):
            keys.append(self._expression())
        self._expect("]")
        return Key(keys[0]) if len(keys) == 1 else Several(tuple(keys))

    def _slice(self, start: Expression | None) -> Slice:
        bounds: list[Expression | None] = []
        while self._skip(":"):
            bounds.append(None if self._peek() in {":", "]"} else self._expression())
        self._expect("]")
        if len(bounds) > 2:  # noqa: PLR2004 - to and step
            raise self._wrong()
        return Slice(start, bounds[0], bounds[1] if len(bounds) > 1 else None)

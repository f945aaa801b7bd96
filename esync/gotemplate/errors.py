"""What goes wrong in a template: where, and what may be said of it in public."""

from __future__ import annotations

import re
from enum import StrEnum

from esync.records import dataclass

_SHOWN = 80  # characters of the template in one place of a message
_LONGEST = 2_000
_LONG = re.compile(
    rf'(?P<quoted>"(?:[^"\\]|\\.){{{_SHOWN}}})(?:[^"\\]|\\.)*(?:"|\Z)|(?P<word>\S{{{_SHOWN}}})\S+',
    re.DOTALL,
)


def _shortened(message: str) -> str:
    """Return the message with an ellipsis for what it quotes at length."""
    if len(message) <= _SHOWN:
        return message
    return _LONG.sub(_cut, message[:_LONGEST])


def _cut(match: re.Match[str]) -> str:
    return f'{match["quoted"]}…"' if match["quoted"] else f"{match['word']}…"


class Stage(StrEnum):
    """When a template failed."""

    PARSE = "parse"
    EXEC = "exec"


class Limit(StrEnum):
    """Which bound of an execution was reached."""

    STEPS = "steps"
    OUTPUT = "output"
    DEPTH = "depth"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the text of a template.

    Attributes:
        line: counted from 1.
        column: bytes before it on its line, as Go counts.
        excerpt: the part of the template at fault, as Go prints it; empty for a parse error.
    """

    line: int
    column: int
    excerpt: str = ""


class TemplateError(Exception):
    """A template cannot be parsed or executed.

    The text of the exception quotes the template at most, never what it was given.

    Attributes:
        stage: while parsing or while executing.
        line: of the template, from 1.
        column: bytes before it on that line.
        excerpt: the part of the template at fault.
        message: what is wrong, fit for everybody's eyes.
        go_message: what Go would say; it may quote a value, so it is for comparison only.
        limit: the bound that was reached, if that was the reason.
    """

    def __init__(
        self,
        stage: Stage,
        place: Place,
        message: str,
        *,
        go_message: str = "",
        limit: Limit | None = None,
    ) -> None:
        super().__init__(_shortened(message))
        self.stage = stage
        self.line = place.line
        self.column = place.column
        self.excerpt = place.excerpt
        self.message = _shortened(message)
        self.go_message = go_message or message
        self.limit = limit


class Refusal(Exception):
    """An instruction cannot be carried out; the machine knows where that is.

    Attributes:
        go_text: Go's wording, which may quote values.
        public: the same without values.
    """

    def __init__(self, go_text: str, public: str | None = None) -> None:
        super().__init__()
        self.go_text = go_text
        self.public = go_text if public is None else public


class LimitReachedError(Exception):
    """An execution needs more steps, output or depth than it may have."""

    def __init__(self, limit: Limit, text: str) -> None:
        super().__init__(text)
        self.limit = limit
        self.text = text

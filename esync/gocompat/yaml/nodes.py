"""The nodes of a YAML document, from the events of libyaml, which go-yaml is a copy of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from esync.gocompat import runes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class YAMLError(ValueError):
    """A text is no YAML, or not what is asked for; the message is Go's and may quote the text."""


_MAX_DEPTH: Final = 10_000
_STEPS: Final = 10  # that a node takes to be made
_MARK: Final = "\ufeff".encode()
_STAND_IN: Final = "\uf8d7".encode()  # of the private use area
_COLON_STAND_IN: Final = "\uf8d8"
_COLON_PROBLEM: Final = "found unexpected ':'"
_ATTEMPTS: Final = 100


@dataclass(eq=False)
class Node:
    """One node; ``kind`` is ``scalar``, ``sequence``, ``mapping`` or ``alias``.

    Attributes:
        tag: in full, empty if there is none.
        plain: a scalar without quotes and tag, whose type is to be guessed.
        children: of a sequence; of a mapping, keys and values in turn; of an alias, its node.
    """

    kind: str
    tag: str = ""
    text: str = ""
    plain: bool = False
    children: list[Node] = field(default_factory=list)


def unlimited(_steps: int) -> None:
    """Count nothing."""


def parse(text: bytes, spend: Callable[[int], None] = unlimited) -> Node | None:
    """Return the root of the first document; None if there is none.

    Args:
        text: of the document.
        spend: is told of the work, in steps of about 0.3 microseconds.

    Raises:
        YAMLError: it is no YAML, as far as that document goes.
    """
    import yaml

    hidden = _hide_marks(text)
    for attempt in range(_ATTEMPTS):
        try:
            return _Builder(spend).build(yaml.parse(hidden or b"\n", Loader=yaml.CSafeLoader))
        except yaml.MarkedYAMLError as error:
            if error.problem != _COLON_PROBLEM or attempt == _ATTEMPTS - 1:
                raise YAMLError(f"yaml: {_place(error)}{error.problem}") from None
            hidden = _hide_colon(hidden, error)
        except yaml.YAMLError as error:
            reason = getattr(error, "reason", "unknown problem parsing YAML content")
            raise YAMLError(f"yaml: {reason}") from None
    return None


def _hide_marks(text: bytes) -> bytes:
    """Put another character for byte order marks but the first, which libyaml overlooks."""
    first = _MARK if text.startswith(_MARK) else b""
    return first + text.removeprefix(first).replace(_MARK, _STAND_IN)


def _hide_colon(text: bytes, error: Any) -> bytes:
    """Put another character for the colon that libyaml refuses, and go-yaml takes as any other.

    It ends a plain scalar in brackets, as in ``{a:, b: 1}``.
    """
    kept = runes.keep(text)
    at = error.problem_mark.index + kept.startswith(_MARK.decode())
    return runes.encode(f"{kept[:at]}{_COLON_STAND_IN}{kept[at + 1 :]}")


def _shown(text: str) -> str:
    return text.replace(_STAND_IN.decode(), _MARK.decode()).replace(_COLON_STAND_IN, ":")


def _place(error: Any) -> str:
    """Return the line as go-yaml counts it: not at all on the first, one less in the parser."""
    from yaml.scanner import ScannerError

    line = 0
    if error.problem_mark is not None and error.problem_mark.line:
        line = error.problem_mark.line + isinstance(error, ScannerError)
    elif error.context_mark is not None:
        line = error.context_mark.line
    return f"line {line}: " if line else ""


class _Builder:
    """Puts nodes together; nesting is kept in a list, so that depth costs no recursion."""

    def __init__(self, spend: Callable[[int], None]) -> None:
        self.spend = spend
        self.anchors: dict[str, Node] = {}
        self.open: list[Node] = []

    def build(self, events: Iterator[Any]) -> Node | None:
        import yaml

        for event in events:
            match event:
                case yaml.DocumentEndEvent():
                    return self.open[0]
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent() if len(self.open) > 1:
                    self.open.pop()
                case yaml.AliasEvent():
                    self.add(self.alias(str(event.anchor)))
                case yaml.ScalarEvent():
                    plain = bool(event.implicit[0])
                    self.add(Node("scalar", event.tag or "", _shown(event.value), plain), event)
                case yaml.SequenceStartEvent():
                    self.nest(Node("sequence", event.tag or ""), event)
                case yaml.MappingStartEvent():
                    self.nest(Node("mapping", event.tag or ""), event)
        return None

    def alias(self, anchor: str) -> Node:
        if anchor not in self.anchors:
            raise YAMLError(f"yaml: unknown anchor '{anchor}' referenced")
        return Node("alias", text=anchor, children=[self.anchors[anchor]])

    def nest(self, node: Node, event: Any) -> None:
        self.add(node, event)
        if self.open[-1] is not node:
            self.open.append(node)
        if len(self.open) > _MAX_DEPTH:
            raise YAMLError(f"yaml: exceeded max depth of {_MAX_DEPTH}")

    def add(self, node: Node, event: Any = None) -> None:
        self.spend(_STEPS)
        if event is not None and event.anchor:
            self.anchors[event.anchor] = node
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.open.append(node)


def text_of(node: Node) -> bytes:
    """Return the text of a scalar as bytes."""
    return runes.encode(node.text)

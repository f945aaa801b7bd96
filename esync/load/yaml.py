"""YAML to plain values and the line of everything in them, one document after the other.

PyYAML's C parser tells the events; what they mean is decided here, as the API server's reader
does (:mod:`esync.load.scalars`). Input is bounded: bytes, nodes, depth, and what aliases repeat.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from yaml._yaml import CParser
from yaml.error import Mark, MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)
from yaml.reader import ReaderError

from esync.errors import Location
from esync.load.errors import BadYaml, LoadError, TooBig
from esync.load.scalars import NUMERIC, WORDS, BadScalar, Scalar, as_json, as_key, resolve
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from esync.manifests.document import Path

MAX_NODES: Final = 1_000_000
MAX_DEPTH: Final = 100
_MERGE_TAG: Final = "tag:yaml.org,2002:merge"
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_SEPARATOR = re.compile(rb"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_DIRECTIVE = re.compile(rb"^%", re.MULTILINE)
_CONTENT = re.compile(rb"^[ \t]*[^%#\s]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document: its value, the line on which it starts, and the line by path."""

    value: Any
    line: int
    lines: dict[Path, int]


@dataclass(frozen=True, slots=True)
class _Anchor:
    value: Any
    nodes: int
    depth: int


# Stands for an anchor while its own value is being read.
_OPEN: Final = _Anchor(None, 0, 0)


class Budget:
    """How many nodes aliases may repeat in one stream."""

    def __init__(self, nodes: int = MAX_NODES) -> None:
        self.left = nodes


class Number(str):
    """A number as its author spelled it: 1.50 and not 1.5."""

    __slots__ = ()


def parse_stream(
    stream: bytes, file: str, *, keep_spelling: bool = False
) -> Iterator[Parsed | LoadError]:
    """Yield every document of ``stream`` that is not empty; one that cannot be read as its error.

    Args:
        stream: UTF-8 without a byte-order mark.
        file: what errors call it.
        keep_spelling: values that are numbers of JSON become a ``Number``.
    """
    budget = Budget()
    builder = _SpellingBuilder if keep_spelling else _Builder
    line = 1
    for chunk in _chunks(stream):
        yield from _parse_chunk(builder(chunk, Location(file, line), budget), chunk)
        line += chunk.count(b"\n")


def _chunks(stream: bytes) -> Iterator[bytes]:
    """Cut the stream before each ``---``: an error in one document leaves the others readable."""
    start = 0
    for match in _SEPARATOR.finditer(stream):
        before = stream[start : match.start()]
        if _DIRECTIVE.search(before) and not _CONTENT.search(before):
            continue  # directives belong to the document that follows
        yield before
        start = match.start()
    yield stream[start:]


def _parse_chunk(builder: _Builder, chunk: bytes) -> list[Parsed | LoadError]:
    """Return the documents of a chunk, or its error alone: half a document is none."""
    at = builder.at
    try:
        return list(builder.documents())
    except LoadError as error:
        return [error]
    except ReaderError as error:
        line = at.line + chunk.count(b"\n", 0, error.position)
        return [BadYaml(f"this is no YAML: {error.reason}", at=Location(at.file, line))]
    except MarkedYAMLError as error:
        line = at.line + (error.problem_mark.line if error.problem_mark else 0)
        return [_syntax_error(error.problem or "", Location(at.file, line))]


def _syntax_error(problem: str, at: Location) -> BadYaml:
    # The parser's own words are fixed texts; its snippet of the input is not shown.
    hints = {
        "found character that cannot start any token": "indent with spaces and not with tabs, "
        "and quote what starts with @, ` or %",
        "found a tab character that violates indentation": "indent with spaces and not with tabs",
        "mapping values are not allowed in this context": "is the line before complete, "
        "and the indentation right? quote texts that hold a colon",
        "could not find expected ':'": "quote texts of several lines, or use |",
    }
    return BadYaml(f"this is no YAML: {problem}", at=at, hint=hints.get(problem, ""))


class _Builder:
    """Makes values of one chunk's events; the values are plain, and keys are texts."""

    __slots__ = ("_anchors", "_budget", "_deepest", "_lines", "_next", "_nodes", "at")

    def __init__(self, chunk: bytes, at: Location, budget: Budget) -> None:
        self._next: Callable[[], Any] = CParser(chunk).get_event
        self.at = at
        self._budget = budget
        self._lines: dict[Path, int] = {}
        self._anchors: dict[str, _Anchor] = {}
        self._nodes = 0
        self._deepest = 0

    def documents(self) -> Iterator[Parsed]:
        """Yield the documents that are not empty."""
        event = self._next()
        while event.__class__ is not StreamEndEvent:
            if event.__class__ is DocumentStartEvent:
                self._lines, self._anchors = {}, {}
                self._nodes = self._deepest = 0
                root = self._next()
                value = self._node(root, (), 1)
                if value is not None:
                    yield Parsed(value, self._line(root), self._lines)
            event = self._next()

    def _line(self, event: Event) -> int:
        return self.at.line + int(
            cast("Mark", event.start_mark).line
        )  # the C parser sets it always

    def _place(self, event: Event) -> Location:
        return Location(self.at.file, self._line(event))

    def _node(self, event: Any, path: Path, depth: int) -> Any:
        """Return the value that begins with ``event``."""
        kind = event.__class__
        if kind is ScalarEvent:
            self._nodes += 1
            if event.anchor is None and event.tag is None:
                text = event.value
                if not event.implicit[0] or not (text in WORDS or text[0] in NUMERIC):
                    return text
            return self._scalar(event)
        if kind is AliasEvent:
            return self._alias(event, depth)
        self._dive(depth, event)
        self._count(event)
        return self._anchored(event, path, depth)

    def _count(self, event: Event) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise TooBig(f"the document has more than {MAX_NODES:,} nodes", at=self._place(event))

    def _scalar(self, event: Any) -> Scalar:
        value = self._converted(event, as_json)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchor(value, 1, 0)
        return value

    def _converted(self, event: Any, convert: Callable[[Scalar], Scalar]) -> Scalar:
        quoted = not event.implicit[0] and event.tag is None
        try:
            return convert(event.value if quoted else resolve(event.value, event.tag or ""))
        except BadScalar as error:
            raise BadYaml(str(error), at=self._place(event)) from None

    def _anchored(self, event: Any, path: Path, depth: int) -> Any:
        make = self._mapping if event.__class__ is MappingStartEvent else self._sequence
        if event.anchor is None:
            return make(path, depth)
        self._anchors[event.anchor] = _OPEN
        before, outside = self._nodes - 1, self._deepest
        self._deepest = depth
        value = make(path, depth)
        deep = self._deepest - depth + 1
        self._deepest = max(outside, self._deepest)
        self._anchors[event.anchor] = _Anchor(value, self._nodes - before, deep)
        return value

    def _dive(self, depth: int, event: Event) -> None:
        """Note that a container stands at ``depth``."""
        if depth > MAX_DEPTH:
            raise TooBig(f"the document is nested deeper than {MAX_DEPTH}", at=self._place(event))
        self._deepest = max(depth, self._deepest)

    def _alias(self, event: Any, depth: int) -> Any:
        """Return what the anchor holds; it counts as if it were written out."""
        anchor = self._anchors.get(event.anchor)
        if anchor is None or anchor is _OPEN:
            what = "contains itself" if anchor else "is not defined before"
            raise BadYaml(f"an alias names an anchor that {what}", at=self._place(event))
        self._nodes += anchor.nodes
        self._budget.left -= anchor.nodes
        if self._nodes > MAX_NODES or self._budget.left < 0:
            message = f"aliases make more than {MAX_NODES:,} nodes of the stream"
            raise TooBig(message, at=self._place(event))
        self._dive(depth + anchor.depth - 1, event)
        return anchor.value

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        event = self._next()
        while event.__class__ is not SequenceEndEvent:
            at = (*path, len(items))
            self._lines[at] = self._line(event)
            items.append(self._node(event, at, depth + 1))
            event = self._next()
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        merged: set[str] = set()
        lines, first, take = self._lines, self.at.line, self._next  # for speed
        event = take()
        while event.__class__ is not MappingEndEvent:
            if event.__class__ is ScalarEvent and event.value == "<<" and _is_merge(event):
                self._merge(members, merged, path, depth)
            else:
                key = self._key(event, depth)
                at = (*path, key)
                if key in members and key not in merged:
                    raise self._twice(event, lines.get(at, 0))
                merged.discard(key)
                lines[at] = first + event.start_mark.line
                members[key] = self._node(take(), at, depth + 1)
            event = take()
        return members

    def _twice(self, event: Event, first: int) -> BadYaml:
        # The key is not quoted: the document may be a Secret.
        message = f"a key stands twice in one mapping, first on line {first}"
        return BadYaml(message, at=self._place(event), hint="remove one of the two")

    def _key(self, event: Any, depth: int) -> str:
        if event.__class__ is ScalarEvent:
            self._nodes += 1
            if event.anchor is None and event.tag is None:
                text: str = event.value
                if not event.implicit[0] or not (text in WORDS or text[0] in NUMERIC):
                    return text
            key = self._converted(event, as_key)
            if event.anchor is not None:
                self._anchors[event.anchor] = _Anchor(self._converted(event, as_json), 1, 0)
            return str(key)
        value = self._alias(event, depth) if event.__class__ is AliasEvent else event
        try:
            return as_key(value)
        except BadScalar as error:
            raise BadYaml(str(error), at=self._place(event)) from None

    def _merge(self, members: dict[str, Any], merged: set[str], path: Path, depth: int) -> None:
        """Take in what ``<<`` names; as for the API server, what stands later wins."""
        event = self._next()
        at = self._line(event)
        value = self._node(event, (*path, "<<"), depth + 1)
        sources = list(reversed(value)) if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            message = "<< takes a mapping or a list of mappings"
            raise BadYaml(message, at=Location(self.at.file, at))
        for source in sources:
            merged.update(source.keys() - members.keys())
            members.update(source)
            self._lines.update(dict.fromkeys(((*path, key) for key in source), at))


class _SpellingBuilder(_Builder):
    """Keeps how numbers are spelled, where JSON would spell them so too."""

    __slots__ = ()

    def _converted(self, event: Any, convert: Callable[[Scalar], Scalar]) -> Scalar:
        value = super()._converted(event, convert)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return Number(event.value) if is_number and _NUMBER.fullmatch(event.value) else value


def _is_merge(event: Any) -> bool:
    return event.tag == _MERGE_TAG or (event.tag is None and bool(event.implicit[0]))

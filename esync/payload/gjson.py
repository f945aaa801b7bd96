"""Paths into JSON (``db.hosts.0.name``), over the text itself: what is found keeps its spelling.

``path`` cuts a path into steps, ``scanner`` knows where values begin and end, this module walks.

Source:
    gjson 1.18, which External Secrets Operator 2.9 looks properties up with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from esync.payload.path import (
    ArrayStep,
    Multipath,
    ObjectStep,
    Query,
    array_step,
    last_name,
    literal,
    modifier,
    object_step,
    selectors,
    split_pipe,
)
from esync.payload.query import meets
from esync.payload.result import MISSING, Kind, Result
from esync.payload.scanner import (
    block_end,
    is_valid,
    next_value,
    parse,
    string_end,
    value_at,
    value_from,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# A member as it should be: its key, and its value unless that is a block, of which the bracket.
_MEMBER = re.compile(
    rb'[^"}]*+"([^"\\]*+(?:\\.[^"\\]*+)*+)"[^"{\[ntf+\-0-9iIN]*+'
    rb'((?:"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{\[]|(?:[tf]|nu)[a-z]*+|[+\-0-9iIN][^\x00-\x20,\]}]*+))',
    re.DOTALL,
)
_KEY_OR_END = re.compile(rb'["}]')
_ITEM_OR_END = re.compile(rb'["{\[ntf+\-0-9iIN\]]')
_BLOCK = re.compile(rb"[{\[]")
_AFTER_BLANKS = re.compile(rb"[ \t\r\n]*")
_OPEN_OBJECT, _CLOSE_ARRAY = b"{]"
_OPENING = (b"{", b"[")


def get(json: bytes, path: bytes | str) -> Result:
    """Return what ``path`` finds in ``json``, which need not be JSON at all.

    A path that nests too deeply finds nothing.
    """
    wanted = path.encode("utf-8", "surrogateescape") if isinstance(path, str) else path
    try:
        return _get(json, wanted)
    except RecursionError:
        return MISSING


def _get(json: bytes, path: bytes) -> Result:
    if len(path) > 1:
        made = _made(json, path)
        if made is not None:
            text, rest = made
            return _get(text, rest[1:]) if rest.startswith((b".", b"|")) else parse(text)
        if path[0] in b"{[":
            paths, path = selectors(path)
            if paths is not None and path[:1] in (b"", b".", b"|"):
                joined = _joined(json, paths)
                return _get(joined.raw, path[1:]) if path else joined
    walk = _Walk(json)
    if path.startswith(b".."):
        walk.array(0, path[2:])
    else:
        block = _BLOCK.search(json)
        if block:
            enter = walk.object if block[0] == b"{" else walk.array
            enter(block.end(), path)
    return walk.found if walk.pipe is None else _get(walk.found.raw, walk.pipe)


def _made(json: bytes, path: bytes) -> tuple[bytes, bytes] | None:
    """Return the text that a modifier or literal before ``path`` makes, and what follows."""
    if path.startswith(b"!"):
        return literal(path)
    found = modifier(path)
    if found is None:
        return None
    from esync.payload.modifiers import TABLE  # 3 ms, for the few paths that have one

    name, argument, rest = found
    return TABLE[name](json, argument, _get), rest


def _joined(json: bytes, paths: Multipath) -> Result:
    """Return what a multipath makes: an object or array of what its paths find."""
    pieces = []
    for name, path in paths.selectors:
        found = _get(json, path)
        if found.exists:
            key = _name(name, path) + b":" if paths.is_object else b""
            pieces.append(key + (found.raw or found.string or b"null"))
    block = b"{%b}" if paths.is_object else b"[%b]"
    return Result(Kind.JSON, block % b",".join(pieces))


def _name(name: bytes, path: bytes) -> bytes:
    from esync.payload.modifiers import quoted

    if not name:
        return quoted(last_name(path))
    return name if name.startswith(b'"') and is_valid(name) else quoted(name)


class _Walk:
    """One walk through a text.

    The methods return where they ended and whether they have found what was wanted; some things
    are found (``found``) and still looked for, as in gjson.
    """

    __slots__ = ("_json", "found", "pipe")

    def __init__(self, json: bytes) -> None:
        self._json = json
        self.found = MISSING
        self.pipe: bytes | None = None

    def object(self, at: int, path: bytes) -> tuple[int, bool]:
        """Look ``path`` up in the object whose members begin at ``at``."""
        json = self._json
        step = object_step(path)
        if step.pipe is not None:
            self.pipe = step.pipe
        while True:
            at = self._pass_over(at, step)
            mark = _KEY_OR_END.search(json, at)
            if mark is None:
                return len(json), False
            if mark[0] == b"}":
                return mark.end(), False
            begin = mark.end()
            at = string_end(json, begin)
            if at < 0:
                return len(json), False
            matches = step.takes(json[begin : at - 1])
            at = next_value(json, at)
            if at < 0:
                return len(json), False
            at, hit = self._value(at, matches, step.rest)
            if hit or at < 0:
                return at, hit

    def _pass_over(self, at: int, step: ObjectStep) -> int:
        """Return where the first member from ``at`` on begins that is of interest, or is broken."""
        json = self._json
        while True:
            member = _MEMBER.match(json, at)
            if member is None or step.takes(member[1]):
                return at
            at = member.end()
            if member[2] in _OPENING:
                at = block_end(json, at - 1)

    def _value(self, at: int, matches: bool, rest: bytes | None) -> tuple[int, bool]:  # noqa: FBT001
        """Take the value at ``at`` if it ``matches``, or look below it for ``rest``.

        A string without end is an end of the search: its place is -1.
        """
        json = self._json
        first = json[at]
        if first in b"{[":
            if matches and rest is not None:
                enter = self.object if first == _OPEN_OBJECT else self.array
                return enter(at + 1, rest)
            if not matches:
                return block_end(json, at), False
        elif not matches and first == ord('"'):
            return string_end(json, at + 1), False
        end, value = value_at(json, at)
        if value is None:
            return -1, False
        if not matches or rest is not None:
            return end, False
        self.found = value
        return end, True

    def array(self, at: int, path: bytes) -> tuple[int, bool]:
        """Look ``path`` up in the array whose items begin at ``at``."""
        step = array_step(path)
        if step.pipe is not None:
            self.pipe = step.pipe
        if step.query is not None:
            return self._choose(at, step, step.query)
        if step.is_hash:
            return self._hash(at, step)
        return self._index(at, step)

    def _next_item(self, at: int) -> int:
        """Return where the next item begins; -1 at the end of the array, or of the text."""
        mark = _ITEM_OR_END.search(self._json, at)
        return -1 if mark is None or mark[0] == b"]" else mark.start()

    def _end(self, at: int) -> int:
        """Return where the array ends whose last item ended at ``at``."""
        mark = self._json.find(b"]", at)
        return len(self._json) + 1 if mark < 0 else mark + 1

    def _index(self, at: int, step: ArrayStep) -> tuple[int, bool]:
        number = 0
        while (begin := self._next_item(at)) >= 0:
            at, hit = self._value(begin, number == step.index, step.rest)
            if hit or at < 0:
                return at, hit
            number += 1
        return self._end(at), False

    def _hash(self, at: int, step: ArrayStep) -> tuple[int, bool]:
        """Count the items, or look a path up in each."""
        json = self._json
        ends = [at]  # of the items so far, the first one being the bracket
        while (begin := self._next_item(at)) >= 0:
            at, _ = self._value(begin, matches=False, rest=None)
            if at < 0 or at > len(json):
                return at, False
            ends.append(at)
        if step.each is None:
            self.found = Result(Kind.NUMBER, b"%d" % (len(ends) - 1))
        else:
            path = self._before_pipe(step.each)
            found = (_get(item.raw, path) for item in self._items(ends))
            pieces = [each.raw or each.string for each in found if each.exists]
            self.found = Result(Kind.JSON, b"[%b]" % b",".join(pieces))
        return self._end(at), True

    def _items(self, ends: list[int]) -> Iterator[Result]:
        """Go through what follows each of these places, but for the end of the array."""
        json = self._json
        for end in ends:
            begin = _blanks_end(json, end)
            if begin < len(json) and json[begin] != _CLOSE_ARRAY:
                _, item = value_from(json, begin)
                if item is not None:
                    yield item

    def _choose(self, at: int, step: ArrayStep, query: Query) -> tuple[int, bool]:
        """Look for the first item, or all, that the query is met by."""
        json = self._json
        rest, raws = step.rest, []
        while (begin := self._next_item(at)) >= 0:
            at, item = value_at(json, begin)
            if item is None:
                return -1, False
            if _chosen(query, item):
                rest = None if rest is None else self._before_pipe(rest)
                found = item if rest is None else _get(item.raw, rest)
                if not query.all:
                    self.found = found
                    return at, True
                raws.append(found.raw or found.string)
            if at > len(json):
                return at, False
        if query.all and not self.found.exists:
            self.found = Result(Kind.JSON, b"[%b]" % b",".join(filter(None, raws)))
        return self._end(at), False

    def _before_pipe(self, path: bytes) -> bytes:
        """Return ``path`` up to its pipe; what follows that is for the whole array."""
        cut = split_pipe(path)
        if cut is None:
            return path
        path, self.pipe = cut
        return path


def _chosen(query: Query, item: Result) -> bool:
    if item.type is Kind.JSON:
        return meets(query, _get(item.raw, query.path))
    return not query.path and meets(query, item)


def _blanks_end(json: bytes, at: int) -> int:
    found = _AFTER_BLANKS.match(json, at)
    return found.end() if found else at

"""Paths into JSON: how one is cut into steps.

Source:
    gjson 1.18.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from esync.payload.result import unescape
from esync.payload.scanner import block, block_end
from esync.payload.wildcards import like
from esync.records import dataclass

MODIFIERS: Final = frozenset(
    (
        b"dig",
        b"flatten",
        b"fromstr",
        b"group",
        b"join",
        b"keys",
        b"pretty",
        b"reverse",
        b"this",
        b"tostr",
        b"ugly",
        b"valid",
        b"values",
    )
)

_REMEMBERED: Final = 1024
_BACKSLASH, _HASH, _DOT, _PIPE, _QUOTE, _AT, _COLON, _COMMA = b'\\#.|"@:,'
_WILD: Final = b"*?"
_OPENING: Final = b"[({"
_CLOSING_OF: Final = {ord("["): ord("]"), ord("("): ord(")")}

_MODIFIER_NAME = re.compile(rb"@([^.|:]*)")
_OPERATOR = re.compile(rb"!=|!%|<=|>=|==|[<>=%]")
_LITERAL_OPENING: Final = b'{["+-0123456789'
_LITERAL_WORD = re.compile(rb"!(true|false|null|nan|inf)(?=[.|]|\Z)", re.IGNORECASE)
_INDEX = re.compile(rb"[0-9]{1,18}")
_BLANKS: Final = bytes(range(0x21))


class Split(NamedTuple):
    """One step, and what follows it.

    Attributes:
        part: the step itself.
        rest: the path below it; None if the path ends here.
        pipe: the path for what was found in the end; None if there is none.
    """

    part: bytes
    rest: bytes | None
    pipe: bytes | None


@dataclass(frozen=True, slots=True)
class ObjectStep:
    """A key, or a pattern of keys with ``*`` and ``?``."""

    key: bytes
    is_pattern: bool
    rest: bytes | None
    pipe: bytes | None

    def takes(self, key: bytes) -> bool:
        """Tell whether the step means a member whose key is written like that in the document."""
        if b"\\" in key:
            key = unescape(key)
        return like(key, self.key) if self.is_pattern else key == self.key


@dataclass(frozen=True, slots=True)
class Query:
    """The condition of ``#(path op value)``; ``all``: ``#(...)#``, every item that meets it."""

    path: bytes = b""
    operator: bytes = b""
    value: bytes = b""
    all: bool = False


@dataclass(frozen=True, slots=True)
class ArrayStep:
    """An index, ``#``, or a query.

    Attributes:
        index: -1 if the step is no index.
        is_hash: the step is ``#`` and nothing else: the number of items, or with ``each`` what
            that path finds below every item.
        query: only items that meet it.
    """

    index: int
    is_hash: bool
    each: bytes | None
    query: Query | None
    rest: bytes | None
    pipe: bytes | None


class Selector(NamedTuple):
    """One path of a multipath, and the name it was given."""

    name: bytes
    path: bytes


class Multipath(NamedTuple):
    """Paths that are looked up together, for an object (``{a,"b":c}``) or array (``[a,c]``)."""

    is_object: bool
    selectors: tuple[Selector, ...]


@lru_cache(maxsize=_REMEMBERED)
def object_step(path: bytes) -> ObjectStep:
    """Return the first step of ``path``, as an object takes it."""
    part = bytearray()
    is_pattern = False
    at = 0
    while at < len(path) and path[at] not in b".|":
        if path[at] == _BACKSLASH:
            at += 1
            part += path[at : at + 1]
        else:
            is_pattern = is_pattern or path[at] in _WILD
            part.append(path[at])
        at += 1
    rest, pipe = _behind(path, at)
    # An escape hides the wildcard behind it, not those that the key has elsewhere.
    return ObjectStep(bytes(part), is_pattern, rest, pipe)


def _behind(path: bytes, at: int, *, pipes: bool = True) -> tuple[bytes | None, bytes | None]:
    """Return what follows the separator at ``at``: a path below, or one for what is found."""
    if at >= len(path):
        return None, None
    behind = path[at + 1 :]
    if path[at] == _PIPE or (pipes and behind and _takes_result(behind)):
        return None, behind
    return behind, None


def _takes_result(path: bytes) -> bool:
    """Tell whether ``path`` begins with a modifier or a multipath."""
    name = _MODIFIER_NAME.match(path)
    return path[0] in b"[{" if name is None else name[1] in MODIFIERS


@lru_cache(maxsize=_REMEMBERED)
def array_step(path: bytes) -> ArrayStep:
    """Return the first step of ``path``, as an array takes it."""
    query: Query | None = None
    has_hash = False
    at = 0
    while at < len(path) and path[at] not in b".|":
        if path[at] == _HASH:
            has_hash = True
            if at == 0 and path[1:2] in (b"[", b"("):
                query, end = _query(path)
                if end < 0:
                    return ArrayStep(
                        -1, is_hash=False, each=None, query=query, rest=None, pipe=None
                    )
                at = end - 1
        at += 1
    rest, pipe = _behind(path, at, pipes=not has_hash)
    part = path[:at]
    is_hash = part == b"#"
    return ArrayStep(
        index=int(part) if not has_hash and _INDEX.fullmatch(part) else -1,
        is_hash=is_hash,
        each=rest if is_hash and path[1:2] == b"." else None,
        query=query,
        rest=rest,
        pipe=pipe,
    )


def _query(path: bytes) -> tuple[Query, int]:
    """Return the query that ``path`` begins with, and where it ends; -1 if it does not."""
    operator_at, end, has_escape = _query_bounds(path)
    if end < 0:
        return Query(), -1
    every = path[end : end + 1] == b"#"
    if not operator_at:
        return Query(path[2 : end - 1].strip(_BLANKS), all=every), end
    condition = path[operator_at : end - 1].strip(_BLANKS)
    found = _OPERATOR.match(condition)
    operator = condition[:1] if len(condition) == 1 else found[0] if found else b""
    value = condition[len(operator) :].strip(_BLANKS)
    if len(value) > 1 and value.startswith(b'"') and value.endswith(b'"'):
        value = unescape(value[1:-1]) if has_escape else value[1:-1]
    operator = b"=" if operator == b"==" else operator
    return Query(path[2:operator_at].strip(_BLANKS), operator, value, every), end


def _query_bounds(path: bytes) -> tuple[int, int, bool]:
    """Return where a query has its operator (0: nowhere) and its end; if a string has escapes."""
    depth, operator_at, has_escape = 1, 0, False
    at = 2
    while at < len(path):
        char = path[at]
        if depth == 1 and not operator_at and char in b"!=<>%":
            operator_at = at
        elif char == _BACKSLASH:
            at += 1
        elif char in b"[(":
            depth += 1
        elif char in b"])":
            depth -= 1
            if not depth:
                return operator_at, at + 1, has_escape
        elif char == _QUOTE:
            at, escapes = _after_quoted(path, at)
            has_escape = has_escape or escapes
        at += 1
    return operator_at, -1, has_escape


def _after_quoted(path: bytes, at: int) -> tuple[int, bool]:
    """Return where the closing quote of a string stands, and whether it has escapes."""
    has_escape = False
    at += 1
    while at < len(path) and path[at] != _QUOTE:
        if path[at] == _BACKSLASH:
            has_escape = True
            at += 1
        at += 1
    return at, has_escape


def split_pipe(path: bytes) -> tuple[bytes, bytes] | None:
    """Cut the path below ``#`` at its first ``|``, which is for the whole array; None: no such."""
    if b"|" not in path:
        return None
    if path.startswith(b"{"):
        end = len(block(path[1:])) + 1  # from the second brace on, as gjson does it
        return (path[:end], path[end + 1 :]) if path[end : end + 1] == b"|" else None
    at = 0
    while at < len(path):
        char = path[at]
        if char == _BACKSLASH:
            at += 1
        elif char == _PIPE:
            return path[:at], path[at + 1 :]
        elif char == _DOT and path[at + 1 : at + 2] == b"#":
            at += 2  # what follows the ``#`` is passed over, whatever it is
            if path[at : at + 1] in (b"[", b"("):
                at = _after_selector(path, at)
        at += 1
    return None


def _after_selector(path: bytes, at: int) -> int:
    """Return where the bracket at ``at`` is closed; only its own kind counts."""
    opening = path[at]
    closing = _CLOSING_OF[opening]
    depth = 1
    at += 1
    while at < len(path):
        char = path[at]
        if char == _BACKSLASH:
            at += 1
        elif char == opening:
            depth += 1
        elif char == closing:
            depth -= 1
            if not depth:
                break
        elif char == _QUOTE:
            at, _ = _after_quoted(path, at)
        at += 1
    return at


@lru_cache(maxsize=_REMEMBERED)
def selectors(path: bytes) -> tuple[Multipath | None, bytes]:
    """Return the multipath that ``path`` opens with and what follows; None, nothing: no such."""
    found: list[Selector] = []
    depth, start, at = 1, 1, 1
    colon = modifier_at = 0
    while at < len(path):
        char = path[at]
        if char == _BACKSLASH:
            at += 1
        elif char == _QUOTE:
            at, _ = _after_quoted(path, at)
        elif char == _AT:
            modifier_at = modifier_at or (at if path[at - 1] in b".|" else 0)
        elif char == _COLON:
            colon = colon or (at if not modifier_at and depth == 1 else 0)
        elif char in b",])}":
            depth -= char != _COMMA
            if depth == (char == _COMMA):
                found.append(_selector(path, start, colon, at))
                colon, modifier_at, start = 0, 0, at + 1
            if not depth:
                return Multipath(path.startswith(b"{"), tuple(found)), path[at + 1 :]
        elif char in _OPENING:
            depth += 1
        at += 1
    return None, b""


def _selector(path: bytes, start: int, colon: int, end: int) -> Selector:
    if not colon:
        return Selector(b"", path[start:end])
    return Selector(path[start:colon], path[colon + 1 : end])


def last_name(path: bytes) -> bytes:
    """Return the last component of a path; ``_`` if it is not a simple one."""
    for at in range(len(path) - 1, -1, -1):
        if path[at] in b"|." and not (at > 0 and path[at - 1] == _BACKSLASH):
            path = path[at + 1 :]
            break
    is_simple = not any(char < ord(" ") or char in b"[]{}()#|!" for char in path)
    return path if is_simple else b"_"


def modifier(path: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Return name, argument and what follows, of a path that begins with a modifier."""
    name = _MODIFIER_NAME.match(path)
    if name is None or name[1] not in MODIFIERS:
        return None
    rest = path[name.end() :]
    argument = b""
    if rest.startswith(b":"):
        rest = rest[1:]
        argument = _argument(rest) if rest else b""
        rest = rest[len(argument) :]
    return name[1], argument, rest


def _argument(text: bytes) -> bytes:
    if text[0] in b'{["':
        return block(text)
    at = 0
    while at < len(text) and text[at] != _PIPE:
        at += len(block(text[at:])) if text[at] in b'{["(' else 1
    return text[:at]


def literal(path: bytes) -> tuple[bytes, bytes] | None:
    """Return the JSON of a path that begins with a literal (``!"x"``), and what follows."""
    if path[1:2] and path[1] in _LITERAL_OPENING:
        end = block_end(path, 1)  # whatever it opens with counts as a bracket
        return path[1:end], path[end:]
    word = _LITERAL_WORD.match(path)
    return None if word is None else (word[1], path[word.end() :])

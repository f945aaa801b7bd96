"""JSON that is no YAML: objects one after the other, tabs, escapes of characters in two halves."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from esync.errors import Location
from esync.load.errors import BadYaml, LoadError, TooBig
from esync.load.scalars import BadScalar, as_json
from esync.load.yaml import MAX_DEPTH, MAX_NODES, Parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

# The key of a member, another text, or a bracket.
_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(?=[ \t\r\n]*:)|"(?:[^"\\]|\\.)*"|[{}]')
_BLANK = re.compile(r"\s*")


class _KeyTwice(ValueError):
    """An object has two members of one name; which line it is has to be found."""


def parse_json(text: str, file: str) -> list[Parsed | LoadError]:
    """Return every value in ``text``; an empty list if the first one is no JSON.

    Only the line on which each value begins is known.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse)
    found: list[Parsed | LoadError] = []
    try:
        for value, line in _values(text, decoder):
            found.append(_bounded(value, Location(file, line)))
    except json.JSONDecodeError as error:
        if found:
            found.append(BadYaml(f"this is no JSON: {error.msg}", at=Location(file, error.lineno)))
    except _KeyTwice:
        line, first = _lines_of_key(text)
        message = f"a key stands twice in one object, first on line {first}"
        found.append(BadYaml(message, at=Location(file, line), hint="remove one of the two"))
    except BadScalar as error:
        found.append(BadYaml(f"this cannot be read: {error}", at=Location(file)))
    except (ValueError, RecursionError):  # thousands of digits, or of brackets
        found.append(TooBig("a number is too long or the nesting too deep", at=Location(file)))
    return found


def _values(text: str, decoder: json.JSONDecoder) -> Iterator[tuple[Any, int]]:
    at = _skip_blank(text, 0)
    line = 1 + text.count("\n", 0, at)
    while at < len(text):
        value, end = decoder.raw_decode(text, at)
        yield value, line
        following = _skip_blank(text, end)
        line += text.count("\n", at, following)
        at = following


def _skip_blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _KeyTwice
    return {key: _number(value) for key, value in pairs}


def _lines_of_key(text: str) -> tuple[int, int]:
    """Return the lines of the second and the first member of one name in one object.

    The name is not told: the document may be a Secret.
    """
    open_objects: list[dict[str, int]] = []
    for token in _TOKEN.finditer(text):
        if token[0] == "{":
            open_objects.append({})
        elif token[0] == "}":
            open_objects.pop()
        elif token[1]:
            key = json.loads(token[1])
            first = open_objects[-1].setdefault(key, token.start())
            if first != token.start():
                return 1 + text.count("\n", 0, token.start()), 1 + text.count("\n", 0, first)
    raise AssertionError("some object has a key twice")


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(item) for item in value]
    return as_json(value) if isinstance(value, int | float) else value


def _refuse(_constant: str) -> Any:
    raise BadScalar("infinities and NaN cannot be told to the API server")


def _bounded(value: Any, at: Location) -> Parsed | LoadError:
    """Return the document, or the error that it is too deep or has too many nodes."""
    level = [value]
    nodes = 0
    for _ in range(MAX_DEPTH + 1):
        nodes += len(level)
        if not level or nodes > MAX_NODES:
            break
        level = [child for node in level for child in _children(node)]
    if nodes > MAX_NODES:
        return TooBig(f"the document has more than {MAX_NODES:,} nodes", at=at)
    if any(isinstance(node, dict | list) for node in level):
        return TooBig(f"the document is nested deeper than {MAX_DEPTH}", at=at)
    return Parsed(value, at.line, {})


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []

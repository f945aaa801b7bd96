"""Values by key from a file that the user wrote, in place of what a store would bring."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from esync.errors import Location
from esync.load.errors import LoadError, Unreadable
from esync.load.yaml import Number, parse_stream
from esync.secret import SecretValue

if TYPE_CHECKING:
    from pathlib import Path


class BadValues(LoadError):
    """A file of values is no mapping of keys to values."""

    rule = "ES0120"


def read_values(path: Path) -> dict[str, SecretValue]:
    """Return value by key; what is no text is spelled as JSON, as a store would hand it over.

    Numbers stay as they are spelled: 1.50 does not become 1.5.

    Raises:
        Unreadable: the file cannot be read.
        BadValues: it is no YAML or JSON mapping.
    """
    at = Location(str(path))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}", at=at) from None
    documents = list(parse_stream(content, str(path), keep_spelling=True))
    if len(documents) != 1:
        raise BadValues("the file is not exactly one document", at=at)
    only = documents[0]
    if isinstance(only, LoadError):
        raise only
    body = only.value
    if not isinstance(body, dict):
        raise BadValues("the file is no mapping of keys to values", at=at)
    return {str(key): SecretValue(_spelled(value).encode()) for key, value in body.items()}


def _spelled(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else _as_json(value)


def _as_json(value: object) -> str:
    match value:
        case Number():
            return str(value)
        case dict():
            pairs = (f"{_as_json(key)}: {_as_json(held)}" for key, held in value.items())
            return f"{{{', '.join(pairs)}}}"
        case list():
            return f"[{', '.join(map(_as_json, value))}]"
        case _:
            return json.dumps(value, ensure_ascii=False)

"""YAML means to esync what it means to the API server's reader, which was recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from esync.load.errors import LoadError
from esync.load.yaml import parse_stream

RECORDED = [
    (row["yaml"], row["json"])
    for row in map(json.loads, Path("tests/golden/yaml.jsonl").read_text().splitlines())
]

# The reader takes the last of two equal keys, whichever that is; esync wants the user to choose.
AMBIGUOUS = {"{1: a, '1': b}", "{a: 1, a: 2}", "a: 1\na: 1"}

# The reader drops what follows the end of a document without a word.
DROPPED = {"a: 1\n...\nb: 2"}

# What the reader refuses and esync can read without doubt: an escape that JSON has, and the
# directive of the version after YAML 1.1.
READ_ANYWAY = {'{"a": "\\/"}', "%YAML 1.2\n---\na: yes"}


def parsed(text: str) -> Any:
    """Return the value of the first document."""
    found = next(iter(parse_stream(text.encode(), "input.yaml")), None)
    if isinstance(found, LoadError):
        raise found
    return found.value if found else None


def as_the_server_stores(value: Any) -> Any:
    """Return a JSON value with numbers as the API server keeps them: int64, else float64."""
    match value:
        case dict():
            return {key: as_the_server_stores(member) for key, member in value.items()}
        case list():
            return [as_the_server_stores(item) for item in value]
        case bool():
            return value
        case int() if not -(2**63) <= value < 2**63:
            return float(value)
    return value


def typed(value: Any) -> Any:
    """Return ``value`` with the types of its scalars, so that 1 is not True."""
    match value:
        case dict():
            return {key: typed(value[key]) for key in sorted(value)}
        case list():
            return [typed(item) for item in value]
    return type(value).__name__, value


@pytest.mark.parametrize(("text", "recorded"), RECORDED, ids=[text for text, _ in RECORDED])
def test_yaml_means_what_the_api_server_reads(text: str, recorded: str | None) -> None:
    """Same value and same types, and an error where the reader has one."""
    if text in AMBIGUOUS | DROPPED or (recorded is None and text not in READ_ANYWAY):
        with pytest.raises(LoadError):
            parsed(text)
    elif recorded is not None:
        assert typed(parsed(text)) == typed(as_the_server_stores(json.loads(recorded)))


def test_the_recording_covers_what_people_stumble_over() -> None:
    """Norway, octal modes, dates, versions and times are in the table."""
    texts = {text for text, _ in RECORDED}

    assert {"norway: no", "mode: 0400", "2024-01-01", "version: 1.10", "1:30"} <= texts


@pytest.mark.parametrize("text", sorted(READ_ANYWAY))
def test_harmless_documents_are_read_where_the_reader_gives_up(text: str) -> None:
    """JSON's own escapes, and a directive of YAML 1.2."""
    assert parsed(text) in ({"a": "/"}, {"a": True})

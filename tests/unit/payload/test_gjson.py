"""Paths find what gjson finds, spelt as in the document."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.payload.gjson import get

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = [
    json.loads(line)
    for name in ("gjson.jsonl", "found-gjson.jsonl", "more-gjson.jsonl")
    for line in (GOLDEN / name).read_text().splitlines()
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
    max_leaves=10,
)


def expected(case: dict[str, Any], name: str) -> bytes:
    """Return a recorded text, which may be no UTF-8."""
    return b64decode(case[f"{name}_b64"]) if f"{name}_b64" in case else case[name].encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_recorded_lookups(case: dict[str, Any]) -> None:
    """Every recorded path yields the recorded piece of its document."""
    found = get(case["json"].encode(), case["path"])
    assert (found.exists, found.type.value) == (case["exists"], case["type"])
    assert found.raw == expected(case, "raw")
    assert found.string == expected(case, "string")


def test_paths_that_nest_too_deeply() -> None:
    """A path of ten thousand steps ends; it finds nothing, whatever the document."""
    document = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    assert not get(document, ".".join(["a"] * 10_000)).exists
    assert not get(document, ".".join(["@this"] * 10_000)).exists


@given(st.binary(max_size=60), st.text(alphabet='ab*?.|#@!{}[]()"\\:,=~%<>01', max_size=20))
def test_anything_ends(document: bytes, path: str) -> None:
    """Whatever the document and the path, something is found or not."""
    found = get(document, path)
    assert found.exists or not found.raw


@given(json_values)
def test_whole_values(value: Any) -> None:
    """A member of a document is found, and its text means what was put in."""
    document = json.dumps({"x": 1, "key": value}).encode()
    assert json.loads(get(document, "key").raw) == value

"""Paths find what gjson finds, spelt as in the document."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from esync.payload.gjson import get

GOLDEN = Path(__file__).parents[2] / "golden" / "gjson.jsonl"
CASES = [json.loads(line) for line in GOLDEN.read_text().splitlines()]


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

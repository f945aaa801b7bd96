"""Durations are read and written as Go does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.gocompat.durations import (
    DurationError,
    duration_from_json,
    duration_to_json,
    format_duration,
    parse_duration,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "duration.jsonl"
CASES = [json.loads(line) for line in GOLDEN.read_text().splitlines()]


def run(case: dict[str, Any]) -> dict[str, Any]:
    """Do what the line asks for and return its answer in the line's own words."""
    match case["kind"]:
        case "parse":
            parsed = parse_duration(case["input"])
            return {"ns": str(parsed), "output": format_duration(parsed)}
        case "metav1":
            parsed = duration_from_json(case["input"])
            return {"ns": str(parsed), "output": duration_to_json(parsed)}
        case _:
            return {"output": format_duration(int(case["input"]))}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_recorded_durations(case: dict[str, Any]) -> None:
    """Every recorded duration comes out as in Go, and every error with Go's words."""
    if case["ok"]:
        expected = {key: case[key] for key in ("ns", "output") if key in case}
        assert run(case) == expected
    else:
        with pytest.raises(DurationError) as caught:
            run(case)
        assert str(caught.value) == case["error"]


def test_no_json_is_no_duration() -> None:
    """JSON that does not parse, and null, are refused; null counts as an empty string."""
    for text in ("", "1h", "NaN", "[" * 100_000):
        with pytest.raises(DurationError):
            duration_from_json(text)
    with pytest.raises(DurationError, match=r'^time: invalid duration ""$'):
        duration_from_json("null")
    with pytest.raises(DurationError, match=r"^json: cannot unmarshal number into"):
        duration_from_json("5")


def test_bytes_that_are_no_utf8() -> None:
    """A byte that is no UTF-8 is quoted as a byte."""
    with pytest.raises(DurationError) as caught:
        parse_duration(b"1\xff")
    assert str(caught.value) == 'time: unknown unit "\\xff" in duration "1\\xff"'


def test_very_long_numbers() -> None:
    """A number of any length is read, or refused as too big."""
    assert parse_duration("0" * 9_000 + "1." + "0" * 9_000 + "s") == 1_000_000_000
    with pytest.raises(DurationError, match=r"^time: invalid duration"):
        parse_duration("9" * 9_000 + "s")


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_canonical_text_reads_back(nanoseconds: int) -> None:
    """What is written is read as the same number, to the nanosecond below 2^53."""
    read = parse_duration(format_duration(nanoseconds))
    assert read == nanoseconds

"""Templates as the operator renders them: every recorded line must come out the same."""

from __future__ import annotations

import base64
import json
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from esync import gotemplate

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).parents[2] / "golden"

# How many of the recorded error texts are not given word by word; the stage always is.
REWORDED = 37


def _lines() -> dict[str, list[dict[str, Any]]]:
    by_area: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name in ("templates.jsonl", "found.jsonl"):
        for line in (GOLDEN / name).read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            by_area[case["area"]].append(case)
    return by_area


LINES = _lines()
RENDERED: dict[str, bytes | gotemplate.TemplateError] = {}


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _expected(case: dict[str, Any]) -> bytes:
    if "output" in case:
        return str(case["output"]).encode()
    return base64.b64decode(case["output_b64"])


def _render(case: dict[str, Any]) -> bytes | gotemplate.TemplateError:
    """Render a line, once for all tests."""
    if case["id"] not in RENDERED:
        RENDERED[case["id"]] = _rendered(case)
    return RENDERED[case["id"]]


def _rendered(case: dict[str, Any]) -> bytes | gotemplate.TemplateError:
    try:
        return gotemplate.render(
            case["template"],
            case["data"],
            name="tpl",
            clock=time.time_ns,
            random=os.urandom,
        )
    except gotemplate.TemplateError as error:
        return error


def _mistake(case: dict[str, Any]) -> str:
    """Return what is wrong with our rendering; empty: nothing."""
    result = _render(case)
    if isinstance(result, gotemplate.TemplateError):
        if case["ok"] or result.stage != case["stage"]:
            return f"failed at {result.stage}: {result.go_message}"
        return ""
    if not case["ok"]:
        return f"rendered {result!r}, but Go says: {case['error']}"
    return "" if result == _expected(case) else f"{result!r}, not {_expected(case)!r}"


@pytest.mark.parametrize("area", sorted(LINES))
def test_renders_as_go_does(area: str) -> None:
    """Output is equal to the byte, and what Go refuses is refused at the same stage."""
    mistakes = {case["id"]: _mistake(case) for case in LINES[area]}

    wrong = [
        f"{case['id']} {case['template']!r}\n    {mistakes[case['id']]}"
        for case in LINES[area]
        if mistakes[case["id"]]
    ]
    assert not wrong, f"{len(wrong)} of {len(LINES[area])}:\n" + "\n".join(wrong)


def test_errors_are_worded_as_in_go() -> None:
    """Line, column, excerpt and text are Go's own, but for a few from deep inside Go."""
    failing = [case for cases in LINES.values() for case in cases if not case["ok"]]
    reworded = []
    for case in failing:
        result = _render(case)
        worded = result.go_message if isinstance(result, gotemplate.TemplateError) else ""
        if worded != case["error"]:
            reworded.append(f"{case['id']}\n    {worded}\n    {case['error']}")
    assert len(reworded) <= REWORDED, "\n".join(reworded)


def test_public_messages_hold_no_data() -> None:
    """What a template is given never shows in the text of an error."""
    for case in (case for cases in LINES.values() for case in cases if not case["ok"]):
        result = _render(case)
        if not isinstance(result, gotemplate.TemplateError):
            continue
        for value in case["data"].values():
            if len(value) > 3 and value not in case["template"]:
                assert value not in str(result)
        assert result.__cause__ is None
        assert result.__context__ is None

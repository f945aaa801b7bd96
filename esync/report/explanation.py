"""The way of one ExternalSecret as text and as JSON. Pure; no value is at hand."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from esync.flow.explanation import Verdict
from esync.report.machine import API_VERSION
from esync.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.flow.explanation import Explanation, Step

_COLOURS: Final = {
    Verdict.OK: "32",
    Verdict.FAILED: "31",
    Verdict.DIFFERS: "33",
    Verdict.SKIPPED: "2",
    Verdict.NOT_REACHED: "2",
}
_VERDICT_WIDTH: Final = max(len(verdict) for verdict in Verdict)
_STAGE_WIDTH: Final = 12


def as_text(explanation: Explanation, *, colour: bool = False) -> str:
    """Return a line for each step, and below it what it rests on and what to do next."""
    at = f"  ({explanation.at})" if explanation.at else ""
    target = f" -> {explanation.target}" if explanation.target.name else ""
    lines = [visible(f"{explanation.ref}{target}{at}")]
    for step in explanation.steps:
        lines.extend(_step(step, colour=colour))
    return "".join(f"{line}\n" for line in lines)


def as_json(explanation: Explanation) -> str:
    """Return one document, as the other commands do."""
    document = {
        "apiVersion": API_VERSION,
        "kind": "ExplainResult",
        "summary": {
            "object": str(explanation.ref),
            "target": str(explanation.target) if explanation.target.name else "",
            "wrong": explanation.is_wrong,
            "counts": dict(Counter(step.verdict.value for step in explanation.steps)),
            "context": explanation.where.context,
            "server": explanation.where.server,
        },
        "items": [_item(step) for step in explanation.steps],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _step(step: Step, *, colour: bool) -> Iterator[str]:
    verdict = f"{step.verdict:<{_VERDICT_WIDTH}}"
    if colour:
        verdict = f"\x1b[{_COLOURS[step.verdict]}m{verdict}\x1b[0m"
    words = [visible(line) for line in _words(step)]
    yield f"  {verdict}  {step.stage:<{_STAGE_WIDTH}}  {words[0] if words else ''}".rstrip()
    indent = " " * (2 + _VERDICT_WIDTH + 2 + _STAGE_WIDTH + 2)
    yield from (f"{indent}{line}" for line in words[1:])


def _words(step: Step) -> Iterator[str]:
    for error in step.errors:
        at = f"{error.at}: " if error.at else ""
        yield f"{at}{error.message} [{error.rule}]"
    yield from step.evidence
    for action in _actions(step):
        yield f"next: {action}"


def _actions(step: Step) -> Iterator[str]:
    hints = {error.hint: None for error in step.errors if error.hint}
    yield from hints
    if step.action:
        yield step.action


def _item(step: Step) -> dict[str, Any]:
    return {
        "step": step.stage.value,
        "verdict": step.verdict.value,
        "evidence": list(step.evidence),
        "errors": [
            {
                "rule": error.rule,
                "message": error.message,
                "file": error.at.file if error.at else "",
                "line": error.at.line if error.at else 0,
            }
            for error in step.errors
        ],
        "next": list(_actions(step)),
    }

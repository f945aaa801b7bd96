"""Templates before two judges: Go's engine and ours."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from esync import gotemplate
from tests.fuzz.grammar import DATA, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.fuzz.judge import Judge

NOW = 1_700_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a template.

    Attributes:
        output: what it wrote; None: it failed.
        stage: where it failed.
        message: Go's words for the failure.
    """

    output: bytes | None
    stage: str = ""
    message: str = ""

    def agrees(self, other: Verdict) -> bool:
        """Tell whether both wrote the same or failed at the same stage."""
        return (self.output, self.stage) == (other.output, other.stage)


@dataclass(frozen=True, slots=True)
class Difference:
    """A template on which Go and esync do not agree."""

    template: str
    go: Verdict
    ours: Verdict


def write_templates(seed: int, count: int) -> list[str]:
    """Return ``count`` random templates, the same ones for the same seed."""
    writer = Writer(Random(seed))  # noqa: S311 - to be repeated, not to be secret
    return [writer.template() for _ in range(count)]


def question(template: str) -> dict[str, Any]:
    """Return the question for Go's judge."""
    return {
        "kind": "template",
        "template": base64.b64encode(template.encode()).decode(),
        "data": DATA,
        "missingKey": "error",
    }


def go_verdict(answer: dict[str, Any]) -> Verdict:
    """Read the answer of Go's judge."""
    if answer["ok"]:
        return Verdict(base64.b64decode(answer["output"] or ""))
    message = base64.b64decode(answer["error"]).decode("utf-8", "surrogateescape")
    return Verdict(None, answer["stage"], message)


def our_verdict(template: str) -> Verdict:
    """Render the template ourselves."""
    try:
        output = gotemplate.render(template, DATA, name="tpl", clock=lambda: NOW, random=bytes)
    except gotemplate.TemplateError as error:
        return Verdict(None, error.stage, error.go_message)
    return Verdict(output)


def differences(judge: Judge, templates: Sequence[str]) -> Iterator[Difference]:
    """Yield the templates on which the two do not agree."""
    answers = judge.answers(question(template) for template in templates)
    for template, answer in zip(templates, answers, strict=True):
        go, ours = go_verdict(answer), our_verdict(template)
        if not go.agrees(ours):
            yield Difference(template, go, ours)


def golden_line(template: str, go: Verdict) -> str:
    """Return the line that keeps a template and Go's verdict for good."""
    digest = hashlib.sha256(template.encode()).hexdigest()
    line: dict[str, Any] = {
        "id": f"found-{digest[:12]}",
        "area": "found",
        "template": template,
        "data": DATA,
        "ok": go.output is not None,
    }
    if go.output is None:
        line |= {"error": go.message, "stage": go.stage}
    else:
        line |= _output_field(go.output)
    return json.dumps(line) + "\n"


def _output_field(output: bytes) -> dict[str, str]:
    try:
        return {"output": output.decode()}
    except UnicodeDecodeError:
        return {"output_b64": base64.b64encode(output).decode()}

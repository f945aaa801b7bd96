"""What the comparisons of single values have in common: questions, and answers to compare."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from tests.fuzz.judge import Judge

# A question or an answer; bytes stand in it in base64.
Parcel = dict[str, Any]


def packed(content: bytes) -> str:
    """Return bytes as the judge takes and gives them."""
    return base64.b64encode(content).decode()


def unpacked(text: str | None) -> bytes:
    """Return the bytes of a field of a question or an answer."""
    return base64.b64decode(text or "")


class Court(Protocol):
    """Asks about one kind of thing."""

    kind: str

    def questions(self, random: Random, count: int) -> list[Parcel]:
        """Make up so many questions."""

    def ours(self, question: Parcel) -> Parcel:
        """Return our own answer, in the words of Go's."""

    def golden(self, question: Parcel, answer: Parcel) -> Parcel:
        """Return Go's answer as a golden line."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A question on which Go and esync do not agree."""

    question: Parcel
    go: Parcel
    ours: Parcel


def differences(court: Court, judge: Judge, questions: Sequence[Parcel]) -> Iterator[Difference]:
    """Put all questions to both, and go through the differences."""
    asked = [{"kind": court.kind, **question} for question in questions]
    for question, go in zip(questions, judge.answers(asked), strict=True):
        ours = court.ours(question)
        # Go says null for nothing at all, and leaves out what is not of interest.
        if any((ours.get(name) or None) != (go.get(name) or None) for name in {**go, **ours}):
            yield Difference(question, go, ours)


def shown(parcel: Parcel) -> str:
    """Return a question or an answer for people: bytes as such."""
    return json.dumps({name: _readable(value) for name, value in parcel.items()})


def _readable(value: Any) -> Any:
    if isinstance(value, list):
        return [_readable(each) for each in value]
    return repr(unpacked(value)) if isinstance(value, str) else value


def texts(**fields: bytes) -> Parcel:
    """Return fields of a golden line: as text, or as ``_b64`` where that is not possible."""
    line: Parcel = {}
    for name, content in fields.items():
        try:
            line[name] = content.decode()
        except UnicodeDecodeError:
            line[f"{name}_b64"] = packed(content)
    return line

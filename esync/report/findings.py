"""Errors and warnings as people read them: place, severity, message, rule, hint."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.errors import EsyncError
    from esync.flow.failure import Failure
    from esync.flow.outcome import Outcome


def findings(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield severity and text of everything that went wrong, one finding each, each once."""
    told: set[str] = set()
    for severity, ref, error in _all(outcome):
        text = spelled(error, severity, ref)
        if text not in told:
            told.add(text)
            yield severity, text


def spelled(error: EsyncError, severity: str = "error", ref: str = "") -> str:
    """Return ``place: severity: object: message [rule]``, and the hint on a line of its own."""
    at = f"{error.at}: " if error.at else ""
    about = f"{ref}: " if ref else ""
    lines = [f"{at}{severity}: {about}{error.message} [{error.rule}]"]
    if error.hint:
        lines.append(f"  hint: {error.hint}")
    return "\n".join(lines)


def _all(outcome: Outcome) -> Iterator[tuple[str, str, EsyncError]]:
    for failure in outcome.failures:
        yield "error", _name(failure), failure.error
    for done in outcome.done:
        if done.error:
            yield "error", str(done.ref), done.error
    for failure in outcome.warnings:
        yield "warning", _name(failure), failure.error
    for failure in outcome.remarks:
        yield "note", _name(failure), failure.error


def _name(failure: Failure) -> str:
    name = str(failure.ref) if failure.ref else ""
    return "" if name and name in failure.error.message else name

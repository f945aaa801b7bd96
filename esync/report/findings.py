"""Errors and warnings as people read them: place, severity, message, rule, hint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.report.folding import Fold
from esync.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.errors import EsyncError
    from esync.flow.failure import Failure
    from esync.flow.outcome import Outcome


def findings(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield severity and text of everything that went wrong, one finding each, each once.

    When many objects fail for one reason, such as a cluster that does not answer, the first are
    told and the others counted; ``validate`` is asked for every place, and tells all.
    """
    every = list(_all(outcome))
    folds = outcome.command != "validate"
    fold = Fold((ref, error) for severity, ref, error in every if folds and severity == "error")
    told: set[str] = set()
    for severity, ref, error in every:
        text = spelled(error, severity, ref)
        if text not in told:
            told.add(text)
            shown = fold.text(ref, error, text)
            if shown:
                yield severity, shown


def spelled(error: EsyncError, severity: str = "error", ref: str = "") -> str:
    """Return ``place: severity: object: message [rule]``, and the hint on a line of its own."""
    at = f"{error.at}: " if error.at else ""
    about = f"{ref}: " if ref else ""
    lines = [visible(f"{at}{severity}: {about}{error.message} [{error.rule}]")]
    if error.hint:
        lines.append(visible(f"  hint: {error.hint}"))
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

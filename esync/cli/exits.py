"""From the end of a run to the exit code that scripts rely on."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from esync.errors import Refused
from esync.flow.change import Result
from esync.flow.rollout import RestartResult
from esync.load.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.errors import EsyncError
    from esync.flow.outcome import Outcome


class Exit(IntEnum):
    """The codes of the contract."""

    DONE = 0
    NEGATIVE = 1
    NO_ANSWER = 2
    REFUSED = 3
    INTERRUPTED = 130
    TERMINATED = 143


def of(outcome: Outcome, *, strict: bool = False) -> Exit:
    """Return the exit code of a run.

    Args:
        outcome: its end.
        strict: ``validate --strict``: warnings count as errors.
    """
    errors = list(_errors(outcome))
    if any(isinstance(error, Unreadable) for error in errors):
        return Exit.NO_ANSWER
    if any(isinstance(error, Refused) for error in errors):
        return Exit.REFUSED
    if outcome.command == "validate":
        return Exit.NEGATIVE if errors or (strict and outcome.warnings) else Exit.DONE
    if errors:
        return _failed(outcome)
    real = any(change.is_real for change in outcome.changes) or bool(outcome.prunes)
    restarts = {one.result for one in outcome.restarts}
    differs = outcome.command == "diff" and (real or RestartResult.WOULD in restarts)
    not_done = any(done.result is Result.NOT_DONE for done in outcome.done)
    not_done |= RestartResult.NOT_DONE in restarts
    wrong = any(standing.is_wrong for standing in outcome.standings)
    return Exit.NEGATIVE if differs or not_done or wrong else Exit.DONE


def _failed(outcome: Outcome) -> Exit:
    printed = outcome.standings or (outcome.command == "manifests" and outcome.judged)
    judged = outcome.done or outcome.changes or outcome.secrets or outcome.restarts
    nothing_judged = not (judged or printed)
    if outcome.command == "diff" or nothing_judged:
        return Exit.NO_ANSWER
    return Exit.NEGATIVE


def _errors(outcome: Outcome) -> Iterator[EsyncError]:
    for failure in outcome.failures:
        yield failure.error
    for done in outcome.done:
        if done.error:
            yield done.error

"""The closing line: how many of what, and where."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from esync.flow.change import Action
from esync.flow.rollout import RestartResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esync.flow.outcome import Outcome


def counts(outcome: Outcome) -> dict[str, int]:
    """Return how many objects came to which end, in a fixed order, without zeroes."""
    found: Counter[str] = Counter()
    for done in outcome.done:
        found[done.result.value] += 1
    for change in outcome.changes:
        found[f"to {change.action.value}" if change.is_real else "unchanged"] += 1
    found["to prune"] += len(outcome.prunes)
    if outcome.command == "render":
        found["rendered"] += len(outcome.secrets)
    if outcome.command == "validate":
        found["checked"] += outcome.judged
        found["errors"] += len(outcome.failures)
        found["warnings"] += len(outcome.warnings)
    found.update(
        one.result.value for one in outcome.restarts if one.result is not RestartResult.FAILED
    )
    for standing in outcome.standings:
        found["not in sync" if standing.is_wrong else "in sync"] += 1
    if outcome.command == "manifests":
        found["ExternalSecrets"] += outcome.judged
    if outcome.command == "plan":
        found["planned"] += outcome.judged
    if outcome.failures and outcome.command != "validate":
        found["failed"] += len({failure.ref for failure in outcome.failures})
    found["skipped"] += len(outcome.skipped)
    return {name: number for name, number in found.items() if number}


def summary(outcome: Outcome) -> Iterator[str]:
    """Yield the lines that close a run on stderr."""
    told = ", ".join(_numbered(number, name) for name, number in counts(outcome).items())
    yield f"{outcome.command}: {told or 'nothing to do'}{_ignored(outcome)}{_where(outcome)}"


def details(outcome: Outcome) -> Iterator[str]:
    """Yield what ``-v`` adds: notes, what was skipped or ignored, calls to the stores."""
    for done in outcome.done:
        yield from (f"{done.ref}: {note}" for note in done.notes)
    for change in outcome.changes:
        if change.desired:
            yield from (f"{change.ref}: {note}" for note in change.desired.notes)
        if change.action is Action.NONE and change.reason:
            yield f"{change.ref}: {change.reason}"
    for one in outcome.restarts:
        yield from (f"{one.ref}: {note}" for note in one.notes)
    yield from outcome.notes
    for skipped in outcome.skipped:
        yield f"{skipped.ref}: skipped, {skipped.reason}"
    for kind, number in outcome.ignored:
        yield f"ignored: {number} of kind {kind}"
    for store in outcome.calls:
        yield f"calls to {store.store}: {_counted(store.calls)}"


def _counted(calls: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(calls.items()))


def _ignored(outcome: Outcome) -> str:
    number = sum(count for _, count in outcome.ignored)
    return f", {_numbered(number, 'documents')} ignored" if number else ""


def _numbered(number: int, name: str) -> str:
    return f"{number} {name.removesuffix('s') if number == 1 else name}"


def _where(outcome: Outcome) -> str:
    where = outcome.where
    if not where.server:
        return ""
    return f" (context {where.context or 'none'}, server {where.server})"

"""What went wrong, as people read it."""

from __future__ import annotations

import pytest

from esync.cluster.contract import Unreachable
from esync.errors import EsyncError, Location
from esync.flow.failure import Failure
from esync.flow.outcome import Outcome
from esync.manifests.document import ObjectRef
from esync.manifests.errors import BadFormat
from esync.report import findings

DOWN = "nobody answers"


def failure(index: int, error: EsyncError, *, line: int = 0) -> Failure:
    """Return the failure of the ExternalSecret of this number."""
    at = Location("all.yaml", line or index + 1)
    return Failure(ObjectRef("ExternalSecret", "team", f"app-{index}"), error.located(at))


def told(command: str, *failures: Failure) -> list[str]:
    """Return the lines that are told."""
    return [text for _, text in findings(Outcome(command, failures=failures))]


@pytest.mark.parametrize(
    ("count", "last"),
    [
        (3, f"all.yaml:3: error: ExternalSecret team/app-2: {DOWN} [ES0201]"),
        (4, f"error: … and 1 more object failed for the same reason: {DOWN} [ES0201]"),
        (5000, f"error: … and 4997 more objects failed for the same reason: {DOWN} [ES0201]"),
    ],
)
def test_equal_errors_are_told_for_three_objects(count: int, last: str) -> None:
    """The others are counted in one line."""
    lines = told("apply", *(failure(index, Unreachable(DOWN)) for index in range(count)))

    assert len(lines) == min(count, 4)
    assert lines[-1] == last


def test_objects_are_counted_and_not_places() -> None:
    """An object whose entries all fail is one; other errors between them are told."""
    failures = [failure(0, Unreachable(DOWN), line=line) for line in range(1, 6)]
    failures += [failure(1, Unreachable(DOWN)), failure(2, Unreachable(DOWN))]
    failures += [failure(3, Unreachable(DOWN), line=line) for line in (40, 41)]
    failures += [failure(3, Unreachable("another"), line=42), failure(4, Unreachable(DOWN))]

    lines = told("apply", *failures)

    assert len(lines) == 5 + 2 + 1 + 1
    assert lines[7] == f"error: … and 2 more objects failed for the same reason: {DOWN} [ES0201]"
    assert lines[8] == "all.yaml:42: error: ExternalSecret team/app-3: another [ES0201]"


def test_places_that_have_to_be_corrected_are_all_told() -> None:
    """Errors of the manifests themselves, and everything that validate finds."""
    wrong = BadFormat(("spec", "refreshInterval"), at=Location("all.yaml", 1), says="a duration")
    manifests = [
        failure(index, BadFormat(("spec",), at=Location("all.yaml", index + 1), says="right"))
        for index in range(9)
    ]

    assert len(told("apply", *manifests)) == 9
    assert len(told("validate", *(failure(index, EsyncError(DOWN)) for index in range(9)))) == 9
    assert len(told("apply", failure(1, wrong), failure(1, wrong))) == 1

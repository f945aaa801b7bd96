"""The closing line."""

from __future__ import annotations

import pytest

from esync.errors import EsyncError
from esync.flow.failure import Failure
from esync.flow.outcome import Outcome
from esync.report.summary import summary

ONE = Failure(None, EsyncError("wrong"))


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome("render"), "render: nothing to do"),
        (Outcome("render", ignored=(("Pod", 1),)), "render: nothing to do, 1 document ignored"),
        (
            Outcome("validate", judged=3, ignored=(("Pod", 1), ("Job", 2))),
            "validate: 3 checked, 3 documents ignored",
        ),
        (
            Outcome("validate", judged=1, failures=(ONE,), warnings=(ONE,)),
            "validate: 1 checked, 1 error, 1 warning",
        ),
        (
            Outcome("validate", judged=1, failures=(ONE,) * 2, warnings=(ONE,) * 2),
            "validate: 1 checked, 2 errors, 2 warnings",
        ),
        (Outcome("manifests", judged=1), "manifests: 1 ExternalSecret"),
    ],
)
def test_numbers_are_told_as_people_say_them(outcome: Outcome, told: str) -> None:
    """One of a thing has no s; what was ignored is counted without being asked for."""
    assert list(summary(outcome)) == [told]

"""The exit code that scripts rely on."""

from __future__ import annotations

import pytest

from esync.cli.exits import Exit, of
from esync.errors import EsyncError, Refused
from esync.flow.change import Done, Result
from esync.flow.failure import Failure
from esync.flow.kubernetes import SecretObject
from esync.flow.outcome import Outcome
from esync.flow.rollout import Cause, Restart, RestartResult
from esync.load.errors import Unreadable
from esync.manifests.document import ObjectRef

REF = ObjectRef("Secret", "team", "app")
WRONG = Failure(REF, EsyncError("wrong"))
REFUSED = Failure(REF, Refused("refused"))
UNREADABLE = Failure(None, Unreadable("cannot be read"))
WRITTEN = Done(REF, Result.CREATED)
SECRET = SecretObject("team", "app")


def restart(result: RestartResult) -> Restart:
    """Return what became of a workload."""
    return Restart(ObjectRef("Deployment", "team", "web"), result, (Cause("app", "env"),))


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome("apply"), Exit.DONE),
        (Outcome("apply", done=(WRITTEN,)), Exit.DONE),
        (Outcome("apply", done=(Done(REF, Result.NOT_DONE),)), Exit.NEGATIVE),
        (Outcome("apply", done=(WRITTEN,), failures=(WRONG,)), Exit.NEGATIVE),
        (
            Outcome("apply", done=(WRITTEN, Done(REF, Result.FAILED, error=EsyncError("no")))),
            Exit.NEGATIVE,
        ),
        (Outcome("apply", failures=(WRONG,)), Exit.NO_ANSWER),
        (Outcome("apply", done=(WRITTEN,), failures=(WRONG, REFUSED)), Exit.REFUSED),
        (Outcome("apply", done=(WRITTEN,), failures=(REFUSED, UNREADABLE)), Exit.NO_ANSWER),
        (Outcome("apply", restarts=(restart(RestartResult.RESTARTED),)), Exit.DONE),
        (Outcome("apply", restarts=(restart(RestartResult.NOT_DONE),)), Exit.NEGATIVE),
        (
            Outcome("apply", restarts=(restart(RestartResult.FAILED),), failures=(WRONG,)),
            Exit.NEGATIVE,
        ),
        (Outcome("apply", restarts=(restart(RestartResult.WOULD),)), Exit.DONE),
        (Outcome("diff", restarts=(restart(RestartResult.WOULD),)), Exit.NEGATIVE),
        (Outcome("diff", restarts=(restart(RestartResult.NEXT_JOB),)), Exit.DONE),
        (Outcome("diff"), Exit.DONE),
        (Outcome("diff", failures=(WRONG,)), Exit.NO_ANSWER),
        (Outcome("render", secrets=(SECRET,), failures=(WRONG,)), Exit.NEGATIVE),
        (Outcome("render", failures=(WRONG,)), Exit.NO_ANSWER),
        (Outcome("manifests", judged=1, failures=(WRONG,)), Exit.NEGATIVE),
        (Outcome("manifests", failures=(WRONG,)), Exit.NO_ANSWER),
        (Outcome("validate", judged=1), Exit.DONE),
        (Outcome("validate", failures=(WRONG,)), Exit.NEGATIVE),
        (Outcome("validate", failures=(UNREADABLE,)), Exit.NO_ANSWER),
    ],
)
def test_codes(outcome: Outcome, code: Exit) -> None:
    """0 done, 1 a negative answer, 2 no answer, 3 refused."""
    assert of(outcome) is code


@pytest.mark.parametrize(("strict", "code"), [(False, Exit.DONE), (True, Exit.NEGATIVE)])
def test_warnings_fail_where_asked(strict: bool, code: Exit) -> None:  # noqa: FBT001
    """Only validate has such a flag."""
    assert of(Outcome("validate", warnings=(WRONG,)), strict=strict) is code

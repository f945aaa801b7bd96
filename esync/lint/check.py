"""Sort what is wrong with manifests: errors, warnings, and what may only look wrong from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from esync.flow.catalog import Catalog
    from esync.flow.failure import Failure
    from esync.flow.plan import Plan

# The named object may live in the cluster.
_REFERENCES: Final = frozenset({"ES0012", "ES0015"})
# Known to the operator, not served by esync yet: the manifest is right all the same.
_NOT_BUILT: Final = frozenset({"ES0017", "ES0310"})


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, sorted by what it means for the exit code."""

    errors: tuple[Failure, ...] = ()
    warnings: tuple[Failure, ...] = ()
    remarks: tuple[Failure, ...] = ()


def check(catalog: Catalog, plan: Plan, *, closed: bool) -> Findings:
    """Return what is wrong with the documents of ``catalog``.

    Args:
        catalog: what was loaded.
        plan: what ``resolve`` made of it, with its failures.
        closed: the input is meant to be complete; a reference that it lacks is an error.
    """
    del catalog
    errors, remarks = [], []
    for failure in plan.failures:
        rule = failure.error.rule
        if rule in _NOT_BUILT or (rule in _REFERENCES and not closed):
            remarks.append(failure)
        else:
            errors.append(failure)
    return Findings(tuple(errors), (), tuple(remarks))

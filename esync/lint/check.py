"""Sort what is wrong with manifests: errors, warnings, and what may only look wrong from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esync.flow.failure import Failure
from esync.lint.ignores import ignores
from esync.lint.rule import Finding, Severity
from esync.lint.stores import problems
from esync.lint.table import RULES
from esync.lint.view import View
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esync.errors import EsyncError
    from esync.flow.catalog import Catalog
    from esync.flow.plan import Plan

# The named object may live in the cluster.
_REFERENCES: Final = frozenset({"ES0012", "ES0015"})
# The manifest is right all the same: esync does not serve it yet, or not without a flag, or it is
# another manifest that has errors.
_REMARKS: Final = frozenset({"ES0011", "ES0017", "ES0021", "ES0310"})


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, sorted by what it means for the exit code, and by place."""

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
    sorted_in: dict[Severity, list[Failure]] = {severity: [] for severity in Severity}
    for failure in (*_failures(catalog, plan), *_findings(View(catalog, plan))):
        sorted_in[_severity(failure.error, closed=closed)].append(failure)
    for failures in sorted_in.values():
        failures.sort(key=_place)
    return Findings(*(tuple(sorted_in[severity]) for severity in Severity))


def _failures(catalog: Catalog, plan: Plan) -> Iterator[Failure]:
    """Yield what is wrong with stores, each once, and then what else the plan found."""
    told: set[tuple[object, ...]] = set()
    for failure in problems(catalog.stores.values()):
        told.add(_identity(failure.error))
        yield failure
    yield from (one for one in plan.failures if _identity(one.error) not in told)


def _findings(view: View) -> Iterator[Failure]:
    known = {rule.finding.rule for rule in RULES}
    found = (finding for rule in RULES for finding in rule.look(view))
    for finding in ignores(view, known).sift(found):
        yield Failure(finding.about, finding)


def _severity(error: EsyncError, *, closed: bool) -> Severity:
    is_reference = error.rule in _REFERENCES
    severity = Severity.NOTE if error.rule in _REMARKS or is_reference else Severity.ERROR
    if isinstance(error, Finding):
        severity, is_reference = error.severity, error.is_reference
    return Severity.ERROR if is_reference and closed else severity


def _identity(error: EsyncError) -> tuple[object, ...]:
    return error.rule, error.message, error.at


def _place(failure: Failure) -> tuple[str, int, str]:
    at = failure.error.at
    return (*((at.file, at.line) if at else ("", 0)), failure.error.rule)

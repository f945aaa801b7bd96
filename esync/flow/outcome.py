"""The end of a run: what became of everything, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.records import dataclass

if TYPE_CHECKING:
    from esync.flow.applyset import Prune
    from esync.flow.change import Change, Done
    from esync.flow.failure import Failure
    from esync.flow.fetched import StoreCalls
    from esync.flow.forecast import Forecast
    from esync.flow.kubernetes import SecretObject
    from esync.flow.manifest import ManifestObject
    from esync.flow.plan import Skipped
    from esync.flow.rollout import Restart
    from esync.flow.standing import Standing


@dataclass(frozen=True, slots=True)
class Where:
    """Which cluster a run looked at or wrote to; empty when there was none."""

    context: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, would do, or found.

    Attributes:
        command: its name: ``apply``, ``diff``, ``plan``, ``render``, ``status`` or ``validate``.
        done: what was written, by ``apply``.
        changes: what would be written, by ``diff``.
        prunes: what would be pruned, by ``diff``.
        secrets: what was built, by ``render``.
        failures: what went wrong, in the order of the input.
        warnings: findings that fail nothing unless ``--strict`` is given.
        remarks: what is worth knowing and never fails.
        forecasts: what would be asked of the stores, by ``plan``.
        standings: how each stands in the cluster, by ``status``.
        restarts: workloads that use what changed, by ``apply`` and ``diff``.
        judged: how many ExternalSecrets were looked at.
        ignored: documents of kinds that esync does not read, by kind.
    """

    command: str
    done: tuple[Done, ...] = ()
    changes: tuple[Change, ...] = ()
    prunes: tuple[Prune, ...] = ()
    secrets: tuple[SecretObject | ManifestObject, ...] = ()
    failures: tuple[Failure, ...] = ()
    warnings: tuple[Failure, ...] = ()
    remarks: tuple[Failure, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    calls: tuple[StoreCalls, ...] = ()
    forecasts: tuple[Forecast, ...] = ()
    standings: tuple[Standing, ...] = ()
    restarts: tuple[Restart, ...] = ()
    where: Where = Where()
    judged: int = 0
    ignored: tuple[tuple[str, int], ...] = ()

"""The way from Secrets that changed to workloads that run with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync import rollouts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from esync.flow.change import Change, Done
    from esync.flow.failure import Failure
    from esync.flow.rollout import Restart
    from esync.pipeline.world import Request, World


class Rotating(rollouts.Rotation):
    """What changes in one run, and the restarts at its end."""

    def __init__(self, request: Request, world: World) -> None:
        super().__init__(request.restart, world.chance.clock)
        self._request = request
        self._world = world

    def then(self, again: Callable[[Change], Change]) -> Callable[[Change], Change]:
        """Return what judges a change again, for one that is written at once."""
        return lambda change: self.marked(again(change))

    def restarts(
        self,
        ended: Sequence[Change | Done],
        failures: list[Failure],
        notes: list[str],
        *,
        acts: bool,
    ) -> tuple[Restart, ...]:
        """Restart what uses the Secrets that changed.

        Args:
            ended: every write of the run, or every change that would be written.
            failures: takes what went wrong.
            notes: takes what could not be found out.
            acts: else it is only told what would be restarted, as in a dry run.
        """
        cluster, request = self._world.cluster, self._request
        if not self.is_on or cluster is None:
            return ()
        from esync.rollouts.restart import Acting, restart  # 6 ms, for runs that restart

        acting = Acting(
            acts=acts and not request.dry_run,
            run_id=request.run_id,
            clock=self._world.chance.clock,
            over=self._world.over,
            pause=self._world.pause,
        )
        told = restart(cluster, self.rotated(ended), request.restart, acting)
        failures.extend(told.failures)
        notes.extend(told.notes)
        return tuple(told.restarts)

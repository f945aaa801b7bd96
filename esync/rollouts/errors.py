"""What goes wrong after the writes: restarts that are too many, roll-outs that do not end well."""

from __future__ import annotations

from esync.errors import EsyncError, Refused


class TooManyRestarts(Refused):
    """More workloads would be restarted than ``--restart-limit`` allows."""

    rule = "ES0540"


class LeftOpen(EsyncError):
    """The run had to end before it could look for what uses the Secrets that changed."""

    rule = "ES0543"

    def __init__(self, namespace: str, reason: str) -> None:
        super().__init__(
            f"what uses the changed Secrets of namespace {namespace} is not restarted: {reason}",
            hint="run again with --restart, which makes up for it",
        )


class RolloutFailed(EsyncError):
    """Kubernetes, or the workload itself, says that its roll-out does not come to an end."""

    rule = "ES0541"


class RolloutNotFinished(EsyncError):
    """The roll-out was still under way when the run had to end."""

    rule = "ES0542"
